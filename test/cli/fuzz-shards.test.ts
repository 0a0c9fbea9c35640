/** `fuzz --shard`: parts of a campaign that know nothing of each other and make up the whole. */
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {campaignOf} from '../../src/sim/sums.ts';
import {loadSystem} from '../../src/cli/load-system.ts';
import {storedIn, timeless} from './campaign-file.ts';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

const box = new Console();
const CAMPAIGN = 'fuzz ./motley.mjs --runs 100 --seed-base 7 --max-findings 99 --shrink off';

beforeAll(() => {
  box.write('motley.mjs', toyModule('motley'));
  box.write('sound.mjs', toyModule('sound'));
});
afterAll(() => box.remove());

const run = (line: string): ReturnType<Console['run']> => box.run(line.split(' '));

test('shards find together what the whole campaign finds', async () => {
  const {code} = await run(`${CAMPAIGN} --out whole`);
  expect(code).toBe(1);
  const shards = [];
  for (const index of [1, 2, 3]) {
    const {out} = await run(`${CAMPAIGN} --shard ${index}/3 --out part${index}`);
    expect(out.split('\n')[0]).toMatch(new RegExp(`  shard ${index}/3$`));
    shards.push(...timeless(storedIn(join(box.folder, `part${index}`))));
  }
  expect(shards.map(({shard, done}) => [shard.index, done])).toEqual([
    [1, [[0, 34]]],
    [2, [[0, 33]]],
    [3, [[0, 33]]],
  ]);
  const whole = timeless(storedIn(join(box.folder, 'whole')));
  expect(whole).toMatchObject([{shard: {index: 1, of: 1}, done: [[0, 100]], sum: {runs: 100}}]);
  expect(Object.keys(whole[0]?.sum.findings ?? {}).length).toBeGreaterThan(2);
  const {system} = await loadSystem('./motley.mjs', box.folder);
  expect(campaignOf(system, ...shards.reverse())).toEqual(campaignOf(system, ...whole));
});

test('a shard that has none of so few seeds runs nothing', async () => {
  const {code, out} = await run('fuzz ./sound.mjs --runs 2 --seed-base 7 --shard 3/3');
  expect(code).toBe(21);
  expect(out).toContain('nothing ran');
});

test.each([
  ['--shard 1/2', '--shard without --seed-base', 'give all shards the same --seed-base'],
  ['--shard 1/2 --seed-base random', '--shard without --seed-base', 'give all shards'],
  ['--shard 0/2 --seed-base 7', '--shard takes the number of a part', 'as in: --shard 1/8'],
  ['--shard 3/2 --seed-base 7', '--shard takes the number of a part', 'as in: --shard 1/8'],
  ['--shard 1/10001 --seed-base 7', 'how many there are, at most 10000', 'as in: --shard 1/8'],
  ['--shard half --seed-base 7', 'got "half"', 'as in: --shard 1/8'],
])('%s is refused', async (flags, wrong, remedy) => {
  const {code, err} = await run(`fuzz ./sound.mjs --runs 2 ${flags}`);
  expect(code).toBe(2);
  expect(err).toContain(wrong);
  expect(err).toContain(remedy);
});
