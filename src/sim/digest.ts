/** Rolling and one-shot hashes over texts and integers: what says, in 16 digits, that two runs were the same. */

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** A rolling hash of two 32-bit lanes; each value is mixed in with its length, so that no two sequences run together. */
export class Digest {
  #a = 0x243f6a88;
  #b = 0x13198a2e;

  integer(value: number): void {
    const low = value | 0;
    const high = Math.floor(value / 0x1_0000_0000) | 0;
    this.#mix(low);
    this.#mix(high);
  }

  text(value: string): void {
    let a = this.#a;
    let b = this.#b;
    for (let index = 0; index < value.length; index += 1) {
      const unit = value.charCodeAt(index);
      a = Math.imul(a ^ unit, 0x9e3779b1);
      b = Math.imul(b ^ unit, 0x5f356495);
      b ^= b >>> 15;
    }
    this.#a = a ^ (a >>> 16);
    this.#b = b;
    this.#mix(value.length);
  }

  #mix(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x85ebca6b);
    this.#a ^= this.#a >>> 13;
    this.#b = Math.imul(this.#b ^ value ^ (this.#a >>> 3), 0xc2b2ae35);
    this.#b ^= this.#b >>> 16;
  }

  /** 16 hexadecimal digits. */
  value(): string {
    const a = Math.imul(this.#a ^ (this.#b >>> 7), 0x27d4eb2f);
    const b = Math.imul(this.#b ^ (a >>> 15), 0x165667b1);
    return hex(a ^ (a >>> 15)) + hex(b ^ (b >>> 13));
  }
}

/** Two 32-bit words out of two texts. */
export function hash64(first: string, second: string): [number, number] {
  let a = 0x811c9dc5;
  let b = 0x41c6ce57;
  for (let index = 0; index < first.length; index += 1) {
    const unit = first.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
  }
  a = Math.imul(a ^ 0x1ff, 0x01000193);
  b = Math.imul(b ^ 0x1ff, 0x5bd1e995);
  for (let index = 0; index < second.length; index += 1) {
    const unit = second.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
    b ^= b >>> 15;
  }
  a = Math.imul(a ^ (a >>> 16) ^ (b >>> 5), 0x85ebca6b);
  a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16) ^ (a >>> 7), 0x21f0aaad);
  b = Math.imul(b ^ (b >>> 15), 0x735a2d97);
  return [a ^ (a >>> 16), b ^ (b >>> 15)];
}

/** A short hash of a message body, for traces. */
export function bodyHash(body: string | Uint8Array): string {
  const digest = new Digest();
  if (typeof body === 'string') digest.text(body);
  else for (const byte of body) digest.integer(byte);
  return digest.value();
}
