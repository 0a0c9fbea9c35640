/**
 * A client's state in its own database: rows that change one by one, each {@link Change} in one transaction.
 */
import type {Database, Host, Sql, SqlRow} from '../../host.ts';
import type {ExportedState, Operation} from '../../model/vfs/types.ts';
import {VfsStoredStateError, VfsSyncError} from './client-errors.ts';
import {normalizeState} from './client-normalize.ts';
import type {Position} from './client-position.ts';
import type {Change} from './client-state.ts';
import {parseJson} from './json.ts';

/** Whose state a database holds. */
interface Identity {
  readonly userId: string;
  readonly clientId: string;
}

const CLIENT_SCHEMA: readonly string[] = [
  `CREATE TABLE acl (
    item_id TEXT NOT NULL, principal_type TEXT NOT NULL, principal_id TEXT NOT NULL,
    access_level TEXT NOT NULL,
    PRIMARY KEY (item_id, principal_type, principal_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE links (
    parent_id TEXT NOT NULL, child_id TEXT NOT NULL,
    PRIMARY KEY (parent_id, child_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE clocks (
    container_id TEXT NOT NULL PRIMARY KEY, changed_at TEXT NOT NULL, change_id TEXT NOT NULL
  ) WITHOUT ROWID`,
  // The write id is the order of the queue: each is above all before it, and none is ever rewritten.
  'CREATE TABLE pending (write_id INTEGER PRIMARY KEY, op_id TEXT NOT NULL UNIQUE, operation TEXT NOT NULL)',
  `CREATE TABLE position (
    id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL,
    user_id TEXT NOT NULL, client_id TEXT NOT NULL,
    replay_changed_at TEXT, replay_change_id TEXT,
    reconcile_changed_at TEXT, reconcile_change_id TEXT, write_ids TEXT,
    next_write_id INTEGER NOT NULL
  )`,
];

// Rows of one kind travel as one JSON parameter: a page costs a handful of statements however long it is.
const SET_ACL = `INSERT INTO acl SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)
  WHERE true ON CONFLICT DO UPDATE SET access_level = excluded.access_level`;
const DROP_ACL = `DELETE FROM acl WHERE (item_id, principal_type, principal_id) IN
  (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))`;
const SET_LINKS = `INSERT INTO links SELECT value ->> 0, value ->> 1 FROM json_each(?)
  WHERE true ON CONFLICT DO NOTHING`;
const DROP_LINKS = `DELETE FROM links WHERE (parent_id, child_id) IN
  (SELECT value ->> 0, value ->> 1 FROM json_each(?))`;
const SET_CLOCKS = `INSERT INTO clocks SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)
  WHERE true ON CONFLICT DO UPDATE SET changed_at = excluded.changed_at, change_id = excluded.change_id`;
const QUEUE = `INSERT INTO pending SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`;
const UNQUEUE = `DELETE FROM pending WHERE op_id IN (SELECT value FROM json_each(?))`;
const FIRST_POSITION = `INSERT INTO position (replay_changed_at, replay_change_id, reconcile_changed_at,
  reconcile_change_id, write_ids, next_write_id, user_id, client_id, revision, id)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 1) ON CONFLICT DO NOTHING`;
const NEXT_POSITION = `UPDATE position SET replay_changed_at = ?, replay_change_id = ?,
  reconcile_changed_at = ?, reconcile_change_id = ?, write_ids = ?, next_write_id = ?, revision = revision + 1
  WHERE user_id = ? AND client_id = ? AND revision = ?`;

/** What was stored is read back whatever its length: a bound is for what strangers send. */
const read = (text: unknown): unknown => {
  const parsed = typeof text === 'string' ? parseJson(text, Number.MAX_SAFE_INTEGER) : null;
  return parsed?.ok === true ? parsed.value : null;
};

/** The open database of one client. */
export class ClientStore {
  readonly #database: Database;
  readonly #identity: Identity;
  /**
   * How many changes the database has seen: a database that someone else wrote to meanwhile is not written
   * over.
   */
  #revision: number;

  private constructor(database: Database, identity: Identity, revision: number) {
    this.#database = database;
    this.#identity = identity;
    this.#revision = revision;
  }

  /**
   * Opens the database `name` of this host's place and reads what it holds; null where nothing was ever
   * written. Throws {@link VfsStoredStateError} for rows that this client cannot have written, and passes on
   * the disk's errors.
   */
  static async open(
    host: Host,
    identity: Identity,
    name = 'client',
  ): Promise<{readonly store: ClientStore; readonly state: ExportedState | null}> {
    const database = await host.disk.open(name, CLIENT_SCHEMA);
    const rows = await database.transaction(readRows);
    const state = stateOf(rows, identity);
    const revision = rows.position === undefined ? 0 : Number(rows.position['revision']);
    return {store: new ClientStore(database, identity, revision), state};
  }

  /** Makes a change durable: all of it, or nothing and a rejection. */
  async commit(change: Change): Promise<void> {
    await this.#database.transaction(async sql => {
      // First, because it finds out whether the database is still as this client left it.
      await this.#writePosition(sql, change.position);
      await writeRows(sql, change);
    });
    this.#revision += 1;
  }

  async #writePosition(sql: Sql, position: Position): Promise<void> {
    const {replayCursor, reconcileState, nextLocalWriteId} = position;
    const values = [
      replayCursor?.changedAt ?? null,
      replayCursor?.changeId ?? null,
      reconcileState?.cursor.changedAt ?? null,
      reconcileState?.cursor.changeId ?? null,
      reconcileState === null ? null : JSON.stringify(reconcileState.lastReconciledWriteIds),
      nextLocalWriteId,
      this.#identity.userId,
      this.#identity.clientId,
    ];
    const {changes} =
      this.#revision === 0
        ? await sql.run(FIRST_POSITION, values)
        : await sql.run(NEXT_POSITION, [...values, this.#revision]);
    if (changes !== 1) throw new VfsStoredStateError('someone else wrote to it');
  }
}

async function writeRows(sql: Sql, change: Change): Promise<void> {
  if (change.replace === true) {
    for (const table of ['acl', 'links', 'clocks']) await sql.run(`DELETE FROM ${table}`);
  }
  const {acl = [], links = [], clocks = [], queue = [], unqueue = []} = change;
  const write = async (statement: string, rows: readonly unknown[]): Promise<void> => {
    if (rows.length > 0) await sql.run(statement, [JSON.stringify(rows)]);
  };
  const granted = acl.filter(register => register.accessLevel !== null);
  const revoked = acl.filter(register => register.accessLevel === null);
  await write(
    SET_ACL,
    granted.map(a => [a.itemId, a.principalType, a.principalId, a.accessLevel]),
  );
  await write(
    DROP_ACL,
    revoked.map(a => [a.itemId, a.principalType, a.principalId]),
  );
  await write(
    SET_LINKS,
    links.filter(link => link.present).map(link => [link.parentId, link.childId]),
  );
  await write(
    DROP_LINKS,
    links.filter(link => !link.present).map(link => [link.parentId, link.childId]),
  );
  await write(
    SET_CLOCKS,
    clocks.map(clock => [clock.containerId, clock.changedAt, clock.changeId]),
  );
  await write(UNQUEUE, unqueue);
  await write(QUEUE, queue.map(queueRow));
}

const queueRow = (operation: Operation): readonly unknown[] => [
  operation.writeId,
  operation.opId,
  JSON.stringify(operation),
];

interface StoredRows {
  readonly acl: readonly SqlRow[];
  readonly links: readonly SqlRow[];
  readonly clocks: readonly SqlRow[];
  readonly pending: readonly SqlRow[];
  readonly position: SqlRow | undefined;
}

/** Reads all tables at one moment. */
async function readRows(sql: Sql): Promise<StoredRows> {
  return {
    acl: await sql.all(
      `SELECT item_id AS itemId, principal_type AS principalType, principal_id AS principalId,
        access_level AS accessLevel FROM acl ORDER BY item_id, principal_type, principal_id`,
    ),
    links: await sql.all(
      'SELECT parent_id AS parentId, child_id AS childId FROM links ORDER BY parent_id, child_id',
    ),
    clocks: await sql.all(
      `SELECT container_id AS containerId, changed_at AS changedAt, change_id AS changeId FROM clocks
        ORDER BY container_id`,
    ),
    pending: await sql.all('SELECT write_id, op_id, operation FROM pending ORDER BY write_id'),
    position: await sql.get('SELECT * FROM position'),
  };
}

/**
 * The state that the rows tell, checked as strictly as a state from elsewhere: a disk may have been restored
 * or harmed.
 */
function stateOf(rows: StoredRows, {userId, clientId}: Identity): ExportedState | null {
  const {acl, links, clocks, pending, position} = rows;
  if (position === undefined) {
    if (acl.length + links.length + clocks.length + pending.length === 0) return null;
    throw new VfsStoredStateError('rows without a position');
  }
  if (position['user_id'] !== userId || position['client_id'] !== clientId) {
    throw new VfsStoredStateError('it belongs to another client');
  }
  if (!Number.isSafeInteger(position['revision']) || Number(position['revision']) < 1) {
    throw new VfsStoredStateError('revision must be a positive safe integer');
  }
  const nextLocalWriteId = position['next_write_id'];
  const stored = {
    replaySnapshot: {acl, links, cursor: storedCursor(position, 'replay')},
    reconcileState: storedReconcileState(position),
    containerClocks: clocks,
    pendingOperations: pending.map(row => read(row['operation'])),
    nextLocalWriteId,
  };
  const state = checkedState(stored, clientId);
  if (state.nextLocalWriteId !== nextLocalWriteId) {
    throw new VfsStoredStateError('nextLocalWriteId is not above every write id in use');
  }
  return state;
}

function checkedState(stored: unknown, clientId: string): ExportedState {
  try {
    return normalizeState(stored, clientId, 'keep');
  } catch (error) {
    if (error instanceof VfsSyncError) throw new VfsStoredStateError(error.message);
    throw error;
  }
}

function storedCursor(position: SqlRow, which: 'replay' | 'reconcile'): unknown {
  const changedAt = position[`${which}_changed_at`];
  const changeId = position[`${which}_change_id`];
  return changedAt === null && changeId === null ? null : {changedAt, changeId};
}

function storedReconcileState(position: SqlRow): unknown {
  const cursor = storedCursor(position, 'reconcile');
  const text = position['write_ids'];
  if (cursor === null && text === null) return null;
  // A map that is missing or unreadable is handed on as what no map can be, lest it pass for an empty one.
  return {cursor, lastReconciledWriteIds: read(text) ?? 'unreadable'};
}
