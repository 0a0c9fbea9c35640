/** base64 as people paste it: white space anywhere, padding or none, and then exactly one text for each sequence of bytes (spec 5.3). */
import {decodeBase64Url, encodeBase64Url} from '../base64url.ts';

const SHAPE = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes; null for no bytes at all, a foreign character, padding that does not fit, or stray last bits. */
export function decodeBase64(text: string): Uint8Array | null {
  const bare = text.replace(/\s/g, '');
  if (!SHAPE.test(bare)) return null;
  const digits = bare.replace(/=+$/, '');
  const padding = bare.length - digits.length;
  if (padding > 0 && bare.length % 4 !== 0) return null;
  const bytes = decodeBase64Url(digits.replaceAll('+', '-').replaceAll('/', '_'));
  return bytes === null || bytes.length === 0 ? null : bytes;
}

/** The usual spelling, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  const digits = encodeBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
}
