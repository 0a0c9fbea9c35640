/** The small rules of text and shape that everything read from the wire or from a disk passes first. */
import type {Json} from './merge/canonical.ts';
import {LIMITS} from './protocol.ts';

/** Half a surrogate pair, or NUL: neither survives every encoder and every disk, so two ids could become one. */
const UNSTORABLE = /[\p{Surrogate}\0]/u;

/** Deepest nesting of lists and objects in a payload. */
const MAX_DEPTH = 32;

/** Whether `value` is an object of the kind that JSON makes: no list, no instance of a class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Not compared with Object.prototype: the object may come from another realm, which has its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether `text` comes back from any wire and any disk as it went in. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text);

/** A name of anything: not empty, at most {@link LIMITS.idLength} long, storable. */
export const isId = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LIMITS.idLength && isStorable(value);

/** A list of at most `most` names. */
export const isIdList = (value: unknown, most: number): value is readonly string[] =>
  Array.isArray(value) && value.length <= most && value.every(isId);

/** An integer from `least` to 2^53 - 1. */
export const isCount = (value: unknown, least = 0): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least;

/** The first key of `record` that is not in `known`, or null. */
export function unknownKey(record: Record<string, unknown>, known: ReadonlySet<string>): string | null {
  return Object.keys(record).find(key => !known.has(key)) ?? null;
}

/**
 * Whether every engine reads `value` alike: integers within 2^53 - 1, texts that can be stored, nesting that no stack
 * minds (spec 3.1, CE-6).
 */
export function isPortable(value: unknown, depth = MAX_DEPTH): value is Json {
  switch (typeof value) {
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    case 'string':
      return isStorable(value);
    case 'object':
      if (value === null) return true;
      if (depth === 0) return false;
      if (Array.isArray(value)) return value.every(item => isPortable(item, depth - 1));
      if (!isRecord(value)) return false;
      return Object.entries(value).every(([key, item]) => isStorable(key) && isPortable(item, depth - 1));
    default:
      return false;
  }
}
