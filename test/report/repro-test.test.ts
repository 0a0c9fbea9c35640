/** The generated test: valid TypeScript that holds the plan as data, whatever is in the plan. */
import {createRequire} from 'node:module';
import {join} from 'node:path';
import ts from 'typescript';
import {describe, expect, test} from 'vitest';
import type {Plan} from '../../src/index.ts';
import {reproTest, type TestFacts} from '../../src/report/repro-test.ts';
import {HARM} from '../cli/finding.ts';
import {aPlan, aViolation} from './samples.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const plan = aPlan({system: 'vfs'});

const facts = (over: Partial<TestFacts> = {}): TestFacts => ({
  plan,
  violation: aViolation({
    signature: 'T-1/pull/lost/client',
    claim: 'T-1',
    sentence: 'all is well',
    message: 'all is lost',
  }),
  module: null,
  command: 'npx vitest run --config here/vitest.config.js',
  ...over,
});

/** The statements of a file, each as what it is; a file that does not parse is an error. */
function statementsOf(text: string): ts.NodeArray<ts.Statement> {
  const file = ts.createSourceFile('repro.test.ts', text, ts.ScriptTarget.ES2023, true);
  const {parseDiagnostics} = file as unknown as {parseDiagnostics: readonly {messageText: unknown}[]};
  expect(parseDiagnostics.map(({messageText}) => messageText)).toEqual([]);
  return file.statements;
}

const LITERALS = new Set([
  ts.SyntaxKind.ObjectLiteralExpression,
  ts.SyntaxKind.ArrayLiteralExpression,
  ts.SyntaxKind.PropertyAssignment,
  ts.SyntaxKind.ComputedPropertyName,
  ts.SyntaxKind.StringLiteral,
  ts.SyntaxKind.NumericLiteral,
  ts.SyntaxKind.PrefixUnaryExpression,
  ts.SyntaxKind.NullKeyword,
  ts.SyntaxKind.TrueKeyword,
  ts.SyntaxKind.FalseKeyword,
]);

/** What of an expression is no literal, by its kind. */
function beyondLiterals(node: ts.Node): string[] {
  const beyond = LITERALS.has(node.kind) ? [] : [ts.SyntaxKind[node.kind]];
  node.forEachChild(child => void beyond.push(...beyondLiterals(child)));
  return beyond;
}

function planIn(text: string): {value: unknown; beyond: string[]} {
  for (const statement of statementsOf(text)) {
    if (!ts.isVariableStatement(statement)) continue;
    const [declaration] = statement.declarationList.declarations;
    if (declaration?.name.getText() !== 'plan' || declaration.initializer === undefined) continue;
    const {initializer} = declaration;
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- what it is when it runs
    const value: unknown = new Function(`return (${initializer.getText()});`)();
    return {value, beyond: beyondLiterals(initializer)};
  }
  throw new Error('there is no plan in it');
}

describe('the test of a finding', () => {
  test('of a system of this package', () => {
    expect(reproTest(facts())).toBe(
      [
        '// T-1/pull/lost/client',
        '// T-1: all is well',
        '// Seen: all is lost',
        '//',
        '// Red as long as the bug is there. Run it with:',
        '//   npx vitest run --config here/vitest.config.js',
        "import {expect, test} from 'vitest';",
        "import {run, type Plan} from 'syncstorm';",
        "import {systems} from 'syncstorm/scenarios';",
        '',
        'const system = systems.find(({name}) => name === "vfs");',
        '',
        `const plan: Plan = ${JSON.stringify(plan, null, 2)};`,
        '',
        'test("T-1/pull/lost/client: all is well", async () => {',
        '  if (system === undefined) throw new Error("there is no system vfs where it was");',
        '  const {violation} = await run(system, {plan});',
        '  expect(violation).toBeNull();',
        '}, 60_000);',
        '',
      ].join('\n'),
    );
  });

  test('of a system of the user', () => {
    const text = reproTest(facts({module: '../../my "own" system.mjs'}));
    expect(text).toContain('import * as exported from "../../my \\"own\\" system.mjs";');
    expect(text).toContain('const system = Object.values(exported).find(isSystem);');
    expect(text).not.toContain('syncstorm/scenarios');
    expect(statementsOf(text)).toHaveLength(6);
  });

  test('imports what this package exports', () => {
    const {resolve} = createRequire(join(ROOT, 'package.json'));
    expect(resolve('syncstorm')).toBe(join(ROOT, 'dist/src/index.js'));
    expect(resolve('syncstorm/scenarios')).toBe(join(ROOT, 'dist/scenarios/registry.js'));
  });

  test.each(HARM.map(harm => [JSON.stringify(harm).slice(0, 40), harm]))(
    'is only a test with %s in it',
    (_, harm) => {
      const hostile: Plan = {
        ...plan,
        system: harm,
        world: {[harm]: [harm, null, true, -1.5]},
        operations: [{id: harm, at: 1, kind: harm, target: 0, args: {[harm]: harm}}],
        fates: {[harm]: {delayMs: 1, act: harm}},
      };
      const found = {...facts().violation, signature: harm, claim: harm, sentence: harm, message: harm};
      const text = reproTest({plan: hostile, violation: found, module: harm, command: harm});
      expect(statementsOf(text).map(({kind}) => ts.SyntaxKind[kind])).toEqual([
        'ImportDeclaration',
        'ImportDeclaration',
        'ImportDeclaration',
        'FirstStatement',
        'FirstStatement',
        'ExpressionStatement',
      ]);
      const {value, beyond} = planIn(text);
      expect(value).toEqual(hostile);
      expect(beyond).toEqual([]);
      // nothing that a reader could not see
      expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    },
  );

  test('gives no object another prototype', () => {
    const world = JSON.parse('{"__proto__": {"polluted": true}, "a\\"__proto__": 1}') as Plan['world'];
    const {value} = planIn(reproTest(facts({plan: {...plan, world}})));
    const found = (value as Plan).world;
    expect(Object.keys(found)).toEqual(['__proto__', 'a"__proto__']);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });
});
