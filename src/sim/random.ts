/** Chance by name: every stream is named by the seed and by what it is for, so that no draw shifts another. */
import seedrandom from 'seedrandom';
import type {RandomSource} from '../host.ts';
import {assert} from './assert.ts';
import {hash64, TextHash} from './digest.ts';

const TWO_32 = 0x1_0000_0000;
const HEX = '0123456789abcdef';

/** A named stream of integers. No draw ever goes through a float. */
export class Stream implements RandomSource {
  /** Alea's name until the first draw, then its generator; null for a keyed stream. */
  #alea: string | seedrandom.PRNG | null;
  #a: number;
  #b: number;

  private constructor(alea: string | null, a: number, b: number) {
    this.#alea = alea;
    this.#a = a;
    this.#b = b;
  }

  /** The stream for `purpose` under `seed`; alea, because xor128, xorwow and xorshift7 correlate for similar seeds. */
  static named(seed: string, purpose: string): Stream {
    return new Stream(`${seed}/${purpose}`, 0, 0);
  }

  /** A stream for one keyed decision or step: twenty times cheaper to make, and a function of its two texts alone. */
  static keyed(seed: string, key: string): Stream {
    return Stream.hashed(TextHash.of(seed).add(key));
  }

  /** The same for a key that is hashed already. */
  static hashed(key: TextHash): Stream {
    const [a, b] = key.words();
    return new Stream(null, a, b);
  }

  #next(): number {
    if (this.#alea !== null) {
      if (typeof this.#alea === 'string') this.#alea = seedrandom.alea(this.#alea);
      return this.#alea.int32() >>> 0;
    }
    // splitmix-like steps over two lanes
    this.#a = (this.#a + 0x9e3779b9) | 0;
    this.#b = (this.#b + 0x85ebca6b) | 0;
    let mixed = this.#a ^ (this.#a >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad) ^ this.#b;
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** A uniform integer, both bounds included; a span of at most 2^32. */
  integer(min: number, max: number): number {
    const span = max - min + 1;
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || span < 1 || span > TWO_32) {
      throw new RangeError(`a draw needs integers that span 1 to 2^32, got ${min} to ${max}`);
    }
    // 32-bit arithmetic: the remainder of doubles is many times slower
    if (span === TWO_32) return min + this.#next();
    const unbiased = TWO_32 - (((TWO_32 - span) >>> 0) % (span >>> 0));
    let drawn = this.#next();
    while (drawn >= unbiased) drawn = this.#next();
    return min + ((drawn >>> 0) % (span >>> 0));
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
