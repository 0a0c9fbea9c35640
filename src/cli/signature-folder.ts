/** The name of the folder that a signature has among results. */
import {hash64} from '../sim/digest.ts';
import {hex32} from '../sim/random.ts';

const LONGEST_NAME = 120;

/**
 * The folder of a signature of a system: its text with `/` as `_`. Scenarios share claims with their system, and all systems
 * share the simulator's own: there the system's name follows, so that none takes another's place. A text that a file name
 * cannot hold is made to fit, and told apart from others that would look the same by eight digits of its hash.
 */
export function folderOf(system: string, signature: string): string {
  const isShared = system.includes('/') || signature.startsWith('SIM-');
  const name = isShared ? `${signature}.${system}` : signature;
  const plain = name.replaceAll('/', '_');
  const fitting = plain.replace(/[^\w.-]/g, '-').slice(0, LONGEST_NAME);
  return fitting === plain ? plain : `${fitting}-${hex32(hash64('folder', name)[0])}`;
}
