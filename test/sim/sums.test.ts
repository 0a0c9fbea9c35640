/** Sums of campaigns: whatever is joined with whatever, in whatever order, the whole is the same. */
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {fuzz, seedAt, type System} from '../../src/index.ts';
import {runBatch, type Batch} from '../../src/sim/batch.ts';
import type {CampaignSum, StoredShard} from '../../src/sim/campaign.ts';
import {canonicalJson} from '../../src/sim/json.ts';
import {positionsOf, WHOLE, type Range, type Shard} from '../../src/sim/positions.ts';
import {campaignOf, emptySum, joinSums, sumOfLost, sumOfMismatches, sumOfRun} from '../../src/sim/sums.ts';
import {aPlan, aViolation} from '../report/samples.ts';
import {counterSystem} from './toys/counter.ts';

const BASE = '0x0000000000000003';
const RUNS = 60;
const lossy = counterSystem({server: 'lossy'}) as unknown as System;

const batchOf = (positions: Range, shard: Shard = WHOLE): Batch => ({
  seedBase: BASE,
  variant: 'default',
  shard,
  positions,
  rerunOneIn: 5,
  maxFindings: 100,
  known: [],
});

/** The sum of a batch; the clock stands still, so that no seed is slower than another. */
const sumOf = async (batch: Batch): Promise<CampaignSum> =>
  (await runBatch(lossy, batch, {wallClock: () => 0, onSeed: () => false})).sum;

/** Sums of a few runs with few different names, so that everything meets everything. */
const seeds = fc.integer({min: 0, max: 12}).map(index => ({index, seed: seedAt(BASE, index)}));
const count = fc.integer({min: 0, max: 9});
const name = fc.constantFrom('a', 'b', '__proto__');
const ofRun = fc
  .tuple(
    seeds,
    fc.option(name, {nil: null}),
    fc.dictionary(name, count),
    fc.dictionary(name, fc.record({offered: count, delivered: count, effective: count})),
    fc.dictionary(name, fc.record({checked: count, armed: count})),
    count,
  )
  .map(([{index, seed}, signature, probes, hazards, claims, ms]) =>
    sumOfRun(
      {
        plan: aPlan({seed}),
        violation: signature === null ? null : aViolation({signature}),
        ...{happenings: ms, messages: ms, virtualMs: ms, probes, hazards, claims},
      },
      index,
      ms,
    ),
  );
const ofLost = fc
  .record({
    indices: fc.array(count, {minLength: 1}),
    seed: fc.option(
      seeds.map(({seed}) => seed),
      {nil: null},
    ),
    cause: fc.constantFrom('died' as const, 'hung' as const),
  })
  .map(sumOfLost);
const ofMismatch = fc
  .record({seed: seeds.map(({seed}) => seed), first: name, second: name, divergence: fc.constant(null)})
  .map(mismatch => sumOfMismatches([mismatch]));
const sums = fc
  .array(fc.oneof(ofRun, ofRun, ofRun, ofLost, ofMismatch), {maxLength: 5})
  .map(all => all.reduce(joinSums, emptySum(lossy)));

describe('joining', () => {
  test('is commutative and associative, and the empty sum adds nothing', () => {
    fc.assert(
      fc.property(sums, sums, sums, (a, b, c) => {
        const text = canonicalJson(joinSums(joinSums(a, b), c));
        expect(canonicalJson(joinSums(a, joinSums(b, c)))).toBe(text);
        expect(canonicalJson(joinSums(joinSums(c, a), b))).toBe(text);
        expect(canonicalJson(joinSums(emptySum(lossy), a))).toBe(canonicalJson(a));
      }),
    );
  });

  test('keeps of a finding the first seed in the order of the campaign, and adds up how many had it', () => {
    const at = (index: number, ms: number): CampaignSum => {
      const plan = aPlan({seed: seedAt(BASE, index)});
      const violation = aViolation({happening: index});
      const counts = {happenings: 1, messages: 2, virtualMs: 3, probes: {}, hazards: {}, claims: {}};
      return sumOfRun({plan, violation, ...counts}, index, ms);
    };
    const joined = [at(7, 1), at(2, 9), at(5, 4)].reduce(joinSums);
    expect(joined).toMatchObject({runs: 3, happenings: 3, messages: 6, virtualMs: 9});
    expect(joined.slowest).toEqual({seed: seedAt(BASE, 2), ms: 9});
    expect(Object.values(joined.findings)).toMatchObject([
      {index: 2, count: 3, seed: seedAt(BASE, 2), violation: {happening: 2}},
    ]);
  });

  test('tells hazards, tampers and claims that never came by zeros', () => {
    const {hazards, claims, runs} = emptySum(lossy);
    expect(runs).toBe(0);
    expect(claims).toEqual({'COUNT-1': {checked: 0, armed: 0}});
    expect(hazards['partition']).toEqual({offered: 0, delivered: 0, effective: 0});
    const tampered = emptySum({...lossy, tampers: [{id: 'lie', matches: () => false, apply: () => null}]});
    expect(tampered.hazards['tamper:lie']).toEqual({offered: 0, delivered: 0, effective: 0});
  });

  test('makes what a claim expected plain data, whatever it was', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    const violation = aViolation({expected: {big: 5n}, actual: [() => 1, Number.NaN, loop]});
    const counts = {happenings: 1, messages: 0, virtualMs: 0, probes: {}, hazards: {}, claims: {}};
    const {findings} = sumOfRun({plan: aPlan(), violation, ...counts}, 0, 0);
    const told = findings[violation.signature]?.violation;
    expect(told?.expected).toBe('a value that JSON cannot say (object)');
    expect(told?.actual).toBe('a value that JSON cannot say (object)');
    expect(structuredClone(told)).toEqual(told);
  });
});

describe('batches', () => {
  test('of one campaign join into the sum of all, however it is cut', async () => {
    const whole = await sumOf(batchOf([0, RUNS]));
    expect(Object.keys(whole.findings)).toEqual(['COUNT-1/-/doubled/server', 'COUNT-1/-/lost/server']);
    expect(whole.reruns).toBeGreaterThan(3);
    const parts = await Promise.all(
      [
        [27, RUNS],
        [0, 13],
        [13, 27],
      ].map(at => sumOf(batchOf(at as never))),
    );
    expect(parts.reduce(joinSums)).toEqual(whole);
    const shards: StoredShard[] = [];
    for (const index of [3, 1, 2]) {
      const shard = {index, of: 3};
      const done: Range = [0, positionsOf(shard, RUNS)];
      const sum = await sumOf(batchOf(done, shard));
      shards.push({
        system: 'counter',
        variant: 'default',
        seedBase: BASE,
        shard,
        done: [done],
        elapsedMs: 0,
        sum,
      });
    }
    const options = {seedBase: BASE, runs: RUNS, rerunOneIn: 5, wallClock: () => 0};
    expect(campaignOf(lossy, ...shards)).toEqual(await fuzz(lossy, options));
  });

  test('stop where they are told to, and say how far they came', async () => {
    const heard: number[] = [];
    const onSeed = (done: number): boolean => heard.push(done) > 3;
    const stopped = await runBatch(lossy, batchOf([10, 40]), {wallClock: () => 0, onSeed});
    expect(heard).toEqual([0, 1, 2, 3]);
    expect(stopped.done).toBe(3);
    expect(stopped.sum).toEqual(await sumOf(batchOf([10, 13])));
    const {done} = await runBatch(lossy, batchOf([10, 40]), {
      wallClock: () => 0,
      onSeed: () => false,
      onDone: sum => sum.runs === 5,
    });
    expect(done).toBe(5);
  });

  test('stop at the last signature that is wanted, those that are known counted', async () => {
    const {findings} = await sumOf(batchOf([0, RUNS]));
    const [first = 0, second = 0] = Object.values(findings)
      .map(({index}) => index)
      .sort((a, b) => a - b);
    const known = Object.values(findings).find(({index}) => index === first)?.signature ?? '';
    const run = async (change: Partial<Batch>): Promise<number> =>
      (
        await runBatch(
          lossy,
          {...batchOf([0, RUNS]), ...change},
          {
            wallClock: () => 0,
            onSeed: () => false,
          },
        )
      ).done;
    expect(await run({maxFindings: 1})).toBe(first + 1);
    expect(await run({maxFindings: 2})).toBe(second + 1);
    expect(await run({maxFindings: 2, known: [known]})).toBe(second + 1);
    expect(await run({maxFindings: 2, known: ['X-1/-/-/-']})).toBe(first + 1);
    expect(await run({maxFindings: 3})).toBe(RUNS);
  });
});
