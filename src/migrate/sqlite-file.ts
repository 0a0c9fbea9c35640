/** An SQLite file as the migration's database: read whole, worked on in memory, and put back whole or not at all. */
import {randomBytes} from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import type {Database, Sql, SqlParams} from '../host.ts';
import {loadSqlite, Sqlite} from '../sim/sqlite.ts';

/** The file cannot be worked on; the message says why, and what to do. */
export class FileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FileError';
  }
}

const MAGIC = 'SQLite format 3\u0000';
/** Where the header says how the file is written: 2 is by a write-ahead log. */
const WRITE_VERSION_AT = 18;
const WAL = 2;

/** Reads a file's bytes. Throws {@link FileError} unless it is an SQLite database that is whole in this one file. */
export function readDatabase(path: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new FileError(`cannot read ${path}: ${codeOf(error)}`);
  }
  if (bytes.length > 0 && bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new FileError(`${path} is not an SQLite database`);
  }
  const isLogged = bytes[WRITE_VERSION_AT] === WAL;
  const beside = ['-wal', '-journal'].map(end => path + end).find(other => existsSync(other));
  if (isLogged || beside !== undefined) {
    const what = beside === undefined ? 'is in WAL mode' : `has changes in ${basename(beside)}`;
    throw new FileError(
      `${path} ${what}: stop the servers and run  sqlite3 ${path} 'PRAGMA journal_mode=DELETE'`,
    );
  }
  return bytes;
}

/**
 * Replaces `path` by `bytes`: written to a file beside it, brought to the disk, then renamed. Whenever this is
 * cut short, `path` is what it was. Throws {@link FileError}.
 */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const folder = dirname(path);
  const beside = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const mode = existsSync(path) ? statSync(path).mode : 0o600;
    const file = openSync(beside, 'wx', mode);
    try {
      for (let at = 0; at < bytes.length; at += writeSync(file, bytes, at));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    const directory = openSync(folder, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    rmSync(beside, {force: true});
    throw new FileError(`cannot write ${path}: ${codeOf(error)}; it is as it was`);
  }
}

/** An open copy of the file. What is done to the copy reaches the file by `save`. */
export class SqliteFile {
  readonly #path: string;
  readonly #sqlite: Sqlite;
  /** What the file held when it was last read or written. */
  #known: Uint8Array;

  private constructor(path: string, bytes: Uint8Array) {
    this.#path = path;
    this.#known = bytes;
    this.#sqlite = Sqlite.from(bytes);
  }

  /** Throws {@link FileError}. */
  static async open(path: string): Promise<SqliteFile> {
    const bytes = readDatabase(path);
    await loadSqlite();
    try {
      // the engine works in the array that it is given, if that is a Buffer
      return new SqliteFile(path, Uint8Array.from(bytes));
    } catch {
      throw new FileError(`${path} is damaged: SQLite cannot open it`);
    }
  }

  get database(): Database {
    const sqlite = this.#sqlite;
    const port: Sql = {
      get: async (sql, params: SqlParams = []) => sqlite.get(sql, params),
      all: async (sql, params: SqlParams = []) => sqlite.all(sql, params),
      run: async (sql, params: SqlParams = []) => sqlite.run(sql, params),
    };
    return {
      ...port,
      transaction: async body => {
        sqlite.begin();
        try {
          const value = await body(port);
          sqlite.commit();
          return value;
        } catch (error) {
          sqlite.rollback();
          throw error;
        }
      },
    };
  }

  /** Puts the copy in the file's place. Throws {@link FileError}, also where somebody else has written the file meanwhile. */
  save(): void {
    if (Buffer.compare(readDatabase(this.#path), this.#known) !== 0) {
      throw new FileError(`${this.#path} was changed by somebody else meanwhile: stop the servers first`);
    }
    const bytes = this.#sqlite.export();
    replaceFile(this.#path, bytes);
    this.#known = bytes;
  }

  close(): void {
    this.#sqlite.close();
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
