/** One migration of a file at a time: a lock file beside it, which a process that died does not hold. */
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {FileError} from './sqlite-file.ts';

/** Runs `work` while this process holds the lock of `path`. Throws {@link FileError} if another one does. */
export async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.migrate-lock`;
  if (!take(lock)) {
    const holder = holderOf(lock);
    if (holder !== null && isAlive(holder)) {
      throw new FileError(`${path} is being migrated by process ${holder}; ${lock} says so`);
    }
    rmSync(lock, {force: true});
    if (!take(lock)) throw new FileError(`${path} is being migrated by another process; ${lock} says so`);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, {force: true});
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, `${process.pid}\n`, {flag: 'wx'});
    return true;
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new FileError(`cannot write ${lock}: ${String(code)}`);
  }
}

function holderOf(lock: string): number | null {
  try {
    const pid = Number(readFileSync(lock, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** A process that belongs to somebody else is alive too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
