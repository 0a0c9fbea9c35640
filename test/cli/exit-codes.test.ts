/** Every exit code, and the two lines that come with an error: what is wrong, and what to do. */
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Console} from './console.ts';
import {toyModule, type Toy} from './toy.ts';

const box = new Console();
const TOYS: readonly Toy[] = ['sound', 'broken', 'brittle', 'erratic', 'idle', 'crashing'];

beforeAll(() => {
  for (const toy of TOYS) box.write(`${toy}.mjs`, toyModule(toy));
  box.write('empty.mjs', 'export const x = 5;');
  box.write('throws.mjs', "throw new Error('not \\u001b[31mtoday');");
  box.write('syntax.mjs', 'export const = ;');
  box.write('half.mjs', "export const x = {kind: 'syncstorm.system', name: 'half'};");
  box.write(
    'badly-named.mjs',
    "export const x = {kind: 'syncstorm.system', name: 'No Name', claims: [], settling: [], operations: {}};",
  );
  box.write('two.mjs', "export {toy as a} from './sound.mjs';\nexport {toy as b} from './idle.mjs';");
  box.write('needs.mjs', "import 'a-package-that-is-not-there';");
  box.write('text.json', 'not json');
  box.write('list.json', '[1, 2]');
  box.write('other.json', '{"schema": "syncstorm.plan/1", "system": "toy-sound"}');
  box.write('wrapped.json', '{"schema": "somebody.else/9", "plan": {}}');
  box.write('digest.json', '{"plan": {}, "digest": "zz"}');
  mkdirSync(join(box.folder, 'folder.json'));
});
afterAll(() => box.remove());

describe('exit code', () => {
  test.each<[number, string]>([
    [0, 'run ./sound.mjs --seed 1'],
    [0, 'run ./sound.mjs'],
    [0, 'run ./sound.mjs --seed 1 --variant careless'],
    [0, 'run ./broken.mjs --seed 1 --print-plan'],
    [0, 'fuzz ./sound.mjs --runs 5'],
    [0, 'fuzz ./sound.mjs --runs 5 --require-goals'],
    [0, 'fuzz ./idle.mjs --runs 5'],
    [0, 'list'],
    [0, 'list ./sound.mjs'],
    [0, 'list vfs'],
    [0, 'run vfs --seed 1 --print-plan'],
    [0, 'help'],
    [0, 'help fuzz'],
    [0, '--help'],
    [0, '-h'],
    [0, '--version'],
    [0, 'run --help'],
    [0, 'replay -h'],
    [1, 'run ./broken.mjs --seed 1'],
    [1, 'fuzz ./brittle.mjs --runs 30 --seed-base 7'],
    [1, 'fuzz ./broken.mjs --runs 3 --require-goals'],
    [20, 'fuzz ./erratic.mjs --runs 5 --rerun-one-in 1'],
    [21, 'fuzz ./sound.mjs --runs 0'],
    [21, 'fuzz ./idle.mjs --runs 5 --require-goals'],
    [22, 'replay missing.json'],
    [22, 'replay folder.json'],
    [22, 'replay text.json'],
    [22, 'replay list.json'],
    [22, 'replay other.json'],
    [22, 'replay wrapped.json'],
    [22, 'replay digest.json'],
    [70, 'run ./crashing.mjs --seed 1'],
    [70, 'fuzz ./crashing.mjs --runs 1'],
  ])('%d: %s', async (code, line) => {
    expect(await box.run(line.split(' '))).toMatchObject({code});
  });

  test('20 wins over 1: nothing else can be trusted then', async () => {
    box.write(
      'both.mjs',
      toyModule('erratic').replace(`=> 'holds'`, `=> calls % 7 === 3 ? {message: 'm', code: 'c'} : 'holds'`),
    );
    const {code, out} = await box.run('fuzz ./both.mjs --runs 20 --rerun-one-in 1'.split(' '));
    expect(code).toBe(20);
    expect(out).toContain('TOY-1/-/c/-');
  });
});

describe('usage errors are two lines, the second of which helps', () => {
  test.each([
    [
      '',
      'no verb is given',
      'verbs: run, fuzz, merge, replay, sweep, explore, corpus, shrink, explain, mutants, report, list, help',
    ],
    ['rum ./sound.mjs', 'there is no verb "rum"', 'did you mean run?'],
    ['shrnk plan.json', 'there is no verb "shrnk"', 'did you mean shrink?'],
    ['frobnicate plan.json', 'there is no verb "frobnicate"', 'verbs:'],
    ['help rum', 'there is no verb "rum"', 'did you mean run?'],
    ['help run fuzz', 'help takes one verb', 'syncstorm help'],
    ['run', 'run needs a system', 'syncstorm run --help'],
    ['replay', 'replay needs a plan', 'syncstorm replay --help'],
    ['run ./sound.mjs more', 'does not know what to do with "more"', 'syncstorm run --help'],
    ['run ./sound.mjs --sede 5', 'run has no flag --sede', 'did you mean --seed?'],
    ['run ./sound.mjs -x', 'run has no flag -x', 'syncstorm run --help'],
    ['run ./sound.mjs --__proto__', 'run has no flag --__proto__', 'syncstorm run --help'],
    ['run ./sound.mjs --seed', '--seed needs a value', 'syncstorm run --help'],
    ['run ./sound.mjs --seed --json', '--seed needs a value', 'syncstorm run --help'],
    ['run ./sound.mjs --seed=', '--seed needs a value', 'syncstorm run --help'],
    ['run ./sound.mjs --seed 1 --seed 2', '--seed is given twice', 'syncstorm run --help'],
    ['run ./sound.mjs --json=yes', '--json takes no value', 'syncstorm run --help'],
    ['run ./sound.mjs --seed 0xzz', '--seed takes a seed, got "0xzz"', 'a seed is 0x'],
    ['run ./sound.mjs --seed -5', '--seed needs a value', 'syncstorm run --help'],
    ['run ./sound.mjs --seed=-5', '--seed takes a seed', 'a seed is 0x'],
    ['run ./sound.mjs --variant carelss', 'no variant "carelss"', 'did you mean careless?'],
    ['run ./sound.mjs --trace - --json', 'both want stdout', 'give --trace a file'],
    ['run ./sound.mjs --trace t --print-plan', 'runs nothing', 'leave out'],
    ['run ./sound.mjs --trace .', 'cannot write', 'choose a file'],
    ['fuzz ./sound.mjs --runs many', '--runs takes a whole number', 'as in: --runs 20'],
    ['fuzz ./sound.mjs --runs 1.5', '--runs takes a whole number', 'as in'],
    ['fuzz ./sound.mjs --runs 99999999999999999999', '--runs takes a whole number', 'as in'],
    ['fuzz ./sound.mjs --max-findings 0', '--max-findings takes a whole number of at least 1', 'as in'],
    ['fuzz ./sound.mjs --for 10', '--for takes a duration', 'as in: --for 60s'],
    ['fuzz ./sound.mjs --for 0s', '--for takes a duration', 'as in: --for 60s'],
    ['fuzz ./sound.mjs --for 99999h', '--for takes a duration', 'as in: --for 60s'],
    ['fuzz ./sound.mjs --runs 1 --out sound.mjs/x', 'cannot make the folder', 'choose another folder'],
    ['run soundd', 'no system is called "soundd"', 'systems: '],
    ['run ./missing.mjs', 'there is no module ./missing.mjs', 'give the path of a file'],
    ['run .', 'no system is called "."', 'systems: '],
    ['run ./', 'there is no module ./', 'give the path of a file'],
    ['run ./empty.mjs', './empty.mjs exports no system', 'defineSystem'],
    ['run ./throws.mjs', 'cannot be loaded: Error: not \\x1b[31mtoday', 'load without an error'],
    ['run ./syntax.mjs', 'cannot be loaded: ', 'load without an error'],
    ['run ./needs.mjs', 'cannot be loaded: ', 'load without an error'],
    ['run ./half.mjs', 'a part of its definition is missing', 'defineSystem'],
    ['run ./badly-named.mjs', "a system's name is lower-case", 'defineSystem'],
    ['run ./two.mjs', 'exports several systems: toy-sound, toy-idle', 'one system a module'],
  ])('%s', async (line, wrong, remedy) => {
    const {code, out, err} = await box.run(line === '' ? [] : line.split(' '));
    expect(code).toBe(2);
    const lines = err.trimEnd().split('\n').slice(-2);
    expect(lines[0]).toMatch(/^syncstorm: /);
    expect(lines[0]).toContain(wrong);
    expect(lines[1]).toContain(remedy);
    if (!line.includes('--json') && !line.includes('--trace .')) expect(out).toBe('');
  });
});

test('an internal error asks for a report, and names the command that was running', async () => {
  const {err} = await box.run([
    'fuzz',
    './crashing.mjs',
    '--runs',
    '3',
    '--seed-base',
    '7',
    '--variant',
    'careless',
  ]);
  const lines = err.trimEnd().split('\n');
  expect(lines[0]).toContain('internal error');
  expect(lines[1]).toBe('TypeError: a claim that breaks');
  expect(lines.at(-2)).toContain('please report it');
  expect(lines.at(-1)).toMatch(
    /^npx syncstorm run \.\/crashing\.mjs --seed 0x[0-9a-f]{16} --variant careless$/,
  );
});

describe('--json prints exactly one object', () => {
  test.each([
    ['run ./sound.mjs --seed 1', 'run', 'toy-sound', 'ok', 1],
    ['run ./broken.mjs --seed 1', 'run', 'toy-broken', 'violation', 1],
    ['run ./broken.mjs --seed 1 --print-plan', 'run', 'toy-broken', 'ok', 0],
    ['fuzz ./sound.mjs --runs 3', 'fuzz', 'toy-sound', 'ok', 3],
    ['fuzz ./broken.mjs --runs 3', 'fuzz', 'toy-broken', 'violation', 3],
    ['fuzz ./erratic.mjs --runs 3 --rerun-one-in 1', 'fuzz', 'toy-erratic', 'nondeterminism', 3],
    ['fuzz ./sound.mjs --runs 0', 'fuzz', 'toy-sound', 'inconclusive', 0],
    ['list ./sound.mjs', 'list', 'toy-sound', 'ok', 0],
    ['list', 'list', null, 'ok', 0],
    ['help', 'help', null, 'ok', 0],
    ['run --help', 'help', null, 'ok', 0],
    ['--version', 'help', null, 'ok', 0],
    ['run ./crashing.mjs', 'run', null, 'inconclusive', 0],
    ['replay missing.json', 'replay', null, 'inconclusive', 0],
    ['rum', 'rum', null, 'inconclusive', 0],
  ])('%s', async (line, verb, system, verdict, runs) => {
    const {out} = await box.run([...line.split(' '), '--json']);
    expect(out.trimEnd()).not.toContain('\n');
    const record = JSON.parse(out) as Record<string, unknown>;
    expect(record).toMatchObject({schema: 'syncstorm/1', verb, system, verdict, runs});
    expect(record['seconds']).toEqual(expect.any(Number));
  });
});
