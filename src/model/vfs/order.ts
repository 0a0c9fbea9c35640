/**
 * How the model orders and keys texts: by code unit, never by locale; structured keys, never plain joins
 * (10.1).
 */

/** Negative, zero or positive, by UTF-16 code unit. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * One text for several: every part but the last carries its length, so no two lists of one size share a key.
 */
export function keyOf(...parts: readonly string[]): string {
  let key = '';
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] ?? '';
    key += index < parts.length - 1 ? `${part.length}:${part}` : part;
  }
  return key;
}
