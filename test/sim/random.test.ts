/** Chance by name: reproducible, uncorrelated, within its bounds; and seeds as people write them. */
import {describe, expect, it} from 'vitest';
import {seedAt, Stream} from '../../src/sim/random.ts';
import {parseSeed} from '../../src/sim/seed.ts';
import {UsageError} from '../../src/sim/assert.ts';

const SEED = '0x00000000000000a1';
const DRAWS = 10_000;

const drawn = (stream: Stream, count = DRAWS): number[] =>
  Array.from({length: count}, () => stream.integer(0, 0xffff_ffff));

/** Pearson's r. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let both = 0;
  let squareA = 0;
  let squareB = 0;
  a.forEach((value, index) => {
    const [x, y] = [value - meanA, (b[index] ?? 0) - meanB];
    both += x * y;
    squareA += x * x;
    squareB += y * y;
  });
  return both / Math.sqrt(squareA * squareB);
}

describe('a named stream', () => {
  it('is the same for the same seed and purpose, on every machine', () => {
    expect(drawn(Stream.named(SEED, 'net'), 3)).toEqual(drawn(Stream.named(SEED, 'net'), 3));
    expect(Stream.named(SEED, 'net').id(24)).toBe(Stream.named(SEED, 'net').id(24));
    expect(Stream.named(SEED, 'net').integer(0, 999)).toBe(708);
    expect(Stream.keyed(SEED, 'net').integer(0, 999)).toBe(353);
  });

  it('differs by seed and by purpose', () => {
    const firsts = ['net', 'clk', 'disk'].flatMap(purpose =>
      [SEED, '0x00000000000000a2'].map(seed => Stream.named(seed, purpose).integer(0, 0xffff_ffff)),
    );
    expect(new Set(firsts).size).toBe(6);
  });

  it('is uncorrelated with that of another purpose', () => {
    const r = correlation(drawn(Stream.named(SEED, 'net')), drawn(Stream.named(SEED, 'clk')));
    expect(Math.abs(r)).toBeLessThan(0.05);
  });

  it('is uncorrelated with that of the neighbouring seed', () => {
    const r = correlation(drawn(Stream.named(SEED, 'net')), drawn(Stream.named('0x00000000000000a2', 'net')));
    expect(Math.abs(r)).toBeLessThan(0.05);
  });
});

describe('keyed streams', () => {
  const firsts = (seed: string, key: (index: number) => string): number[] =>
    Array.from({length: DRAWS}, (_, index) => Stream.keyed(seed, key(index)).integer(0, 0xffff_ffff));

  it('are uncorrelated from one key to the next, between seeds, and from draw to draw', () => {
    const here = firsts(SEED, index => `a>b POST /x #${index} req`);
    const next = firsts(SEED, index => `a>b POST /x #${index + 1} req`);
    const response = firsts(SEED, index => `a>b POST /x #${index} res`);
    const neighbour = firsts('0x00000000000000a2', index => `a>b POST /x #${index} req`);
    const second = Array.from({length: DRAWS}, (_, index) => {
      const stream = Stream.keyed(SEED, `a>b POST /x #${index} req`);
      stream.integer(0, 0xffff_ffff);
      return stream.integer(0, 0xffff_ffff);
    });
    for (const other of [next, response, neighbour, second]) {
      expect(Math.abs(correlation(here, other))).toBeLessThan(0.05);
    }
    expect(new Set(here).size).toBe(DRAWS);
  });

  it('strike once in n, for every n that hazards use', () => {
    for (const n of [2, 3, 7, 24, 60]) {
      let hits = 0;
      for (let index = 0; index < DRAWS; index += 1) {
        if (Stream.keyed(SEED, `a>b POST /x #${index} req delay`).oneIn(n)) hits += 1;
      }
      const expected = DRAWS / n;
      expect(Math.abs(hits - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });
});

describe('integers', () => {
  it('reach both bounds and nothing beyond, each about as often', () => {
    const stream = Stream.named(SEED, 'dice');
    const counts = new Map<number, number>();
    for (let index = 0; index < 6_000; index += 1) {
      const eyes = stream.integer(1, 6);
      counts.set(eyes, (counts.get(eyes) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('may span all of 2^32, or nothing, or lie below zero', () => {
    const stream = Stream.named(SEED, 'wide');
    const wide = drawn(stream, 1_000);
    expect(Math.max(...wide)).toBeGreaterThan(0xf000_0000);
    expect(wide.every(value => value >= 0 && value <= 0xffff_ffff && Number.isInteger(value))).toBe(true);
    expect(stream.integer(7, 7)).toBe(7);
    const below = Array.from({length: 200}, () => stream.integer(-3, -1));
    expect([Math.min(...below), Math.max(...below)]).toEqual([-3, -1]);
    const spans = Array.from({length: 2_000}, () => stream.integer(0, 0xbfff_ffff));
    expect(Math.max(...spans)).toBeLessThanOrEqual(0xbfff_ffff);
    const upper = spans.filter(value => value >= 0x6000_0000).length;
    expect(Math.abs(upper - 1_000)).toBeLessThan(120);
  });

  it.each([
    [2, 1],
    [0, 2 ** 32],
    [0.5, 2],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ])('refuse %s to %s', (min, max) => {
    expect(() => Stream.named(SEED, 'x').integer(min, max)).toThrow(RangeError);
  });

  it('are drawn from every octave alike', () => {
    const stream = Stream.named(SEED, 'octaves');
    const octaves = [0, 0, 0, 0];
    for (let index = 0; index < 4_000; index += 1) {
      const value = stream.octave(1, 10);
      expect(value).toBeGreaterThanOrEqual(1);
      expect(value).toBeLessThanOrEqual(10);
      const octave = value < 2 ? 0 : value < 4 ? 1 : value < 8 ? 2 : 3;
      octaves[octave] = (octaves[octave] ?? 0) + 1;
    }
    for (const count of octaves) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(stream.octave(5, 5)).toBe(5);
  });
});

describe('one in n', () => {
  it('is never for 0 and always for 1', () => {
    const stream = Stream.named(SEED, 'chance');
    expect(Array.from({length: 100}, () => stream.oneIn(0)).some(Boolean)).toBe(false);
    expect(Array.from({length: 100}, () => stream.oneIn(1)).every(Boolean)).toBe(true);
  });
});

describe('ids', () => {
  it('are hexadecimal digits of the length asked for, all different', () => {
    const stream = Stream.named(SEED, 'ids');
    const ids = Array.from({length: 10_000}, () => stream.id());
    expect(ids.every(id => /^[0-9a-f]{16}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(10_000);
    expect(stream.id(5)).toMatch(/^[0-9a-f]{5}$/);
    expect(stream.id(0)).toBe('');
  });
});

describe('the seeds of a campaign', () => {
  it('are distinct, canonical, and another list for another base', () => {
    const seeds = Array.from({length: 50_000}, (_, index) => seedAt('base', index));
    expect(new Set(seeds).size).toBe(50_000);
    expect(seeds.slice(0, 100).every(seed => parseSeed(seed) === seed)).toBe(true);
    expect(seedAt('other', 0)).not.toBe(seedAt('base', 0));
    expect(seedAt('base', 0)).toBe('0x1971517e58f8f470');
  });
});

describe('a seed as people write it', () => {
  it.each([
    ['0x1', '0x0000000000000001'],
    ['0XABCDEF', '0x0000000000abcdef'],
    ['0xffffffffffffffff', '0xffffffffffffffff'],
    ['0', '0x0000000000000000'],
    ['18446744073709551615', '0xffffffffffffffff'],
    ['DEADBEEF00112233445566778899aabbccddeeff', '0xdeadbeef00112233'],
  ])('%s is %s', (text, seed) => {
    expect(parseSeed(text)).toBe(seed);
  });

  it.each(['', '0x', '0x11112222333344445', '18446744073709551616', '-1', '1.5', '1e3', ' 1', 'abc', '١'])(
    '"%s" is refused',
    text => {
      expect(() => parseSeed(text)).toThrow(UsageError);
    },
  );
});
