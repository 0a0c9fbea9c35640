/** Text under gzip, as the same bytes every time, and back within bounds. */
import {gunzipSync, gzipSync} from 'node:zlib';
import {UnreadableError} from '../../sim/assert.ts';

/** Where the header says on which system it was made. */
const SYSTEM_BYTE = 9;
const UNKNOWN_SYSTEM = 255;
const LONGEST_TEXT = 256 * 1024 * 1024;

/** The text under gzip. The header tells neither when nor where it was made. */
export function zipped(text: string): Uint8Array {
  const bytes = gzipSync(Buffer.from(text, 'utf8'), {level: 9});
  bytes[SYSTEM_BYTE] = UNKNOWN_SYSTEM;
  return bytes;
}

/** The text again. Throws {@link UnreadableError} for what is no gzip, and for more than `longest` bytes of text. */
export function unzipped(bytes: Uint8Array, source: string, longest = LONGEST_TEXT): string {
  try {
    return gunzipSync(bytes, {maxOutputLength: longest}).toString('utf8');
  } catch {
    throw new UnreadableError(`${source}: it cannot be unpacked: damaged, or far too large`);
  }
}
