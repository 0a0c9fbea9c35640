/** The laws of the default rule: what is left depends on which operations there are, never on how they came. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {antichain, merge} from '../../../../src/impl/journal/merge/antichain.ts';
import {compareClocks, dominates, joinClocks, type Clock} from '../../../../src/impl/journal/merge/clock.ts';
import type {Operation} from '../../../../src/impl/journal/merge/operation.ts';
import {policies} from '../../../../src/impl/journal/merge/policies.ts';
import {concurrentPairs, maximalOf, shownOf} from '../../../../src/model/journal/merge-oracle.ts';
import {after, anyOperations, fold, history, permutations, shuffled} from './histories.ts';

const runs = {numRuns: 1_000};
const byId = (a: {opId: string}, b: {opId: string}): number => (a.opId < b.opId ? -1 : 1);
const byPolicy = policies.default;

describe.each([
  ['well-formed histories', history()],
  ['clocks that follow no rule', anyOperations()],
])('%s', (_, operations) => {
  test.prop([shuffled(operations)], runs)('any order leaves the same state, to the byte', ([one, other]) => {
    expect(JSON.stringify(after(byPolicy, other))).toBe(JSON.stringify(after(byPolicy, one)));
  });

  test.prop([operations, fc.array(fc.nat())], runs)('repetitions change nothing', (list, again) => {
    const repeated = [...list, ...again.map(index => list[index % list.length] as Operation)];
    expect(after(byPolicy, repeated)).toEqual(after(byPolicy, list));
  });

  test.prop([operations], runs)('it is what the oracle says of the plain set', list => {
    const state = fold(antichain, list);
    expect(antichain.expose(state)).toEqual(shownOf(list));
    expect(state.map(({op}) => op).sort(byId)).toEqual(maximalOf(list).sort(byId));
  });

  test.prop([operations, operations, operations], runs)(
    'merge is commutative, associative, idempotent, and the same as ingesting all',
    (first, second, third) => {
      const named = [first, second, third].map((list, index) =>
        list.map(one => ({...one, opId: `${index}/${one.opId}`})),
      );
      const text = (state: ReturnType<typeof merge>): string => JSON.stringify(antichain.encode(state));
      const [a, b, c] = named.map(list => fold(antichain, list)) as [
        ReturnType<typeof merge>,
        ReturnType<typeof merge>,
        ReturnType<typeof merge>,
      ];
      expect(text(merge(a, b))).toBe(text(merge(b, a)));
      expect(text(merge(merge(a, b), c))).toBe(text(merge(a, merge(b, c))));
      expect(text(merge(a, a))).toBe(text(a));
      expect(text(merge(a, antichain.empty))).toBe(text(a));
      expect(text(merge(merge(a, b), c))).toBe(text(fold(antichain, named.flat())));
    },
  );

  test.prop([operations], runs)('the context is the join of all that came, and never decreases', list => {
    let state = antichain.empty;
    for (const [index, one] of list.entries()) {
      const before = antichain.expose(state)?.clock ?? {};
      state = antichain.ingest(state, one).state;
      const shown = antichain.expose(state)?.clock ?? {};
      expect(shown).toEqual(joinClocks(...list.slice(0, index + 1).map(({clock}) => clock)));
      expect(dominates(shown, before)).toBe(true);
    }
  });

  test.prop([operations], runs)('outcomes say what happened to the state and to what is shown', list => {
    let state = antichain.empty;
    for (const one of [...list, ...list]) {
      const {state: next, outcome, reason, conflicts} = antichain.ingest(state, one);
      const isShown = antichain.expose(next)?.lastOpId === one.opId;
      expect(reason === null).toBe(outcome === 'applied');
      expect(conflicts.length > 0).toBe(outcome === 'conflict_won' || outcome === 'conflict_lost');
      if (outcome === 'stale' || outcome === 'duplicate') expect(next).toBe(state);
      if (outcome === 'applied') expect(next.map(({op}) => op)).toEqual([one]);
      if (outcome === 'conflict_won') expect(isShown).toBe(true);
      if (outcome === 'conflict_lost') expect(isShown).toBe(false);
      state = next;
    }
  });

  test.prop([operations], runs)('told conflicts are sound, and complete for what is left', list => {
    let state = antichain.empty;
    const told = list.flatMap(one => {
      const ingested = antichain.ingest(state, one);
      state = ingested.state;
      return ingested.conflicts;
    });
    const names = told.map(({opIds}) => opIds.join(' '));
    expect(new Set(names).size).toBe(names.length);
    const possible = concurrentPairs(list).map(pair =>
      pair
        .map(({opId}) => opId)
        .sort(textOrder)
        .join(' '),
    );
    for (const name of names) expect(possible).toContain(name);
    const left = state.map(({op}) => op);
    for (const pair of concurrentPairs(left))
      expect(names).toContain(
        pair
          .map(({opId}) => opId)
          .sort(textOrder)
          .join(' '),
      );
    const clocks = new Map(list.map(({opId, clock}) => [opId, clock]));
    for (const {winningOpId, losingOpId, winningClock, losingClock, reason} of told) {
      expect(winningClock).toBe(clocks.get(winningOpId));
      expect(losingClock).toBe(clocks.get(losingOpId));
      const order = compareClocks(winningClock, losingClock);
      expect(order).toBe(reason === 'EQUAL_CLOCK' ? 'equal' : 'concurrent');
    }
  });

  test.prop([operations], runs)('a state comes back from storage as it was', list => {
    for (const policy of Object.values(policies)) {
      const state = fold(policy, list);
      const stored = JSON.stringify(policy.encode(state));
      const read = policy.decode(JSON.parse(stored) as never);
      expect(JSON.stringify(policy.encode(read))).toBe(stored);
      expect(policy.expose(read)).toEqual(JSON.parse(JSON.stringify(policy.expose(state))));
    }
  });
});

const textOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Other names for the devices, in another order. */
function withOtherNames(clock: Clock): Clock {
  const names = new Map([
    ['A', 'zebra'],
    ['B', '\u{1f600}'],
    ['C', 'A'],
    ['__proto__', 'B'],
  ]);
  const entries = Object.entries(clock).map(([device, n]) => [names.get(device) ?? device, n] as const);
  return Object.fromEntries(entries);
}

describe('metamorphic', () => {
  test.prop([history(), fc.nat()], runs)('batches may be split and joined anywhere', (list, at) => {
    const cut = at % (list.length + 1);
    const parts = [list.slice(0, cut), list.slice(cut)].map(part => fold(antichain, part));
    const [head = antichain.empty, tail = antichain.empty] = parts;
    expect(antichain.encode(merge(tail, head))).toEqual(antichain.encode(fold(antichain, list)));
  });

  test.prop([history()], runs)('devices may have other names', list => {
    const renamed = list.map(one => ({...one, clock: withOtherNames(one.clock)}));
    const [was, is] = [list, renamed].map(each => antichain.expose(fold(antichain, each)));
    expect(was).not.toBeNull();
    if (was === null || was === undefined) return;
    expect(is).toEqual({
      ...was,
      clock: withOtherNames(was.clock),
      winnerClock: withOtherNames(was.winnerClock),
    });
  });

  test.prop([history(), fc.nat(), fc.boolean()], runs)(
    'an operation that is superseded already changes nothing',
    (list, which, isTombstone) => {
      const over = list[which % list.length] as Operation;
      const below = Object.fromEntries(Object.entries(over.clock).map(([device, n]) => [device, n - 1]));
      const known = fold(antichain, list);
      const {state, outcome} = antichain.ingest(known, {...over, opId: 'late', clock: below, isTombstone});
      expect(state).toBe(known);
      expect(outcome).toBe('stale');
    },
  );

  test.prop([history()], runs)('deletes win where nothing knows of them', list => {
    const isDeleted = maximalOf(list).some(({isTombstone}) => isTombstone);
    expect(antichain.expose(fold(antichain, list))?.isTombstone).toBe(isDeleted);
  });

  test.prop([history()], runs)('what knows of everything is what is shown', list => {
    const everything = joinClocks(...list.map(({clock}) => clock));
    const last: Operation = {
      opId: 'last',
      deviceId: 'Z',
      payload: '',
      clock: {...everything, Z: 1},
      isTombstone: false,
      tags: [],
    };
    const {state, outcome} = antichain.ingest(fold(antichain, list), last);
    expect(outcome).toBe('applied');
    expect(antichain.expose(state)).toMatchObject({lastOpId: 'last', isTombstone: false});
  });
});

describe('lamport-lww', () => {
  test.prop([shuffled(history())], runs)('any order shows the same', ([one, other]) => {
    const policy = policies['lamport-lww'];
    expect(policy.expose(fold(policy, other))).toEqual(policy.expose(fold(policy, one)));
  });

  test.prop([history()], runs)(
    'never shows what was superseded, and its context is the join of all',
    list => {
      const policy = policies['lamport-lww'];
      const shown = policy.expose(fold(policy, list));
      expect(maximalOf(list).map(({opId}) => opId)).toContain(shown?.lastOpId);
      expect(shown?.clock).toEqual(joinClocks(...list.map(({clock}) => clock)));
    },
  );

  test('sums are exact beyond 2^53', () => {
    const max = Number.MAX_SAFE_INTEGER;
    const policy = policies['lamport-lww'];
    const base = {deviceId: 'A', isTombstone: false, tags: []};
    const older = {...base, opId: '1', payload: 'z', clock: {A: max, B: max, C: 1}};
    const newer = {...base, opId: '2', payload: 'a', clock: {A: max, D: max, C: 2}};
    for (const order of permutations([older, newer]))
      expect(policy.expose(fold(policy, order))?.lastOpId).toBe('2');
  });
});
