/** Chance by name: every stream is named by the seed and by what it is for, so that no draw shifts another. */
import seedrandom from 'seedrandom';
import type {RandomSource} from '../host.ts';
import {assert} from './assert.ts';
import {hash64} from './digest.ts';

const TWO_32 = 0x1_0000_0000;
const HEX = '0123456789abcdef';

/** A named stream of integers. No draw ever goes through a float. */
export class Stream implements RandomSource {
  readonly #next: () => number;

  private constructor(next: () => number) {
    this.#next = next;
  }

  /** The stream for `purpose` under `seed`; alea, because xor128, xorwow and xorshift7 correlate for similar seeds. */
  static named(seed: string, purpose: string): Stream {
    const generator = seedrandom.alea(`${seed}/${purpose}`);
    return new Stream(() => generator.int32() >>> 0);
  }

  /** A short stream for one keyed decision: cheap to make, a function of its two texts alone. */
  static keyed(seed: string, key: string): Stream {
    let [a, b] = hash64(seed, key);
    return new Stream(() => {
      // splitmix-like steps over two lanes; a handful of draws is all a decision takes
      a = (a + 0x9e3779b9) | 0;
      b = (b + 0x85ebca6b) | 0;
      let mixed = a ^ (a >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad) ^ b;
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) >>> 0;
    });
  }

  /** A uniform integer, both bounds included; a span of at most 2^32. */
  integer(min: number, max: number): number {
    assert(
      Number.isSafeInteger(min) && Number.isSafeInteger(max) && min <= max,
      `${min} <= ${max} are integers`,
    );
    const span = max - min + 1;
    assert(span <= TWO_32, 'a draw spans at most 2^32');
    const unbiased = TWO_32 - (TWO_32 % span);
    let drawn = this.#next();
    while (drawn >= unbiased) drawn = this.#next();
    return min + (drawn % span);
  }

  /** True once in `n`, on average; never for 0. */
  oneIn(n: number): boolean {
    return n > 0 && this.integer(1, n) === 1;
  }

  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, 'there is something to pick from');
    return items[this.integer(0, items.length - 1)] as T;
  }

  /** An integer with a heavy tail: each octave from `min` up to `max` is equally likely. Needs `1 <= min <= max`. */
  octave(min: number, max: number): number {
    let octaves = 0;
    while (min * 2 ** (octaves + 1) <= max) octaves += 1;
    const base = min * 2 ** this.integer(0, octaves);
    return this.integer(base, Math.min(max, base * 2 - 1));
  }

  id(length = 16): string {
    let text = '';
    while (text.length < length) {
      let bits = this.#next();
      for (let nibble = 0; nibble < 8 && text.length < length; nibble += 1) {
        text += HEX[bits & 15];
        bits >>>= 4;
      }
    }
    return text;
  }
}

/** Seed number `index` of a campaign: hashed, because generators correlate for neighbouring seeds. */
export function seedAt(base: string, index: number): string {
  const [a, b] = hash64(base, `seed ${index}`);
  return `0x${hex32(a)}${hex32(b)}`;
}

export const hex32 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
