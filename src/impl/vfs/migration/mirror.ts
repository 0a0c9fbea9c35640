/**
 * What a release that knows both forms writes twice: each grant and each blob staging that its transaction
 * changed in the flattened tables is changed alike in the legacy ones, while the schema still has them.
 */
import type {Sql, SqlRow, SqlValue} from '../../../host.ts';
import {parseTime} from '../time.ts';

/** The legacy row was changed by somebody who knows only the legacy form: the two cannot both be right. */
class LegacyConflictError extends Error {
  constructor(stagingId: string) {
    super(`the legacy row of staging ${stagingId} is no longer what this change starts from`);
    this.name = 'LegacyConflictError';
  }
}

type Rows = ReadonlyMap<string, SqlRow>;

interface Flattened {
  readonly grants: Rows;
  readonly blobs: Rows;
  readonly stagings: Rows;
  readonly links: Rows;
}

const GRANTS = `
  SELECT item_id, principal_id, access_level, wrapped_session_key, wrapped_hierarchical_key, granted_by,
    updated_at, expires_at
  FROM vfs_acl_entries WHERE principal_type = 'user' AND revoked_at IS NULL ORDER BY id`;
const BLOBS = `
  SELECT r.id, r.owner_id, r.created_at, b.object_key, b.sha256, b.size
  FROM vfs_registry r LEFT JOIN vfs_blob_bytes b ON b.blob_id = r.id WHERE r.object_type = 'blob' ORDER BY r.id`;
const STAGINGS = `
  SELECT l.id, l.child_id, l.wrapped_session_key, l.visible_children, l.created_at, r.owner_id
  FROM vfs_links l JOIN vfs_registry r ON r.id = l.id
  WHERE l.parent_id = l.id AND l.wrapped_session_key LIKE 'blob-stage:%' ORDER BY l.id`;
const LINKS = `
  SELECT id, parent_id, child_id, wrapped_session_key, visible_children, created_at FROM vfs_links
  WHERE wrapped_session_key LIKE 'blob-link:%' ORDER BY id`;

const REVOKE = `DELETE FROM vfs_access WHERE item_id = ? AND user_id = ?`;
const GRANT = `
  INSERT INTO vfs_access (
    item_id, user_id, permission_level, wrapped_session_key, wrapped_hierarchical_key, granted_by,
    granted_at, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (item_id, user_id) DO UPDATE SET
    permission_level = excluded.permission_level, wrapped_session_key = excluded.wrapped_session_key,
    wrapped_hierarchical_key = excluded.wrapped_hierarchical_key, granted_by = excluded.granted_by,
    granted_at = excluded.granted_at, expires_at = excluded.expires_at`;
/** Fails where the old release has made a blob of that id by itself: that is another blob. */
const ADD_OBJECT = `
  INSERT INTO vfs_blob_objects (sha256, size_bytes, storage_key, id, created_by, created_at)
  VALUES (?, ?, ?, ?, ?, ?)`;
const STORE_OBJECT = `
  UPDATE vfs_blob_objects SET sha256 = ?, size_bytes = ?, storage_key = ? WHERE id = ?`;
const DELETE_OBJECT = `DELETE FROM vfs_blob_objects WHERE id = ?`;
const READ_STAGING = `SELECT blob_id, staged_by, status FROM vfs_blob_staging WHERE id = ?`;
const STAGE = `
  INSERT INTO vfs_blob_staging (
    id, blob_id, staged_by, status, staged_at, attached_at, expires_at, attached_item_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const MOVE_ON = `
  UPDATE vfs_blob_staging SET status = ?, attached_at = ?, attached_item_id = ? WHERE id = ? AND status = 'staged'`;
const LINK = `
  INSERT INTO vfs_blob_refs (id, blob_id, item_id, relation_kind, attached_by, attached_at)
  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const UNLINK = `DELETE FROM vfs_blob_refs WHERE blob_id = ? AND item_id = ?`;

/** Which legacy tables there still are, by the version that the transaction has read. */
export interface Mirrored {
  readonly grants: boolean;
  readonly blobs: boolean;
}

/** Reads what a transaction is about to change. */
export async function readFlattened(sql: Sql, mirrored: Mirrored): Promise<Flattened> {
  const keyed = async (wanted: boolean, query: string, columns: readonly string[]): Promise<Rows> => {
    const rows = wanted ? await sql.all(query) : [];
    return new Map(rows.map(row => [JSON.stringify(columns.map(column => row[column])), row]));
  };
  return {
    grants: await keyed(mirrored.grants, GRANTS, ['item_id', 'principal_id']),
    blobs: await keyed(mirrored.blobs, BLOBS, ['id']),
    stagings: await keyed(mirrored.blobs, STAGINGS, ['id']),
    links: await keyed(mirrored.blobs, LINKS, ['parent_id', 'child_id']),
  };
}

/** Makes the legacy tables follow what changed since `before`. Throws {@link LegacyConflictError}. */
export async function writeLegacy(sql: Sql, before: Flattened, mirrored: Mirrored): Promise<void> {
  const now = await readFlattened(sql, mirrored);
  for (const row of gone(before.grants, now.grants)) {
    await sql.run(REVOKE, values(row, 'item_id', 'principal_id'));
  }
  for (const row of changed(before.grants, now.grants)) await sql.run(GRANT, Object.values(row));
  for (const row of gone(before.links, now.links))
    await sql.run(UNLINK, values(row, 'child_id', 'parent_id'));
  for (const row of gone(before.blobs, now.blobs)) await sql.run(DELETE_OBJECT, values(row, 'id'));
  for (const row of changed(before.blobs, now.blobs)) {
    await storeObject(sql, row, before.blobs.has(JSON.stringify([row['id']])));
  }
  for (const row of changed(before.stagings, now.stagings)) await followStaging(sql, row);
  for (const row of changed(before.links, now.links)) await followLink(sql, row);
}

const gone = (before: Rows, now: Rows): SqlRow[] =>
  [...before].filter(([key]) => !now.has(key)).map(([, row]) => row);

const changed = (before: Rows, now: Rows): SqlRow[] =>
  [...now]
    .filter(([key, row]) => JSON.stringify(before.get(key)) !== JSON.stringify(row))
    .map(([, row]) => row);

const values = (row: SqlRow, ...columns: string[]): SqlValue[] => columns.map(column => row[column] ?? null);

/** A blob whose bytes nobody has recorded keeps them under its own id. */
async function storeObject(sql: Sql, row: SqlRow, isKnown: boolean): Promise<void> {
  const {id = null, sha256, size, object_key: key, owner_id: owner, created_at: at} = row;
  const content = [sha256 ?? '', size ?? 0, key ?? id, id];
  if (isKnown) await sql.run(STORE_OBJECT, content);
  else await sql.run(ADD_OBJECT, [...content, owner ?? '', at ?? 0]);
}

async function followStaging(sql: Sql, row: SqlRow): Promise<void> {
  const id = String(row['id']);
  const status = String(row['wrapped_session_key']).slice('blob-stage:'.length);
  const details = detailsOf(row);
  const attachedAt = parseTime(details['attachedAt']);
  const itemId = typeof details['attachedItemId'] === 'string' ? details['attachedItemId'] : null;
  const known = await sql.get(READ_STAGING, [id]);
  if (known === undefined) {
    const [blobId = null, owner = null, stagedAt = null] = values(row, 'child_id', 'owner_id', 'created_at');
    const expiresAt = parseTime(details['expiresAt']) ?? 0;
    await sql.run(STAGE, [id, blobId, owner, status, stagedAt, attachedAt, expiresAt, itemId]);
    return;
  }
  const isSame = known['blob_id'] === row['child_id'] && known['staged_by'] === row['owner_id'];
  if (!isSame) throw new LegacyConflictError(id);
  if (known['status'] === status && status === 'staged') return;
  const {changes} = await sql.run(MOVE_ON, [status, attachedAt, itemId, id]);
  if (changes === 0) throw new LegacyConflictError(id);
}

async function followLink(sql: Sql, row: SqlRow): Promise<void> {
  const kind = String(row['wrapped_session_key']).slice('blob-link:'.length);
  const by = detailsOf(row)['attachedBy'];
  const [id = null, blobId = null, itemId = null, at = null] = values(
    row,
    ...['id', 'child_id', 'parent_id', 'created_at'],
  );
  await sql.run(LINK, [id, blobId, itemId, kind, typeof by === 'string' ? by : '', at]);
}

function detailsOf(row: SqlRow): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(String(row['visible_children'] ?? '{}'));
  return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
}
