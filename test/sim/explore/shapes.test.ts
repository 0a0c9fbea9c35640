/** Shapes and histories: all of them, each once, checked against sets of clocks that were found in another way. */
import {describe, expect, test} from 'vitest';
import {historiesOf} from '../../../src/sim/explore/histories.ts';
import {shapesOf} from '../../../src/sim/explore/shapes.ts';

/** An operation by its clock: how many operations of each device its writer knew of, its own included. */
interface Clocked {
  readonly clock: readonly number[];
  readonly act: string;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map(rest => [item, ...rest]));
}

/** The same text for the same history, whatever the devices are called and in which order it was written. */
function textOf(operations: readonly Clocked[], devices: number): string {
  const named = permutations([...Array(devices).keys()]).map(names =>
    operations
      .map(({clock, act}) => `${names.map(name => clock[name]).join(',')}:${act}`)
      .sort((a, b) => (a < b ? -1 : 1))
      .join(' '),
  );
  return named.sort((a, b) => (a < b ? -1 : 1))[0] ?? '';
}

/** All histories, found by letting any device write next, with any clock that it may have. */
function byClocks(devices: number, acts: readonly string[]): Set<string> {
  const found = new Set<string>();
  const write = (written: readonly (Clocked & {device: number})[], left: readonly string[]): void => {
    if (left.length === 0) {
      found.add(textOf(written, devices));
      return;
    }
    for (let device = 0; device < devices; device += 1) {
      const own = written.filter(one => one.device === device);
      for (const subset of subsets(written)) {
        const seen = [...own, ...subset].map(({clock}) => clock);
        const clock = [...Array(devices).keys()].map(
          other => Math.max(0, ...seen.map(one => one[other] ?? 0)) + (other === device ? 1 : 0),
        );
        left.forEach((act, at) => write([...written, {device, clock, act}], left.toSpliced(at, 1)));
      }
    }
  };
  write([], acts);
  return found;
}

const subsets = <T>(items: readonly T[]): T[][] =>
  items.reduce<T[][]>((all, item) => [...all, ...all.map(subset => [...subset, item])], [[]]);

/** The clocks of what was enumerated. */
function clocksOf(placed: readonly {device: number; seen: number}[], devices: number): number[][] {
  const clocks: number[][] = [];
  for (const {device, seen} of placed) {
    const known = clocks.filter((_, index) => ((seen >> index) & 1) === 1);
    clocks.push(
      [...Array(devices).keys()].map(
        other => Math.max(0, ...known.map(clock => clock[other] ?? 0)) + (other === device ? 1 : 0),
      ),
    );
  }
  return clocks;
}

const SIZES = [
  [1, 3],
  [2, 2],
  [2, 3],
  [3, 3],
  [2, 4],
] as const;

describe.each(SIZES)('%i devices and %i operations', (devices, operations) => {
  test('all shapes are there, each once', () => {
    const texts = [...shapesOf(devices, operations)].map(({placed}) =>
      textOf(
        clocksOf(placed, devices).map(clock => ({clock, act: ''})),
        devices,
      ),
    );
    expect(new Set(texts).size).toBe(texts.length);
    expect(new Set(texts)).toEqual(byClocks(devices, Array<string>(operations).fill('')));
  });

  test.each([['abcd'], ['aabb']])('all histories with the acts %s are there, each once', letters => {
    const acts = letters.slice(0, operations).split('');
    const scope = {palettes: () => [acts]};
    const texts = [...historiesOf(scope, devices, operations)].map(({history}) =>
      textOf(
        clocksOf(history, devices).map((clock, index) => ({clock, act: history[index]?.act ?? ''})),
        devices,
      ),
    );
    expect(new Set(texts).size).toBe(texts.length);
    expect(new Set(texts)).toEqual(byClocks(devices, acts));
  });
});

test('the shapes of two operations, by hand', () => {
  expect([...shapesOf(2, 2)].map(({placed}) => placed.map(({device, seen}) => [device, seen]))).toEqual([
    [
      [0, 0],
      [0, 1],
    ],
    [
      [0, 0],
      [1, 0],
    ],
    [
      [0, 0],
      [1, 1],
    ],
  ]);
});

test('a shape is read in all orders that leave it as it is', () => {
  const [together] = [...shapesOf(3, 3)].filter(({placed}) => placed.every(({seen}) => seen === 0));
  expect(together?.readings).toHaveLength(6);
  expect(together?.readings[0]).toEqual([0, 1, 2]);
  const [row] = [...shapesOf(1, 3)];
  expect(row?.readings).toEqual([[0, 1, 2]]);
});

test('histories tell the first of each shape', () => {
  const all = [...historiesOf({palettes: () => [['a', 'b', 'c']]}, 3, 3)];
  expect(all.filter(({isFirstOfShape}) => isFirstOfShape)).toHaveLength([...shapesOf(3, 3)].length);
});
