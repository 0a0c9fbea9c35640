/** The test that reproduces a finding: the text of a vitest file that is red until the bug is fixed, with the plan in it as data. */
import type {Violation} from '../sim/outcome.ts';
import type {Plan} from '../sim/plan.ts';
import {printable} from './printable.ts';

/** What a test of one finding is made of. */
export interface TestFacts {
  readonly plan: Plan;
  readonly violation: Violation;
  /** Where the test finds its system: null for one that comes with this package, else what it imports. */
  readonly module: string | null;
  /** The command that runs it. */
  readonly command: string;
}

/** Wall time for the one run, in ms: it takes far less, and a loop without end should still end. */
const TIMEOUT_MS = 60_000;

/** The text of the file. All that came from a run stands in comments of one line, in strings, or in the plan's JSON. */
export function reproTest({plan, violation, module, command}: TestFacts): string {
  const {signature, claim, sentence, message} = violation;
  return [
    `// ${printable(signature)}`,
    `// ${printable(claim)}: ${printable(sentence)}`,
    `// Seen: ${printable(message)}`,
    '//',
    '// Red as long as the bug is there. Run it with:',
    `//   ${printable(command)}`,
    "import {expect, test} from 'vitest';",
    ...(module === null ? ownImports(plan.system) : moduleImports(module)),
    '',
    `const plan: Plan = ${literal(plan)};`,
    '',
    `test(${literal(printable(`${signature}: ${sentence}`))}, async () => {`,
    `  if (system === undefined) throw new Error(${literal(`there is no system ${printable(plan.system)} where it was`)});`,
    '  const {violation} = await run(system, {plan});',
    '  expect(violation).toBeNull();',
    `}, ${String(TIMEOUT_MS).replace(/(?=000$)/, '_')});`,
    '',
  ].join('\n');
}

const ownImports = (name: string): string[] => [
  "import {run, type Plan} from 'syncstorm';",
  "import {systems} from 'syncstorm/scenarios';",
  '',
  `const system = systems.find(({name}) => name === ${literal(name)});`,
];

const moduleImports = (module: string): string[] => [
  "import {isSystem, run, type Plan} from 'syncstorm';",
  `import * as exported from ${literal(module)};`,
  '',
  'const system = Object.values(exported).find(isSystem);',
];

/** What a reader of the source could not see, or a careless one could take for markup. */
const HIDDEN =
  /[<>\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A value as a literal that is nothing but that value. */
const literal = (value: unknown): string =>
  JSON.stringify(value, null, 2)
    .replace(HIDDEN, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    // as a plain name it would be no member but the prototype; a name always begins its line, and no text does
    .replace(/^( *)"__proto__":/gm, '$1["__proto__"]:');
