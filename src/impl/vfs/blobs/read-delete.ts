/** GET and DELETE of a blob by its owner: the bytes as they were stored, and the end of both bytes and metadata (spec 5.6). */
import type {HttpResponse, Sql} from '../../../host.ts';
import {type Call, failed, ok, refuse, type Reply, toResponse} from '../server-http.ts';
import {trimmed} from '../text.ts';
import {type BlobContext, inBlobSession, markStep, Refused, TYPE_CONFLICT} from './context.ts';
import {LINK_KEY, readBytes, readEntry, readSoundStaging, STAGE_KEY} from './rows.ts';
import {sha256} from './sha256.ts';
import {BlobStoreError} from './store-client.ts';

/** Which blob an answer's bytes are of, and what they digest to: bytes say nothing of that themselves. */
export const BLOB_ID = 'x-blob-id';
export const BLOB_SHA256 = 'x-blob-sha256';

const ANY_TYPE = 'application/octet-stream';

const IS_ATTACHED = `
  SELECT 1 AS found FROM vfs_links WHERE child_id = ? AND wrapped_session_key LIKE '${LINK_KEY}%' LIMIT 1`;
const STAGINGS = `
  SELECT id FROM vfs_links WHERE child_id = ? AND parent_id = id AND wrapped_session_key LIKE '${STAGE_KEY}%' ORDER BY id`;
const DROP_STAGED = `
  DELETE FROM vfs_registry WHERE object_type = 'blobStage' AND id IN (
    SELECT id FROM vfs_links WHERE child_id = ? AND parent_id = id AND wrapped_session_key LIKE '${STAGE_KEY}%')`;
const DROP_STAGINGS = `
  DELETE FROM vfs_links WHERE child_id = ? AND parent_id = id AND wrapped_session_key LIKE '${STAGE_KEY}%'`;
const DROP_BYTES = `DELETE FROM vfs_blob_bytes WHERE blob_id = ?`;
const DROP_BLOB = `DELETE FROM vfs_registry WHERE id = ?`;

/** Answers 200 with the bytes; 500 where the store does not have them, or has others. */
export async function answerRead(context: BlobContext, call: Call, path: string): Promise<HttpResponse> {
  const blobId = trimmed(path);
  if (blobId === null) return toResponse(await refuse(context, call, 'blobId is required'));
  const found = await inBlobSession(context, call, async (sql, userId) => {
    await requireOwn(sql, userId, blobId);
    return {known: await readBytes(sql, blobId)};
  });
  if ('status' in found) return toResponse(found);
  const {known} = found;
  const bytes = await context.store.get(known?.objectKey ?? blobId);
  const digest = bytes === null ? null : sha256(bytes);
  if (bytes === null || digest === null || (known !== null && known.sha256 !== digest)) {
    context.host.probe('vfs.blobs.bytesMissing');
    return toResponse(await bytesMissing(context, call, blobId));
  }
  const headers = {'content-type': known?.contentType ?? ANY_TYPE, [BLOB_ID]: encodeURIComponent(blobId)};
  return {status: 200, headers: {...headers, [BLOB_SHA256]: digest}, body: bytes};
}

/** Its bytes are not there: because it has been deleted meanwhile, or because the store has lost them. */
function bytesMissing(context: BlobContext, call: Call, blobId: string): Promise<Reply> {
  return inBlobSession(context, call, async (sql, userId) => {
    await requireOwn(sql, userId, blobId);
    return failed(500, 'Failed to read blob data');
  });
}

/**
 * Answers 200 once the metadata is gone, with all stagings of the blob. Its bytes follow, now or with the next sweep:
 * the other way round a failure between the two would leave metadata without bytes (D37).
 */
export async function answerDelete(context: BlobContext, call: Call, path: string): Promise<Reply> {
  const blobId = trimmed(path);
  if (blobId === null) return refuse(context, call, 'blobId is required');
  const dropped = await inBlobSession(context, call, async (sql, userId) => {
    await requireOwn(sql, userId, blobId);
    if ((await sql.get(IS_ATTACHED, [blobId])) !== undefined)
      throw new Refused(409, 'Blob is attached and cannot be deleted');
    const bytes = await readBytes(sql, blobId);
    for (const {id} of await sql.all(STAGINGS, [blobId])) {
      const staging = await readSoundStaging(sql, String(id));
      if (staging !== null) markStep(context, staging, 'DELETE');
    }
    for (const drop of [DROP_STAGED, DROP_STAGINGS, DROP_BYTES, DROP_BLOB]) await sql.run(drop, [blobId]);
    return {objectKey: bytes?.objectKey ?? blobId};
  });
  if ('status' in dropped) return dropped;
  await dropBytes(context, dropped.objectKey);
  return ok({deleted: true, blobId});
}

async function dropBytes(context: BlobContext, objectKey: string): Promise<void> {
  try {
    await context.store.delete(objectKey);
  } catch (error) {
    if (!(error instanceof BlobStoreError)) throw error;
    context.host.probe('vfs.blobs.bytesLeft');
  }
}

/** Throws {@link Refused} unless the blob is there and the caller's. */
async function requireOwn(sql: Sql, userId: string, blobId: string): Promise<void> {
  const entry = await readEntry(sql, blobId);
  if (entry === null) throw new Refused(404, 'Blob object not found');
  if (entry.type !== 'blob') throw new Refused(409, TYPE_CONFLICT);
  if (entry.owner !== userId) throw new Refused(403, 'Forbidden');
}
