/** Blobs, stagings and attachments as their rows say, read with suspicion: other releases and migrations write them too (spec 5.1). */
import type {Sql, SqlRow} from '../../../host.ts';
import type {BlobRelation} from '../../../model/vfs/blob-types.ts';
import {parseJson} from '../json.ts';
import {isRecord, trimmed} from '../text.ts';
import {parseTime} from '../time.ts';

export const STAGE_KEY = 'blob-stage:';
export const LINK_KEY = 'blob-link:';

/** A row does not say what it must: the request that needs it fails, and whoever wrote the row has to mend it. */
export class BlobRowError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BlobRowError';
  }
}

/** `invalid`: a status that no release writes. */
export type StagingStatus = 'staged' | 'attached' | 'abandoned' | 'invalid';

export interface Staging {
  readonly stagingId: string;
  readonly blobId: string;
  readonly stagedBy: string;
  readonly stagedMs: number;
  readonly status: StagingStatus;
  /** Null where it is missing or no time. */
  readonly expiresMs: number | null;
  /** All that is stored beside the status: kept as it is when the status changes. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface BlobBytes {
  readonly objectKey: string;
  readonly contentType: string | null;
  readonly sha256: string;
  readonly lost: boolean;
}

export interface Attachment {
  readonly refId: string;
  readonly createdMs: number;
  /** Null where neither the key nor the details name one. */
  readonly relationKind: BlobRelation | null;
}

const READ_ENTRY = `SELECT owner_id, object_type FROM vfs_registry WHERE id = ?`;
const READ_STAGING = `
  SELECT l.child_id, l.wrapped_session_key, l.visible_children, l.created_at, r.owner_id
  FROM vfs_links l LEFT JOIN vfs_registry r ON r.id = l.id AND r.object_type = 'blobStage'
  WHERE l.id = ? AND l.parent_id = l.id AND l.wrapped_session_key LIKE '${STAGE_KEY}%'`;
const READ_BYTES = `SELECT object_key, content_type, sha256, lost_at FROM vfs_blob_bytes WHERE blob_id = ?`;
const READ_LINK = `
  SELECT id, wrapped_session_key, visible_children, created_at
  FROM vfs_links WHERE parent_id = ? AND child_id = ?`;

/** An item's type and owner; null if there is none. */
export async function readEntry(
  sql: Sql,
  id: string,
): Promise<{readonly type: string; readonly owner: string | null} | null> {
  const row = await sql.get(READ_ENTRY, [id]);
  return row === undefined ? null : {type: String(row['object_type']), owner: trimmed(row['owner_id'])};
}

/** A staging; null if there is none. Throws {@link BlobRowError} if nobody knows whose it is, or of which blob. */
export async function readStaging(sql: Sql, stagingId: string): Promise<Staging | null> {
  const row = await sql.get(READ_STAGING, [stagingId]);
  if (row === undefined) return null;
  const blobId = trimmed(row['child_id']);
  const stagedBy = trimmed(row['owner_id']);
  if (blobId === null || stagedBy === null) throw new BlobRowError('a staging has a blob and an owner');
  const details = detailsOf(row);
  const status = String(row['wrapped_session_key']).slice(STAGE_KEY.length);
  return {
    ...{stagingId, blobId, stagedBy, details},
    stagedMs: Number(row['created_at']),
    status: status === 'staged' || status === 'attached' || status === 'abandoned' ? status : 'invalid',
    expiresMs: parseTime(details['expiresAt']),
  };
}

/** As {@link readStaging}, with null also for one of which nobody knows whose it is, or of which blob. */
export async function readSoundStaging(sql: Sql, stagingId: string): Promise<Staging | null> {
  try {
    return await readStaging(sql, stagingId);
  } catch (error) {
    if (error instanceof BlobRowError) return null;
    throw error;
  }
}

/** Where a blob's bytes are; null for a blob from before that was recorded. */
export async function readBytes(sql: Sql, blobId: string): Promise<BlobBytes | null> {
  const row = await sql.get(READ_BYTES, [blobId]);
  if (row === undefined) return null;
  return {
    objectKey: String(row['object_key']),
    contentType: row['content_type'] === null ? null : String(row['content_type']),
    sha256: String(row['sha256']),
    lost: row['lost_at'] !== null,
  };
}

/** What lies between an item and a blob; null if nothing does. */
export async function readAttachment(sql: Sql, itemId: string, blobId: string): Promise<Attachment | null> {
  const row = await sql.get(READ_LINK, [itemId, blobId]);
  if (row === undefined) return null;
  const key = String(row['wrapped_session_key']);
  const named = detailsOf(row)['relationKind'];
  const suffix = key.startsWith(LINK_KEY) ? key.slice(LINK_KEY.length) : null;
  return {
    refId: String(row['id']),
    createdMs: Number(row['created_at']),
    relationKind: isRelation(named) ? named : isRelation(suffix) ? suffix : null,
  };
}

export function isRelation(value: unknown): value is BlobRelation {
  return value === 'file' || value === 'emailAttachment' || value === 'photo' || value === 'other';
}

function detailsOf(row: SqlRow): Readonly<Record<string, unknown>> {
  const text = row['visible_children'];
  const parsed = typeof text === 'string' ? parseJson(text) : null;
  return parsed?.ok === true && isRecord(parsed.value) ? parsed.value : {};
}
