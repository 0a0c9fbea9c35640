/** What operations on one object come to: the counterexamples of the spec, every order of arrival, and the other oracle. */
import {fc, test as property} from '@fast-check/vitest';
import {describe, expect, test} from 'vitest';
import {meet, NOTHING, shownOf, taken, winnerOf} from '../../../src/model/journal/history.ts';
import {concurrentPairs, shownOf as oracle} from '../../../src/model/journal/merge-oracle.ts';
import {canonicalValue, compareText, within} from '../../../src/model/journal/order.ts';
import type {Operation} from '../../../src/model/journal/types.ts';
import {arrived, operation} from './make.ts';

function orders<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((one, index) =>
    orders(items.filter((_, at) => at !== index)).map(rest => [one, ...rest]),
  );
}

const a = operation('a', {payload: 'z'});
const b = operation('b', {payload: 'a', vectorClock: {A: 2}});
const c = operation('c', {payload: 'm', deviceId: 'B', vectorClock: {B: 1}});

describe('every order of arrival', () => {
  test.each(orders([a, b, c]).map(order => [order.map(({opId}) => opId).join(' '), order] as const))(
    'CE-1 shows c: %s',
    (_, order) => {
      expect(shownOf(arrived(...order))).toMatchObject({lastOpId: 'c', clock: {A: 2, B: 1}});
    },
  );

  test('CE-2: a write after its own deletion lives, beside a write that knew of neither', () => {
    const deleted = operation('d', {isTombstone: true, payload: null});
    const again = operation('r', {payload: 'q', vectorClock: {A: 2}});
    const beside = operation('u', {payload: 's', deviceId: 'B', vectorClock: {B: 1}});
    for (const order of orders([deleted, again, beside]))
      expect(shownOf(arrived(...order))).toMatchObject({lastOpId: 'u', isTombstone: false});
  });

  test('CE-4: of equal payloads the greater tags are shown, then the greater id', () => {
    const red = operation('one', {payload: 1, tags: ['red']});
    const blue = operation('two', {payload: 1, tags: ['blue'], deviceId: 'B', vectorClock: {B: 1}});
    const other = operation('three', {payload: 1, tags: ['red'], deviceId: 'C', vectorClock: {C: 1}});
    for (const order of orders([red, blue, other]))
      expect(shownOf(arrived(...order))?.lastOpId).toBe('three');
  });
});

const historyOf = fc
  .array(
    fc.record({
      device: fc.constantFrom('A', 'B', 'C'),
      sees: fc.bigInt({min: 0n, max: 255n}),
      payload: fc.constantFrom('a', 'm', 'z'),
      isTombstone: fc.boolean(),
      tags: fc.subarray(['red', 'blue']),
    }),
    {minLength: 1, maxLength: 7},
  )
  .map(acts => {
    const made: Operation[] = [];
    for (const [index, {device, sees, ...rest}] of acts.entries()) {
      const own = made.filter(one => one.deviceId === device);
      const seen = made.filter((one, at) => one.deviceId === device || (sees >> BigInt(at)) % 2n === 1n);
      const clock: Record<string, number> = {};
      for (const {vectorClock} of seen)
        for (const [name, count] of Object.entries(vectorClock))
          clock[name] = Math.max(clock[name] ?? 0, count);
      clock[device] = own.length + 1;
      made.push(operation(`op${index}`, {deviceId: device, vectorClock: clock, ...rest}));
    }
    return made;
  });

const asWritten = (all: readonly Operation[]) => all.map(one => ({...one, clock: one.vectorClock}));

property.prop([historyOf, fc.infiniteStream(fc.nat())])(
  'any order, and any repetition of orders, shows what the other oracle names',
  (made, chance) => {
    const shuffled = made
      .map(one => [chance.next().value ?? 0, one] as const)
      .toSorted((x, y) => x[0] - y[0]);
    const state = arrived(...shuffled.map(([, one]) => one));
    expect(shownOf(state)?.lastOpId).toBe(oracle(asWritten(made))?.lastOpId);
    expect(shownOf(state)?.clock).toEqual(oracle(asWritten(made))?.clock);
  },
);

property.prop([historyOf])(
  'what is detected is concurrent, and what is kept side by side is detected',
  made => {
    const {conflicts, maximal} = arrived(...made);
    const name = (x: string, y: string): string => [x, y].toSorted(compareText).join(' ');
    const pairs = new Set(concurrentPairs(asWritten(made)).map(([x, y]) => name(x.opId, y.opId)));
    const detected = new Set(
      conflicts.map(({winner, loser}) => name(winner.operation.opId, loser.operation.opId)),
    );
    for (const pair of detected) expect(pairs).toContain(pair);
    for (const [index, one] of maximal.entries())
      for (const other of maximal.slice(index + 1))
        expect(detected).toContain(name(one.operation.opId, other.operation.opId));
  },
);

property.prop([historyOf])('an operation that was superseded before it came changes nothing', made => {
  const state = arrived(...made);
  const [first] = made;
  if (first === undefined) return;
  const old = taken({...first, opId: 'late', payload: 'zz'}, made.length + 1);
  const above = state.maximal.some(
    one =>
      within(old.operation.vectorClock, one.operation.vectorClock) &&
      !within(one.operation.vectorClock, old.operation.vectorClock),
  );
  const {met, after} = meet(state, old);
  if (!above) return;
  expect(met).toBe('stale');
  expect(after.maximal).toEqual(state.maximal);
  expect(winnerOf(after.maximal)).toBe(winnerOf(state.maximal));
});

test('two that claim the same clock are in conflict, and the lesser is not kept', () => {
  const lesser = operation('lesser', {payload: 'a'});
  const greater = operation('greater', {payload: 'b', deviceId: 'B', vectorClock: {A: 1}});
  expect(meet(arrived(lesser), taken(greater, 2))).toMatchObject({
    met: 'conflict_won',
    conflicts: [{reason: 'EQUAL_CLOCK'}],
    after: {maximal: [{operation: {opId: 'greater'}}]},
  });
  expect(meet(arrived(greater), taken(lesser, 2))).toMatchObject({
    met: 'conflict_lost',
    conflicts: [{reason: 'EQUAL_CLOCK'}],
    after: {maximal: [{operation: {opId: 'greater'}}]},
  });
});

test('CE-3 and CE-6: values by what they are, texts by code points', () => {
  expect(canonicalValue({z: 1, a: -0})).toBe('{"a":0,"z":1}');
  expect(compareText('\u{1F600}', '\uFF5E')).toBe(1);
  expect(compareText('a', 'ab')).toBe(-1);
  expect(NOTHING.all).toEqual([]);
});
