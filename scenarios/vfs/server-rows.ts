/** What the servers' database holds, read from its committed rows in the words of the model. */
import type {CommittedSql, SqlRow} from '../../src/index.ts';
import type {FeedRow} from '../../src/model/vfs/feed-row.ts';
import type {Standing} from '../../src/model/vfs/server-time.ts';
import {formatTime, parseTime} from '../../src/model/vfs/time.ts';
import type {Cursor, ReconcileState, WriteIds} from '../../src/model/vfs/types.ts';

const STATE_SQL = `SELECT last_seq, floor_ms, floor_id,
  (SELECT id FROM vfs_crdt_ops ORDER BY occurred_ms DESC, id DESC LIMIT 1) AS top,
  (SELECT count(*) FROM vfs_registry) AS items,
  (SELECT group_concat(pair, '|') FROM (SELECT user_id || ' ' || group_id AS pair FROM user_groups ORDER BY 1)) AS members
  FROM vfs_feed_state WHERE id = 1`;
const ROWS_SQL = `SELECT * FROM vfs_crdt_ops WHERE (occurred_ms, id) > (?, ?) ORDER BY occurred_ms, id`;

/** The database at a glance: enough to see what a commit has touched. */
export interface FeedState {
  /** The same for two states only if they lie at the same place of the same history. */
  readonly print: string;
  /** How many items are registered. */
  readonly items: number;
  /** Who is in which group, each as `user group`. */
  readonly members: ReadonlySet<string>;
  /** Up to where history was compacted away; null while it is whole. */
  readonly floor: Cursor | null;
}

/** The feed's present state; null before the servers have made their tables' first rows. */
export function readFeedState(sql: CommittedSql): FeedState | null {
  const row = sql.get(STATE_SQL);
  if (row === undefined) return null;
  const {last_seq: last, top, floor_id: floorId, floor_ms: floorMs, items, members} = row;
  return {
    print: [last, top, floorId, items, members].map(String).join(' '),
    items: Number(items),
    members: new Set(members === null ? [] : String(members).split('|')),
    floor: floorId === null ? null : {changedAt: formatTime(Number(floorMs)), changeId: String(floorId)},
  };
}

/** A row of the feed as it is stored. */
export interface StoredRow {
  readonly row: FeedRow;
  /** When its author says that it was, ms; null for a row without an author, undefined where it was not kept. */
  readonly ownMs: number | null | undefined;
}

/** The feed's rows after one of them, or all of them, in the feed's order. */
export function readRowsAfter(sql: CommittedSql, last: FeedRow | undefined): StoredRow[] {
  return sql.all(ROWS_SQL, [last?.occurredMs ?? -1, last?.id ?? '']).map(stored => {
    const row = rowOf(stored);
    // a column of release 2: release 1 neither has it nor fills it
    const own = stored['client_occurred_at'] ?? null;
    const ownMs =
      row.userId === null ? null : own === null ? undefined : (parseTime(String(own)) ?? undefined);
    return {row, ownMs};
  });
}

/** Every registered item with its owner. */
export function readItems(sql: CommittedSql): {readonly id: string; readonly owner: string}[] {
  return sql
    .all('SELECT id, owner_id FROM vfs_registry ORDER BY id')
    .map(row => ({id: String(row['id']), owner: String(row['owner_id'])}));
}

/** What clients' reconciles have left behind, each under its {@link checkpointKey}. */
export function readCheckpoints(
  sql: CommittedSql,
): {readonly key: string; readonly stored: ReconcileState}[] {
  return sql.all('SELECT * FROM vfs_sync_client_state ORDER BY user_id, client_id').map(row => ({
    key: checkpointKey(String(row['user_id']), String(row['client_id'])),
    stored: {
      cursor: {
        changedAt: String(row['last_reconciled_at']),
        changeId: String(row['last_reconciled_change_id']),
      },
      lastReconciledWriteIds: JSON.parse(String(row['last_reconciled_write_ids'])) as WriteIds,
    },
  }));
}

/** Every checkpoint as compaction sees it: whose it is, where it stands and when it was stored. */
export function readStandings(sql: CommittedSql): Standing[] {
  return sql
    .all('SELECT user_id, client_id, last_reconciled_at, updated_at FROM vfs_sync_client_state ORDER BY 1, 2')
    .map(row => ({
      client: checkpointKey(String(row['user_id']), String(row['client_id'])),
      cursorMs: parseTime(String(row['last_reconciled_at'])) ?? Infinity,
      updatedMs: Number(row['updated_at']),
    }));
}

/** One name for a user's client, as the table of checkpoints knows it: `crdt:` stands before the client's own id. */
export const checkpointKey = (user: string, client: string): string => `${user} ${client}`;

/** The highest write id that was accepted of each replica. */
export function readHeads(
  sql: CommittedSql,
): {readonly user: string; readonly replica: string; readonly head: number}[] {
  return sql
    .all('SELECT user_id, replica_id, max_write_id FROM vfs_crdt_replica_heads ORDER BY 1, 2')
    .map(row => ({
      user: String(row['user_id']),
      replica: String(row['replica_id']),
      head: Number(row['max_write_id']),
    }));
}

function rowOf(row: SqlRow): FeedRow {
  const text = (column: string): string | null => (row[column] === null ? null : String(row[column]));
  return {
    id: String(row['id']),
    occurredMs: Number(row['occurred_ms']),
    userId: text('user_id'),
    replicaId: text('replica_id'),
    writeId: row['write_id'] === null ? null : Number(row['write_id']),
    clientOpId: text('client_op_id'),
    itemId: String(row['item_id']),
    opType: row['op_type'] as FeedRow['opType'],
    principalType: text('principal_type') as FeedRow['principalType'],
    principalId: text('principal_id'),
    accessLevel: text('access_level') as FeedRow['accessLevel'],
    parentId: text('parent_id'),
    childId: text('child_id'),
    sourceTable: String(row['source_table']),
  };
}
