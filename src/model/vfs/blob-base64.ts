/** base64 as the contract allows it: one padded spelling for each sequence of bytes (5.3). */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Padded base64 of the bytes that a text means; undefined if it means none. */
export function canonicalBase64(text: string): string | undefined {
  const bare = text.replace(/\s/g, '');
  const found = /^([A-Za-z0-9+/]+)(={0,2})$/.exec(bare);
  if (found === null) return undefined;
  const [, digits = '', padding = ''] = found;
  const padded = digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
  const tail = digits.length % 4;
  if (tail === 1 || (padding !== '' && padded !== bare)) return undefined;
  // the bits that are left over at the end must be zero
  const last = ALPHABET.indexOf(digits.charAt(digits.length - 1));
  const spare = tail === 2 ? 0b1111 : tail === 3 ? 0b11 : 0;
  return (last & spare) === 0 ? padded : undefined;
}
