/** GET audit/…: the questions that the journal answers, each for the caller's tenant alone and of one moment (spec 10). */
import type {Sql} from '../../host.ts';
import {LIMITS, PATHS} from './protocol.ts';
import {checkTenant} from './server-audit-check.ts';
import {divergence, listConflicts} from './server-audit-conflicts.ts';
import {audited, concurrentPairs, foldRows, Retelling, verdicts} from './server-audit-replay.ts';
import {type Call, failed, ok, type Reply, type ServerContext} from './server-http.ts';
import {journalAfter, journalByOps, journalOfDevice, journalOfObject} from './server-journal.ts';
import {readObjects} from './server-objects.ts';
import {LIVE} from './server-schema.ts';
import {readTenant, type Tenant} from './server-tenant.ts';
import {isCount, isId} from './text.ts';
import type {ObjectName} from './write.ts';

/** A question at work: on what, for whom, and what was asked. */
interface Question {
  readonly sql: Sql;
  readonly context: ServerContext;
  readonly tenant: Tenant;
  readonly query: URLSearchParams;
}

type Answer = (question: Question) => Promise<Reply>;

const PAGE = 500;

const QUESTIONS: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['history', ofObject(answerHistory)],
  ['concurrent', ofObject(answerConcurrent)],
  ['value', ofObject(answerValue)],
  ['at', answerAt],
  ['device', answerDevice],
  ['conflicts', answerConflicts],
  ['divergence', async ({sql, tenant}) => ok(await divergence(sql, tenant.tenantId))],
  ['check', answerCheck],
]);

export const AUDIT_PATHS: readonly string[] = [...QUESTIONS.keys()].map(name => PATHS.audit + name);

export function answerAudit(context: ServerContext, {session, path, query}: Call): Promise<Reply> {
  const answer = QUESTIONS.get(path.slice(PATHS.audit.length));
  if (answer === undefined) return Promise.resolve(failed('NOT_FOUND', 'no such question'));
  return context.database.transaction(async sql => {
    const tenant = await readTenant(sql, session.tenantId);
    return answer({sql, context, tenant, query});
  });
}

/** A question about the object that `type` and `id` name. */
function ofObject(answer: (question: Question, name: ObjectName) => Promise<Reply>): Answer {
  return question => {
    const name = nameIn(question.query);
    if (name === null) return Promise.resolve(failed('MALFORMED_REQUEST', 'type and id name an object'));
    return answer(question, name);
  };
}

function nameIn(query: URLSearchParams): ObjectName | null {
  const [objectType, objectId] = [query.get('type'), query.get('id')];
  return isId(objectType) && isId(objectId) ? {objectType, objectId} : null;
}

function countIn(query: URLSearchParams, name: string, fallback: number): number | null {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : -1;
  return isCount(value) ? value : null;
}

/**
 * Every row of the object with its verdict; whether what they come to is what is shown, and whether they come to the same
 * in the opposite order.
 */
async function answerHistory({sql, context, tenant}: Question, name: ObjectName): Promise<Reply> {
  const {policy} = context;
  const {tenantId} = tenant;
  const rows = await journalOfObject(sql, tenantId, name);
  const [object] = await readObjects(sql, LIVE, {tenantId, policy}, [name]);
  const told = JSON.stringify(foldRows(policy, rows));
  return ok({
    history: verdicts(policy, rows),
    matches: told === JSON.stringify(object?.exposed ?? null),
    orderFree: told === JSON.stringify(foldRows(policy, rows.toReversed())),
  });
}

async function answerConcurrent({sql, tenant}: Question, name: ObjectName): Promise<Reply> {
  return ok({pairs: concurrentPairs(await journalOfObject(sql, tenant.tenantId, name))});
}

/** Which operation made the object what it is; null where it was never written. */
async function answerValue({sql, context, tenant}: Question, name: ObjectName): Promise<Reply> {
  const {tenantId} = tenant;
  const [object] = await readObjects(sql, LIVE, {tenantId, policy: context.policy}, [name]);
  if (object === undefined) return ok({operation: null});
  const [row] = await journalByOps(sql, tenantId, [object.exposed.lastOpId]);
  return ok({operation: row === undefined ? null : audited(row)});
}

async function answerCheck({sql, context, tenant}: Question): Promise<Reply> {
  return ok({findings: await checkTenant(sql, tenant, context.policy)});
}

/** What was shown right after row `journalId`: of one object, or of all. */
async function answerAt({sql, context, tenant, query}: Question): Promise<Reply> {
  const journalId = countIn(query, 'journalId', tenant.journalHead);
  const one = query.has('type') || query.has('id');
  const name = nameIn(query);
  if (journalId === null || (one && name === null)) {
    return failed('MALFORMED_REQUEST', 'journalId is a whole number; type and id name an object');
  }
  const retelling = new Retelling(context.policy);
  if (name !== null) {
    const rows = await journalOfObject(sql, tenant.tenantId, name, journalId);
    for (const row of rows) retelling.take(row);
    return ok({objects: retelling.objects});
  }
  for (let last = 0; ;) {
    const rows = await journalAfter(sql, tenant.tenantId, last, PAGE);
    for (const row of rows) if (row.journalId <= journalId) retelling.take(row);
    last = rows.at(-1)?.journalId ?? last;
    if (rows.length < PAGE || last >= journalId) return ok({objects: retelling.objects});
  }
}

/** What a device wrote in all its lives, in the order of the journal, page by page. */
async function answerDevice({sql, tenant, query}: Question): Promise<Reply> {
  const device = query.get('device');
  const after = countIn(query, 'after', 0);
  const limit = countIn(query, 'limit', LIMITS.pageDefault);
  if (!isId(device) || after === null || limit === null || limit < 1 || limit > LIMITS.pageMax) {
    return failed('MALFORMED_REQUEST', 'device is a name; after and limit are whole numbers');
  }
  const rows = await journalOfDevice(sql, tenant.tenantId, device, {after, limit});
  return ok({operations: rows.map(audited)});
}

async function answerConflicts({sql, tenant, query}: Question): Promise<Reply> {
  const one = query.has('type') || query.has('id');
  const name = nameIn(query);
  if (one && name === null) return failed('MALFORMED_REQUEST', 'type and id name an object');
  return ok({conflicts: await listConflicts(sql, tenant.tenantId, name)});
}
