/** What the servers' database holds, read from its committed rows in the words of the model. */
import type {CommittedSql, SqlRow} from '../../src/index.ts';
import type {Clock, Operation, Value} from '../../src/model/journal/types.ts';

/** A tenant at a glance: enough to see whether a commit has touched it. */
export interface TenantHead {
  readonly tenant: string;
  /** Which history its changes are counted in. */
  readonly epoch: string;
  readonly journalHead: number;
  readonly changeHead: number;
  readonly policy: string;
  /** The rebuild that writes wait for; null for none. */
  readonly blockedBy: string | null;
  /** Rebuilds that came to their end and replaced something, and how often a new history began. */
  readonly rebuilds: number;
  readonly generation: number;
}

const HEADS_SQL = `SELECT h.name, t.tenant_id, t.generation, t.journal_head, t.change_head, t.policy, t.blocked_by,
    (SELECT count(*) FROM sync_rebuilds AS r WHERE r.tenant_id = t.tenant_id AND r.status = 'done'
      AND r.mode <> 'verify') AS rebuilds
  FROM sync_history AS h LEFT JOIN sync_tenants AS t ORDER BY t.tenant_id`;

/** The name of the history that a database holds, and the tenants that have written something; null before it is named. */
export function readHeads(
  sql: CommittedSql,
): {readonly history: string; readonly heads: readonly TenantHead[]} | null {
  const rows = sql.all(HEADS_SQL);
  const history = rows[0]?.['name'];
  if (history === undefined) return null;
  const known = rows.filter(row => row['tenant_id'] !== null);
  return {history: String(history), heads: known.map(row => headOf(row, String(history)))};
}

/** The name of the history of a tenant that has written nothing yet. */
export const firstEpoch = (history: string): string => `${history}.1`;

const headOf = (row: SqlRow, history: string): TenantHead => ({
  tenant: String(row['tenant_id']),
  epoch: `${history}.${Number(row['generation'])}`,
  journalHead: Number(row['journal_head']),
  changeHead: Number(row['change_head']),
  policy: String(row['policy']),
  blockedBy: row['blocked_by'] === null ? null : String(row['blocked_by']),
  rebuilds: Number(row['rebuilds']),
  generation: Number(row['generation']),
});

/** A row of the journal as it is stored. */
export interface JournalRow {
  readonly journalId: number;
  readonly operation: Operation;
  readonly sessionId: string;
}

/** A tenant's rows after one of them, in order. */
export const readJournal = (sql: CommittedSql, tenant: string, after: number): JournalRow[] =>
  sql
    .all('SELECT * FROM sync_journal WHERE tenant_id = ? AND journal_id > ? ORDER BY journal_id', [
      tenant,
      after,
    ])
    .map(row => ({
      journalId: Number(row['journal_id']),
      operation: {
        opId: String(row['op_id']),
        deviceId: String(row['device_id']),
        objectType: String(row['object_type']),
        objectId: String(row['object_id']),
        payload: parsed(row['payload']),
        vectorClock: parsed(row['vector_clock']) as Clock,
        isTombstone: row['is_tombstone'] === 1,
        tags: parsed(row['tags']) as readonly string[],
      },
      sessionId: String(row['session_id']),
    }));

/** An object's row as it is stored. */
export interface ObjectRow {
  readonly type: string;
  readonly id: string;
  readonly payload: string | null;
  readonly isTombstone: boolean;
  readonly clock: string;
  readonly winnerClock: string;
  readonly seenClock: string;
  readonly tags: string;
  readonly everTags: string;
  readonly lastOpId: string;
  readonly lastModifiedActor: string;
  readonly changeSeq: number;
  readonly state: string;
}

const objectOf = (row: SqlRow): ObjectRow => ({
  type: String(row['object_type']),
  id: String(row['object_id']),
  payload: row['payload'] === null ? null : String(row['payload']),
  isTombstone: row['is_tombstone'] === 1,
  clock: String(row['vector_clock']),
  winnerClock: String(row['winner_clock']),
  seenClock: String(row['seen_clock']),
  tags: String(row['tags']),
  everTags: String(row['ever_tags']),
  lastOpId: String(row['last_op_id']),
  lastModifiedActor: String(row['last_modified_actor']),
  changeSeq: Number(row['change_seq']),
  state: String(row['state']),
});

export const readObject = (
  sql: CommittedSql,
  tenant: string,
  type: string,
  id: string,
): ObjectRow | undefined => {
  const row = sql.get(
    'SELECT * FROM sync_objects WHERE tenant_id = ? AND object_type = ? AND object_id = ?',
    [tenant, type, id],
  );
  return row === undefined ? undefined : objectOf(row);
};

export const readObjects = (sql: CommittedSql, tenant: string): ObjectRow[] =>
  sql
    .all('SELECT * FROM sync_objects WHERE tenant_id = ? ORDER BY object_type, object_id', [tenant])
    .map(objectOf);

/** A conflict's row as it is stored. */
export interface ConflictRow {
  readonly first: string;
  readonly second: string;
  readonly winner: string;
  readonly loser: string;
  readonly winningClock: string;
  readonly losingClock: string;
  readonly winningJournalId: number;
  readonly losingJournalId: number;
  readonly reason: string;
}

/** The conflicts of one object, by their pairs. */
export const readConflicts = (sql: CommittedSql, tenant: string, type: string, id: string): ConflictRow[] =>
  sql
    .all(
      `SELECT * FROM sync_conflicts WHERE tenant_id = ? AND object_type = ? AND object_id = ?
        ORDER BY first_op_id, second_op_id`,
      [tenant, type, id],
    )
    .map(row => ({
      first: String(row['first_op_id']),
      second: String(row['second_op_id']),
      winner: String(row['winning_op_id']),
      loser: String(row['losing_op_id']),
      winningClock: String(row['winning_clock']),
      losingClock: String(row['losing_clock']),
      winningJournalId: Number(row['winning_journal_id']),
      losingJournalId: Number(row['losing_journal_id']),
      reason: String(row['reason_code']),
    }));

/** How many conflicts a tenant has in all. */
export const countConflicts = (sql: CommittedSql, tenant: string): number =>
  Number(
    sql.get('SELECT count(*) AS count FROM sync_conflicts WHERE tenant_id = ?', [tenant])?.['count'] ?? 0,
  );

/** Stored JSON; null for what is none. */
function parsed(text: unknown): Value {
  try {
    return JSON.parse(String(text)) as Value;
  } catch {
    return null;
  }
}
