/** Vector clocks: how they stand to each other, and what joins them. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {
  compareClocks,
  dominates,
  entryOf,
  incremented,
  joinClocks,
  type ClockOrder,
} from '../../../../src/impl/journal/merge/clock.ts';

const clock = fc.dictionary(fc.constantFrom('A', 'B', 'C', '__proto__', 'constructor'), fc.nat({max: 3}), {
  noNullPrototype: true,
});

describe('compareClocks', () => {
  test.each<[Record<string, number>, Record<string, number>, ClockOrder]>([
    [{}, {}, 'equal'],
    [{A: 0}, {}, 'equal'],
    [{A: 1, B: 2}, {B: 2, A: 1}, 'equal'],
    [{A: 1}, {A: 2}, 'before'],
    [{}, {A: 1}, 'before'],
    [{A: 1}, {A: 1, B: 1}, 'before'],
    [{A: 2}, {A: 1}, 'after'],
    [{A: 1, B: 1}, {B: 1, C: 0}, 'after'],
    [{A: 1}, {B: 1}, 'concurrent'],
    [{A: 2, B: 1}, {A: 1, B: 2}, 'concurrent'],
    [{A: Number.MAX_SAFE_INTEGER}, {A: Number.MAX_SAFE_INTEGER - 1}, 'after'],
  ])('%j to %j is %s', (a, b, order) => {
    expect(compareClocks(a, b)).toBe(order);
  });

  test('devices may have the names of what every object inherits', () => {
    const odd = JSON.parse('{"__proto__": 2, "constructor": 1}') as Record<string, number>;
    expect(entryOf({}, 'constructor')).toBe(0);
    expect(compareClocks(odd, {})).toBe('after');
    expect(compareClocks({}, odd)).toBe('before');
    expect(Object.entries(joinClocks({A: 1}, odd))).toEqual([
      ['A', 1],
      ['__proto__', 2],
      ['constructor', 1],
    ]);
  });

  test.prop([clock, clock])('the other way round says the opposite', (a, b) => {
    const opposite = {equal: 'equal', before: 'after', after: 'before', concurrent: 'concurrent'};
    expect(compareClocks(b, a)).toBe(opposite[compareClocks(a, b)]);
  });

  test.prop([clock, clock, clock])(
    'what is before something before a third is before the third',
    (a, b, c) => {
      const [ab, b3] = [joinClocks(a, b), joinClocks(a, b, c)];
      expect(['equal', 'before']).toContain(compareClocks(a, ab));
      expect(['equal', 'before']).toContain(compareClocks(ab, b3));
      expect(['equal', 'before']).toContain(compareClocks(a, b3));
    },
  );

  test.prop([clock, clock])('it agrees with dominates', (a, b) => {
    expect(dominates(a, b)).toBe(['equal', 'after'].includes(compareClocks(a, b)));
    expect(dominates(b, a)).toBe(['equal', 'before'].includes(compareClocks(a, b)));
  });
});

describe('joinClocks', () => {
  test.prop([clock, clock, clock])('is commutative, associative and idempotent, to the byte', (a, b, c) => {
    const text = (joined: unknown): string => JSON.stringify(joined);
    expect(text(joinClocks(a, b))).toBe(text(joinClocks(b, a)));
    expect(text(joinClocks(joinClocks(a, b), c))).toBe(text(joinClocks(a, joinClocks(b, c))));
    expect(text(joinClocks(a, a))).toBe(text(joinClocks(a)));
  });

  test.prop([clock, clock, clock])('is the least that has seen both', (a, b, c) => {
    const joined = joinClocks(a, b);
    expect(dominates(joined, a) && dominates(joined, b)).toBe(true);
    expect(dominates(c, joined)).toBe(dominates(c, a) && dominates(c, b));
  });

  test('an own write is one more than all that was observed', () => {
    expect(incremented({A: 2, B: 1}, 'A')).toEqual({A: 3, B: 1});
    expect(incremented({}, 'B')).toEqual({B: 1});
  });
});
