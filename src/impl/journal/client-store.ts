/** A client's state in its own database: rows that change one by one, each {@link Change} in one transaction. */
import type {Database, Host, Sql, SqlRow, SqlValue} from '../../host.ts';
import {decodeStoredEntry, decodeStoredRow} from './client-decode.ts';
import {JournalStoredStateError} from './client-errors.ts';
import {
  type Base,
  type Change,
  nameOfRow,
  type OutboxItem,
  type OutboxStatus,
  type Standing,
  START,
} from './client-state.ts';
import {decodeScope} from './decode-scope.ts';
import type {PushReason} from './protocol.ts';
import {listOf, portionsOf, rowsOf} from './sql-text.ts';
import {isCount} from './text.ts';
import type {ObjectName} from './write.ts';

const CLIENT_SCHEMA: readonly string[] = [
  `CREATE TABLE standing (
    id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, device_id TEXT NOT NULL, cursor TEXT,
    seq INTEGER NOT NULL, scope TEXT NOT NULL, round INTEGER NOT NULL, restarting TEXT)`,
  `CREATE TABLE bases (
    object_type TEXT NOT NULL, object_id TEXT NOT NULL, body TEXT NOT NULL, round INTEGER NOT NULL,
    PRIMARY KEY (object_type, object_id)) WITHOUT ROWID`,
  `CREATE TABLE outbox (
    n INTEGER PRIMARY KEY, op_id TEXT NOT NULL UNIQUE, entry TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,
    ack_seq INTEGER NOT NULL)`,
];

const setBases = (count: number): string => `
  INSERT INTO bases (object_type, object_id, body, round) VALUES ${rowsOf(count, '(?, ?, ?, ?)')}
  ON CONFLICT DO UPDATE SET body = excluded.body, round = excluded.round`;
const dropBases = (count: number): string =>
  `DELETE FROM bases WHERE (object_type, object_id) IN (VALUES ${rowsOf(count, '(?, ?)')})`;
const setOutbox = (count: number): string => `
  INSERT INTO outbox (n, op_id, entry, status, reason, ack_seq) VALUES ${rowsOf(count, '(?, ?, ?, ?, ?, ?)')}
  ON CONFLICT (n) DO UPDATE SET op_id = excluded.op_id, entry = excluded.entry,
    status = excluded.status, reason = excluded.reason, ack_seq = excluded.ack_seq`;
const dropOutbox = (count: number): string => `DELETE FROM outbox WHERE n IN (${listOf(count)})`;
const FIRST_STANDING = `INSERT INTO standing (cursor, seq, scope, round, restarting, device_id, revision, id)
  VALUES (?, ?, ?, ?, ?, ?, 1, 1) ON CONFLICT DO NOTHING`;
const NEXT_STANDING = `UPDATE standing SET cursor = ?, seq = ?, scope = ?, round = ?, restarting = ?,
  revision = revision + 1 WHERE device_id = ? AND revision = ?`;

const STATUSES: ReadonlySet<unknown> = new Set<OutboxStatus>([
  'pending',
  'held',
  'refused',
  'discarded',
  'acked',
]);

/** The open database of one client. */
export class ClientStore {
  readonly #database: Database;
  readonly #deviceId: string;
  /** How many changes the database has seen: one that someone else wrote to meanwhile is not written over. */
  #revision: number;

  private constructor(database: Database, deviceId: string, revision: number) {
    this.#database = database;
    this.#deviceId = deviceId;
    this.#revision = revision;
  }

  /**
   * Opens the database `name` of this host's place and reads what it holds, as one change from nothing. Throws {@link
   * JournalStoredStateError} for rows that this client cannot have written, and passes on the disk's errors.
   */
  static async open(
    host: Host,
    deviceId: string,
    name: string,
  ): Promise<{readonly store: ClientStore; readonly stored: Change}> {
    const database = await host.disk.open(name, CLIENT_SCHEMA);
    const {standing, bases, outbox} = await database.transaction(readRows);
    if (standing === undefined && bases.length + outbox.length > 0) {
      throw new JournalStoredStateError('rows without a standing');
    }
    if (standing !== undefined && standing['device_id'] !== deviceId) {
      throw new JournalStoredStateError('it belongs to another device');
    }
    const revision = standing === undefined ? 0 : Number(standing['revision']);
    const stored: Change = {
      standing: standing === undefined ? START : standingOf(standing),
      bases: bases.map(baseOf),
      outbox: outbox.map(itemOf),
    };
    return {store: new ClientStore(database, deviceId, revision), stored};
  }

  /** Makes a change durable, the standing being `standing` after it: all of it, or nothing and a rejection. */
  async commit(change: Change, standing: Standing): Promise<void> {
    await this.#database.transaction(async sql => {
      // First, because it finds out whether the database is still as this client left it.
      await this.#writeStanding(sql, standing);
      await writeRows(sql, change);
    });
    this.#revision += 1;
  }

  async #writeStanding(sql: Sql, {cursor, seq, scope, round, restarting}: Standing): Promise<void> {
    const values = [cursor, seq, JSON.stringify(scope), round, restarting, this.#deviceId];
    const {changes} =
      this.#revision === 0
        ? await sql.run(FIRST_STANDING, values)
        : await sql.run(NEXT_STANDING, [...values, this.#revision]);
    if (changes !== 1) throw new JournalStoredStateError('someone else wrote to it');
  }
}

async function writeRows(sql: Sql, change: Change): Promise<void> {
  await write(sql, dropBases, (change.dropBases ?? []).map(nameValues));
  await write(sql, setBases, (change.bases ?? []).map(baseValues));
  await write(
    sql,
    dropOutbox,
    (change.dropOutbox ?? []).map(n => [n]),
  );
  await write(sql, setOutbox, (change.outbox ?? []).map(itemValues));
}

/** Writes rows of one kind, in as few statements as may be. */
async function write(
  sql: Sql,
  statement: (count: number) => string,
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  for (const some of portionsOf(rows)) await sql.run(statement(some.length), some.flat());
}

const baseValues = ({row, round}: Base): readonly SqlValue[] => [
  ...nameValues(nameOfRow(row)),
  JSON.stringify(row),
  round,
];

const itemValues = ({n, entry, status, reason, ackSeq}: OutboxItem): readonly SqlValue[] => [
  n,
  entry.opId,
  JSON.stringify(entry),
  status,
  reason,
  ackSeq,
];

const nameValues = ({objectType, objectId}: ObjectName): readonly string[] => [objectType, objectId];

interface StoredRows {
  readonly standing: SqlRow | undefined;
  readonly bases: readonly SqlRow[];
  readonly outbox: readonly SqlRow[];
}

/** Reads all tables at one moment. */
async function readRows(sql: Sql): Promise<StoredRows> {
  return {
    standing: await sql.get('SELECT * FROM standing'),
    bases: await sql.all('SELECT body, round FROM bases ORDER BY object_type, object_id'),
    outbox: await sql.all('SELECT n, entry, status, reason, ack_seq FROM outbox ORDER BY n'),
  };
}

function standingOf(row: SqlRow): Standing {
  const {cursor, seq, round, restarting} = row;
  const scope = decodeScope(jsonOf(row['scope']));
  const known = restarting === null || restarting === 'scope' || restarting === 'history';
  if (scope === null || !known || !isCount(seq) || !isCount(round, 1)) {
    throw new JournalStoredStateError('the standing cannot be read');
  }
  if (cursor !== null && typeof cursor !== 'string') throw new JournalStoredStateError('a cursor is text');
  return {cursor, seq, scope, round, restarting};
}

function baseOf(row: SqlRow): Base {
  const body = decodeStoredRow(jsonOf(row['body']));
  const {round} = row;
  if (body === null || !isCount(round)) throw new JournalStoredStateError('an object cannot be read');
  return {row: body, round};
}

function itemOf(row: SqlRow): OutboxItem {
  const entry = decodeStoredEntry(jsonOf(row['entry']));
  const {n, status, reason, ack_seq: ackSeq} = row;
  if (entry === null || !isCount(n, 1) || !isCount(ackSeq) || !STATUSES.has(status)) {
    throw new JournalStoredStateError('an operation cannot be read');
  }
  return {
    n,
    entry,
    status: status as OutboxStatus,
    reason: typeof reason === 'string' ? (reason as PushReason) : null,
    ackSeq,
  };
}

function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return undefined;
  }
}
