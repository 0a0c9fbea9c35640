/**
 * Stage, attach and abandon as the old release answers them: everything it knows of a blob is in the legacy
 * tables (spec 6.1; status and words as in 5.3 to 5.5).
 */
import type {Sql} from '../../../host.ts';
import {decodeBase64} from '../blobs/base64.ts';
import {sha256} from '../blobs/sha256.ts';
import type {StoreClient} from '../blobs/store-client.ts';
import {type Call, failed, inSession, ok, refuse, type Reply, type ServerContext} from '../server-http.ts';
import {isRecord, trimmed} from '../text.ts';
import {formatTime, parseTime} from '../time.ts';

const KINDS: ReadonlySet<unknown> = new Set(['file', 'emailAttachment', 'photo', 'other']);

const READ_OBJECT = `SELECT created_by FROM vfs_blob_objects WHERE id = ?`;
const READ_STAGING = `SELECT blob_id, staged_by, status, expires_at FROM vfs_blob_staging WHERE id = ?`;
const READ_OWNER = `SELECT owner_id FROM vfs_registry WHERE id = ? AND object_type NOT IN ('blob', 'blobStage')`;
const READ_REF = `SELECT id, relation_kind, attached_at FROM vfs_blob_refs WHERE blob_id = ? AND item_id = ? ORDER BY id LIMIT 1`;
const READ_TYPE = `
  SELECT 1 AS found FROM vfs_registry
  WHERE (id = ? AND object_type <> 'blob') OR (id = ? AND object_type <> 'blobStage') LIMIT 1`;
const STORE = `
  INSERT INTO vfs_blob_objects (id, sha256, size_bytes, storage_key, created_by, created_at)
  VALUES (?, ?, ?, ?, ?, ?)`;
const STAGE = `
  INSERT INTO vfs_blob_staging (
    id, blob_id, staged_by, status, staged_at, attached_at, expires_at, attached_item_id)
  VALUES (?, ?, ?, 'staged', ?, NULL, ?, NULL)`;
const ATTACH = `
  UPDATE vfs_blob_staging SET status = 'attached', attached_at = ?, attached_item_id = ?
  WHERE id = ? AND status = 'staged'`;
const ABANDON = `UPDATE vfs_blob_staging SET status = 'abandoned' WHERE id = ? AND status = 'staged'`;
const REFER = `
  INSERT INTO vfs_blob_refs (id, blob_id, item_id, relation_kind, attached_by, attached_at)
  VALUES (?, ?, ?, ?, ?, ?)`;

const PATH = /^\/v1\/vfs\/blobs\/stage(?:\/([^/]*)\/(attach|abandon))?$/;

/** Answers a blob request; null if it is none. Never rejects but with what `primary` does. */
export async function answerLegacyBlobs(
  context: ServerContext,
  call: Call,
  store: StoreClient | null,
): Promise<Reply | null> {
  const [found, id = '', verb] = PATH.exec(call.path) ?? [];
  if (found === undefined || call.method !== 'POST') return null;
  if (verb === undefined) return stage(context, call, store);
  const stagingId = trimmed(decodeURIComponent(id));
  if (stagingId === null) return refuse(context, call, 'stagingId is required');
  return verb === 'attach' ? attach(context, call, stagingId) : abandon(context, call, stagingId);
}

async function stage(context: ServerContext, call: Call, store: StoreClient | null): Promise<Reply> {
  const fields = isRecord(call.body) ? call.body : {};
  const blobId = trimmed(fields['blobId']);
  const expiresMs = parseTime(fields['expiresAt']);
  if (blobId === null || expiresMs === null)
    return refuse(context, call, 'blobId and expiresAt are required');
  const {dataBase64: data} = fields;
  const bytes = typeof data === 'string' ? decodeBase64(data) : null;
  if (data !== undefined && bytes === null) return refuse(context, call, 'dataBase64 must be valid base64');
  const nowMs = context.host.clock.now();
  if (expiresMs <= nowMs) return refuse(context, call, 'expiresAt must be in the future');
  const stagingId = trimmed(fields['stagingId']) ?? context.host.random.id(32);
  // each upload has a key of its own, which a blob's row then names: another's bytes are never written over
  const storageKey = `old-${context.host.random.id(16)}`;
  if (bytes !== null) await store?.put(storageKey, bytes);
  return inSession(context, call, async (sql, userId) => {
    const object = await sql.get(READ_OBJECT, [blobId]);
    if (object === undefined && bytes === null) return failed(404, 'Blob object not found');
    if (object !== undefined && object['created_by'] !== userId) return failed(403, 'Forbidden');
    if ((await sql.get(READ_STAGING, [stagingId])) !== undefined)
      return failed(409, 'Blob staging already exists');
    if ((await sql.get(READ_TYPE, [blobId, stagingId])) !== undefined)
      return failed(409, 'Blob object id conflicts with existing VFS object');
    if (object === undefined && bytes !== null)
      await sql.run(STORE, [blobId, sha256(bytes), bytes.length, storageKey, userId, nowMs]);
    await sql.run(STAGE, [stagingId, blobId, userId, nowMs, expiresMs]);
    const times = {stagedAt: formatTime(nowMs), expiresAt: formatTime(expiresMs)};
    return {status: 201, body: {stagingId, blobId, status: 'staged', ...times}};
  });
}

async function attach(context: ServerContext, call: Call, stagingId: string): Promise<Reply> {
  const fields = isRecord(call.body) ? call.body : {};
  const itemId = trimmed(fields['itemId']);
  const {relationKind = 'file'} = fields;
  if (itemId === null || typeof relationKind !== 'string' || !KINDS.has(relationKind))
    return refuse(context, call, 'itemId is required');
  const nowMs = context.host.clock.now();
  return inSession(context, call, async (sql, userId) => {
    const refusal = await judge(sql, userId, stagingId, 'Blob staging is no longer attachable');
    if (refusal.reply !== null) return refusal.reply;
    if (refusal.expiresMs <= nowMs) return failed(409, 'Blob staging has expired');
    if ((await sql.get(READ_OWNER, [itemId]))?.['owner_id'] !== userId) return failed(403, 'Forbidden');
    const {blobId} = refusal;
    const known = await sql.get(READ_REF, [blobId, itemId]);
    if (known !== undefined && known['relation_kind'] !== relationKind)
      return failed(409, 'Blob is already attached with a different relation kind');
    await sql.run(ATTACH, [nowMs, itemId, stagingId]);
    const refId = known === undefined ? context.host.random.id(32) : String(known['id']);
    if (known === undefined) await sql.run(REFER, [refId, blobId, itemId, relationKind, userId, nowMs]);
    const attachedAt = formatTime(Number(known?.['attached_at'] ?? nowMs));
    return ok({attached: true, stagingId, blobId, itemId, relationKind, refId, attachedAt});
  });
}

async function abandon(context: ServerContext, call: Call, stagingId: string): Promise<Reply> {
  return inSession(context, call, async (sql, userId) => {
    const {reply} = await judge(sql, userId, stagingId, 'Blob staging is no longer abandonable');
    if (reply !== null) return reply;
    await sql.run(ABANDON, [stagingId]);
    return ok({abandoned: true, stagingId, status: 'abandoned'});
  });
}

/** Whether the caller may end this staging: null, or what he is answered. */
async function judge(
  sql: Sql,
  userId: string,
  stagingId: string,
  ended: string,
): Promise<{readonly reply: Reply | null; readonly blobId: string; readonly expiresMs: number}> {
  const row = await sql.get(READ_STAGING, [stagingId]);
  const told = (reply: Reply | null) => ({
    reply,
    blobId: String(row?.['blob_id']),
    expiresMs: Number(row?.['expires_at']),
  });
  if (row === undefined) return told(failed(404, 'Blob staging not found'));
  if (row['staged_by'] !== userId) return told(failed(403, 'Forbidden'));
  return told(row['status'] === 'staged' ? null : failed(409, ended));
}
