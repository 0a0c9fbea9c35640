/** Merging: a union of shards, whatever the order, however often, and never at the price of work that was done. */
import {fc, test as property} from '@fast-check/vitest';
import {describe, expect, test} from 'vitest';
import type {StoredCampaign, StoredShard} from '../../src/sim/campaign.ts';
import {canonicalJson} from '../../src/sim/json.ts';
import {mergeCampaigns, shardSets} from '../../src/sim/merge.ts';
import {aShard, aSum, stored} from './merge-shards.ts';

/** Rising disjoint ranges, out of few positions: that one shard has done all that another has is not rare then. */
const ranges = fc.uniqueArray(fc.integer({min: 0, max: 5}), {maxLength: 6}).map(positions => {
  const rising = [...positions].sort((a, b) => a - b);
  const joined: [number, number][] = [];
  for (const position of rising) {
    const last = joined.at(-1);
    if (last?.[1] === position) last[1] = position + 1;
    else joined.push([position, position + 1]);
  }
  return joined;
});

const shards = fc
  .record({
    system: fc.constantFrom('sample', 'other'),
    variant: fc.constantFrom('default', 'soften'),
    seedBase: fc.constantFrom('0x0000000000000007', '0x0000000000000008'),
    shard: fc.constantFrom({index: 1, of: 2}, {index: 2, of: 2}, {index: 1, of: 1}),
    done: ranges,
    elapsedMs: fc.integer({min: 1, max: 2}),
    // runs are not always as many as the positions: what was lost ran nothing
    sum: fc.record({runs: fc.integer({min: 0, max: 3})}).map(aSum),
  })
  .map(aShard);

/** Half of the time all shards are the same one in different states: which of them wins is what is hard. */
const campaigns: fc.Arbitrary<StoredCampaign> = fc
  .oneof(
    fc.array(shards, {maxLength: 4}),
    fc.array(
      shards.map(({done, sum, elapsedMs}) => aShard({done, sum, elapsedMs})),
      {maxLength: 3},
    ),
  )
  .map(all => stored(...all));

const merged = (...all: readonly StoredCampaign[]): StoredCampaign => all.reduce(mergeCampaigns, stored());
const positions = ({done}: StoredShard): number[] =>
  done.flatMap(([from, to]) => Array.from({length: to - from}, (_, at) => from + at));
const key = ({system, variant, seedBase, shard}: StoredShard): string =>
  canonicalJson([system, variant, seedBase, shard]);

describe('merging', () => {
  property.prop([campaigns, campaigns], {numRuns: 500})('is commutative', (a, b) => {
    expect(mergeCampaigns(b, a)).toEqual(mergeCampaigns(a, b));
  });

  property.prop([campaigns, campaigns, campaigns], {numRuns: 2_000})('is associative', (a, b, c) => {
    expect(mergeCampaigns(a, mergeCampaigns(b, c))).toEqual(mergeCampaigns(mergeCampaigns(a, b), c));
  });

  property.prop([campaigns, campaigns], {numRuns: 500})('is idempotent', (a, b) => {
    const both = mergeCampaigns(a, b);
    expect(mergeCampaigns(both, both)).toEqual(both);
    expect(mergeCampaigns(both, a)).toEqual(both);
  });

  property.prop([campaigns, campaigns], {numRuns: 500})(
    'keeps one state of every shard that either has',
    (a, b) => {
      const all = [...a.shards, ...b.shards];
      const {shards: kept} = mergeCampaigns(a, b);
      expect(new Set(kept.map(key))).toEqual(new Set(all.map(key)));
      expect(kept).toHaveLength(new Set(kept.map(key)).size);
      for (const shard of kept) expect(all).toContainEqual(shard);
    },
  );

  property.prop([campaigns, campaigns], {numRuns: 500})(
    'drops no state that did more than the one it keeps',
    (a, b) => {
      const {shards: kept} = mergeCampaigns(a, b);
      for (const other of [...a.shards, ...b.shards]) {
        const winner = kept.find(shard => key(shard) === key(other));
        const done = new Set(winner === undefined ? [] : positions(winner));
        const more =
          positions(other).length > done.size && [...done].every(at => positions(other).includes(at));
        expect(more).toBe(false);
      }
    },
  );

  test('goes by what is done, then by runs, then by the text', () => {
    const wide = aShard({done: [[0, 50]], sum: aSum({runs: 25})});
    const busy = aShard({done: [[50, 75]], sum: aSum({runs: 999})});
    expect(mergeCampaigns(stored(busy), stored(wide)).shards).toEqual([wide]);
    const lossy = aShard({sum: aSum({runs: 24})});
    expect(mergeCampaigns(stored(aShard()), stored(lossy)).shards).toEqual([aShard()]);
    const slower = aShard({elapsedMs: 2_000});
    expect(mergeCampaigns(stored(slower), stored(aShard())).shards).toEqual([slower]);
  });

  test('never takes two shards for one', () => {
    const all = [
      aShard(),
      aShard({shard: {index: 2, of: 8}}),
      aShard({shard: {index: 1, of: 9}}),
      aShard({seedBase: '0x0000000000000008'}),
      aShard({variant: 'soften'}),
      aShard({system: 'other'}),
    ];
    expect(merged(...all.map(shard => stored(shard))).shards).toHaveLength(all.length);
  });
});

describe('the shards of a campaign', () => {
  test('are put together, with those that are missing', () => {
    const [third, first, other] = [3, 1, 2].map(index => aShard({shard: {index, of: 4}})) as [
      StoredShard,
      StoredShard,
      StoredShard,
    ];
    const soft = aShard({variant: 'soften', shard: {index: 1, of: 1}});
    expect(shardSets(stored(third, soft, first))).toEqual([
      {
        system: 'sample',
        variant: 'default',
        seedBase: '0x0000000000000007',
        cuts: [4],
        shards: [first, third],
        missing: [2, 4],
      },
      {
        system: 'sample',
        variant: 'soften',
        seedBase: '0x0000000000000007',
        cuts: [1],
        shards: [soft],
        missing: [],
      },
    ]);
    expect(shardSets(stored(third, other, first))[0]?.missing).toEqual([4]);
  });

  test('that were cut in different ways are told apart by their cuts', () => {
    const [set] = shardSets(stored(aShard({shard: {index: 2, of: 8}}), aShard({shard: {index: 1, of: 4}})));
    expect(set).toMatchObject({cuts: [4, 8], missing: []});
  });
});
