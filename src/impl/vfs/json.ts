/** Reads JSON text that may be hostile: a bound on its size and on its nesting, and never a throw. */

/** Longest text read unless told otherwise, in UTF-16 code units. */
export const MAX_JSON_LENGTH = 4 * 1024 * 1024;

/**
 * Deepest nesting of arrays and objects. `JSON.parse` itself takes hundreds of thousands; what comes after it
 * does not.
 */
export const MAX_JSON_DEPTH = 64;

export type ParsedJson = {readonly ok: true; readonly value: unknown} | {readonly ok: false};

const REFUSED: ParsedJson = {ok: false};

/**
 * The value of `text`; refused if it is no JSON, longer than `maxLength`, or nested deeper than {@link
 * MAX_JSON_DEPTH}.
 */
export function parseJson(text: string, maxLength: number = MAX_JSON_LENGTH): ParsedJson {
  if (text.length > maxLength || !isShallow(text)) return REFUSED;
  try {
    const value: unknown = JSON.parse(text);
    return {ok: true, value};
  } catch {
    return REFUSED;
  }
}

/** Counts brackets outside strings. On text that is no JSON it may say anything: the parser judges that. */
function isShallow(text: string): boolean {
  if (countUpTo(MAX_JSON_DEPTH + 1, text, '{') + countUpTo(MAX_JSON_DEPTH + 1, text, '[') <= MAX_JSON_DEPTH)
    return true;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) return false;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return true;
}

/**
 * How often `character` occurs, strings included, but no more than `limit`: most texts have too few brackets
 * to nest.
 */
function countUpTo(limit: number, text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1 && count < limit; at = text.indexOf(character, at + 1))
    count += 1;
  return count;
}

/** Index of the quote that ends the string opened at `start`, or the text's length if none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
