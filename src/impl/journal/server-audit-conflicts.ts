/** The records of conflicts: listed, and counted by what tells how devices diverge (spec 6, 10). */
import type {Sql, SqlRow} from '../../host.ts';
import type {Clock, ConflictReason} from './protocol.ts';

export interface ConflictRecord {
  readonly objectType: string;
  readonly objectId: string;
  /** Both, the lesser first. */
  readonly opIds: readonly [string, string];
  readonly winningOpId: string;
  readonly losingOpId: string;
  readonly winningClock: Clock;
  readonly losingClock: Clock;
  readonly winningJournalId: number;
  readonly losingJournalId: number;
  readonly reason: ConflictReason;
  readonly recordedAt: number;
}

/** How many conflicts of one kind there were. */
export interface DivergenceCount {
  readonly objectType: string;
  /** Both, the lesser first. */
  readonly devices: readonly [string, string];
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly reason: ConflictReason;
  readonly count: number;
}

const ALL = `SELECT * FROM sync_conflicts WHERE tenant_id = ?
  ORDER BY object_type, object_id, first_op_id, second_op_id`;
const OF_OBJECT = `SELECT * FROM sync_conflicts WHERE tenant_id = ? AND object_type = ? AND object_id = ?
  ORDER BY first_op_id, second_op_id`;

/** Integer division rounds towards zero; days before 1970 are nobody's. */
const COUNTS = `
  SELECT c.object_type, min(w.device_id, l.device_id) AS first_device, max(w.device_id, l.device_id) AS second_device,
    c.recorded_at / 86400000 AS day, c.reason_code, count(*) AS count
  FROM sync_conflicts AS c
  JOIN sync_journal AS w ON w.tenant_id = c.tenant_id AND w.journal_id = c.winning_journal_id
  JOIN sync_journal AS l ON l.tenant_id = c.tenant_id AND l.journal_id = c.losing_journal_id
  WHERE c.tenant_id = ?
  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`;
const TOTALS = `SELECT
  (SELECT count(*) FROM sync_journal WHERE tenant_id = ?) AS operations,
  (SELECT count(*) FROM sync_conflicts WHERE tenant_id = ?) AS conflicts`;

/** Those of a tenant, or of one of its objects; by object, then by their pair. */
export async function listConflicts(
  sql: Sql,
  tenantId: string,
  name: {readonly objectType: string; readonly objectId: string} | null,
): Promise<readonly ConflictRecord[]> {
  const rows =
    name === null
      ? await sql.all(ALL, [tenantId])
      : await sql.all(OF_OBJECT, [tenantId, name.objectType, name.objectId]);
  return rows.map(recordOf);
}

/** How often, and between whom: `conflicts` of `operations` is the rate. */
export async function divergence(
  sql: Sql,
  tenantId: string,
): Promise<{
  readonly operations: number;
  readonly conflicts: number;
  readonly counts: readonly DivergenceCount[];
}> {
  const totals = await sql.get(TOTALS, [tenantId, tenantId]);
  const counts = (await sql.all(COUNTS, [tenantId])).map((row): DivergenceCount => ({
    objectType: String(row['object_type']),
    devices: [String(row['first_device']), String(row['second_device'])],
    day: Number(row['day']),
    reason: row['reason_code'] as ConflictReason,
    count: Number(row['count']),
  }));
  return {operations: Number(totals?.['operations']), conflicts: Number(totals?.['conflicts']), counts};
}

function recordOf(row: SqlRow): ConflictRecord {
  return {
    objectType: String(row['object_type']),
    objectId: String(row['object_id']),
    opIds: [String(row['first_op_id']), String(row['second_op_id'])],
    winningOpId: String(row['winning_op_id']),
    losingOpId: String(row['losing_op_id']),
    winningClock: JSON.parse(String(row['winning_clock'])) as Clock,
    losingClock: JSON.parse(String(row['losing_clock'])) as Clock,
    winningJournalId: Number(row['winning_journal_id']),
    losingJournalId: Number(row['losing_journal_id']),
    reason: row['reason_code'] as ConflictReason,
    recordedAt: Number(row['recorded_at']),
  };
}
