/** What every route that writes to the journal does first: one transaction, on a tenant whose objects may be written. */
import type {Sql} from '../../host.ts';
import {type Call, failed, ok, type Reply, type ServerContext} from './server-http.ts';
import {Ingest} from './server-ingest.ts';
import {readTenant} from './server-tenant.ts';
import type {PushAnswer, PushResult} from './protocol.ts';
import type {ObjectName} from './write.ts';

/** What will be asked about in a transaction that is about to start. */
export interface Subject {
  readonly names: readonly ObjectName[];
  readonly opIds: readonly string[];
}

/**
 * Runs `body` with the caller's tenant opened for writing, and makes durable all that it took in, or nothing. Answers 503
 * while a rebuild stops writes, or where another policy made the objects: merging into its states would lose writes.
 */
export function writing(
  context: ServerContext,
  {session}: Call,
  subject: Subject,
  body: (ingest: Ingest) => Promise<readonly PushResult[]>,
): Promise<Reply> {
  return context.database.transaction(async sql => {
    const opened = await openForWriting(context, sql, session.tenantId, subject);
    if (!(opened instanceof Ingest)) return opened;
    const results = await body(opened);
    await opened.close();
    return ok(answerOf(results));
  });
}

/** The tenant opened for writing, or the reply that says why not. */
export async function openForWriting(
  context: ServerContext,
  sql: Sql,
  tenantId: string,
  {names, opIds}: Subject,
): Promise<Ingest | Reply> {
  const {policy, clockLimits, host} = context;
  const tenant = await readTenant(sql, tenantId);
  if (tenant.blockedBy !== null) return failed('REBUILDING', 'writes wait until the rebuild is over');
  if (tenant.policy !== null && tenant.policy !== policy.name) {
    return failed('POLICY_CHANGED', 'what is materialized was made by another merge policy: rebuild it');
  }
  return Ingest.open(sql, {tenant, policy, clockLimits, now: host.clock.now()}, names, opIds);
}

const KEPT: ReadonlySet<string> = new Set(['applied', 'conflict_won', 'conflict_lost']);

export function answerOf(results: readonly PushResult[]): PushAnswer {
  const kept = results.filter(({outcome}) => KEPT.has(outcome));
  const conflicts = kept.filter(({outcome}) => outcome !== 'applied');
  return {results, applied: kept.length, conflicts: conflicts.length};
}
