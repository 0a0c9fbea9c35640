/** The lint rules for determinism, tried on planted leaks: each is caught, and what is allowed is not. */
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {ESLint} from 'eslint';
import {describe, expect, test} from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const eslint = new ESLint({cwd: ROOT});

/** A file that exists, because types are looked up by it; what is linted is the text given. */
const inImpl = join(
  'src/impl',
  ...readdirSync(join(ROOT, 'src/impl'), {recursive: true, encoding: 'utf8'})
    .filter(name => name.endsWith('.ts') && !name.endsWith('time.ts'))
    .slice(0, 1),
);

/** Messages about a text that stands in for a file. */
async function messages(path: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${text}\n`, {filePath: join(ROOT, path)});
  return (result?.messages ?? []).map(({ruleId, message}) => `${ruleId}: ${message}`);
}

describe('in the simulator and the systems, lint reports', () => {
  test.each([
    ['no-restricted-properties', 'export const a = (): number => Math.random();'],
    ['no-restricted-properties', 'const {random} = Math;\nexport const a = random;'],
    ['no-restricted-properties', 'export const a = (): number => Date.now();'],
    ['no-restricted-properties', 'export const a = Math.pow(10, -5);'],
    ['no-restricted-syntax', 'export const a = new Date();'],
    ['no-restricted-syntax', 'export const a = Date();'],
    ['no-restricted-syntax', 'export const a = [3, 20].sort();'],
    ['require-array-sort-compare', "const sort = 'sort' as const;\nexport const a = ['b', 'a'][sort]();"],
    ['no-restricted-syntax', "export const a = 'a'.localeCompare('b');"],
    ['no-restricted-syntax', 'export const a = (5).toLocaleString();'],
    ['no-restricted-syntax', 'export default 5;'],
    ['no-restricted-syntax', 'export enum Colour {Red}'],
    ['no-restricted-globals', 'export const a = globalThis.Date;'],
    ['no-restricted-globals', 'setTimeout(() => undefined, 5);'],
    ['no-restricted-globals', 'setInterval(() => undefined, 5);'],
    ['no-restricted-globals', 'setImmediate(() => undefined);'],
    ['no-restricted-globals', 'export const a = crypto.randomUUID();'],
    ['no-restricted-globals', "export const a = fetch('http://localhost');"],
    ['no-restricted-globals', 'export const a = performance.now();'],
    ['no-restricted-globals', 'export const a = process.hrtime;'],
    ['no-restricted-globals', "console.log('x');"],
    ['no-restricted-globals', 'export const a = new Intl.Collator();'],
    ['no-restricted-imports', "import {randomUUID} from 'node:crypto';\nexport const a = randomUUID();"],
    ['no-restricted-imports', "import {readFileSync} from 'fs';\nexport const a = readFileSync;"],
    ['no-floating-promises', 'const a = async (): Promise<void> => {};\na();'],
    ['no-explicit-any', 'export const a = (b: any): unknown => b;'],
  ])('%s: %s', async (rule, text) => {
    for (const path of ['src/sim/json.ts', inImpl]) {
      expect((await messages(path, text)).join('\n'), path).toContain(rule);
    }
  });

  test('Date in a system, however it is used', async () => {
    for (const text of [
      'export const a = new Date(5);',
      'export const a = Date.parse;',
      'export const D = Date;',
    ]) {
      expect((await messages(inImpl, text)).join('\n')).toContain('time.ts');
    }
  });

  test('nothing in code that computes with given values', async () => {
    const text =
      'export const a = new Date(5).getTime();\n' +
      'export const b = [3, 20].sort((x, y) => x - y);\n' +
      'export const c = Math.floor(5 / 2);';
    expect(await messages('src/sim/json.ts', text)).toEqual([]);
  });
});

test('the command line may touch the machine, but not float a promise', async () => {
  expect(
    await messages('src/cli/exit.ts', 'export const a = [Date.now(), process.pid, performance.now()];'),
  ).toEqual([]);
  const floating = await messages('src/cli/exit.ts', 'const a = async (): Promise<void> => {};\na();');
  expect(floating.join('\n')).toContain('no-floating-promises');
});

test('the viewer of reports may wait, but makes no markup or code of text and asks no network', async () => {
  const viewer = 'src/report/viewer/dom.ts';
  expect(await messages(viewer, 'export const a = window.setTimeout(() => undefined, 5);')).toEqual([]);
  for (const text of [
    "document.body.innerHTML = '<b>';",
    "document.body.insertAdjacentHTML('beforeend', '<b>');",
    "document.write('<b>');",
    "export const a: unknown = eval('1');",
    "export const a = fetch('http://localhost');",
    'export const a = Math.random();',
    "export const a = 'a'.localeCompare('b');",
  ]) {
    expect((await messages(viewer, text)).join('\n'), text).toContain('no-restricted-');
  }
});

test('every message says what to use instead', async () => {
  const text = 'setTimeout(() => undefined, Math.random());\nexport const a = [3].sort();';
  const found = (await messages('src/sim/json.ts', text)).filter(message =>
    message.includes('no-restricted'),
  );
  expect(found).toHaveLength(3);
  for (const message of found) expect(message).toMatch(/Use |Give /);
});
