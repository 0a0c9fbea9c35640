/** Rolling and one-shot hashes over texts and integers: what says, in 16 digits, that two runs were the same. */

/** Tells the upper half of a large integer from an integer of its own. */
const LARGE = 0x68e31da4;

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** A rolling hash of two 32-bit lanes; each value is mixed in with its length, so that no two sequences run together. */
export class Digest {
  #a = 0x243f6a88;
  #b = 0x13198a2e;

  integer(value: number): void {
    const low = value | 0;
    this.#mix(low);
    // most integers of a trace are small, and those need no second half
    if (low !== value) this.#mix(Math.floor(value / 0x1_0000_0000) ^ LARGE);
  }

  text(value: string): void {
    const {length} = value;
    let a = this.#a;
    let b = this.#b;
    let index = 1;
    for (; index < length; index += 2) {
      const word = value.charCodeAt(index - 1) | (value.charCodeAt(index) << 16);
      a = Math.imul(a ^ word, 0x9e3779b1);
      b = Math.imul(b ^ word, 0x5f356495);
      a ^= a >>> 17;
      b ^= b >>> 15;
    }
    if (index === length) {
      const unit = value.charCodeAt(index - 1);
      a = Math.imul(a ^ unit, 0x9e3779b1);
      b = Math.imul(b ^ unit, 0x5f356495);
    }
    this.#a = a ^ (a >>> 16);
    this.#b = b;
    this.#mix(length);
  }

  #mix(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x85ebca6b);
    this.#a ^= this.#a >>> 13;
    this.#b = Math.imul(this.#b ^ value ^ (this.#a >>> 3), 0xc2b2ae35);
    this.#b ^= this.#b >>> 16;
  }

  /** 16 hexadecimal digits. */
  value(): string {
    const a = this.#first();
    return hex(a) + hex(this.#second(a));
  }

  /** The first 52 of the 64 bits, as an integer. */
  short(): number {
    const a = this.#first();
    return (a >>> 0) * 0x10_0000 + (this.#second(a) >>> 12);
  }

  #first(): number {
    const a = Math.imul(this.#a ^ (this.#b >>> 7), 0x27d4eb2f);
    return a ^ (a >>> 15);
  }

  #second(first: number): number {
    const b = Math.imul(this.#b ^ (first >>> 16), 0x165667b1);
    return b ^ (b >>> 13);
  }
}

/** The hash of a text that grows: what was hashed of a common beginning need not be hashed again. */
export class TextHash {
  readonly #a: number;
  readonly #b: number;

  private constructor(a: number, b: number) {
    this.#a = a;
    this.#b = b;
  }

  /** The hash of `first`, to be continued. */
  static of(first: string): TextHash {
    let a = 0x811c9dc5;
    let b = 0x41c6ce57;
    for (let index = 0; index < first.length; index += 1) {
      const unit = first.charCodeAt(index);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x5bd1e995);
    }
    return new TextHash(Math.imul(a ^ 0x1ff, 0x01000193), Math.imul(b ^ 0x1ff, 0x5bd1e995));
  }

  /** The hash of what was hashed so far with `text` behind it. */
  add(text: string): TextHash {
    let a = this.#a;
    let b = this.#b;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x5bd1e995);
      b ^= b >>> 15;
    }
    return new TextHash(a, b);
  }

  /** Two 32-bit words. */
  words(): [number, number] {
    let a = this.#a;
    let b = this.#b;
    a = Math.imul(a ^ (a >>> 16) ^ (b >>> 5), 0x85ebca6b);
    a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    b = Math.imul(b ^ (b >>> 16) ^ (a >>> 7), 0x21f0aaad);
    b = Math.imul(b ^ (b >>> 15), 0x735a2d97);
    return [a ^ (a >>> 16), b ^ (b >>> 15)];
  }
}

/** Two 32-bit words out of two texts. */
export const hash64 = (first: string, second: string): [number, number] =>
  TextHash.of(first).add(second).words();

let lastText = '';
let lastHash = bodyHashOf('');

/** A short hash of a message body, for traces: an integer of 52 bits. */
export function bodyHash(body: string | Uint8Array): number {
  if (typeof body !== 'string') return bodyHashOf(body);
  // what is sent to many is hashed once
  if (body !== lastText) {
    lastText = body;
    lastHash = bodyHashOf(body);
  }
  return lastHash;
}

function bodyHashOf(body: string | Uint8Array): number {
  const digest = new Digest();
  if (typeof body === 'string') digest.text(body);
  else for (const byte of body) digest.integer(byte);
  return digest.short();
}
