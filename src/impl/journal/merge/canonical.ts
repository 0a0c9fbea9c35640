/** One text for one JSON value, and one order of texts, whatever machine, database or language compares them (spec 4). */

export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};

/**
 * Orders texts by code point, which is the order of their UTF-8 bytes. JavaScript's own `<` compares UTF-16 units, and
 * there U+1F600 comes before U+FF5E.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    if (a.charCodeAt(at) !== b.charCodeAt(at)) return compareFrom(a, b, at);
  }
  return a.length - b.length;
}

/** Compares where the first units differ: they may be the second halves of two characters that begin alike. */
function compareFrom(a: string, b: string, at: number): number {
  const before = at > 0 ? codePointAt(a, at - 1) - codePointAt(b, at - 1) : 0;
  return before === 0 ? codePointAt(a, at) - codePointAt(b, at) : before;
}

const codePointAt = (text: string, at: number): number => text.codePointAt(at) ?? -1;

/** Keys in code-point order, no white space, numbers as ECMAScript writes them with −0 as 0. Equal values, equal texts. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return isList(value) ? listText(value) : objectText(value);
}

function listText(list: readonly Json[]): string {
  let text = '[';
  for (const item of list) {
    if (text.length > 1) text += ',';
    text += canonicalJson(item);
  }
  return `${text}]`;
}

function objectText(object: {readonly [key: string]: Json}): string {
  let text = '{';
  for (const key of Object.keys(object).sort(compareText)) {
    const member = object[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${quoted(key)}:${canonicalJson(member)}`;
  }
  return `${text}}`;
}

/** `JSON.stringify` of a text; most texts have nothing in them that has to be escaped. */
function quoted(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < FIRST_PLAIN || unit > LAST_PLAIN || unit === QUOTE || unit === BACKSLASH)
      return JSON.stringify(text);
  }
  return `"${text}"`;
}

const FIRST_PLAIN = 0x20;
const LAST_PLAIN = 0x7e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** `Array.isArray` for a list that is only read. */
const isList = (value: object): value is readonly Json[] => Array.isArray(value);

/** Tags as a set: each once, in code-point order. */
export const canonicalTags = (tags: readonly string[]): readonly string[] =>
  [...new Set(tags)].sort(compareText);

/**
 * Sixteen hexadecimal digits for a text: to notice that a stored one was damaged, never to tell whether two are the
 * same (compare the texts for that; whoever wants a collision finds one).
 */
export function contentHash(text: string): string {
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return [low, high].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
