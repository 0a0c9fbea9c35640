/**
 * Rebuild: a tenant's objects and conflicts made anew from its journal, in the shadow, step by step, and put in place of
 * the live ones in one transaction (spec 9).
 */
import type {Database, Sql} from '../../host.ts';
import type {AnyPolicy} from './merge/policies.ts';
import {journalAfter} from './server-journal.ts';
import {Materialization} from './server-materialization.ts';
import {readObjects, writeMaterialization} from './server-objects.ts';
import {
  clearShadow,
  finishJob,
  type Job,
  type RebuildMode,
  type RebuildReport,
  readJob,
  runningJob,
  startJob,
  writeCheckpoint,
} from './server-rebuild-job.ts';
import {compareWithShadow, swapShadow} from './server-rebuild-swap.ts';
import {SHADOW} from './server-schema.ts';
import {readTenant, writeTenant} from './server-tenant.ts';
import {MAX_ROWS} from './sql-text.ts';

export interface RebuildRequest {
  readonly tenantId: string;
  /** The operator's name for it: the same again goes on with it, or tells what it came to. */
  readonly jobId: string;
  readonly mode: RebuildMode;
  /** Journal rows a transaction, from 1 to {@link MAX_ROWS}. */
  readonly stepSize?: number;
}

export type RebuildProblem =
  /** Another rebuild of the tenant is under way. */
  | 'BUSY'
  /** The same name was given to one of another mode, or it was begun by a server of another policy. */
  | 'OTHER_JOB';

/** A rebuild that cannot be; nothing has changed. */
export class RebuildRefusedError extends Error {
  readonly code: RebuildProblem;
  constructor(code: RebuildProblem, message: string) {
    super(message);
    this.name = 'RebuildRefusedError';
    this.code = code;
  }
}

const STEP_SIZE = 500;

/**
 * Does a rebuild to its end, from where it was if it had begun. Rejects with {@link RebuildRefusedError}, or as the disk
 * does: then it waits at its last step, and the same call goes on from there.
 */
export async function rebuild(
  database: Database,
  policy: AnyPolicy,
  request: RebuildRequest,
): Promise<RebuildReport> {
  const begun = await database.transaction(sql => begin(sql, policy, request));
  if (begun !== null) return begun;
  for (;;) {
    const report = await database.transaction(sql => step(sql, policy, request));
    if (report !== null) return report;
  }
}

/** Gives a rebuild up that is under way: its shadow goes, and writes go on. Whether there was one. */
export function cancelRebuild(database: Database, tenantId: string): Promise<boolean> {
  return database.transaction(async sql => {
    const job = await runningJob(sql, tenantId);
    if (job === null) return false;
    await clearShadow(sql, tenantId);
    await unblock(sql, job);
    await finishJob(sql, job, 'cancelled', null);
    return true;
  });
}

/** The report of one that is over; null where there is work to do. */
async function begin(
  sql: Sql,
  policy: AnyPolicy,
  {tenantId, jobId, mode}: RebuildRequest,
): Promise<RebuildReport | null> {
  const job = await readJob(sql, tenantId, jobId);
  if (job !== null) {
    checkJob(job, policy, mode);
    return job.report;
  }
  if ((await runningJob(sql, tenantId)) !== null) {
    throw new RebuildRefusedError('BUSY', 'another rebuild of this tenant is under way');
  }
  await startJob(sql, {tenantId, jobId, mode, policy: policy.name});
  if (mode === 'offline') {
    const tenant = await readTenant(sql, tenantId);
    await writeTenant(sql, {...tenant, policy: tenant.policy ?? policy.name, blockedBy: jobId});
  }
  return null;
}

function checkJob(job: Job, policy: AnyPolicy, mode: RebuildMode): void {
  if (job.mode !== mode || job.policy !== policy.name || job.status === 'cancelled') {
    throw new RebuildRefusedError('OTHER_JOB', 'a job of this name was another one');
  }
}

/**
 * One transaction: the next rows of the journal into the shadow, and the checkpoint with them. The step that finds itself
 * at the end of the journal is the last: no write can come between it and the swap.
 */
async function step(
  sql: Sql,
  policy: AnyPolicy,
  {tenantId, jobId, mode, stepSize = STEP_SIZE}: RebuildRequest,
): Promise<RebuildReport | null> {
  const job = await readJob(sql, tenantId, jobId);
  if (job === null) throw new RebuildRefusedError('OTHER_JOB', 'there is no such job');
  checkJob(job, policy, mode);
  if (job.report !== null) return job.report;
  const advanced = await replay(sql, policy, job, Math.min(Math.max(1, stepSize), MAX_ROWS));
  if (!advanced.atEnd) {
    await writeCheckpoint(sql, advanced.job);
    return null;
  }
  return conclude(sql, policy, advanced.job);
}

/** Ingests rows of the journal in its order, as the live path did. */
async function replay(
  sql: Sql,
  policy: AnyPolicy,
  job: Job,
  stepSize: number,
): Promise<{readonly job: Job; readonly atEnd: boolean}> {
  const {tenantId} = job;
  const rows = await journalAfter(sql, tenantId, job.lastJournalId, stepSize);
  const atEnd = rows.length < stepSize;
  const last = rows.at(-1);
  if (last === undefined) return {job, atEnd};
  const writes = rows.map(({write}) => write);
  const objects = await readObjects(sql, SHADOW, {tenantId, policy}, writes);
  const materialization = new Materialization(policy, job.changeHead, objects);
  for (const write of writes) materialization.ingest(write);
  await writeMaterialization(sql, SHADOW, {tenantId, policy}, materialization);
  return {job: {...job, lastJournalId: last.journalId, changeHead: materialization.changeHead}, atEnd};
}

async function conclude(sql: Sql, policy: AnyPolicy, job: Job): Promise<RebuildReport> {
  const {tenantId} = job;
  const differences = await compareWithShadow(sql, tenantId);
  const report: RebuildReport = {mode: job.mode, journalRows: job.lastJournalId, ...differences};
  if (job.mode === 'verify') {
    await clearShadow(sql, tenantId);
  } else {
    await swapShadow(sql, tenantId);
    const tenant = await readTenant(sql, tenantId);
    await writeTenant(sql, {
      ...tenant,
      generation: tenant.generation + 1,
      changeHead: job.changeHead,
      policy: policy.name,
      blockedBy: null,
    });
  }
  await finishJob(sql, job, 'done', report);
  return report;
}

async function unblock(sql: Sql, {tenantId, jobId}: Job): Promise<void> {
  const tenant = await readTenant(sql, tenantId);
  if (tenant.blockedBy !== jobId || tenant.policy === null) return;
  await writeTenant(sql, {...tenant, policy: tenant.policy, blockedBy: null});
}
