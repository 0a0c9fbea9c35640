/** The audit's own check: nothing is shown, recorded or counted that the journal does not account for (spec 10). */
import type {Sql, SqlRow} from '../../host.ts';
import {canonicalJson, contentHash} from './merge/canonical.ts';
import type {AnyPolicy} from './merge/policies.ts';
import type {Exposed} from './merge/policy.ts';
import {type Earlier, Retelling} from './server-audit-replay.ts';
import {journalAfter, journalBefore} from './server-journal.ts';
import type {Tenant} from './server-tenant.ts';

export type AuditProblem =
  /** What an object shows is no operation of the journal; or no operation of it is there at all. */
  | 'LAST_OP_UNKNOWN'
  | 'OBJECT_WITHOUT_OPERATIONS'
  /** Operations of an object that is not there. */
  | 'OPERATIONS_WITHOUT_OBJECT'
  /** A conflict record that names an operation which is not where it says. */
  | 'CONFLICT_OP_UNKNOWN'
  /** A payload that is not what its hash was made of. */
  | 'OBJECT_HASH_WRONG'
  | 'JOURNAL_HASH_WRONG'
  /** A row is missing from the journal, or one is there that was never counted. */
  | 'JOURNAL_NOT_WHOLE'
  /** What is shown is not what the journal makes in its order; or it makes something else in the opposite order. */
  | 'OBJECT_NOT_AS_TOLD'
  | 'ORDER_MATTERS';

export interface AuditFinding {
  readonly problem: AuditProblem;
  readonly objectType: string | null;
  readonly objectId: string | null;
  readonly opId: string | null;
}

interface Check {
  readonly problem: AuditProblem;
  /** Yields `object_type, object_id, op_id`; its parameter is the tenant. */
  readonly query: string;
}

const CHECKS: readonly Check[] = [
  {
    problem: 'LAST_OP_UNKNOWN',
    query: `SELECT o.object_type, o.object_id, o.last_op_id AS op_id FROM sync_objects AS o
      WHERE o.tenant_id = ? AND NOT EXISTS (SELECT 1 FROM sync_journal AS j WHERE j.tenant_id = o.tenant_id
        AND j.op_id = o.last_op_id AND j.object_type = o.object_type AND j.object_id = o.object_id)
      ORDER BY 1, 2`,
  },
  {
    problem: 'OBJECT_WITHOUT_OPERATIONS',
    query: `SELECT o.object_type, o.object_id, NULL AS op_id FROM sync_objects AS o
      WHERE o.tenant_id = ? AND NOT EXISTS (SELECT 1 FROM sync_journal AS j WHERE j.tenant_id = o.tenant_id
        AND j.object_type = o.object_type AND j.object_id = o.object_id)
      ORDER BY 1, 2`,
  },
  {
    problem: 'OPERATIONS_WITHOUT_OBJECT',
    query: `SELECT j.object_type, j.object_id, j.op_id FROM sync_journal AS j
      WHERE j.tenant_id = ? AND NOT EXISTS (SELECT 1 FROM sync_objects AS o WHERE o.tenant_id = j.tenant_id
        AND o.object_type = j.object_type AND o.object_id = j.object_id)
      ORDER BY 1, 2, 3`,
  },
  {
    problem: 'CONFLICT_OP_UNKNOWN',
    query: `SELECT c.object_type, c.object_id, c.first_op_id AS op_id FROM sync_conflicts AS c
      WHERE c.tenant_id = ? AND (
        NOT EXISTS (SELECT 1 FROM sync_journal AS w WHERE w.tenant_id = c.tenant_id
          AND w.journal_id = c.winning_journal_id AND w.op_id = c.winning_op_id)
        OR NOT EXISTS (SELECT 1 FROM sync_journal AS l WHERE l.tenant_id = c.tenant_id
          AND l.journal_id = c.losing_journal_id AND l.op_id = c.losing_op_id))
      ORDER BY 1, 2, 3`,
  },
];

const OBJECTS = `SELECT * FROM sync_objects WHERE tenant_id = ? ORDER BY object_type, object_id`;

const PAGE = 500;

/** All that is wrong; nothing where all is well. `tenant` must be of the same moment as `sql`. */
export async function checkTenant(
  sql: Sql,
  tenant: Tenant,
  policy: AnyPolicy,
): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = [];
  for (const {problem, query} of CHECKS) {
    for (const row of await sql.all(query, [tenant.tenantId])) {
      const opId = row['op_id'] === null ? null : String(row['op_id']);
      findings.push({
        problem,
        objectType: String(row['object_type']),
        objectId: String(row['object_id']),
        opId,
      });
    }
  }
  const rows = await sql.all(OBJECTS, [tenant.tenantId]);
  const forward = new Retelling(policy);
  findings.push(...checkHashes(rows), ...(await checkJournal(sql, tenant, forward)));
  const backward = await tellBackward(sql, tenant, policy);
  findings.push(...checkTold(rows, forward.objects, backward.objects));
  return findings;
}

function checkHashes(rows: readonly SqlRow[]): readonly AuditFinding[] {
  return rows
    .filter(row => contentHash(textOf(row['payload'])) !== row['payload_hash'])
    .map(row => ({
      problem: 'OBJECT_HASH_WRONG',
      objectType: String(row['object_type']),
      objectId: String(row['object_id']),
      opId: String(row['last_op_id']),
    }));
}

const textOf = (payload: unknown): string => (typeof payload === 'string' ? payload : '');

/** Ids count from 1 to the head without a gap. What the rows say goes to `told`. */
async function checkJournal(
  sql: Sql,
  {tenantId, journalHead}: Tenant,
  told: Retelling,
): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = [];
  let last = 0;
  for (;;) {
    const rows = await journalAfter(sql, tenantId, last, PAGE);
    for (const row of rows) {
      const {journalId, write, payloadHash} = row;
      const {objectType, objectId, op} = write;
      const about = {objectType, objectId, opId: op.opId};
      if (contentHash(write.payloadText ?? '') !== payloadHash) {
        findings.push({problem: 'JOURNAL_HASH_WRONG', ...about});
      }
      if (journalId !== last + 1) findings.push({problem: 'JOURNAL_NOT_WHOLE', ...about});
      last = journalId;
      told.take(row);
    }
    if (rows.length < PAGE) break;
  }
  if (last !== journalHead) {
    findings.push({problem: 'JOURNAL_NOT_WHOLE', objectType: null, objectId: null, opId: null});
  }
  return findings;
}

/** The opposite order is as far from the journal's as any: a rule that depends on the order has it hardest there. */
async function tellBackward(sql: Sql, {tenantId}: Tenant, policy: AnyPolicy): Promise<Retelling> {
  const told = new Retelling(policy);
  for (let last = Number.MAX_SAFE_INTEGER; ;) {
    const rows = await journalBefore(sql, tenantId, last, PAGE);
    for (const row of rows) told.take(row);
    last = rows.at(-1)?.journalId ?? last;
    if (rows.length < PAGE) return told;
  }
}

function checkTold(
  rows: readonly SqlRow[],
  forward: readonly Earlier[],
  backward: readonly Earlier[],
): readonly AuditFinding[] {
  const live = new Map(rows.map(row => [JSON.stringify([row['object_type'], row['object_id']]), row]));
  return forward.flatMap(({objectType, objectId, shown}, at): AuditFinding[] => {
    const about = {objectType, objectId, opId: shown.lastOpId};
    const row = live.get(JSON.stringify([objectType, objectId]));
    const findings: AuditFinding[] = [];
    if (row !== undefined && !isShown(row, shown)) findings.push({problem: 'OBJECT_NOT_AS_TOLD', ...about});
    const other = backward[at]?.shown;
    if (JSON.stringify(other) !== JSON.stringify(shown)) findings.push({problem: 'ORDER_MATTERS', ...about});
    return findings;
  });
}

const isShown = (row: SqlRow, shown: Exposed): boolean =>
  row['last_op_id'] === shown.lastOpId &&
  row['is_tombstone'] === (shown.isTombstone ? 1 : 0) &&
  row['payload'] === (shown.isTombstone ? null : canonicalJson(shown.payload)) &&
  row['tags'] === canonicalJson(shown.tags) &&
  row['vector_clock'] === canonicalJson(shown.clock);
