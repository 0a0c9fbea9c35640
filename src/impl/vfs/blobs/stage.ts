/** POST stage: promises that a blob's bytes will be attached by a certain time, and takes the bytes in if they are sent (spec 5.3). */
import type {Sql} from '../../../host.ts';
import {type Call, failed, type Parsed, refuse, refused, type Reply} from '../server-http.ts';
import {isRecord, trimmed} from '../text.ts';
import {formatTime, parseTime} from '../time.ts';
import {decodeBase64} from './base64.ts';
import {type BlobContext, inBlobSession, markStep, Refused, TYPE_CONFLICT} from './context.ts';
import {type BlobBytes, LINK_KEY, readBytes, readEntry, readStaging, STAGE_KEY} from './rows.ts';
import {sha256} from './sha256.ts';
import {BlobStoreError} from './store-client.ts';

interface Upload {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

interface StageRequest {
  readonly blobId: string;
  readonly stagingId: string;
  readonly expiresMs: number;
  readonly contentType: string | null;
  readonly upload: Upload | null;
}

/** Bytes that are in the store, or on their way to it, and not a blob's yet. */
interface Written extends Upload {
  readonly objectKey: string;
}

/** Letters of an object's key that no other object has. */
const KEY_RANDOM = 16;

const IS_ATTACHED = `SELECT 1 AS found FROM vfs_links WHERE child_id = ? AND wrapped_session_key LIKE '${LINK_KEY}%' LIMIT 1`;
const REGISTER = `INSERT INTO vfs_registry (id, object_type, owner_id, created_at) VALUES (?, ?, ?, ?)`;
const STAGE = `
  INSERT INTO vfs_links (id, parent_id, child_id, wrapped_session_key, visible_children, position, created_at)
  VALUES (?, ?, ?, '${STAGE_KEY}staged', ?, NULL, ?)`;
const BEGIN_WRITE = `INSERT INTO vfs_blob_writes (object_key, blob_id, user_id, started_at) VALUES (?, ?, ?, ?)`;
const END_WRITE = `DELETE FROM vfs_blob_writes WHERE object_key = ?`;
const STORE_BYTES = `
  INSERT INTO vfs_blob_bytes (blob_id, object_key, content_type, size, sha256, lost_at)
  VALUES (?, ?, ?, ?, ?, NULL)
  ON CONFLICT (blob_id) DO UPDATE SET object_key = excluded.object_key, lost_at = NULL`;

/**
 * Answers 201 with the staging. No byte is written before the blob is known to be the caller's, and no metadata before
 * its bytes are stored: between the two lies a row of `vfs_blob_writes`.
 */
export async function answerStage(context: BlobContext, call: Call): Promise<Reply> {
  const parsed = parseStage(context, call.body);
  if (parsed.kind === 'refused') return refuse(context, call, parsed.error);
  const {input} = parsed;
  const begun = await inBlobSession(context, call, async (sql, userId) => {
    const standing = await judge(context, sql, userId, input);
    if (standing.kind === 'repeated') return standing.reply;
    if (!standing.needsBytes || input.upload === null) return stage(context, sql, userId, input);
    const written: Written = {...input.upload, objectKey: keyFor(context, input.blobId)};
    await sql.run(BEGIN_WRITE, [written.objectKey, input.blobId, userId, context.host.clock.now()]);
    return written;
  });
  return 'status' in begun ? begun : answerUpload(context, call, input, begun);
}

/** Puts the bytes into the store, and then all metadata in one transaction. */
async function answerUpload(
  context: BlobContext,
  call: Call,
  input: StageRequest,
  written: Written,
): Promise<Reply> {
  try {
    await context.store.put(written.objectKey, written.bytes);
  } catch (error) {
    // whether the bytes are there nobody knows: the row of the write is left for the sweep
    if (error instanceof BlobStoreError) return failed(500, 'Failed to persist blob data');
    throw error;
  }
  return inBlobSession(context, call, async (sql, userId) => {
    const standing = await judge(context, sql, userId, input);
    if (standing.kind === 'repeated') return standing.reply;
    if (!standing.needsBytes) return stage(context, sql, userId, input);
    if ((await sql.run(END_WRITE, [written.objectKey])).changes === 0)
      throw new Error('the sweep has taken these bytes for given up');
    if (standing.isNew) await sql.run(REGISTER, [input.blobId, 'blob', userId, context.host.clock.now()]);
    const {objectKey, bytes, sha256: digest} = written;
    await sql.run(STORE_BYTES, [input.blobId, objectKey, input.contentType, bytes.length, digest]);
    return stage(context, sql, userId, input);
  });
}

type Standing =
  | {readonly kind: 'repeated'; readonly reply: Reply}
  | {
      readonly kind: 'open';
      /** There is no blob of that id yet. */
      readonly isNew: boolean;
      /** The blob has no bytes, and they were sent. */
      readonly needsBytes: boolean;
    };

/** Whether the caller may stage this now. Throws {@link Refused}. */
async function judge(context: BlobContext, sql: Sql, userId: string, input: StageRequest): Promise<Standing> {
  const {blobId, stagingId, upload} = input;
  const entry = await readEntry(sql, blobId);
  if (entry === null && upload === null) throw new Refused(404, 'Blob object not found');
  if (entry !== null && entry.type !== 'blob') throw new Refused(409, TYPE_CONFLICT);
  if (entry !== null && entry.owner !== userId) throw new Refused(403, 'Forbidden');
  const bytes = entry === null ? null : await readBytes(sql, blobId);
  if (upload === null && bytes?.lost === true) throw new Refused(404, 'Blob object not found');
  if (upload !== null && entry !== null && !(await mayHold(sql, blobId, bytes, upload)))
    throw new Refused(409, TYPE_CONFLICT);
  const reply = await repetition(context, sql, userId, input);
  if (reply !== null) return {kind: 'repeated', reply};
  if ((await readEntry(sql, stagingId)) !== null) throw new Refused(409, 'Blob staging already exists');
  return {
    kind: 'open',
    isNew: entry === null,
    needsBytes: upload !== null && (bytes === null || bytes.lost),
  };
}

/** A blob's bytes never change; where nobody recorded what they are, they may be given as long as nothing shows them. */
async function mayHold(sql: Sql, blobId: string, bytes: BlobBytes | null, upload: Upload): Promise<boolean> {
  if (bytes !== null) return bytes.sha256 === upload.sha256;
  return (await sql.get(IS_ATTACHED, [blobId])) === undefined;
}

/** The first answer once more, if this very staging was made by this very request; whatever became of it since. */
async function repetition(
  context: BlobContext,
  sql: Sql,
  userId: string,
  input: StageRequest,
): Promise<Reply | null> {
  const staging = await readStaging(sql, input.stagingId);
  if (staging === null || staging.stagedBy !== userId) return null;
  const isSame = staging.blobId === input.blobId && staging.expiresMs === input.expiresMs;
  if (!isSame) return null;
  markStep(context, staging, 'REPEAT');
  return staged(input, staging.stagedMs);
}

async function stage(context: BlobContext, sql: Sql, userId: string, input: StageRequest): Promise<Reply> {
  const {stagingId, blobId, expiresMs} = input;
  const nowMs = context.host.clock.now();
  const details = JSON.stringify({status: 'staged', expiresAt: formatTime(expiresMs)});
  await sql.run(REGISTER, [stagingId, 'blobStage', userId, nowMs]);
  await sql.run(STAGE, [stagingId, stagingId, blobId, details, nowMs]);
  context.host.probe('blob:none+STAGE');
  return staged(input, nowMs);
}

function staged({stagingId, blobId, expiresMs}: StageRequest, stagedMs: number): Reply {
  const times = {stagedAt: formatTime(stagedMs), expiresAt: formatTime(expiresMs)};
  return {status: 201, body: {stagingId, blobId, status: 'staged', ...times}};
}

/** Never used twice, so that bytes which arrive late, or again, can only ever be nobody's. */
const keyFor = (context: BlobContext, blobId: string): string =>
  `${encodeURIComponent(blobId)}.${context.host.random.id(KEY_RANDOM)}`;

function parseStage({host}: BlobContext, body: unknown): Parsed<StageRequest> {
  const required = refused('blobId and expiresAt are required');
  if (!isRecord(body)) return required;
  const blobId = trimmed(body['blobId']);
  const expiresMs = parseTime(trimmed(body['expiresAt']));
  const data = optionalText(body['dataBase64']);
  const contentType = optionalText(body['contentType']);
  if (blobId === null || expiresMs === null || data === null || contentType === null) return required;
  if (expiresMs <= host.clock.now()) return refused('expiresAt must be in the future');
  const bytes = data === undefined ? undefined : decodeBase64(data);
  if (bytes === null) return refused('dataBase64 must be valid base64');
  const stagingId = trimmed(body['stagingId']) ?? host.random.id(32);
  const upload = bytes === undefined ? null : {bytes, sha256: sha256(bytes)};
  return {kind: 'ok', input: {blobId, stagingId, expiresMs, contentType: contentType ?? null, upload}};
}

/** Undefined where the field is absent, null where it is not what it must be. */
const optionalText = (value: unknown): string | null | undefined =>
  value === undefined ? undefined : trimmed(value);
