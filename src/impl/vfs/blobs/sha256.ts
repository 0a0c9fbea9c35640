/**
 * SHA-256 (FIPS 180-4) of bytes, as hexadecimal text: what tells whether bytes are those that were stored. Written
 * out, because a node reaches nothing but its host, and the host's contract is too narrow for a digest.
 */

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUNDS = fractions(64, 3);
/** And of the square roots of the first 8: the state that every digest starts from. */
const START = fractions(8, 2);

const BLOCK = 64;

export function sha256(bytes: Uint8Array): string {
  const state = Uint32Array.from(START);
  const padded = pad(bytes);
  const view = new DataView(padded.buffer);
  const schedule = new Uint32Array(BLOCK);
  for (let at = 0; at < padded.length; at += BLOCK) compress(state, schedule, view, at);
  return Array.from(state, word => word.toString(16).padStart(8, '0')).join('');
}

/** A 1 bit, zeros up to the last 8 bytes of a block, and the length in bits. */
function pad(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil((bytes.length + 9) / BLOCK) * BLOCK;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(length - 8, BigInt(bytes.length) * 8n);
  return padded;
}

function compress(state: Uint32Array, words: Uint32Array, view: DataView, at: number): void {
  const word = (index: number): number => words[index] ?? 0;
  for (let index = 0; index < 16; index += 1) words[index] = view.getUint32(at + index * 4);
  for (let index = 16; index < BLOCK; index += 1) {
    const early = word(index - 15);
    const late = word(index - 2);
    const first = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const second = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    words[index] = word(index - 16) + first + word(index - 7) + second;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < BLOCK; index += 1) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const low = (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) >>> 0;
    const high = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) >>> 0;
    const first = (h + low + choice + (ROUNDS[index] ?? 0) + word(index)) >>> 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) >>> 0, c, b, a, (first + high + majority) >>> 0];
  }
  for (const [index, value] of [a, b, c, d, e, f, g, h].entries())
    state[index] = ((state[index] ?? 0) + value) >>> 0;
}

const rotated = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The first 32 bits behind the point of the `root`-th roots of the first `count` primes, found by whole numbers alone. */
function fractions(count: number, root: 2 | 3): number[] {
  const found: number[] = [];
  const primes: number[] = [];
  for (let next = 2; primes.length < count; next += 1) {
    if (primes.some(prime => next % prime === 0)) continue;
    primes.push(next);
    found.push(Number(rootOf(BigInt(next) << BigInt(32 * root), root) & 0xffff_ffffn));
  }
  return found;
}

/** The greatest whole number whose `root`-th power is at most `value`. */
function rootOf(value: bigint, root: 2 | 3): bigint {
  let low = 0n;
  let high = value;
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** BigInt(root) <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}
