/**
 * A copy of a whole database as rows and definitions, and the way back to it, each in one transaction: what
 * the runbook rolls back to (spec 6.5). For SQLite; rows hold no blobs of bytes.
 */
import type {Sql, SqlRow, SqlValue} from '../../../host.ts';

interface TableCopy {
  readonly name: string;
  readonly definition: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/** Plain data, tables in the order in which they came to be: what others refer to is before them. */
export interface Snapshot {
  readonly tables: readonly TableCopy[];
  readonly indexes: readonly {readonly name: string; readonly definition: string}[];
}

const DEFINED = `
  SELECT name, sql FROM sqlite_master
  WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid`;
const COLUMNS = `SELECT name FROM pragma_table_info(?) ORDER BY cid`;

/** Reads everything. Call it in a transaction: then it is of one moment. */
export async function takeSnapshot(sql: Sql): Promise<Snapshot> {
  const tables: TableCopy[] = [];
  for (const {name, definition} of await defined(sql, 'table')) {
    const columns = (await sql.all(COLUMNS, [name])).map(row => String(row['name']));
    const rows = await sql.all(`SELECT * FROM ${name} ORDER BY ${columns.join(', ')}`);
    tables.push({
      name,
      definition,
      columns,
      rows: rows.map(row => columns.map(column => valueOf(row, column))),
    });
  }
  return {tables, indexes: await defined(sql, 'index')};
}

/** Makes the database what it was. Call it in a transaction: then it is restored or untouched. */
export async function restoreSnapshot(sql: Sql, {tables, indexes}: Snapshot): Promise<void> {
  const kept = new Map(tables.map(({name, definition}) => [name, definition]));
  const present = await defined(sql, 'table');
  for (const {name} of present.toReversed()) await sql.run(`DELETE FROM ${name}`);
  for (const {name, definition} of present.toReversed()) {
    if (kept.get(name) !== definition) await sql.run(`DROP TABLE ${name}`);
  }
  const left = new Set((await defined(sql, 'table')).map(({name}) => name));
  for (const {name, definition, columns, rows} of tables) {
    if (!left.has(name)) await sql.run(definition);
    if (rows.length === 0) continue;
    const values = columns.map((_, index) => `json_extract(value, '$[${index}]')`);
    const insert = `INSERT INTO ${name} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM json_each(?)`;
    await sql.run(insert, [JSON.stringify(rows)]);
  }
  const indexed = new Set((await defined(sql, 'index')).map(({name}) => name));
  for (const {name, definition} of indexes) if (!indexed.has(name)) await sql.run(definition);
}

async function defined(sql: Sql, type: 'table' | 'index'): Promise<{name: string; definition: string}[]> {
  const rows = await sql.all(DEFINED, [type]);
  return rows.map(row => ({name: String(row['name']), definition: String(row['sql'])}));
}

const valueOf = (row: SqlRow, column: string): SqlValue => row[column] ?? null;
