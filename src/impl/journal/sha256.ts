/** SHA-256 and the message authentication made of it (FIPS 180-4, RFC 2104), since a host has no cryptography. */

const encoder = new TextEncoder();
const BLOCK = 64;
/** What pads the key on the inside and on the outside. */
const INNER = 0x36;
const OUTER = 0x5c;

/** The first 32 bits of the fractional parts of the cube roots, or square roots, of the first primes. */
const ROUND_CONSTANTS = new Uint32Array(64);
const INITIAL = new Uint32Array(8);

/** Roots by integers alone: floating point would do, but its last bits are nobody's promise. */
function fractionOfRoot(prime: number, degree: 2 | 3): number {
  const target = BigInt(prime) << BigInt(32 * degree);
  let [low, high] = [0n, 1n << 40n];
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** BigInt(degree) <= target) low = middle;
    else high = middle - 1n;
  }
  return Number(low & 0xffff_ffffn);
}

for (let candidate = 2, found = 0; found < 64; candidate += 1) {
  let prime = true;
  for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) {
    if (candidate % divisor === 0) prime = false;
  }
  if (!prime) continue;
  ROUND_CONSTANTS[found] = fractionOfRoot(candidate, 3);
  if (found < 8) INITIAL[found] = fractionOfRoot(candidate, 2);
  found += 1;
}

export function sha256(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x2000_0000));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const state = Uint32Array.from(INITIAL);
  for (let start = 0; start < padded.length; start += BLOCK) compress(state, view, start);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, at) => digest.setUint32(at * 4, word));
  return new Uint8Array(digest.buffer);
}

const schedule = new Uint32Array(64);
const at = (words: Uint32Array, index: number): number => words[index] ?? 0;
const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function compress(state: Uint32Array, block: DataView, start: number): void {
  for (let t = 0; t < 16; t += 1) schedule[t] = block.getUint32(start + t * 4);
  for (let t = 16; t < 64; t += 1) {
    const [w15, w2] = [at(schedule, t - 15), at(schedule, t - 2)];
    const s0 = turn(w15, 7) ^ turn(w15, 18) ^ (w15 >>> 3);
    const s1 = turn(w2, 17) ^ turn(w2, 19) ^ (w2 >>> 10);
    schedule[t] = at(schedule, t - 16) + s0 + at(schedule, t - 7) + s1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t += 1) {
    const mixed = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const first = (h + mixed + ((e & f) ^ (~e & g)) + at(ROUND_CONSTANTS, t) + at(schedule, t)) | 0;
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] = at(state, index) + word;
  });
}

/** HMAC-SHA-256 of two texts, as 64 hexadecimal digits. */
export function hmacHex(key: string, text: string): string {
  const given = encoder.encode(key);
  const padded = new Uint8Array(BLOCK);
  padded.set(given.length > BLOCK ? sha256(given) : given);
  const inner = sha256(
    joined(
      padded.map(byte => byte ^ INNER),
      encoder.encode(text),
    ),
  );
  const outer = sha256(
    joined(
      padded.map(byte => byte ^ OUTER),
      inner,
    ),
  );
  return Array.from(outer, byte => byte.toString(16).padStart(2, '0')).join('');
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
