/** Real SQLite in memory: sql.js, tuned, with cached statements, templates, and errors without the engine's own text. */
import initSqlJs, {type Database as Engine, type SqlJsStatic, type Statement} from 'sql.js';
import {DiskError, type SqlParams, type SqlRow} from '../host.ts';
import {assert} from './assert.ts';
import {ConnectionNeeded, Connections} from './connections.ts';
import {labelOf, traitsOf} from './sql-text.ts';

let engine: SqlJsStatic | null = null;

/** Loads the engine, once a process. Everything else here is synchronous and needs it done. */
export async function loadSqlite(): Promise<void> {
  engine ??= await initSqlJs();
}

/**
 * How many kinds of database turned out to need connections of their own. A run during which this rises has to be run
 * again: what it did on a shared connection may depend on the runs before it.
 */
export const unsharedKinds = (): number => connections.unshared;

/**
 * Safe because a crash of the simulated machine is modelled by what was committed, not by the file on disk. Most tables hold
 * a few rows: small pages are copied sooner, into the journal and out of it, and more of them stay in the processor's cache.
 */
const TUNING =
  'PRAGMA page_size=1024; PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON;';

const connections = new Connections<Sqlite>();
const templates = new Map<string, Uint8Array>();
const MAX_TEMPLATES = 64;

/** The engine's transaction in which a shared connection is used, and the savepoint that stands for one of its user's. */
const SAVEPOINT = '"the transaction of a node"';

const MAX_STATEMENTS = 1_000;

/** A statement kept for the next time. */
interface Prepared {
  readonly statement: Statement;
  /** Neither reads nor writes rows alone: what is known of other statements may no longer be so. */
  readonly alters: boolean;
  readonly writes: boolean;
  /** Its columns; null until they are asked for. */
  names: readonly string[] | null;
}

/** Verbs that leave every statement its columns. A rollback is none: it takes back what was altered, too. */
const ROWS_ONLY = new Set(
  'select insert update delete replace values with begin commit savepoint release'.split(' '),
);

export class Sqlite {
  readonly #db: Engine;
  readonly #statements = new Map<string, Prepared>();
  /** The harness's own, apart from a user's of the same text. */
  readonly #own = new Map<string, Prepared>();
  /** What the engine last said of {@link totalChanges}; null where it may have changed. */
  #total: number | null = null;
  /** For a connection that is shared from run to run: its kind, as long as nothing is committed. */
  #kind: string | null = null;
  #closed = false;

  private constructor(bytes: Uint8Array | null, reverseUnordered: boolean) {
    assert(engine !== null, 'SQLite is loaded before a database is opened');
    this.#db = new engine.Database(bytes);
    this.#db.exec(reverseUnordered ? `${TUNING} PRAGMA reverse_unordered_selects=ON;` : TUNING);
  }

  /** A new database with `schema` applied; built once per schema, then opened from the built bytes. */
  static create(schema: readonly string[], reverseUnordered: boolean): Sqlite {
    const key = schema.join('\u0000');
    let bytes = templates.get(key);
    if (bytes === undefined) {
      const built = new Sqlite(null, false);
      try {
        built.exec('BEGIN');
        for (const statement of schema) built.run(statement, []);
        built.exec('COMMIT');
        bytes = built.export();
      } finally {
        built.close();
      }
      if (templates.size >= MAX_TEMPLATES) templates.clear();
      templates.set(key, bytes);
    }
    return new Sqlite(bytes, reverseUnordered);
  }

  /** The same, on a connection that an earlier run may have used; nothing of that run is left. */
  static share(schema: readonly string[], reverseUnordered: boolean): Sqlite {
    const kind = connections.kindOf(schema, reverseUnordered ? 'reverse ' : '');
    if (kind === null) return Sqlite.create(schema, reverseUnordered);
    const shared = connections.take(kind) ?? Sqlite.create(schema, reverseUnordered);
    shared.exec('BEGIN');
    shared.#kind = kind;
    return shared;
  }

  static from(bytes: Uint8Array, reverseUnordered = false): Sqlite {
    return new Sqlite(bytes, reverseUnordered);
  }

  begin(): void {
    this.exec(this.#kind === null ? 'BEGIN' : `SAVEPOINT ${SAVEPOINT}`);
  }

  commit(): void {
    this.exec(this.#kind === null ? 'COMMIT' : `RELEASE ${SAVEPOINT}`);
  }

  /** Runs a statement of the harness's own that has neither parameters nor rows. */
  exec(sql: string): void {
    const prepared = this.#prepared(sql, true);
    try {
      prepared.statement.step();
    } catch (error) {
      throw diskError(error, sql);
    } finally {
      this.#over(prepared);
    }
  }

  /** Takes back what the open transaction did; nothing where the engine has done so by itself, as `ON CONFLICT ROLLBACK` makes it. */
  rollback(): void {
    if (this.#kind !== null) {
      this.exec(`ROLLBACK TO ${SAVEPOINT}`);
      this.exec(`RELEASE ${SAVEPOINT}`);
      return;
    }
    try {
      this.exec('ROLLBACK');
    } catch (error) {
      assert(error instanceof DiskError, 'a rollback fails only for want of a transaction');
    }
  }

  get(sql: string, params: SqlParams): SqlRow | undefined {
    const prepared = this.#bound(sql, params);
    const {statement} = prepared;
    try {
      return statement.step() ? rowOf(statement, namesOf(prepared)) : undefined;
    } catch (error) {
      throw diskError(error, sql);
    } finally {
      this.#over(prepared);
    }
  }

  all(sql: string, params: SqlParams): SqlRow[] {
    const prepared = this.#bound(sql, params);
    const {statement} = prepared;
    try {
      const rows: SqlRow[] = [];
      while (statement.step()) rows.push(rowOf(statement, namesOf(prepared)));
      return rows;
    } catch (error) {
      throw diskError(error, sql);
    } finally {
      this.#over(prepared);
    }
  }

  run(sql: string, params: SqlParams): {changes: number} {
    const before = this.totalChanges();
    const prepared = this.#bound(sql, params);
    try {
      while (prepared.statement.step()) {
        // a RETURNING clause yields rows that nobody asked for
      }
    } catch (error) {
      throw diskError(error, sql);
    } finally {
      this.#over(prepared);
    }
    return {changes: this.totalChanges() - before};
  }

  /** Rows written since the database was opened; it does not go back on a rollback. */
  totalChanges(): number {
    return (this.#total ??= this.#scalar('SELECT total_changes()'));
  }

  schemaVersion(): number {
    return this.#scalar('PRAGMA schema_version');
  }

  /** The database as bytes; no transaction may be open on it. */
  export(): Uint8Array {
    // the engine exports only what is committed, and what is committed cannot be rolled back in the end
    if (this.#kind !== null) this.exec('COMMIT');
    this.#kind = null;
    return this.#db.export();
  }

  close(): void {
    if (this.#closed || this.#rest()) return;
    this.#closed = true;
    this.#db.close();
  }

  /** Gives a shared connection back as it was when it was taken. */
  #rest(): boolean {
    const kind = this.#kind;
    if (kind === null) return false;
    this.#kind = null;
    this.exec('ROLLBACK');
    for (const prepared of this.#statements.values()) prepared.names = null;
    return this.#statements.size <= MAX_STATEMENTS && connections.keep(kind, this);
  }

  #scalar(sql: string): number {
    const {statement} = this.#prepared(sql, true);
    statement.step();
    const value = statement.get()[0];
    statement.reset();
    return value as number;
  }

  /** `own`: the statement is the harness's own, which knows on what connection it is. */
  #prepared(sql: string, own = false): Prepared {
    const known = own ? this.#own : this.#statements;
    let prepared = known.get(sql);
    if (prepared === undefined) {
      const {several, writes, label, personal} = traitsOf(sql);
      if (several) throw diskError('more than one statement', sql);
      if (personal && !own && this.#kind !== null) {
        for (const resting of connections.unshare(this.#kind)) resting.close();
        throw new ConnectionNeeded(label);
      }
      const alters = !ROWS_ONLY.has(label.split(' ', 1)[0] ?? '');
      try {
        prepared = {statement: this.#db.prepare(sql), alters, writes, names: null};
      } catch (error) {
        throw diskError(error, sql);
      }
      known.set(sql, prepared);
    }
    return prepared;
  }

  #bound(sql: string, params: SqlParams): Prepared {
    const prepared = this.#prepared(sql);
    // it was reset when it was last over
    if (params.length === 0) return prepared;
    try {
      prepared.statement.bind(params as (number | string | Uint8Array | null)[]);
    } catch (error) {
      prepared.statement.reset();
      throw diskError(error, sql);
    }
    return prepared;
  }

  #over({statement, alters, writes}: Prepared): void {
    statement.reset();
    if (writes) this.#total = null;
    if (!alters) return;
    for (const other of this.#statements.values()) other.names = null;
  }
}

function namesOf(prepared: Prepared): readonly string[] {
  prepared.names ??= prepared.statement.getColumnNames();
  return prepared.names;
}

function rowOf(statement: Statement, names: readonly string[]): SqlRow {
  const values = statement.get();
  const row: SqlRow = {};
  for (let index = 0; index < names.length; index += 1) {
    row[names[index] as string] = values[index] as SqlRow[string];
  }
  return row;
}

/** Engine texts differ between releases, so none is passed on but as the `cause`. */
function diskError(cause: unknown, sql: string): DiskError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const constraint = text.includes('constraint failed');
  const error = new DiskError(
    constraint ? 'constraint' : 'sql',
    constraint ? `a constraint refused: ${labelOf(sql)}` : `the statement is not possible: ${labelOf(sql)}`,
  );
  error.cause = cause;
  return error;
}
