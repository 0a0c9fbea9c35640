/** Real SQLite in memory: sql.js, tuned, with cached statements, templates, and errors without the engine's own text. */
import initSqlJs, {type Database as Engine, type SqlJsStatic, type Statement} from 'sql.js';
import {DiskError, type SqlParams, type SqlRow} from '../host.ts';
import {assert} from './assert.ts';

let engine: SqlJsStatic | null = null;

/** Loads the engine, once a process. Everything else here is synchronous and needs it done. */
export async function loadSqlite(): Promise<void> {
  engine ??= await initSqlJs();
}

/** Safe because a crash of the simulated machine is modelled by what was committed, not by the file on disk. */
const TUNING =
  'PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON;';

const templates = new Map<string, Uint8Array>();
const MAX_TEMPLATES = 64;

export class Sqlite {
  readonly #db: Engine;
  readonly #statements = new Map<string, Statement>();
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
      built.exec('BEGIN');
      for (const statement of schema) built.run(statement, []);
      built.exec('COMMIT');
      bytes = built.export();
      built.close();
      if (templates.size >= MAX_TEMPLATES) templates.clear();
      templates.set(key, bytes);
    }
    return new Sqlite(bytes, reverseUnordered);
  }

  static from(bytes: Uint8Array, reverseUnordered = false): Sqlite {
    return new Sqlite(bytes, reverseUnordered);
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  get(sql: string, params: SqlParams): SqlRow | undefined {
    const statement = this.#bound(sql, params);
    try {
      return statement.step() ? rowOf(statement, statement.getColumnNames()) : undefined;
    } catch (error) {
      throw diskError(error, sql);
    } finally {
      statement.reset();
    }
  }

  all(sql: string, params: SqlParams): SqlRow[] {
    const statement = this.#bound(sql, params);
    try {
      const rows: SqlRow[] = [];
      let names: string[] | null = null;
      while (statement.step()) {
        names ??= statement.getColumnNames();
        rows.push(rowOf(statement, names));
      }
      return rows;
    } catch (error) {
      throw diskError(error, sql);
    } finally {
      statement.reset();
    }
  }

  run(sql: string, params: SqlParams): {changes: number} {
    const statement = this.#bound(sql, params);
    const before = this.totalChanges();
    try {
      while (statement.step()) {
        // a RETURNING clause yields rows that nobody asked for
      }
    } catch (error) {
      throw diskError(error, sql);
    } finally {
      statement.reset();
    }
    return {changes: this.totalChanges() - before};
  }

  /** Rows written since the database was opened; it does not go back on a rollback. */
  totalChanges(): number {
    return this.#scalar('SELECT total_changes()');
  }

  schemaVersion(): number {
    return this.#scalar('PRAGMA schema_version');
  }

  export(): Uint8Array {
    return this.#db.export();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#db.close();
  }

  #scalar(sql: string): number {
    const statement = this.#statement(sql);
    statement.step();
    const value = statement.get()[0];
    statement.reset();
    return value as number;
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      try {
        statement = this.#db.prepare(sql);
      } catch (error) {
        throw diskError(error, sql);
      }
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #bound(sql: string, params: SqlParams): Statement {
    const statement = this.#statement(sql);
    try {
      statement.bind(params as (number | string | Uint8Array | null)[]);
    } catch (error) {
      statement.reset();
      throw diskError(error, sql);
    }
    return statement;
  }
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

const labels = new Map<string, string>();

/** A statement's short name for keys and traces: its verb and its table, as in `insert pending`. */
export function labelOf(sql: string): string {
  let label = labels.get(sql);
  if (label === undefined) {
    const text = sql.trim().replace(/\s+/g, ' ');
    const verb = /^\w+/.exec(text)?.[0].toLowerCase() ?? 'sql';
    const table = /\b(?:from|into|update|table|index)\s+(?:if\s+(?:not\s+)?exists\s+)?["`]?(\w+)/i.exec(
      text,
    )?.[1];
    label = table === undefined ? verb : `${verb} ${table}`;
    if (labels.size > 10_000) labels.clear();
    labels.set(sql, label);
  }
  return label;
}
