/** POST attach: makes a staged blob part of an item, once, and not before its client's checkpoint has come far enough (spec 5.4). */
import type {Sql} from '../../../host.ts';
import type {BlobRelation} from '../../../model/vfs/blob-types.ts';
import type {ReconcileState} from '../../../model/vfs/types.ts';
import {compareCursors, decodeCursor, encodeCursor, normalizeCursor} from '../cursor.ts';
import {type Call, ok, type Parsed, refuse, refused, type Reply} from '../server-http.ts';
import {CHECKPOINT_PREFIX, readWriteIds} from '../server-reconcile.ts';
import {mayWrite} from '../server-visibility.ts';
import {isRecord, trimmed} from '../text.ts';
import {formatTime} from '../time.ts';
import {parseWriteIds} from '../write-ids.ts';
import {type BlobContext, inBlobSession, markStep, Refused, TYPE_CONFLICT} from './context.ts';
import {
  BlobRowError,
  isRelation,
  LINK_KEY,
  readAttachment,
  readBytes,
  readEntry,
  readStaging,
  type Staging,
  STAGE_KEY,
} from './rows.ts';

interface AttachRequest {
  readonly stagingId: string;
  readonly itemId: string;
  readonly relationKind: BlobRelation;
  /** The checkpoint that the client must be known to have reached; null where it asks for none. */
  readonly required: (ReconcileState & {readonly clientId: string}) | null;
}

const NOT_ATTACHABLE = 'Blob staging is no longer attachable';
const BEHIND = 'Client reconcile state is behind required visibility';

const READ_CHECKPOINT = `
  SELECT last_reconciled_at, last_reconciled_change_id, last_reconciled_write_ids
  FROM vfs_sync_client_state WHERE user_id = ? AND client_id = ?`;
const ATTACH = `
  UPDATE vfs_links SET wrapped_session_key = '${STAGE_KEY}attached', visible_children = ?
  WHERE id = ? AND wrapped_session_key = '${STAGE_KEY}staged'`;
const LINK = `
  INSERT INTO vfs_links (id, parent_id, child_id, wrapped_session_key, visible_children, position, created_at)
  VALUES (?, ?, ?, ?, ?, NULL, ?)`;

/** Answers 200 with the attachment. Every other answer has changed nothing. */
export async function answerAttach(context: BlobContext, call: Call, stagingId: string): Promise<Reply> {
  const parsed = parseAttach(stagingId, call.body);
  if (parsed.kind === 'refused') return refuse(context, call, parsed.error);
  const {input} = parsed;
  return inBlobSession(context, call, async (sql, userId) => {
    const staging = await readStaging(sql, input.stagingId);
    if (staging === null) throw new Refused(404, 'Blob staging not found');
    if (staging.stagedBy !== userId) throw new Refused(403, 'Forbidden');
    if (staging.status !== 'staged') {
      const first = await repetition(sql, staging, input);
      const reply = first === null ? null : context.blobs.repeats.repeated(first);
      if (reply === null) throw new Refused(409, NOT_ATTACHABLE);
      markStep(context, staging, 'REPEAT');
      return reply;
    }
    if (staging.expiresMs === null) throw new BlobRowError('a staging has a time when it expires');
    if (staging.expiresMs <= context.host.clock.now()) {
      markStep(context, staging, 'EXPIRE');
      throw new Refused(409, 'Blob staging has expired');
    }
    if (input.required !== null) await requireCheckpoint(sql, userId, input.required);
    await requireWritable(sql, userId, input.itemId, context.host.clock.now());
    return attach(context, sql, staging, input);
  });
}

/** The answer of the first success, if that was to this very request. */
async function repetition(sql: Sql, staging: Staging, input: AttachRequest): Promise<Reply | null> {
  const isSame = staging.status === 'attached' && staging.details['attachedBy'] === payloadOf(input);
  const attachment = isSame ? await readAttachment(sql, input.itemId, staging.blobId) : null;
  return attachment === null ? null : attached(staging, input, attachment);
}

/** The stored checkpoint must be at least what is required: its cursor, and its write id of every replica named. */
async function requireCheckpoint(
  sql: Sql,
  userId: string,
  required: NonNullable<AttachRequest['required']>,
): Promise<void> {
  const row = await sql.get(READ_CHECKPOINT, [userId, CHECKPOINT_PREFIX + required.clientId]);
  if (row === undefined) throw new Refused(409, BEHIND);
  const ids = readWriteIds(row);
  const cursor = normalizeCursor({
    changedAt: row['last_reconciled_at'],
    changeId: row['last_reconciled_change_id'],
  });
  if (ids === null || cursor === null)
    throw new BlobRowError('a stored checkpoint has a cursor and write ids');
  const reached = Object.entries(required.lastReconciledWriteIds).every(
    ([replicaId, id]) => Object.hasOwn(ids, replicaId) && (ids[replicaId] ?? 0) >= id,
  );
  if (compareCursors(cursor, required.cursor) < 0 || !reached) throw new Refused(409, BEHIND);
}

/** An item that is not there fails the request; one that is there and the caller may not write refuses it. */
async function requireWritable(sql: Sql, userId: string, itemId: string, nowMs: number): Promise<void> {
  const item = await readEntry(sql, itemId);
  if (item === null) throw new BlobRowError('a blob is attached to an item that there is');
  const isItem = item.type !== 'blob' && item.type !== 'blobStage';
  if (!isItem || !(await mayWrite(sql, userId, itemId, nowMs))) throw new Refused(403, 'Forbidden');
}

async function attach(
  context: BlobContext,
  sql: Sql,
  staging: Staging,
  input: AttachRequest,
): Promise<Reply> {
  const {stagingId, blobId, stagedBy} = staging;
  const {itemId, relationKind} = input;
  const nowMs = context.host.clock.now();
  const details = {
    ...staging.details,
    ...{status: 'attached', attachedAt: formatTime(nowMs), attachedItemId: itemId},
    attachedBy: payloadOf(input),
  };
  if ((await sql.run(ATTACH, [JSON.stringify(details), stagingId])).changes === 0)
    throw new Refused(409, NOT_ATTACHABLE);
  await requireBlob(sql, blobId);
  markStep(context, staging, 'ATTACH');
  const known = await readAttachment(sql, itemId, blobId);
  if (known !== null) {
    if (known.relationKind === null) throw new BlobRowError('what links an item and a blob says how');
    if (known.relationKind !== relationKind)
      throw new Refused(409, 'Blob is already attached with a different relation kind');
    return attached(staging, input, known);
  }
  const refId = context.host.random.id(32);
  const shown = JSON.stringify({relationKind, attachedBy: stagedBy});
  await sql.run(LINK, [refId, itemId, blobId, LINK_KEY + relationKind, shown, nowMs]);
  return attached(staging, input, {refId, createdMs: nowMs});
}

/** A blob that is not there, or whose bytes are known to be lost, is not made part of anything. */
async function requireBlob(sql: Sql, blobId: string): Promise<void> {
  const entry = await readEntry(sql, blobId);
  if (entry === null) throw new BlobRowError('a staged blob is registered');
  if (entry.type !== 'blob') throw new Refused(409, TYPE_CONFLICT);
  if ((await readBytes(sql, blobId))?.lost === true)
    throw new BlobRowError('a blob that is attached has bytes');
}

function attached(
  {stagingId, blobId}: Staging,
  {itemId, relationKind}: AttachRequest,
  {refId, createdMs}: {readonly refId: string; readonly createdMs: number},
): Reply {
  const attachedAt = formatTime(createdMs);
  return ok({attached: true, stagingId, blobId, itemId, relationKind, refId, attachedAt});
}

/** What makes two requests for one staging the same. */
function payloadOf({itemId, relationKind, required}: AttachRequest): string {
  if (required === null) return JSON.stringify([itemId, relationKind]);
  const {clientId, cursor, lastReconciledWriteIds} = required;
  return JSON.stringify([itemId, relationKind, clientId, encodeCursor(cursor), lastReconciledWriteIds]);
}

function parseAttach(path: string, body: unknown): Parsed<AttachRequest> {
  const stagingId = trimmed(path);
  if (stagingId === null) return refused('stagingId is required');
  const fields = isRecord(body) ? body : {};
  const itemId = trimmed(fields['itemId']);
  const {relationKind = 'file'} = fields;
  if (itemId === null || !isRelation(relationKind)) return refused('itemId is required');
  const required = parseRequired(fields);
  if (required.kind === 'refused') return required;
  return {kind: 'ok', input: {stagingId, itemId, relationKind, required: required.input}};
}

function parseRequired(fields: Readonly<Record<string, unknown>>): Parsed<AttachRequest['required']> {
  const {clientId: client, requiredCursor, requiredLastReconciledWriteIds} = fields;
  // null is a value: who sends one means to guard, and got it wrong
  const isAbsent =
    client === undefined && requiredCursor === undefined && requiredLastReconciledWriteIds === undefined;
  if (isAbsent) return {kind: 'ok', input: null};
  const clientId = trimmed(client);
  if (clientId === null) return refused('clientId is required when reconcile guardrails are provided');
  if (clientId.includes(':')) return refused('clientId must not contain ":"');
  const text = trimmed(requiredCursor);
  if (text === null) return refused('requiredCursor is required when reconcile guardrails are provided');
  const cursor = decodeCursor(text);
  if (cursor === null) return refused('Invalid requiredCursor');
  const ids = parseWriteIds(requiredLastReconciledWriteIds);
  if (!ids.ok) return refused(ids.error);
  return {kind: 'ok', input: {clientId, cursor, lastReconciledWriteIds: ids.ids}};
}
