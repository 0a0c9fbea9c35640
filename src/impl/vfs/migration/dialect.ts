/**
 * The SQL that differs between SQLite and PostgreSQL. All that the migration says beside it, both understand.
 */

export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** A table definition, written for SQLite with times as INTEGER ms, as this engine takes it. */
  readonly ddl: (statement: string) => string;
  /** Parameters are written `?`. */
  readonly bind: (sql: string) => string;
  /** A query of one row whose `n` is 1 if the table (a plain name) is there, and 0 if not. */
  readonly tableExists: (table: string) => string;
  /** An expression: the JSON object, as text, of these keys and expressions, in their order. */
  readonly jsonText: (fields: readonly (readonly [key: string, expression: string])[]) => string;
  /** An expression: a time in ms since 1970 as `YYYY-MM-DDTHH:MM:SS.mmmZ`; null for null. */
  readonly isoTime: (expression: string) => string;
  /** Keeps all others from the tables until the transaction ends; null where a transaction does so by itself. */
  readonly lock: (tables: readonly string[]) => string | null;
}

const pairs = (fields: readonly (readonly [string, string])[]): string =>
  fields.map(([key, expression]) => `'${key}', ${expression}`).join(', ');

export const SQLITE: Dialect = {
  name: 'sqlite',
  ddl: statement => statement,
  bind: sql => sql,
  tableExists: table => `SELECT COUNT(*) AS n FROM sqlite_master WHERE type = 'table' AND name = '${table}'`,
  jsonText: fields => `json_object(${pairs(fields)})`,
  isoTime: ms => `strftime('%Y-%m-%dT%H:%M:%S', ${ms} / 1000, 'unixepoch') || printf('.%03dZ', ${ms} % 1000)`,
  lock: () => null,
};

export const POSTGRES: Dialect = {
  name: 'postgres',
  ddl: statement =>
    statement
      .replaceAll(' WITHOUT ROWID', '')
      .replaceAll(/\bINTEGER\b/g, 'BIGINT')
      .replaceAll(/\bifnull\(/g, 'coalesce('),
  bind: sql => {
    let index = 0;
    return sql.replaceAll('?', () => `$${(index += 1)}`);
  },
  tableExists: table => `SELECT CASE WHEN to_regclass('public.${table}') IS NULL THEN 0 ELSE 1 END AS n`,
  jsonText: fields => `CAST(json_build_object(${pairs(fields)}) AS TEXT)`,
  isoTime: ms =>
    `to_char(to_timestamp(${ms} / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
     || '.' || lpad(CAST(${ms} % 1000 AS TEXT), 3, '0') || 'Z'`,
  lock: tables => `LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`,
};
