/**
 * Timestamps: ISO 8601 with an explicit zone, in and out of integer milliseconds; the one file that touches
 * `Date`.
 */

import {compareText} from './order.ts';

/** The last instant that a timestamp can name, in ms since 1970; `-TIME_MAX` is the first. */
export const TIME_MAX = 8.64e15;

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const SHAPE =
  /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):(\d\d)))?$/;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar: years begin in March, eras last 400 years. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/**
 * Reads a timestamp as ms since 1970, or null if it is none: a date alone is its midnight in UTC; a time of
 * day needs `Z` or an offset; seconds and fraction are optional, digits beyond the third are cut; impossible
 * dates are none.
 */
export function parseTime(text: string): number | null {
  const found = SHAPE.exec(text);
  if (found === null || found[1] === '-000000') return null;
  const field = (index: number): number => Number(found[index] ?? '0');
  const [year, month, day, hour, minute, second] = [
    field(1),
    field(2),
    field(3),
    field(4),
    field(5),
    field(6),
  ];
  if (day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59 || field(9) > 23 || field(10) > 59) return null;
  const millisecond = Number((found[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offset = (field(9) * HOUR + field(10) * MINUTE) * (found[8] === '-' ? -1 : 1);
  const timeOfDay = hour * HOUR + minute * MINUTE + second * 1000 + millisecond;
  const ms = daysSince1970(year, month, day) * DAY + timeOfDay - offset;
  return Math.abs(ms) <= TIME_MAX ? ms : null;
}

/** Writes ms since 1970 as `YYYY-MM-DDTHH:MM:SS.mmmZ` (with an expanded year where four digits do not do). */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The one spelling of a timestamp, or null if the value is none. Only that spelling has 24 characters. */
export function normaliseTime(value: unknown): string | null {
  const ms = typeof value === 'string' ? parseTime(value) : null;
  if (typeof value !== 'string' || ms === null) return null;
  return value.length === 24 ? value : formatTime(ms);
}

/**
 * Compares two valid timestamps by instant. In the 24-character spelling the order of texts is the order of
 * times.
 */
export function compareTimes(a: string, b: string): number {
  if (a.length === 24 && b.length === 24) return compareText(a, b);
  return (parseTime(a) ?? Number.NaN) - (parseTime(b) ?? Number.NaN);
}
