/** POST reconcile: a client's checkpoint, joined into the one that is stored for it (spec 2.4). */
import type {Sql, SqlRow} from '../../host.ts';
import type {ReconcileState, WriteIds} from '../../model/vfs/types.ts';
import {compareCursors, decodeCursor, encodeCursor, maxCursor, normalizeCursor} from './cursor.ts';
import {parseJson} from './json.ts';
import {positionOf, readHeads, readHistory} from './server-history.ts';
import {
  type Call,
  failed,
  inSession,
  ok,
  type Parsed,
  refuse,
  refused,
  type Reply,
  type ServerContext,
} from './server-http.ts';
import {clientIdProblem, isRecord, trimmed} from './text.ts';
import {joinWriteIds, MAX_WRITE_ID_ENTRIES, parseWriteIds, sortedWriteIds} from './write-ids.ts';

/** What tells these checkpoints from those of the plain feed, which are stored under the bare client id. */
export const CHECKPOINT_PREFIX = 'crdt:';

export const RECONCILE_FAILURE = 'Failed to reconcile CRDT cursor';

export interface JoinedCheckpoint {
  readonly state: ReconcileState;
  readonly advancedCursor: boolean;
  readonly advancedLastReconciledWriteIds: boolean;
}

interface ReconcileRequest {
  readonly clientId: string;
  readonly checkpoint: ReconcileState;
}

const READ_CHECKPOINT = `
  SELECT last_reconciled_at, last_reconciled_change_id, last_reconciled_write_ids
  FROM vfs_sync_client_state WHERE user_id = ? AND client_id = ?`;
const STORE_CHECKPOINT = `
  INSERT INTO vfs_sync_client_state (
    user_id, client_id, last_reconciled_at, last_reconciled_change_id, last_reconciled_write_ids, updated_at)
  VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (user_id, client_id) DO UPDATE SET
    last_reconciled_at = excluded.last_reconciled_at,
    last_reconciled_change_id = excluded.last_reconciled_change_id,
    last_reconciled_write_ids = excluded.last_reconciled_write_ids,
    updated_at = excluded.updated_at`;

/** Answers the joined checkpoint, or 400 for a malformed request. */
export async function answerReconcile(context: ServerContext, call: Call): Promise<Reply> {
  const parsed = parseReconcile(call.body);
  if (parsed.kind === 'refused') return refuse(context, call, parsed.error);
  const {clientId, checkpoint} = parsed.input;
  return inSession(context, call, async (sql, userId) => {
    const key = CHECKPOINT_PREFIX + clientId;
    const stored = readCheckpoint(await sql.get(READ_CHECKPOINT, [userId, key]));
    // A client is never told less than it holds: what cannot be vouched for is given back, though not kept.
    const {cursor, lastReconciledWriteIds} = joinCheckpoints(stored, checkpoint).state;
    if (Object.keys(lastReconciledWriteIds).length > MAX_WRITE_ID_ENTRIES)
      return failed(500, RECONCILE_FAILURE);
    const vouched = await vouchFor(sql, userId, checkpoint);
    if (vouched === null) context.host.probe('vfs.server.reconcile.notOfThisFeed');
    else
      await storeCheckpoint(
        sql,
        {userId, key},
        joinCheckpoints(stored, vouched).state,
        context.host.clock.now(),
      );
    return ok({clientId, cursor: encodeCursor(cursor), lastReconciledWriteIds});
  });
}

/**
 * The join: the later cursor as a pair, the greater id of each replica. The first checkpoint is taken as it
 * is.
 */
export function joinCheckpoints(stored: ReconcileState | null, incoming: ReconcileState): JoinedCheckpoint {
  const before = stored?.lastReconciledWriteIds ?? {};
  const writeIds = joinWriteIds(before, incoming.lastReconciledWriteIds);
  return {
    state: {cursor: maxCursor(stored?.cursor ?? null, incoming.cursor), lastReconciledWriteIds: writeIds},
    advancedCursor: stored === null || compareCursors(incoming.cursor, stored.cursor) > 0,
    advancedLastReconciledWriteIds: Object.entries(writeIds).some(
      ([replicaId, id]) => id > idOf(before, replicaId),
    ),
  };
}

/**
 * A stored checkpoint, or null. What is malformed in one counts as not there, so that no row is poisoned for
 * ever (D41).
 */
function readCheckpoint(row: SqlRow | undefined): ReconcileState | null {
  if (row === undefined) return null;
  const cursor = normalizeCursor({
    changedAt: row['last_reconciled_at'],
    changeId: row['last_reconciled_change_id'],
  });
  if (cursor === null) return null;
  const ids = readWriteIds(row);
  return {cursor, lastReconciledWriteIds: ids ?? {}};
}

/** The write ids of a stored checkpoint, or null if they are malformed. */
export function readWriteIds(row: SqlRow): WriteIds | null {
  const json = parseJson(String(row['last_reconciled_write_ids']));
  const parsed = json.ok ? parseWriteIds(json.value) : null;
  return parsed?.ok === true ? parsed.ids : null;
}

function parseReconcile(body: unknown): Parsed<ReconcileRequest> {
  const required = refused('clientId and cursor are required');
  if (!isRecord(body)) return required;
  const clientId = trimmed(body['clientId']);
  const text = trimmed(body['cursor']);
  if (clientId === null || text === null) return required;
  const cursor = decodeCursor(text);
  if (cursor === null) return refused('Invalid cursor');
  const writeIds = parseWriteIds(body['lastReconciledWriteIds']);
  if (!writeIds.ok) return refused(writeIds.error);
  const problem = clientIdProblem(clientId);
  if (problem === 'colon') return refused('clientId must not contain ":"');
  if (problem !== null) return refused('clientId must be non-empty, <=128 chars, and must not contain ":"');
  return {kind: 'ok', input: {clientId, checkpoint: {cursor, lastReconciledWriteIds: writeIds.ids}}};
}

/**
 * The part of a checkpoint that may be kept: the cursor must be of this feed, and no id above its replica's head. A
 * client may have been lied to, and a late message may come from a history that a restore has lost; what they say,
 * given back as an answer for ever after, would make every later page look like a step back.
 */
async function vouchFor(
  sql: Sql,
  userId: string,
  checkpoint: ReconcileState,
): Promise<ReconcileState | null> {
  const history = await readHistory(sql, positionOf(checkpoint.cursor));
  if (!history.continues) return null;
  const heads = await readHeads(sql, userId);
  const claimed = Object.entries(checkpoint.lastReconciledWriteIds);
  const kept = sortedWriteIds(claimed.filter(([replicaId, id]) => id <= idOf(heads, replicaId)));
  return {cursor: checkpoint.cursor, lastReconciledWriteIds: kept};
}

async function storeCheckpoint(
  sql: Sql,
  {userId, key}: {readonly userId: string; readonly key: string},
  {cursor, lastReconciledWriteIds}: ReconcileState,
  nowMs: number,
): Promise<void> {
  const ids = JSON.stringify(lastReconciledWriteIds);
  await sql.run(STORE_CHECKPOINT, [userId, key, cursor.changedAt, cursor.changeId, ids, nowMs]);
}

function idOf(ids: WriteIds, replicaId: string): number {
  return Object.hasOwn(ids, replicaId) ? (ids[replicaId] ?? 0) : 0;
}
