/** The time rules: one spelling in, one out, the same as the engine's own calendar, and nothing lenient. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {formatTime, MAX_TIME_MS, normalizeTime, parseTime} from '../../../src/impl/vfs/time.ts';
import {anyValue} from './hostile.ts';

const anyMs = fc.oneof(
  fc.integer({min: -MAX_TIME_MS, max: MAX_TIME_MS}),
  fc.integer({min: -70_000_000_000_000, max: 260_000_000_000_000}),
  fc.constantFrom(0, -1, 1, MAX_TIME_MS, -MAX_TIME_MS, -62_167_219_200_000, 253_402_300_799_999),
);

describe('time', () => {
  test.prop([anyMs])('what is formatted parses to the same ms', ms => {
    expect(parseTime(formatTime(ms))).toBe(ms);
  });

  test.prop([anyMs])('the calendar is the one of the engine', ms => {
    expect(formatTime(ms)).toBe(new Date(ms).toISOString());
  });

  test.prop([fc.integer({min: 0, max: 9999}), fc.integer({min: 0, max: 99}), fc.integer({min: 0, max: 99})])(
    'a day is refused exactly if there is no such day',
    (year, month, day) => {
      const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
      const ms = Date.parse(`${text}T00:00:00.000Z`);
      const exists = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
      expect(parseTime(text)).toBe(exists ? ms : null);
    },
  );

  test.prop([anyMs, fc.integer({min: -1439, max: 1439})])('an offset names the same instant', (ms, east) => {
    const local = ms + east * 60_000;
    fc.pre(Math.abs(local) <= MAX_TIME_MS);
    const hours = pad(Math.floor(Math.abs(east) / 60), 2);
    const zone = `${east < 0 ? '-' : '+'}${hours}:${pad(Math.abs(east) % 60, 2)}`;
    expect(parseTime(formatTime(local).replace('Z', zone))).toBe(ms);
  });

  test.each([
    ['2026-02-14', '2026-02-14T00:00:00.000Z'],
    ['2026-02-14T12:30Z', '2026-02-14T12:30:00.000Z'],
    ['2026-02-14T12:30:05Z', '2026-02-14T12:30:05.000Z'],
    ['2026-02-14T12:30:05.1Z', '2026-02-14T12:30:05.100Z'],
    ['2026-02-14T12:30:05.1239999Z', '2026-02-14T12:30:05.123Z'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['2026-02-14T00:30+01:00', '2026-02-13T23:30:00.000Z'],
    ['2026-02-14T12:30-00:00', '2026-02-14T12:30:00.000Z'],
    ['+002026-02-14T12:30:00.000Z', '2026-02-14T12:30:00.000Z'],
    ['-000001-12-31', '-000001-12-31T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['+275760-09-13T00:00:00.000Z', '+275760-09-13T00:00:00.000Z'],
    ['-271821-04-20T00:00:00.000Z', '-271821-04-20T00:00:00.000Z'],
  ])('%s is %s', (text, normal) => {
    expect(normalizeTime(text)).toBe(normal);
  });

  test.each([
    '',
    ' 2026-02-14',
    '2026-02-14 ',
    '2026',
    '2026-02',
    '2026-2-14',
    '2026-02-30',
    '2025-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-02-14Z',
    '2026-02-14T',
    '2026-02-14T12Z',
    '2026-02-14T12:30',
    '2026-02-14T12:30:00.000',
    '2026-02-14 12:30:00Z',
    '2026-02-14t12:30:00z',
    '2026-02-14T24:00:00Z',
    '2026-02-14T12:60:00Z',
    '2026-02-14T12:30:60Z',
    '2026-02-14T12:30:00.Z',
    '2026-02-14T12:30:00,5Z',
    '2026-02-14T12:30:00+0100',
    '2026-02-14T12:30:00+24:00',
    '2026-02-14T12:30:00+01:60',
    '2026-02-14T12:30:00Zjunk',
    '20260214T123000Z',
    '-000000-01-01',
    '+275760-09-13T00:00:00.001Z',
    '-271821-04-19T23:59:59.999Z',
    '+275760-09-12T23:59:59.999-00:01',
    '٢٠٢٦-02-14',
    'Sat, 14 Feb 2026 12:30:00 GMT',
    'now',
  ])('%j is refused', text => {
    expect(parseTime(text)).toBeNull();
  });

  test.prop([anyValue])('nothing makes it throw, and only text is a time', value => {
    const ms = parseTime(value);
    expect(ms === null || (typeof value === 'string' && Number.isInteger(ms))).toBe(true);
  });

  test.each([Number.NaN, 0.5, Infinity, MAX_TIME_MS + 1])('%d has no text', ms => {
    expect(() => formatTime(ms)).toThrow('a time is an integer within the range of times');
  });
});

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0');
}
