/**
 * Timestamps: ISO 8601 with an explicit zone to integer milliseconds and back, without the engine's own
 * lenient parser.
 */

/** The latest time that exists, and the negative of the earliest: 100,000,000 days from 1970, in ms. */
export const MAX_TIME_MS = 8_640_000_000_000_000;

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;

/**
 * Milliseconds since 1970 of `YYYY-MM-DD` (midnight UTC) or `YYYY-MM-DDTHH:MM[:SS[.fraction]](Z|±HH:MM)`; the
 * year may be `±YYYYYY`. Null for all else: no zone, impossible dates, hour 24, leap seconds, white space.
 * Digits beyond ms are cut off.
 */
export function parseTime(text: unknown): number | null {
  if (typeof text !== 'string') return null;
  const sign = text.charCodeAt(0);
  const expanded = sign === PLUS || sign === MINUS;
  const year = expanded ? digits(text, 1, 6) : digits(text, 0, 4);
  if (year < 0 || (sign === MINUS && year === 0)) return null;
  const date = expanded ? 7 : 4;
  const day = dayNumber(sign === MINUS ? -year : year, digits(text, date + 1, 2), digits(text, date + 4, 2));
  if (day === null || text.charCodeAt(date) !== MINUS || text.charCodeAt(date + 3) !== MINUS) return null;
  const timeOfDay = date + 6;
  const offset = text.length === timeOfDay ? 0 : parseTimeOfDay(text, timeOfDay);
  if (offset === null) return null;
  const ms = day * MS_PER_DAY + offset;
  return ms >= -MAX_TIME_MS && ms <= MAX_TIME_MS ? ms : null;
}

/**
 * `YYYY-MM-DDTHH:MM:SS.mmmZ`, with a year `±YYYYYY` outside 0 to 9999. Needs an integer within ±{@link
 * MAX_TIME_MS}.
 */
export function formatTime(ms: number): string {
  if (!Number.isInteger(ms) || Math.abs(ms) > MAX_TIME_MS)
    throw new Error('a time is an integer within the range of times');
  const day = Math.floor(ms / MS_PER_DAY);
  const rest = ms - day * MS_PER_DAY;
  const seconds = Math.floor(rest / 1000);
  const minutes = Math.floor(seconds / 60);
  const clock = `${pad(Math.floor(minutes / 60), 2)}:${pad(minutes % 60, 2)}:${pad(seconds % 60, 2)}`;
  return `${formatDay(day)}T${clock}.${pad(rest % 1000, 3)}Z`;
}

/** The one spelling of a time; null if it is none. */
export function normalizeTime(text: unknown): string | null {
  const ms = parseTime(text);
  return ms === null ? null : formatTime(ms);
}

/**
 * Milliseconds since midnight UTC of `THH:MM[:SS[.fraction]]zone` from `start` to the end of the text, or
 * null.
 */
function parseTimeOfDay(text: string, start: number): number | null {
  const hour = digits(text, start + 1, 2);
  const minute = digits(text, start + 4, 2);
  if (text.charCodeAt(start) !== UPPER_T || text.charCodeAt(start + 3) !== COLON) return null;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return null;
  let ms = (hour * 60 + minute) * MS_PER_MINUTE;
  let at = start + 6;
  if (text.charCodeAt(at) === COLON) {
    const second = digits(text, at + 1, 2);
    if (second < 0 || second > 59) return null;
    ms += second * 1000;
    at += 3;
    if (text.charCodeAt(at) === DOT) {
      const end = endOfDigits(text, at + 1);
      if (end === at + 1) return null;
      ms += milliseconds(text, at + 1, end);
      at = end;
    }
  }
  const zone = parseZone(text, at);
  return zone === null ? null : ms - zone * MS_PER_MINUTE;
}

/** Minutes east of UTC of the `Z` or `±HH:MM` that ends the text, or null. */
function parseZone(text: string, at: number): number | null {
  const sign = text.charCodeAt(at);
  if (sign === UPPER_Z) return text.length === at + 1 ? 0 : null;
  if ((sign !== PLUS && sign !== MINUS) || text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON)
    return null;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return null;
  return sign === MINUS ? -(hours * 60 + minutes) : hours * 60 + minutes;
}

/**
 * Days from 1970-01-01 in the proleptic Gregorian calendar; null if there is no such day. Years start in
 * March here.
 */
function dayNumber(year: number, month: number, day: number): number | null {
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_TO_1970;
}

/** The inverse of {@link dayNumber}, as text. */
function formatDay(dayNumber: number): string {
  const shifted = dayNumber + DAYS_TO_1970;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  return `${formatYear(year)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function formatYear(year: number): string {
  if (year >= 0 && year <= 9999) return pad(year, 4);
  return year < 0 ? `-${pad(-year, 6)}` : `+${pad(year, 6)}`;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The number that `count` digits spell, or -1 if one of them is no digit. */
function digits(text: string, start: number, count: number): number {
  let number = 0;
  for (let at = start; at < start + count; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    // Written so that NaN, which is what lies past the end, is no digit either.
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (digits(text, at, 1) >= 0) at += 1;
  return at;
}

/** The first three digits of a fraction of a second; missing ones are zeros. */
function milliseconds(text: string, start: number, end: number): number {
  const count = Math.min(3, end - start);
  return digits(text, start, count) * (count === 1 ? 100 : count === 2 ? 10 : 1);
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

const DAYS_PER_ERA = 146_097;
/** From 0000-03-01, where the eras start, to 1970-01-01. */
const DAYS_TO_1970 = 719_468;

const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;
