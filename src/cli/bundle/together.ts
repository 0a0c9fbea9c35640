/** Writes the files of one folder together: none is ever torn, and the one that says that all are there is written last. */
import {closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {printable} from '../../report/printable.ts';
import {Misuse} from '../misuse.ts';

/** A file by its name in the folder. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/**
 * Writes all files under temporary names first: if that fails, whatever was there is there still. Then each takes its
 * place, `last` after all others; while they do, no `last` is there. What is `replaced` goes even if no file takes its
 * place. Throws {@link Misuse} if it cannot write.
 */
export function writeTogether(
  folder: string,
  files: Files,
  last: string,
  replaced: readonly string[] = [],
): void {
  const staged: string[] = [];
  try {
    mkdirSync(folder, {recursive: true});
    for (const [name, content] of files) {
      const temporary = temporaryOf(folder, name);
      staged.push(temporary);
      writeDown(temporary, content);
    }
    for (const name of [last, ...replaced]) rmSync(join(folder, name), {force: true});
    for (const name of [...files.keys()].filter(other => other !== last)) take(folder, name);
    if (files.has(last)) take(folder, last);
  } catch (error) {
    for (const temporary of staged) discard(temporary);
    throw new Misuse(
      `cannot write to ${printable(folder)}: ${reasonOf(error)}`,
      'choose a folder that can be written to',
    );
  }
}

/** As the leftovers of a process that was killed are known by. */
const temporaryOf = (folder: string, name: string): string => join(folder, `.${name}.${process.pid}.tmp`);

const take = (folder: string, name: string): void =>
  renameSync(temporaryOf(folder, name), join(folder, name));

/** What cannot be removed stays: it is in nobody's way. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, {force: true});
  } catch {
    return;
  }
}

function writeDown(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'w');
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
