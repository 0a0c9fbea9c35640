/** TypeScript to what runs, as the build of this package does it; the compiler is loaded only where it is asked for. */
import type ts from 'typescript';
import {Misuse} from '../misuse.ts';

export type Compiled =
  {readonly kind: 'compiled'; readonly text: string} | {readonly kind: 'faulty'; readonly message: string};

export interface Compiler {
  /**
   * Compiles one file by itself. `relinked`: what it imports from `./x.ts` is at `./x.js` where it runs. A file that is
   * JavaScript already is only looked over for mistakes of syntax.
   */
  compile(text: string, path: string, relinked: boolean): Compiled;
}

/** The compiler, or null where it is not installed. */
export async function loadCompiler(): Promise<Compiler | null> {
  try {
    const {default: typescript} = await import('typescript');
    return {compile: (text, path, relinked) => compileWith(typescript, text, path, relinked)};
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

function compileWith(typescript: typeof ts, text: string, path: string, relinked: boolean): Compiled {
  const {outputText, diagnostics = []} = typescript.transpileModule(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: typescript.ScriptTarget.ES2023,
      module: /\.c[jt]s$/.test(path) ? typescript.ModuleKind.CommonJS : typescript.ModuleKind.ESNext,
      // unsaid, imports of what is computed are compiled as if there were JSX
      jsx: typescript.JsxEmit.React,
      allowJs: true,
      isolatedModules: true,
      verbatimModuleSyntax: !path.endsWith('.cts'),
      rewriteRelativeImportExtensions: relinked,
    },
  });
  const wrong = diagnostics.find(({file}) => file !== undefined);
  if (wrong === undefined) return {kind: 'compiled', text: isScript(path) ? text : outputText};
  const line = wrong.file?.getLineAndCharacterOfPosition(wrong.start ?? 0).line;
  const message = typescript.flattenDiagnosticMessageText(wrong.messageText, ' ');
  return {kind: 'faulty', message: line === undefined ? message : `line ${line + 1}: ${message}`};
}

const isScript = (path: string): boolean => /\.[cm]?js$/.test(path);

/** The module without the line that leads to its source map. */
const bare = (text: string): string => text.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, '').trimEnd();

/**
 * Sees that a compiled module is what its source compiles to: in a build that is older than the sources, a mutant would be
 * planted into a mixture of the two. Throws {@link Misuse}.
 */
export function checkBuild(compiler: Compiler, source: string, file: string, module: string): void {
  const expected = compiler.compile(source, file, true);
  if (expected.kind === 'compiled' && bare(expected.text) === bare(module)) return;
  throw new Misuse(`${file} has changed since it was built`, 'npm run build');
}
