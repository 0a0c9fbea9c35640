/** Cursors: their order, their wire form, and what counts as one (1.3). */

import {isObject, textOf} from './fields.ts';
import {compareText} from './order.ts';
import {compareTimes, normaliseTime} from './time.ts';
import type {Cursor} from './types.ts';

const VERSION = 1;
const ALPHABET = /^[A-Za-z0-9_-]+$/;
const UTF8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
const LONE_SURROGATE = /\p{Surrogate}/u;

/** By instant, then by change id. Both must be valid. */
export function compareCursors(a: Cursor, b: Cursor): number {
  const byTime = compareTimes(a.changedAt, b.changedAt);
  return byTime !== 0 ? byTime : compareText(a.changeId, b.changeId);
}

/** The later of two positions, either of which may be missing. */
export function laterCursor(a: Cursor | null, b: Cursor | null): Cursor | null {
  if (a === null || b === null) return a ?? b;
  return compareCursors(b, a) > 0 ? b : a;
}

/** A cursor with its time in the one spelling, or null if the value is none. */
export function cursorOf(value: unknown): Cursor | null {
  if (!isObject(value)) return null;
  const changedAt = normaliseTime(value.changedAt);
  const {changeId} = value;
  if (changedAt === null || typeof changeId !== 'string' || textOf(changeId) === null) return null;
  return {changedAt, changeId};
}

/** The wire form: base64url without padding of UTF-8 JSON. */
export function encodeCursor(cursor: Cursor): string {
  const payload = {version: VERSION, changedAt: cursor.changedAt, changeId: cursor.changeId};
  return Buffer.from(JSON.stringify(payload), 'utf8').toString('base64url');
}

/** Reads the wire form; null for everything that is not exactly one. */
export function decodeCursor(text: string): Cursor | null {
  if (!ALPHABET.test(text) || text.length % 4 === 1) return null;
  let payload: unknown;
  try {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.toString('base64url') !== text) return null;
    payload = JSON.parse(UTF8.decode(bytes));
  } catch {
    return null;
  }
  if (!isObject(payload) || payload.version !== VERSION) return null;
  const cursor = cursorOf(payload);
  return cursor === null || LONE_SURROGATE.test(cursor.changeId) ? null : cursor;
}
