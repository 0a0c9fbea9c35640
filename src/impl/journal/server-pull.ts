/**
 * POST pull: the objects of a scope that changed since a cursor, in the order of their changes (spec 7). One statement, so
 * that a page is of one moment without a transaction.
 */
import type {SqlRow} from '../../host.ts';
import {decodeCursor, encodeCursor, hashScope, type Position} from './cursor.ts';
import {decodeScope} from './decode-scope.ts';
import type {Clock} from './merge/clock.ts';
import {
  type Json,
  LIMITS,
  type PullAnswer,
  type PulledRow,
  type PullRequest,
  type Scope,
} from './protocol.ts';
import {type Call, type Decoded, failed, ok, refused, type Reply, type ServerContext} from './server-http.ts';
import {TENANT_COLUMNS, TENANT_FROM, type Tenant, tenantOf} from './server-tenant.ts';
import {listOf} from './sql-text.ts';
import {isCount, isRecord, unknownKey} from './text.ts';

interface Pull {
  /** Null: from the beginning. */
  readonly since: Position | null;
  readonly limit: number;
  readonly scope: Scope;
  readonly scopeHash: string;
}

const FIELDS: ReadonlySet<string> = new Set(['sinceCursor', 'limit', 'scope']);

/**
 * The tenant's row, with the rows of the page beside it: types and ids of an object never change, so they decide whether
 * it was ever in the scope; of its tags, all that it ever showed do. A list that is absent does not restrict.
 */
const readPage = ({types, ids, tags}: Scope): string => `
  SELECT ${TENANT_COLUMNS}, o.object_type, o.object_id, o.payload, o.is_tombstone, o.vector_clock, o.tags,
    o.last_op_id, o.change_seq
  FROM ${TENANT_FROM} LEFT JOIN sync_objects AS o ON o.tenant_id = ? AND o.change_seq > ?
    ${types === undefined ? '' : `AND o.object_type IN (${listOf(types.length)})`}
    ${ids === undefined ? '' : `AND o.object_id IN (${listOf(ids.length)})`}
    ${tags === undefined ? '' : `AND EXISTS (${EVER_TAGGED} IN (${listOf(tags.length)}))`}
  ORDER BY o.change_seq LIMIT ?`;
const EVER_TAGGED = `SELECT 1 FROM json_each(o.ever_tags) AS e WHERE e.value`;

/** Answers a `PullAnswer`; 409 where the cursor is of another history or another scope. */
export async function answerPull(context: ServerContext, call: Call): Promise<Reply> {
  const decoded = decodePull(call.body);
  if (decoded.kind === 'refused') return decoded.reply;
  const {since, limit, scope, scopeHash} = decoded.input;
  const {tenantId} = call.session;
  const fromSeq = since?.changeSeq ?? 0;
  const {types = [], ids = [], tags = []} = scope;
  const parameters = [tenantId, tenantId, fromSeq, ...types, ...ids, ...tags, limit + 1];
  const rows = await context.database.all(readPage(scope), parameters);
  const tenant = tenantOf(tenantId, rows[0]);
  const problem = since === null ? null : positionProblem(since, tenant, scopeHash);
  if (problem !== null) return problem;
  const found = rows.filter(row => row['change_seq'] !== null);
  return ok(pageOf(found, decoded.input, {fromSeq, tenant}));
}

/** A cursor counts in one history, and for one scope. */
function positionProblem(since: Position, tenant: Tenant, scopeHash: string): Reply | null {
  if (since.epoch !== tenant.epoch || since.changeSeq > tenant.changeHead) {
    return failed('CURSOR_INVALID', 'the cursor is none of this history: start over without');
  }
  if (since.scopeHash !== scopeHash) {
    return failed('SCOPE_CHANGED', 'the cursor belongs to another scope: start over without');
  }
  return null;
}

function pageOf(
  found: readonly SqlRow[],
  {limit, scope, scopeHash}: Pull,
  {fromSeq, tenant}: {readonly fromSeq: number; readonly tenant: Tenant},
): PullAnswer {
  const hasMore = found.length > limit;
  const objects = found.slice(0, limit).map(row => pulledRow(row, scope));
  const last = objects.at(-1)?.changeSeq ?? fromSeq;
  const toSeq = hasMore ? last : tenant.changeHead;
  const serverCursor = encodeCursor({epoch: tenant.epoch, changeSeq: toSeq, scopeHash});
  return {objects, serverCursor, hasMore, fromSeq, toSeq};
}

function pulledRow(row: SqlRow, {tags: wanted}: Scope): PulledRow {
  const name = {
    type: String(row['object_type']),
    id: String(row['object_id']),
    changeSeq: Number(row['change_seq']),
  };
  const tags = stored(row['tags']) as readonly string[];
  const inScope = wanted === undefined || tags.some(tag => wanted.includes(tag));
  if (!inScope) return {kind: 'left', ...name, left: true};
  const clock = stored(row['vector_clock']) as Clock;
  const lastOpId = String(row['last_op_id']);
  if (row['is_tombstone'] === 1) return {kind: 'tombstone', ...name, clock, isTombstone: true, lastOpId};
  return {kind: 'live', ...name, clock, payload: stored(row['payload']), tags, lastOpId};
}

const stored = (text: unknown): Json => JSON.parse(String(text)) as Json;

function decodePull(body: unknown): Decoded<Pull> {
  if (!isRecord(body)) return refused('MALFORMED_REQUEST', 'the body must be a JSON object');
  const {
    sinceCursor,
    limit = LIMITS.pageDefault,
    scope = {},
  } = body as Partial<Record<keyof PullRequest, unknown>>;
  if (unknownKey(body, FIELDS) !== null) {
    return refused('MALFORMED_REQUEST', 'a pull has sinceCursor, limit and scope, and nothing else');
  }
  if (!isCount(limit, 1) || limit > LIMITS.pageMax) {
    return refused('MALFORMED_REQUEST', `limit must be an integer from 1 to ${LIMITS.pageMax}`);
  }
  const decoded = decodeScope(scope);
  if (decoded === null) return refused('MALFORMED_REQUEST', 'scope must be lists of types, ids and tags');
  if (sinceCursor !== null && typeof sinceCursor !== 'string') {
    return refused('MALFORMED_REQUEST', 'sinceCursor must be a cursor or null');
  }
  const since = sinceCursor === null ? null : decodeCursor(sinceCursor);
  if (sinceCursor !== null && since === null) {
    return refused('CURSOR_INVALID', 'the cursor is none that this server gave: start over without');
  }
  return {kind: 'ok', input: {since, limit, scope: decoded, scopeHash: hashScope(decoded)}};
}
