/** `fuzz --resume`: a campaign goes on from its file as if it had never been left. */
import {existsSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {isComplete} from '../../src/cli/bundle/bundle.ts';
import {loadSystem} from '../../src/cli/load-system.ts';
import {runBatch} from '../../src/sim/batch.ts';
import type {CampaignSum, StoredCampaign} from '../../src/sim/campaign.ts';
import {compareText} from '../../src/sim/json.ts';
import {WHOLE} from '../../src/sim/positions.ts';
import {joinSums, sumOfLost} from '../../src/sim/sums.ts';
import {storedIn, timeless} from './campaign-file.ts';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

const box = new Console();
const BUNDLE = 'failures/TOY-1_add_c0_peer';
const BASE = 'fuzz ./motley.mjs --seed-base 7 --max-findings 99 --shrink off --out left';
let whole: StoredCampaign;

const run = (line: string): ReturnType<Console['run']> => box.run(line.split(' '));
const left = (): StoredCampaign => storedIn(join(box.folder, 'left'));
const leave = (stored: unknown): void =>
  writeFileSync(join(box.folder, 'left/campaign.json'), JSON.stringify(stored));

beforeAll(async () => {
  box.write('motley.mjs', toyModule('motley'));
  box.write('sound.mjs', toyModule('sound'));
  await run('fuzz ./motley.mjs --seed-base 7 --max-findings 99 --shrink off --out whole --runs 100');
  whole = storedIn(join(box.folder, 'whole'));
});
beforeEach(() => rmSync(join(box.folder, 'left'), {recursive: true, force: true}));
afterAll(() => box.remove());

describe('a campaign that was left', () => {
  test('goes on to what it would have been, and tells nothing twice', async () => {
    const first = await run(`${BASE} --runs 40`);
    const {code, out} = await run(
      'fuzz ./motley.mjs --resume --max-findings 99 --shrink off --out left --runs 100',
    );
    expect(code).toBe(1);
    expect(out.split('\n')[0]).toMatch(/seed-base 0x0{15}7 .* after 40 seeds$/);
    expect(timeless(left())).toEqual(timeless(whole));
    const told = (text: string): string[] => text.match(/^✗ .*/gm) ?? [];
    expect(told(first.out).length).toBeGreaterThan(0);
    expect([...told(first.out), ...told(out)].sort(compareText)).toEqual(
      Object.keys(whole.shards[0]?.sum.findings ?? {}).map(signature => `✗ ${signature}`),
    );
  });

  test('has nothing left to do where all is done', async () => {
    await run(`${BASE} --runs 40`);
    const before = left();
    const {out} = await run('fuzz ./motley.mjs --resume --max-findings 99 --shrink off --out left --runs 40');
    expect(out).toContain('all of --runs 40 done');
    expect(timeless(left())).toEqual(timeless(before));
    expect(left().shards[0]?.elapsedMs).toBeGreaterThan(before.shards[0]?.elapsedMs ?? 0);
  });

  test('runs again what was in flight, also where something after it is done', async () => {
    const {system} = await loadSystem('./motley.mjs', box.folder);
    const {schema, shards} = whole;
    const of = async (from: number, to: number): Promise<CampaignSum> => {
      const batch = {seedBase: '0x0000000000000007', variant: 'default', shard: WHOLE, rerunOneIn: 20};
      const rest = {positions: [from, to] as const, maxFindings: 99, known: []};
      return (await runBatch(system, {...batch, ...rest}, {wallClock: () => 0, onSeed: () => false})).sum;
    };
    // as two workers leave it, the first of which was killed in its second batch
    const sum = joinSums(await of(0, 25), await of(50, 75));
    const done = [
      [0, 25],
      [50, 75],
    ];
    box.makeFolder('left');
    leave({schema, shards: shards.map(shard => ({...shard, done, sum}))});
    const {out} = await run(
      'fuzz ./motley.mjs --resume --max-findings 99 --shrink off --out left --runs 100',
    );
    expect(out).toContain('after 50 seeds');
    expect(timeless(left())).toEqual(timeless(whole));
  });

  test('runs again what was lost with a worker', async () => {
    await run(`${BASE} --runs 50`);
    const {shards, schema} = left();
    const lost = sumOfLost({indices: [50, 51, 52], seed: null, cause: 'died'});
    leave({schema, shards: shards.map(shard => ({...shard, sum: joinSums(shard.sum, lost)}))});
    await run('fuzz ./motley.mjs --resume --max-findings 99 --shrink off --out left --runs 100');
    expect(timeless(left())).toEqual(timeless(whole));
  });

  test('is examined where it was not', async () => {
    await run(`${BASE} --runs 100`);
    const bundle = join(box.folder, 'left', BUNDLE);
    const plan = box.read(`left/${BUNDLE}/plan.json`);
    const again = 'fuzz ./motley.mjs --resume --max-findings 99 --shrink off --out left --runs 100';
    const {mtimeMs} = statSync(join(bundle, 'failure.json'));
    await run(again);
    expect(statSync(join(bundle, 'failure.json')).mtimeMs).toBe(mtimeMs);
    // as it is left by a process that is killed while it examines, and before that
    for (const lost of ['failure.json', 'plan.json']) {
      rmSync(join(bundle, lost));
      expect(isComplete(bundle)).toBe(false);
      await run(again);
      expect(isComplete(bundle)).toBe(true);
      expect(box.read(`left/${BUNDLE}/plan.json`)).toBe(plan);
    }
  });

  test('is cleared of what a process that is gone left half written, and of nothing else', async () => {
    await run(`${BASE} --runs 100`);
    const gone = 0x7fff_fff0;
    const put = (name: string): void => writeFileSync(join(box.folder, 'left', name), '{"half": ');
    const alive = `.campaign.json.${process.ppid}.tmp`;
    for (const name of [`.campaign.json.${gone}.tmp`, alive, 'notes.tmp', `failures/.x.${gone}.tmp`])
      put(name);
    put(`${BUNDLE}/.plan.json.${gone}.tmp`);
    await run('fuzz ./motley.mjs --resume --max-findings 99 --shrink off --out left --runs 100');
    const names = readdirSync(join(box.folder, 'left'), {recursive: true, encoding: 'utf8'});
    expect(names.filter(name => name.endsWith('.tmp')).sort(compareText)).toEqual([alive, 'notes.tmp']);
  });

  test('is replaced by a new one', async () => {
    await run(`${BASE} --runs 100`);
    await run('fuzz ./motley.mjs --seed-base 8 --shrink off --out left --runs 3');
    expect(left().shards).toMatchObject([{seedBase: '0x0000000000000008', done: [[0, 3]]}]);
  });
});

describe('of several that one folder holds', () => {
  const two = (): void => {
    const [shard] = whole.shards;
    const other = {...shard, shard: {index: 2, of: 2}, done: [], sum: {...shard?.sum, runs: 0, findings: {}}};
    rmSync(join(box.folder, 'left'), {recursive: true, force: true});
    box.write('motley.mjs', toyModule('motley'));
    leaveIn({...whole, shards: [{...shard, shard: {index: 1, of: 2}}, other]});
  };
  const leaveIn = (stored: unknown): void => {
    box.makeFolder('left');
    leave(stored);
  };

  test('one is gone on with, and the others are kept', async () => {
    two();
    const {code} = await run('fuzz ./motley.mjs --resume --shard 2/2 --shrink off --out left --runs 20');
    expect(code).toBe(1);
    expect(left().shards).toMatchObject([
      {shard: {index: 1, of: 2}, sum: {runs: 100}},
      {shard: {index: 2, of: 2}, done: [[0, 10]]},
    ]);
  });

  test('it has to be said which', async () => {
    two();
    const {code, err} = await run('fuzz ./motley.mjs --resume --out left');
    expect(code).toBe(2);
    expect(err).toContain('shard 1/2 (100 seeds); toy-motley');
    expect(err).toContain('say which one to go on with');
  });
});

describe('what does not fit is refused', () => {
  test.each([
    ['./motley.mjs --seed-base 8', 2, 'holds no campaign like that, but: toy-motley, variant default'],
    ['./motley.mjs --variant careless', 2, 'holds no campaign like that'],
    ['./motley.mjs --shard 1/2', 2, 'holds no campaign like that'],
    ['./sound.mjs', 2, 'holds no campaign like that'],
    ['', 2, 'a system called "toy-motley", which is not registered'],
    ['./motley.mjs --seed-base 7 --variant default --shard 1/1', 1, ''],
  ])('%s', async (flags, exit, wrong) => {
    await run(`${BASE} --runs 100`);
    const before = box.read('left/campaign.json');
    const {code, err} = await run(
      `fuzz ${flags} --resume --shrink off --out left --runs 100`.replace('  ', ' '),
    );
    expect(code).toBe(exit);
    expect(err).toContain(wrong);
    if (exit === 2) expect(box.read('left/campaign.json')).toBe(before);
  });

  test.each([
    ['is not there', null],
    ['is not JSON', '{"schema": "syncstorm.campaign/1", "sha'],
    ['is something else', '{"schema": "syncstorm.campaign/9", "shards": []}'],
  ])('a file that %s', async (_, text) => {
    box.makeFolder('left');
    if (text !== null) writeFileSync(join(box.folder, 'left/campaign.json'), text);
    const {code, err} = await run('fuzz ./motley.mjs --resume --out left --runs 5');
    expect(code).toBe(22);
    expect(err).toContain('campaign.json');
    expect(existsSync(join(box.folder, 'left/failures'))).toBe(false);
    if (text !== null) expect(box.read('left/campaign.json')).toBe(text);
  });
});
