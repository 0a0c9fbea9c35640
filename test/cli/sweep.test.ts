/** `sweep` on a command line: what it takes, what it prints and stores, and how it ends. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Console, type Left} from './console.ts';

const TILL = join(import.meta.dirname, '../fixtures/till');
const module = (flaw: string): string => join(TILL, `${flaw}.ts`);
const box = new Console();

beforeAll(() => {
  const plan = JSON.parse(readFileSync(join(TILL, 'sweep/one-sale.json'), 'utf8')) as Record<string, unknown>;
  box.write('plan.json', JSON.stringify(plan));
  box.write(
    'failing.json',
    JSON.stringify({...plan, fates: {'till>books POST /sales #1 res': {delayMs: 1, act: 'lose-response'}}}),
  );
  box.write('foreign.json', JSON.stringify({...plan, system: 'other'}));
  box.write('broken.json', '{');
});
afterAll(() => box.remove());

const json = ({out}: Left): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

describe('a sound system', () => {
  test('is swept by its reference plans, and nothing is found', async () => {
    const {code, out, err} = await box.run(['sweep', module('sound')]);
    expect({code, err}).toEqual({code: 0, err: ''});
    expect(out.split('\n')[0]).toContain('sweep till');
    expect(out).toContain('one-sale.json: 76 injections');
    expect(out).toContain('  all                       76  76          0     0         66');
    expect(out).toContain('  1 tamper found nothing to change in the answer');
    expect(out.trimEnd().split('\n').at(-1)).toBe('verdict: ok');
  });

  test('is told in one object', async () => {
    const left = await box.run(['sweep', './plan.json', '--system', module('sound'), '--json']);
    expect(left.code).toBe(0);
    const record = json(left);
    expect(record).toMatchObject({
      schema: 'syncstorm/1',
      verb: 'sweep',
      system: 'till',
      verdict: 'ok',
      runs: 76,
      plans: ['./plan.json'],
      listed: 76,
      injections: 76,
      findings: [],
      idle: [],
      lost: [],
      blank: 1,
    });
    expect(record['hazards']).toMatchObject({
      crash: {injections: 17, ok: 17, violation: 0, idle: 0, effective: 8},
      'tamper:refused': {injections: 1, ok: 1, violation: 0, idle: 0, effective: 1},
    });
  });
});

describe('a flawed system', () => {
  test('ends with 1, and the plan of each signature replays to it', async () => {
    const {code, out} = await box.run(['sweep', module('doubling'), '--out', 'found']);
    expect(code).toBe(1);
    expect(out).toContain('injected: duplicate (1 ms later): till>books POST /sales #1 req');
    expect(out).toContain('✗ TILL-1/settled/twice/books');
    expect(out).toContain(
      '    13  TILL-1/settled/twice/books  duplicate (1 ms later): till>books POST /sales #1 req',
    );
    const file = 'found/sweep/TILL-1_settled_twice_books/plan.json';
    expect(out).toContain(`npx syncstorm replay ${file} --system ${module('doubling')}`);
    const stored = JSON.parse(box.read(file)) as {plan: {fates: unknown}};
    expect(stored.plan.fates).toEqual({
      'till>books POST /sales #1 req': {delayMs: 13, act: 'duplicate', arg: 1},
    });
    const replayed = await box.run(['replay', `./${file}`, '--system', module('doubling'), '--json']);
    expect(replayed.code).toBe(1);
    expect(json(replayed)).toMatchObject({sameDigest: true, sameSignature: true});
  });

  test('is found by the hazards that are chosen, and not by others', async () => {
    const swept = async (...flags: string[]): Promise<Record<string, unknown>> =>
      json(await box.run(['sweep', module('torn'), '--json', '--out', 'chosen', ...flags]));
    expect(await swept('--only', 'crash-after')).toMatchObject({
      verdict: 'violation',
      runs: 4,
      listed: 66,
      findings: [
        {count: 1, name: 'crash-after: books sql books/books insert sale #1', hazard: 'crash-after'},
      ],
    });
    expect(await swept('--only', 'partition,tamper')).toMatchObject({verdict: 'ok', runs: 13});
    expect(await swept('--only', 'tamper:refused')).toMatchObject({verdict: 'ok', runs: 1});
  });
});

describe('a part of the list', () => {
  test('parts are disjoint and together the whole', async () => {
    const runs: number[] = [];
    const idle = new Set<string>();
    for (const part of ['1/3', '2/3', '3/3']) {
      const record = json(
        await box.run(['sweep', './plan.json', '--system', module('sound'), '--json', '--part', part]),
      );
      runs.push(record['runs'] as number);
      for (const hazard of Object.keys(record['hazards'] as object)) idle.add(hazard);
    }
    expect(runs).toEqual([26, 25, 25]);
    expect([...idle].sort((a, b) => (a < b ? -1 : 1))).toEqual(
      [
        'crash',
        'crash-after',
        'crash-before',
        'duplicate',
        'failed-statement',
        'lose-request',
        'lose-response',
      ].concat(['partition', 'tamper:refused']),
    );
  });

  test('the first so many are run', async () => {
    const left = await box.run([
      'sweep',
      './plan.json',
      '--system',
      module('sound'),
      '--limit',
      '5',
      '--only',
      'partition',
    ]);
    expect(left.code).toBe(0);
    expect(left.out).toContain('71 of 76 in the list were left out by choice');
  });

  test('no injection at all proves nothing', async () => {
    const left = await box.run([
      'sweep',
      './plan.json',
      '--system',
      module('sound'),
      '--part',
      '77/77',
      '--json',
    ]);
    expect(left.code).toBe(21);
    expect(json(left)).toMatchObject({verdict: 'inconclusive', runs: 0});
  });

  test('an interrupted sweep is no proof', async () => {
    const left = await box.run(['sweep', './plan.json', '--system', module('sound')], {interrupt: true});
    expect(left.code).toBe(21);
    expect(left.out).toContain('verdict: inconclusive: ');
  });
});

test.each([
  [['sweep'], 2, 'sweep needs a plan'],
  [['sweep', './none.json'], 22, 'none.json: cannot be read'],
  [['sweep', './broken.json'], 22, 'not JSON'],
  [['sweep', './plan.json'], 2, 'is of a system called "till", which is not registered'],
  [['sweep', './foreign.json', '--system', module('sound')], 2, 'of the system "other", not of "till"'],
  [['sweep', './failing.json', '--system', module('doubling')], 2, 'breaks a claim as it is'],
  [['sweep', 'vsf'], 2, 'no system is called "vsf"'],
  [['sweep', module('sound'), '--system', module('sound')], 2, 'is no plan'],
  [['sweep', module('sound'), '--only', 'crsh'], 2, 'no hazard of the system is called "crsh"'],
  [['sweep', module('sound'), '--only', 'tamper:refusd'], 2, 'did you mean tamper:refused?'],
  [['sweep', module('sound'), '--part', '3/2'], 2, '--part takes the number of a part'],
  [['sweep', module('sound'), '--limit', '0'], 2, '--limit takes a whole number of at least 1'],
  [['sweep', join(TILL, '../mutants/shelf/system.mjs')], 2, 'has no reference plan'],
])('%j ends with %i', async (argv, code, words) => {
  const left = await box.run(argv);
  expect(left.code).toBe(code);
  expect(left.err).toContain(words);
});
