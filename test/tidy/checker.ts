/** The rules that no linter knows: layers, headers, lengths, names. Pure: text in, complaints out. */
import {posix} from 'node:path';
import ts from 'typescript';
import {misplaced, type Import} from './layers.ts';

export interface SourceFile {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

const MOST_LINES = 300;
const VAGUE = /(^|[-_.])(utils?|helpers?|common|misc)([-_.]|$)/i;
const SHIPPED = /^(src|scenarios)\//;
const HEADER = /^(?:#![^\n]*\n)?\/\*\*([\s\S]*?)\*\//;

/** What a system may not name, and what it uses instead. */
const BANNED: Readonly<Record<string, string>> = {
  setTimeout: 'host.clock.after',
  setInterval: 'host.clock.after',
  setImmediate: 'host.clock.after',
  crypto: 'host.random',
  fetch: 'host.net.request',
  WebSocket: 'host.net.dial',
  XMLHttpRequest: 'host.net.request',
  performance: 'host.clock.now',
  process: 'the host or an option',
  console: 'host.probe, or a value',
  globalThis: 'the host',
  Intl: 'comparisons by code unit',
};

/** All complaints about one file, each as `path:line: what is wrong`. */
export function check(file: SourceFile, dependencies: readonly string[]): string[] {
  const {path} = file;
  const tree = ts.createSourceFile(path, file.text, ts.ScriptTarget.Latest, true);
  const complaints = importsOf(tree, path).flatMap(found => {
    const wrong = misplaced(path, found, dependencies);
    return wrong === null ? [] : [`${path}:${found.line}: ${wrong}`];
  });
  const name = posix.basename(path);
  if (VAGUE.test(name))
    complaints.push(`${path}: a file is named after what is in it, not utils, helpers, common or misc`);
  if (!SHIPPED.test(path)) return complaints;
  const lines = file.text.trimEnd().split('\n').length;
  if (lines > MOST_LINES) complaints.push(`${path}: ${lines} lines; one idea a file, at most ${MOST_LINES}`);
  if (!hasHeader(file.text)) {
    complaints.push(`${path}:1: a file opens with /** a sentence that says what it is for. */`);
  }
  if (path.startsWith('src/impl/')) complaints.push(...bannedGlobals(tree, path));
  return complaints;
}

/** A doc comment first, whose first paragraph is at least four words and ends like a sentence. */
function hasHeader(text: string): boolean {
  const comment = HEADER.exec(text)?.[1];
  if (comment === undefined) return false;
  const [paragraph = ''] = comment
    .replace(/^[ \t]*\*[ \t]?/gm, '')
    .trim()
    .split(/\n\s*\n/);
  return paragraph.split(/\s+/).length >= 4 && /[.:!?]$/.test(paragraph.trimEnd());
}

/** Every import, export-from and dynamic import, with where it leads. */
function importsOf(tree: ts.SourceFile, path: string): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean): void => {
    // what is only computed at run time (a module that the user names) is not ours to judge
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    const {text} = specifier;
    const target = text.startsWith('.') ? posix.join(posix.dirname(path), text) : null;
    found.push({line, specifier: text, typeOnly, target});
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Names of the machine in the code of a system, `Date` included but in files called time.ts. */
function bannedGlobals(tree: ts.SourceFile, path: string): string[] {
  const complaints: string[] = [];
  const banned = posix.basename(path) === 'time.ts' ? BANNED : {...BANNED, Date: 'the functions of time.ts'};
  const own = namesDeclared(tree);
  const complain = (node: ts.Node, what: string, instead: string): void => {
    const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    complaints.push(`${path}:${line}: ${what} is not for systems; use ${instead}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !own.has(node.text) && !isMemberName(node)) {
      const instead = Object.hasOwn(banned, node.text) ? banned[node.text] : undefined;
      if (instead !== undefined) complain(node, node.text, instead);
    }
    if (
      ts.isPropertyAccessExpression(node) &&
      node.expression.getText() === 'Math' &&
      node.name.text === 'random'
    ) {
      complain(node, 'Math.random', 'host.random');
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return complaints;
}

/** Names that the file itself gives to a variable, parameter, function or import: its own, whatever else is called so. */
function namesDeclared(tree: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isBindingElement(node) ||
      ts.isImportSpecifier(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return names;
}

/** The name of a member of something else: `clock.Date`, `{console: …}`, a method or a property of an interface. */
function isMemberName(node: ts.Identifier): boolean {
  const {parent} = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent))
    return 'name' in parent && parent.name === node;
  const named =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent);
  return named && parent.name === node;
}
