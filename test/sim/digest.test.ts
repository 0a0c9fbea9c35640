/** Hashes: what they must tell apart. */
import {describe, expect, it} from 'vitest';
import {bodyHash, Digest, hash64, TextHash} from '../../src/sim/digest.ts';

function of(...values: readonly (string | number)[]): string {
  const digest = new Digest();
  for (const value of values) {
    if (typeof value === 'string') digest.text(value);
    else digest.integer(value);
  }
  return digest.value();
}

describe('a digest', () => {
  it('is 16 hexadecimal digits, the same for the same values', () => {
    expect(of('a', 1, 'b')).toMatch(/^[0-9a-f]{16}$/);
    expect(of('a', 1, 'b')).toBe(of('a', 1, 'b'));
  });

  it.each([
    ['the order of texts', of('a', 'b'), of('b', 'a')],
    ['the order of integers', of(1, 2), of(2, 1)],
    ['where one text ends and the next begins', of('ab', 'c'), of('a', 'bc')],
    ['an empty text', of('a', ''), of('a')],
    ['a leading empty text', of('', 'a'), of('a', '')],
    ['text from number', of('1'), of(1)],
    ['nothing from zero', of(), of(0)],
    ['zeros by their number', of(0), of(0, 0)],
    ['a trailing null character', of('a'), of('a\u0000')],
    ['a null character between', of('ab'), of('a\u0000b')],
    ['characters apart by 2^8', of('a'), of('\u0161')],
    ['halves of a large number', of(2 ** 32 + 5), of(5)],
    ['a large number from its halves', of(2 ** 32 + 5), of(5, 1)],
    ['large numbers apart by 2^32', of(2 ** 32 * 3 + 5), of(2 ** 32 * 4 + 5)],
    ['2^31 from -2^31', of(2 ** 31), of(-(2 ** 31))],
    ['the largest integer from its neighbour', of(Number.MAX_SAFE_INTEGER), of(Number.MAX_SAFE_INTEGER - 1)],
    ['a number from its negative', of(7), of(-7)],
    ['cases of a letter', of('a'), of('A')],
  ])('tells %s', (_, a, b) => {
    expect(a).not.toBe(b);
  });

  it('tells 50,000 short sequences apart', () => {
    const seen = new Set<string>();
    for (let time = 0; time < 50; time += 1) {
      for (let node = 0; node < 10; node += 1) {
        for (let value = 0; value < 100; value += 1) seen.add(of(time, 'send', `n${node}`, value));
      }
    }
    expect(seen.size).toBe(50_000);
  });

  it('changes about half of its bits with any change', () => {
    let changed = 0;
    for (let value = 0; value < 1_000; value += 1) {
      const [a, b] = [BigInt(`0x${of('x', value)}`), BigInt(`0x${of('x', value + 1)}`)];
      changed += (a ^ b).toString(2).replaceAll('0', '').length;
    }
    expect(Math.abs(changed / 1_000 - 32)).toBeLessThan(2);
  });
});

describe('the hash of two texts', () => {
  it('is two 32-bit words, and knows where the first text ends', () => {
    const [a, b] = hash64('seed', 'key');
    expect([a, b]).toEqual([a | 0, b | 0]);
    expect(hash64('ab', 'c')).not.toEqual(hash64('a', 'bc'));
    expect(hash64('a', '')).not.toEqual(hash64('', 'a'));
  });

  it('can be continued where it was left', () => {
    expect(TextHash.of('seed').add('a>b #').add('12').words()).toEqual(hash64('seed', 'a>b #12'));
  });

  it('tells 100,000 neighbouring keys apart in each of its words', () => {
    const firsts = new Set<number>();
    const seconds = new Set<number>();
    for (let index = 0; index < 100_000; index += 1) {
      const [a, b] = hash64('0x1', `a>b #${index} req`);
      firsts.add(a);
      seconds.add(b);
    }
    // by chance about one in 43,000 pairs of words would be equal
    expect(firsts.size).toBeGreaterThan(99_980);
    expect(seconds.size).toBeGreaterThan(99_980);
  });
});

describe('the hash of a body', () => {
  it('is a safe integer, the same for the same text or bytes', () => {
    expect(Number.isSafeInteger(bodyHash('{"a":1}'))).toBe(true);
    expect(bodyHash('{"a":1}')).toBe(bodyHash('{"a":1}'));
    expect(bodyHash(new Uint8Array([1, 2]))).toBe(bodyHash(new Uint8Array([1, 2])));
    expect(bodyHash(new Uint8Array([1, 2]))).not.toBe(bodyHash(new Uint8Array([2, 1])));
    expect(bodyHash('')).not.toBe(bodyHash('\u0000'));
  });
});
