/** Numbers and durations read the same on every machine. */
import {expect, test} from 'vitest';
import {compact, counted, duration, grouped, rough, stopwatch} from '../../src/report/amounts.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [1_234_567, '1,234,567'],
])('grouped %d', (value, text) => {
  expect(grouped(value)).toBe(text);
});

test.each([
  [0, '0'],
  [0.002431, '0.0024'],
  [1, '1.00'],
  [20.55, '20.6'],
  [812.4, '812'],
  [12_345.6, '12,346'],
])('rough %d', (value, text) => {
  expect(rough(value)).toBe(text);
});

test.each([
  [9_999, '9,999'],
  [12_345, '12.3 k'],
  [4_560_000, '4.56 M'],
  [7_200_000_000, '7.20 G'],
])('compact %d', (value, text) => {
  expect(compact(value)).toBe(text);
});

test.each([
  [0, '0 ms'],
  [312.4, '312 ms'],
  [1_000, '1.0 s'],
  [59_999, '59.9 s'],
  [60_000, '1 min'],
  [220_000, '3 min 40 s'],
  [3_600_000, '1 h'],
  [11_220_000, '3 h 7 min'],
  [86_400_000 * 12 + 4 * 3_600_000, '12 d 4 h'],
])('duration %d', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('a stopwatch and counts of things', () => {
  expect(stopwatch(221_900)).toBe('00:03:41');
  expect(stopwatch(360_000_000)).toBe('100:00:00');
  expect(counted(1, 'run')).toBe('1 run');
  expect(counted(0, 'run')).toBe('0 runs');
  expect(counted(2, 'mismatch', 'mismatches')).toBe('2 mismatches');
});
