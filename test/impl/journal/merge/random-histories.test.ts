/** A thousand histories that devices may write, in every order of arrival: how often each rule fails, counted. */
import {fc, test} from '@fast-check/vitest';
import seedrandom from 'seedrandom';
import {describe, expect} from 'vitest';
import {compareClocks, dominates, incremented, joinClocks} from '../../../../src/impl/journal/merge/clock.ts';
import type {Operation} from '../../../../src/impl/journal/merge/operation.ts';
import {policies, type PolicyName} from '../../../../src/impl/journal/merge/policies.ts';
import {shownOf} from '../../../../src/model/journal/merge-oracle.ts';
import {fold, history, permutations} from './histories.ts';

const HISTORIES = 1_000;

/** 3 to 5 operations of 3 devices, three of ten deletes; each device knows its own and a random part of the others'. */
function randomHistory(seed: number): Operation[] {
  const random = seedrandom.alea(String(seed));
  const below = (bound: number): number => (random.int32() >>> 0) % bound;
  const written: Operation[] = [];
  const length = 3 + below(3);
  while (written.length < length) {
    const deviceId = 'ABC'.charAt(below(3));
    const seen = written.filter(one => one.deviceId === deviceId || below(2) === 0);
    const isTombstone = below(10) < 3;
    written.push({
      opId: `op${written.length + 1}`,
      deviceId,
      payload: isTombstone ? null : 'abcdefgh'.charAt(below(8)),
      clock: incremented(joinClocks(...seen.map(({clock}) => clock)), deviceId),
      isTombstone,
      tags: [],
    });
  }
  return written;
}

/** Whether each operation comes after all that it knew of. */
const isCausal = (order: readonly Operation[]): boolean =>
  order.every((one, index) =>
    order.slice(index + 1).every(later => compareClocks(later.clock, one.clock) !== 'before'),
  );

const shownBy = (name: PolicyName, orders: readonly (readonly Operation[])[]): Set<string> => {
  const policy = policies[name];
  return new Set(orders.map(order => JSON.stringify(policy.expose(fold(policy, order)))));
};

describe('of a thousand histories', () => {
  const all = Array.from({length: HISTORIES}, (_, seed) => permutations(randomHistory(seed)));
  const diverging = (name: PolicyName): (readonly (readonly Operation[])[])[] =>
    all.filter(orders => shownBy(name, orders).size > 1);

  test('the default diverges in none, and shows what the oracle says', () => {
    expect(diverging('default')).toHaveLength(0);
    for (const orders of all) {
      expect([...shownBy('default', orders.slice(0, 1))]).toEqual([JSON.stringify(shownOf(orders[0] ?? []))]);
    }
  });

  test.each<[PolicyName, number]>([
    ['winner-clock', 49],
    ['join-clock', 107],
  ])('%s diverges in %i, and always also where everything arrives after what it knew of', (name, times) => {
    const found = diverging(name);
    expect(found).toHaveLength(times);
    for (const orders of found) expect(shownBy(name, orders.filter(isCausal)).size).toBeGreaterThan(1);
  });

  test('lamport-lww diverges in none, and shows another winner than the default in 131', () => {
    expect(diverging('lamport-lww')).toHaveLength(0);
    const other = all.filter(orders => {
      const [order = []] = orders;
      return (
        policies['lamport-lww'].expose(fold(policies['lamport-lww'], order))?.lastOpId !==
        shownOf(order)?.lastOpId
      );
    });
    expect(other).toHaveLength(131);
  });
});

test.prop([history(), fc.nat()], {numRuns: 1_000})(
  'a context has seen an operation exactly if one of its parts has',
  (list, bits) => {
    const parts = list.filter((_, index) => ((bits >> index) & 1) === 1).map(({clock}) => clock);
    const context = joinClocks(...parts);
    for (const {clock} of list)
      expect(dominates(context, clock)).toBe(parts.some(part => dominates(part, clock)));
  },
);
