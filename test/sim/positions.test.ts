/** Positions of shards: every seed belongs to one, and ranges behave like sets of numbers. */
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  countRanges,
  firstGap,
  positionsOf,
  seedIndex,
  WHOLE,
  withoutRange,
  withRange,
  type Range,
} from '../../src/sim/positions.ts';

const MOST = 40;

const range: fc.Arbitrary<Range> = fc
  .tuple(fc.integer({min: 0, max: MOST}), fc.integer({min: 0, max: MOST}))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
const ranges = fc.array(range, {maxLength: 6}).map(all => all.reduce<readonly Range[]>(withRange, []));

const numbersIn = (all: readonly Range[]): number[] =>
  all.flatMap(([from, to]) => Array.from({length: to - from}, (_, at) => from + at));
const rises = (all: readonly Range[]): boolean =>
  all.every(([from, to], at) => from < to && from > (all[at - 1]?.[1] ?? -1));

describe('shards', () => {
  test('have every seed of a campaign once, whatever its length', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 12}), fc.integer({min: 0, max: 200}), (of, seeds) => {
        const all = Array.from({length: of}, (_, at) => at + 1).flatMap(index =>
          Array.from({length: positionsOf({index, of}, seeds)}, (_, at) => seedIndex({index, of}, at)),
        );
        expect(all.sort((a, b) => a - b)).toEqual(Array.from({length: seeds}, (_, at) => at));
      }),
    );
  });

  test('take turns', () => {
    expect([0, 1, 2].map(at => seedIndex({index: 2, of: 3}, at))).toEqual([1, 4, 7]);
    expect([1, 2, 3].map(index => positionsOf({index, of: 3}, 7))).toEqual([3, 2, 2]);
    expect([0, 1, 2].map(at => seedIndex(WHOLE, at))).toEqual([0, 1, 2]);
  });
});

describe('ranges', () => {
  test('join what touches or overlaps', () => {
    expect(withRange([[0, 5]], [5, 8])).toEqual([[0, 8]]);
    expect(
      withRange(
        [
          [0, 2],
          [4, 6],
          [9, 12],
        ],
        [1, 5],
      ),
    ).toEqual([
      [0, 6],
      [9, 12],
    ]);
    expect(withRange([[3, 5]], [0, 1])).toEqual([
      [0, 1],
      [3, 5],
    ]);
    expect(withRange([[3, 5]], [7, 7])).toEqual([[3, 5]]);
  });

  test('are sets of numbers, with and without a range', () => {
    fc.assert(
      fc.property(ranges, range, (all, [from, to]) => {
        const one = numbersIn([[from, to]]);
        const more = withRange(all, [from, to]);
        const less = withoutRange(all, [from, to]);
        expect(numbersIn(more)).toEqual([...new Set([...numbersIn(all), ...one])].sort((a, b) => a - b));
        expect(numbersIn(less)).toEqual(numbersIn(all).filter(number => !one.includes(number)));
        expect([more, less].map(rises)).toEqual([true, true]);
        expect(countRanges(more)).toBe(numbersIn(more).length);
      }),
    );
  });

  test('have a first gap, which is as long as it can be', () => {
    expect(firstGap([])).toEqual([0, Number.MAX_SAFE_INTEGER]);
    expect(firstGap([[0, 4]])).toEqual([4, Number.MAX_SAFE_INTEGER]);
    expect(
      firstGap([
        [0, 4],
        [6, 9],
      ]),
    ).toEqual([4, 6]);
    expect(firstGap([[2, 3]])).toEqual([0, 2]);
  });
});
