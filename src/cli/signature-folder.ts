/** The name of the folder that a signature has among results. */
import {hash64} from '../sim/digest.ts';
import {hex32} from '../sim/random.ts';

const LONGEST_NAME = 120;

/**
 * The folder of a signature: its text with `/` as `_`. A text that a file name cannot hold is made to fit, and told
 * apart from others that would look the same by eight digits of its hash.
 */
export function folderOf(signature: string): string {
  const plain = signature.replaceAll('/', '_');
  const fitting = plain.replace(/[^\w.-]/g, '-').slice(0, LONGEST_NAME);
  return fitting === plain ? plain : `${fitting}-${hex32(hash64('folder', signature)[0])}`;
}
