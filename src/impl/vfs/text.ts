/**
 * The small rules of text and shape that everything read from the wire or from a disk passes first (spec 0.2,
 * 0.3).
 */

/** Highest length of a client or replica id, in UTF-16 code units. */
const MAX_CLIENT_ID_LENGTH = 128;

/**
 * Half a surrogate pair, or NUL: neither survives every encoder and every disk, so two ids could become one.
 */
const UNSTORABLE = /[\p{Surrogate}\0]/u;

/** Whether `text` comes back from any wire and any disk as it went in. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/**
 * The text without surrounding white space; null if it is no string, blank, or could not be stored unchanged.
 */
export function trimmed(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' || !isStorable(text) ? null : text;
}

/** Orders by UTF-16 code unit, the only order of text in this system. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether `value` is an object of the kind that JSON makes: no array, no instance of a class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Not compared with Object.prototype: the object may come from another realm, which has its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What is wrong with a client or replica id; each caller has its own words for it. */
export type ClientIdProblem = 'empty' | 'tooLong' | 'colon';

/**
 * Judges a client or replica id once trimmed: non-empty, at most 128 long, no `:` (stored keys are
 * `crdt:<id>`).
 */
export function clientIdProblem(value: unknown): ClientIdProblem | null {
  const id = trimmed(value);
  if (id === null) return 'empty';
  if (id.length > MAX_CLIENT_ID_LENGTH) return 'tooLong';
  return id.includes(':') ? 'colon' : null;
}
