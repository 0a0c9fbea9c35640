/** Reads and writes files; what is written is there as a whole or not at all. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {printable} from '../report/printable.ts';
import {UnreadableError} from '../sim/assert.ts';
import {Misuse} from './misuse.ts';

/** The reason of a failed file operation, as the system names it. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** The text of a stored file. Throws {@link UnreadableError}. */
export function readStored(path: string, shownAs: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UnreadableError(`${printable(shownAs)}: cannot be read: ${reasonOf(error)}`);
  }
}

/**
 * Writes `content` to a temporary file in the same folder and renames it, so that a reader, or a process killed half-way,
 * never meets half a file. Makes the folder. What is there and is not a file (a pipe, `/dev/null`) is written to as it is.
 * Throws {@link Misuse}.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  try {
    const target = existing(path);
    if (target !== null && !statSync(target).isFile()) writeFileSync(target, content);
    else replace(target ?? path, content);
  } catch (error) {
    throw new Misuse(
      `cannot write ${printable(path)}: ${reasonOf(error)}`,
      'choose a file that can be written',
    );
  }
}

/**
 * Removes temporary files of {@link writeWhole} from these folders, where the process that wrote them is gone. What cannot
 * be removed stays: it is in nobody's way.
 */
export function clearLeftovers(folders: readonly string[]): void {
  for (const folder of folders) {
    for (const name of namesIn(folder)) {
      const writer = /^\..*\.([0-9]+)\.tmp$/.exec(name)?.[1];
      if (writer === undefined || isAlive(Number(writer))) continue;
      try {
        rmSync(join(folder, name), {force: true});
      } catch {
        continue;
      }
    }
  }
}

/** What a folder holds; nothing if it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // somebody else's process is alive too
    return reasonOf(error) !== 'ESRCH';
  }
}

/** Makes a folder that will be written to. Throws {@link Misuse}. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, {recursive: true});
  } catch (error) {
    throw new Misuse(
      `cannot make the folder ${printable(path)}: ${reasonOf(error)}`,
      'choose another folder',
    );
  }
}

/** Where a path leads, links followed; null if nothing is there. */
function existing(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function replace(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), {recursive: true});
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${process.pid}.tmp`);
  try {
    const file = openSync(temporary, 'w');
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, {force: true});
    throw error;
  }
}
