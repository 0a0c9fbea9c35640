/** Scenarios of a system on the command line: `system/scenario` is a name, and `--scenario` another way of giving it. */
import {existsSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {defineSystem} from '../../src/index.ts';
import {registered} from '../../src/cli/load-system.ts';
import {folderOfSystem} from '../../src/cli/system-folder.ts';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

vi.mock('../../scenarios/registry.ts', () => {
  const toy = (name: string, broken: boolean): unknown =>
    defineSystem({
      name,
      summary: `is called ${name}`,
      drawWorld: () => ({}),
      nodes: () => [{id: 'p', role: 'peer', boot: () => Promise.resolve(null)}],
      operations: {
        poke: {
          weight: 1,
          role: 'peer',
          essential: true,
          draw: () => null,
          run: (_, doing) => doing.note('poke', null),
        },
      },
      size: {operations: [3, 5], stormMs: [100, 200]},
      settling: [],
      hazards: {},
      ledger: () => ({pokes: 0}),
      observe: (seen, ledger) => {
        if (seen.kind === 'note') ledger.pokes += 1;
      },
      claims: [
        {
          id: 'TOY-1',
          sentence: 'nobody pokes twice',
          when: 'always',
          check: (_, ledger) =>
            broken && ledger.pokes > 1 ? {message: 'poked again', code: 'twice'} : 'holds',
        },
      ],
      goals: [],
    });
  return {systems: [toy('toy', false), toy('toy/rough', true), toy('toy/calm', false), toy('other', false)]};
});

let box: Console;
beforeAll(() => {
  box = new Console();
  box.write('toy.mjs', toyModule('sound'));
});
afterAll(() => box.remove());

const record = async (line: string): Promise<Record<string, unknown>> =>
  JSON.parse((await box.run([...line.split(' '), '--json'])).out) as Record<string, unknown>;

describe('a scenario is given by its whole name, or by --scenario', () => {
  test.each([
    ['run toy/rough --seed 1', 'toy/rough', 'violation'],
    ['run toy --scenario rough --seed 1', 'toy/rough', 'violation'],
    ['run toy --scenario calm --seed 1', 'toy/calm', 'ok'],
    ['run toy --seed 1', 'toy', 'ok'],
    [
      'fuzz toy --scenario rough --runs 2 --workers 1 --no-canary --shrink off --out found',
      'toy/rough',
      'violation',
    ],
    ['fuzz toy --runs 2 --workers 1 --no-canary', 'toy', 'ok'],
    ['list toy --scenario calm', 'toy/calm', 'ok'],
    ['corpus verify toy --scenario calm', 'toy/calm', 'ok'],
  ])('%s', async (line, system, verdict) => {
    expect(await record(line)).toMatchObject({system, verdict});
  });

  test('a folder of that name does not stand in its way', async () => {
    mkdirSync(join(box.folder, 'toy', 'calm'), {recursive: true});
    expect(await record('run toy/calm --seed 1')).toMatchObject({system: 'toy/calm', verdict: 'ok'});
    expect(await record('run toy --seed 1')).toMatchObject({system: 'toy', verdict: 'ok'});
  });

  test('without a system, a campaign is over all that are registered, scenarios included', async () => {
    expect(await record('fuzz --runs 2 --workers 1 --no-canary --shrink off --out all')).toMatchObject({
      system: 'toy,toy/rough,toy/calm,other',
    });
  });
});

describe('what is printed to be typed again names the scenario', () => {
  test('of a seed', async () => {
    const {code, out} = await box.run('run toy --scenario rough --seed 7'.split(' '));
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n').at(-1)).toContain(
      'npx syncstorm run toy/rough --seed 0x0000000000000007',
    );
  });

  test('of a finding: its plan is stored under a name that any folder can have, and replays by itself', async () => {
    const {out} = await box.run(
      'fuzz toy --scenario rough --runs 2 --workers 1 --no-canary --out bundle'.split(' '),
    );
    expect(out).toContain('npx syncstorm run toy/rough --seed 0x');
    const plan = 'bundle/failures/TOY-1_-_twice_-.toy_rough';
    expect(existsSync(join(box.folder, plan, 'plan.json'))).toBe(true);
    const ways = [
      `replay ${plan}`,
      `replay ${plan} --system toy/rough`,
      `replay ${plan} --system toy --scenario rough`,
      `explain ${plan} --futures 0`,
      `shrink ${plan} --for 1s`,
    ];
    for (const line of ways)
      expect(await record(line), line).toMatchObject({system: 'toy/rough', verdict: 'violation'});
    expect(await record('report bundle --system toy --scenario rough')).toMatchObject({system: 'toy/rough'});
    expect(await record('merge bundle --out merged')).toMatchObject({
      system: 'toy/rough',
      verdict: 'violation',
    });
    expect(await record('fuzz --resume --runs 4 --workers 1 --no-canary --out bundle')).toMatchObject({
      system: 'toy/rough',
      runs: 4,
    });
  });
});

test('the files of a scenario are in a folder of its own, below that of its system', () => {
  const rough = registered().find(({given}) => given === 'toy/rough');
  if (rough === undefined) throw new Error('it is registered');
  const {shownAs} = folderOfSystem(rough, 'corpus', process.cwd());
  expect(shownAs).toBe(join('scenarios', 'toy', 'rough', 'corpus'));
});

test('list shows a system with its scenarios', async () => {
  const {out} = await box.run(['list', 'toy']);
  expect(out).toContain('scenarios\n  rough  is called toy/rough\n  calm   is called toy/calm');
  const all = await box.run(['list']);
  expect(all.out).toContain('toy/rough  is called toy/rough');
  expect(await record('list other')).toMatchObject({systems: [{scenarios: []}]});
});

describe('a scenario that cannot be meant is two lines', () => {
  test.each([
    [
      'run toy --scenario ruogh',
      'toy has no scenario "ruogh"',
      'did you mean rough? (scenarios: rough, calm)',
    ],
    ['run toy/ruogh', 'toy has no scenario "ruogh"', 'did you mean rough? (scenarios: rough, calm)'],
    ['run other --scenario x', 'other has no scenario "x"', 'leave out --scenario'],
    ['run other/x', 'other has no scenario "x"', 'give the system alone: other'],
    ['run tyo --scenario rough', 'no system is called "tyo"', 'did you mean toy?'],
    ['run tyo/rough', 'there is no module tyo/rough', 'give the path of a file'],
    ['run toy/calm --scenario rough', 'toy/calm is one already', 'leave out --scenario'],
    ['run ./toy.mjs --scenario rough', './toy.mjs is a module, which has none', 'leave out --scenario'],
    ['fuzz --scenario rough', 'no system is given', 'name the system too'],
    ['replay plan.json --scenario', '--scenario needs a value', 'syncstorm replay --help'],
  ])('%s', async (line, wrong, remedy) => {
    const {code, err} = await box.run(line.split(' '));
    expect(code).toBe(2);
    const [first, second] = err.trimEnd().split('\n').slice(-2);
    expect(first).toContain(wrong);
    expect(second).toContain(remedy);
  });
});
