/** The audit's own check: nothing is shown, recorded or counted that the journal does not account for (spec 10). */
import type {Sql} from '../../host.ts';
import {contentHash} from './merge/canonical.ts';
import {journalAfter} from './server-journal.ts';
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
  | 'JOURNAL_NOT_WHOLE';

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

const OBJECT_PAYLOADS = `SELECT object_type, object_id, last_op_id, payload, payload_hash FROM sync_objects
  WHERE tenant_id = ? ORDER BY object_type, object_id`;

const PAGE = 500;

/** All that is wrong; nothing where all is well. `tenant` must be of the same moment as `sql`. */
export async function checkTenant(sql: Sql, tenant: Tenant): Promise<readonly AuditFinding[]> {
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
  findings.push(...(await checkObjectHashes(sql, tenant.tenantId)), ...(await checkJournal(sql, tenant)));
  return findings;
}

async function checkObjectHashes(sql: Sql, tenantId: string): Promise<readonly AuditFinding[]> {
  const rows = await sql.all(OBJECT_PAYLOADS, [tenantId]);
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

/** Ids count from 1 to the head without a gap. */
async function checkJournal(sql: Sql, {tenantId, journalHead}: Tenant): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = [];
  let last = 0;
  for (;;) {
    const rows = await journalAfter(sql, tenantId, last, PAGE);
    for (const {journalId, write, payloadHash} of rows) {
      const {objectType, objectId, op} = write;
      const about = {objectType, objectId, opId: op.opId};
      if (contentHash(write.payloadText ?? '') !== payloadHash) {
        findings.push({problem: 'JOURNAL_HASH_WRONG', ...about});
      }
      if (journalId !== last + 1) findings.push({problem: 'JOURNAL_NOT_WHOLE', ...about});
      last = journalId;
    }
    if (rows.length < PAGE) break;
  }
  if (last !== journalHead) {
    findings.push({problem: 'JOURNAL_NOT_WHOLE', objectType: null, objectId: null, opId: null});
  }
  return findings;
}
