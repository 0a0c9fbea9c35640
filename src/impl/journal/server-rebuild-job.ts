/** What is durable of a rebuild: how far it has come, and what it found (spec 9). */
import type {Sql, SqlRow} from '../../host.ts';

/**
 * - `offline`: writes are refused until it is over
 * - `shadow`: writes go on; it catches up
 * - `verify`: compares, and changes nothing
 */
export type RebuildMode = 'offline' | 'shadow' | 'verify';

/** How the live tables differed from what the journal makes. */
export interface Differences {
  /** Objects that show something else now; that were not there; that no operation accounts for. */
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  /** Objects that show the same, but for what is kept beside. */
  readonly inner: number;
  /** Conflict records that were missing, and that should not have been there. */
  readonly conflictsMissing: number;
  readonly conflictsExtra: number;
  /** The first of these objects, by type and id. */
  readonly objects: readonly Difference[];
}

export interface Difference {
  readonly objectType: string;
  readonly objectId: string;
  readonly kind: 'changed' | 'added' | 'removed' | 'inner';
  /** The operation that was shown, and that is: null where there is none. */
  readonly was: string | null;
  readonly is: string | null;
}

export interface RebuildReport extends Differences {
  readonly mode: RebuildMode;
  /** The last row of the journal that it took in. */
  readonly journalRows: number;
}

export interface Job {
  readonly tenantId: string;
  readonly jobId: string;
  readonly mode: RebuildMode;
  readonly status: 'running' | 'done' | 'cancelled';
  readonly policy: string;
  readonly lastJournalId: number;
  readonly changeHead: number;
  /** Null until it is done. */
  readonly report: RebuildReport | null;
}

const START_JOB = `
  INSERT INTO sync_rebuilds (tenant_id, job_id, mode, policy, status, last_journal_id, change_head, report)
  VALUES (?, ?, ?, ?, 'running', 0, 0, NULL)`;
const READ_JOB = `SELECT * FROM sync_rebuilds WHERE tenant_id = ? AND job_id = ?`;
const RUNNING_JOB = `SELECT * FROM sync_rebuilds WHERE tenant_id = ? AND status = 'running'`;
const RUNNING_JOBS = `SELECT * FROM sync_rebuilds WHERE status = 'running' ORDER BY tenant_id`;
const CHECKPOINT = `
  UPDATE sync_rebuilds SET last_journal_id = ?, change_head = ? WHERE tenant_id = ? AND job_id = ?`;
const FINISH = `
  UPDATE sync_rebuilds SET last_journal_id = ?, change_head = ?, status = ?, report = ?
  WHERE tenant_id = ? AND job_id = ?`;
const CLEAR_OBJECTS = `DELETE FROM sync_shadow_objects WHERE tenant_id = ?`;
const CLEAR_CONFLICTS = `DELETE FROM sync_shadow_conflicts WHERE tenant_id = ?`;

export async function startJob(
  sql: Sql,
  {tenantId, jobId, mode, policy}: Pick<Job, 'tenantId' | 'jobId' | 'mode' | 'policy'>,
): Promise<void> {
  await sql.run(START_JOB, [tenantId, jobId, mode, policy]);
}

export async function readJob(sql: Sql, tenantId: string, jobId: string): Promise<Job | null> {
  return jobOf(await sql.get(READ_JOB, [tenantId, jobId]));
}

/** The one rebuild of a tenant that is under way, or null. */
export async function runningJob(sql: Sql, tenantId: string): Promise<Job | null> {
  return jobOf(await sql.get(RUNNING_JOB, [tenantId]));
}

export async function runningJobs(sql: Sql): Promise<readonly Job[]> {
  return (await sql.all(RUNNING_JOBS)).map(jobOf).filter(job => job !== null);
}

function jobOf(row: SqlRow | undefined): Job | null {
  if (row === undefined) return null;
  const report = row['report'];
  return {
    tenantId: String(row['tenant_id']),
    jobId: String(row['job_id']),
    mode: row['mode'] as RebuildMode,
    status: row['status'] as Job['status'],
    policy: String(row['policy']),
    lastJournalId: Number(row['last_journal_id']),
    changeHead: Number(row['change_head']),
    report: typeof report === 'string' ? (JSON.parse(report) as RebuildReport) : null,
  };
}

export async function writeCheckpoint(sql: Sql, job: Job): Promise<void> {
  await sql.run(CHECKPOINT, [job.lastJournalId, job.changeHead, job.tenantId, job.jobId]);
}

export async function finishJob(
  sql: Sql,
  job: Job,
  status: 'done' | 'cancelled',
  report: RebuildReport | null,
): Promise<void> {
  const text = report === null ? null : JSON.stringify(report);
  await sql.run(FINISH, [job.lastJournalId, job.changeHead, status, text, job.tenantId, job.jobId]);
}

export async function clearShadow(sql: Sql, tenantId: string): Promise<void> {
  await sql.run(CLEAR_OBJECTS, [tenantId]);
  await sql.run(CLEAR_CONFLICTS, [tenantId]);
}
