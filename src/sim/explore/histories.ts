/** Every history of a size: each shape with everything that its operations may do, each once. */
import {canonicalJson} from '../json.ts';
import type {History, SmallScope} from './scope.ts';
import {shapesOf, type Shape} from './shapes.ts';

/** One history, and whether it is the first of its shape. */
export interface Enumerated<Act> {
  readonly history: History<Act>;
  readonly isFirstOfShape: boolean;
}

/** All histories of exactly `operations` operations of at most `devices` devices. */
export function* historiesOf<Act>(
  scope: Pick<SmallScope<Act>, 'palettes'>,
  devices: number,
  operations: number,
): Generator<Enumerated<Act>> {
  const palettes = [...scope.palettes(operations)].map(acts => ({acts, codes: codesOf(acts)}));
  for (const shape of shapesOf(devices, operations)) {
    let isFirstOfShape = true;
    for (const {acts, codes} of palettes) {
      for (const given of assignments(codes, shape)) {
        const history = shape.placed.map((one, index) => ({...one, act: acts[given[index] ?? 0] as Act}));
        yield {history, isFirstOfShape};
        isFirstOfShape = false;
      }
    }
  }
}

/** For each act the place of the first that is equal to it. */
function codesOf(acts: readonly unknown[]): number[] {
  const texts = acts.map(act => canonicalJson(act));
  return texts.map(text => texts.indexOf(text));
}

/** Every way to give acts to the operations of a shape, without those that read like another in another order of writing. */
function* assignments(codes: readonly number[], {readings}: Shape): Generator<readonly number[]> {
  for (const given of arrangements(codes)) {
    if (readings.every(reading => isAtMost(given, reading))) yield given;
  }
}

/** Whether `given` is not greater than itself as another reading has it. */
function isAtMost(given: readonly number[], reading: readonly number[]): boolean {
  for (const [position, index] of reading.entries()) {
    const difference = (given[position] ?? 0) - (given[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

/** The different orders of numbers, ascending. */
function* arrangements(numbers: readonly number[]): Generator<readonly number[]> {
  if (numbers.length === 0) {
    yield [];
    return;
  }
  for (const [at, number] of numbers.entries()) {
    if (numbers.indexOf(number) !== at) continue;
    for (const rest of arrangements(numbers.toSpliced(at, 1))) yield [number, ...rest];
  }
}
