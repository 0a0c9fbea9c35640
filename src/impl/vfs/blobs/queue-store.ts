/** The blob queue in the client's own database: what waits, in order, and what was set aside, with the server's words for it. */
import type {Database, Host} from '../../../host.ts';
import type {BlobOperation} from '../../../model/vfs/blob-types.ts';
import {VfsStoredStateError} from '../client-errors.ts';
import {parseJson} from '../json.ts';
import {isRecord} from '../text.ts';

/** An operation that waits, or was set aside, by its number in the order of the queue. */
export interface QueuedBlob {
  readonly seq: number;
  readonly operation: BlobOperation;
}

/** An operation that the server will not carry out as it is. */
export interface SetAsideBlob extends QueuedBlob {
  readonly status: number;
  readonly message: string;
}

export interface BlobQueueState {
  readonly pending: readonly QueuedBlob[];
  readonly setAside: readonly SetAsideBlob[];
}

const QUEUE_SCHEMA: readonly string[] = [
  'CREATE TABLE pending (seq INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL)',
  `CREATE TABLE set_aside (
    seq INTEGER PRIMARY KEY, operation TEXT NOT NULL, status INTEGER NOT NULL, message TEXT NOT NULL)`,
];

const PENDING = 'SELECT seq, operation FROM pending ORDER BY seq';
const SET_ASIDE = 'SELECT seq, operation, status, message FROM set_aside ORDER BY seq';
const APPEND = 'INSERT INTO pending (operation) VALUES (?)';
const LAST = 'SELECT seq FROM pending ORDER BY seq DESC LIMIT 1';
const REMOVE = 'DELETE FROM pending WHERE seq = ?';
const PUT_ASIDE = 'INSERT INTO set_aside (seq, operation, status, message) VALUES (?, ?, ?, ?)';
const TAKE_BACK = 'DELETE FROM set_aside WHERE seq = ?';

/** Each method is one transaction: all of it is durable when it resolves, or nothing. All reject with `DiskError`. */
export class BlobQueueStore {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Rejects with {@link VfsStoredStateError} for rows that no queue has written. */
  static async open(
    host: Host,
    name: string,
  ): Promise<{readonly store: BlobQueueStore; readonly state: BlobQueueState}> {
    const database = await host.disk.open(name, QUEUE_SCHEMA);
    const state = await database.transaction(async sql => ({
      pending: (await sql.all(PENDING)).map(row => queuedOf(row)),
      setAside: (await sql.all(SET_ASIDE)).map(row => ({
        ...queuedOf(row),
        ...{status: Number(row['status']), message: String(row['message'])},
      })),
    }));
    return {store: new BlobQueueStore(database), state};
  }

  append(operation: BlobOperation): Promise<QueuedBlob> {
    return this.#database.transaction(async sql => {
      await sql.run(APPEND, [JSON.stringify(operation)]);
      const row = await sql.get(LAST);
      return {seq: Number(row?.['seq']), operation};
    });
  }

  async remove({seq}: QueuedBlob): Promise<void> {
    await this.#database.run(REMOVE, [seq]);
  }

  async setAside({seq, operation, status, message}: SetAsideBlob): Promise<void> {
    await this.#database.transaction(async sql => {
      await sql.run(REMOVE, [seq]);
      await sql.run(PUT_ASIDE, [seq, JSON.stringify(operation), status, message]);
    });
  }

  /** Takes one back that was set aside: to the end of the queue, or away for good. */
  takeBack({seq, operation}: QueuedBlob, again: boolean): Promise<QueuedBlob | null> {
    return this.#database.transaction(async sql => {
      await sql.run(TAKE_BACK, [seq]);
      if (!again) return null;
      await sql.run(APPEND, [JSON.stringify(operation)]);
      const row = await sql.get(LAST);
      return {seq: Number(row?.['seq']), operation};
    });
  }
}

function queuedOf(row: Readonly<Record<string, unknown>>): QueuedBlob {
  const parsed = parseJson(String(row['operation']), Number.MAX_SAFE_INTEGER);
  if (!parsed.ok || !isRecord(parsed.value)) throw new VfsStoredStateError('a queued blob operation is one');
  return {seq: Number(row['seq']), operation: parsed.value as unknown as BlobOperation};
}
