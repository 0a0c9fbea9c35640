/**
 * Cursors: positions in the feed, their order, and the opaque text in which they cross the wire (spec 1.3).
 */
import type {Cursor} from '../../model/vfs/types.ts';
import {decodeBase64Url, encodeBase64Url} from './base64url.ts';
import {parseJson} from './json.ts';
import {compareText, isRecord, isStorable} from './text.ts';
import {normalizeTime, parseTime} from './time.ts';

const VERSION = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/**
 * Orders by time, then by id in code units. Both must be valid: garbage has no place in any order, and
 * throws.
 */
export function compareCursors(a: Cursor, b: Cursor): number {
  const difference = a.changedAt === b.changedAt ? 0 : timeOf(a) - timeOf(b);
  return difference === 0 ? compareText(a.changeId, b.changeId) : Math.sign(difference);
}

/** The later of two cursors; null is before all. */
export function maxCursor(a: Cursor, b: Cursor | null): Cursor;
export function maxCursor(a: Cursor | null, b: Cursor): Cursor;
export function maxCursor(a: Cursor | null, b: Cursor | null): Cursor | null;
export function maxCursor(a: Cursor | null, b: Cursor | null): Cursor | null {
  if (a === null || b === null) return a ?? b;
  return compareCursors(a, b) >= 0 ? a : b;
}

/** base64url of the UTF-8 JSON `{version, changedAt, changeId}`. */
export function encodeCursor(cursor: Cursor): string {
  const {changedAt, changeId} = cursor;
  return encodeBase64Url(encoder.encode(JSON.stringify({version: VERSION, changedAt, changeId})));
}

/** The cursor that `text` spells, its time normalised, or null. */
export function decodeCursor(text: unknown): Cursor | null {
  if (typeof text !== 'string') return null;
  const bytes = decodeBase64Url(text);
  if (bytes === null) return null;
  const parsed = parseJson(decodeUtf8(bytes) ?? '');
  if (!parsed.ok || !isRecord(parsed.value) || parsed.value['version'] !== VERSION) return null;
  return normalizeCursor(parsed.value);
}

/**
 * A cursor out of an untrusted object: a real time, normalised, and an id that is not blank, kept as it is;
 * or null.
 */
export function normalizeCursor(value: unknown): Cursor | null {
  if (!isRecord(value)) return null;
  const changedAt = normalizeTime(value['changedAt']);
  const changeId = value['changeId'];
  if (changedAt === null || typeof changeId !== 'string') return null;
  return changeId.trim() === '' || !isStorable(changeId) ? null : {changedAt, changeId};
}

function timeOf(cursor: Cursor): number {
  const ms = parseTime(cursor.changedAt);
  if (ms === null) throw new Error('cursors that are compared have a valid time');
  return ms;
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
