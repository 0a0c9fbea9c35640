/** What the servers' database holds of blobs, read from its committed rows in the words of the model. */
import type {CommittedSql, SqlRow} from '../../../src/index.ts';
import type {BlobRelation} from '../../../src/model/vfs/blob-types.ts';
import type {BlobState, Checkpoint, Grant, LinkRow, StagingRow} from '../../../src/model/vfs/blob-state.ts';
import {isObject, textOf} from '../../../src/model/vfs/fields.ts';
import {keyOf} from '../../../src/model/vfs/order.ts';
import {Refusal} from '../../../src/model/vfs/refusal.ts';
import {formatTime, normaliseTime, parseTime} from '../../../src/model/vfs/time.ts';
import type {AccessLevel} from '../../../src/model/vfs/types.ts';
import {parseWriteIds} from '../../../src/model/vfs/write-ids.ts';

const RELATIONS: readonly unknown[] = ['file', 'emailAttachment', 'photo', 'other'];

/** All that a request about blobs may rest on. */
export function readBlobState(sql: CommittedSql): BlobState {
  const blobLinks = sql.all(`SELECT * FROM vfs_links WHERE wrapped_session_key LIKE 'blob-%' ORDER BY id`);
  return {
    entries: mapOf(sql.all('SELECT id, object_type, owner_id FROM vfs_registry ORDER BY id'), row => [
      String(row['id']),
      {type: String(row['object_type']), owner: textOf(row['owner_id'])},
    ]),
    stagings: mapOf(blobLinks.filter(isStaging), row => [String(row['id']), stagingOf(row)]),
    links: mapOf(
      blobLinks.filter(row => String(row['wrapped_session_key']).startsWith('blob-link:')),
      row => [keyOf(String(row['parent_id']), String(row['child_id'])), linkOf(row)],
    ),
    bytes: mapOf(sql.all('SELECT * FROM vfs_blob_bytes ORDER BY blob_id'), row => [
      String(row['blob_id']),
      {objectKey: String(row['object_key']), lost: row['lost_at'] !== null},
    ]),
    checkpoints: mapOf(sql.all('SELECT * FROM vfs_sync_client_state ORDER BY user_id, client_id'), row => [
      keyOf(String(row['user_id']), String(row['client_id'])),
      checkpointOf(row),
    ]),
    grants: sql.all('SELECT * FROM vfs_acl_entries WHERE revoked_at IS NULL ORDER BY id').map(grantOf),
    groups: groupsOf(sql.all('SELECT user_id, group_id FROM user_groups ORDER BY 1, 2')),
  };
}

/** Keys of the objects that are on their way. */
export const readWrites = (sql: CommittedSql): readonly string[] =>
  sql.all('SELECT object_key FROM vfs_blob_writes ORDER BY 1').map(row => String(row['object_key']));

function mapOf<V>(rows: readonly SqlRow[], entry: (row: SqlRow) => readonly [string, V]): Map<string, V> {
  return new Map(rows.map(entry));
}

const isStaging = (row: SqlRow): boolean =>
  String(row['wrapped_session_key']).startsWith('blob-stage:') && row['id'] === row['parent_id'];

function detailsOf(row: SqlRow): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(row['visible_children']));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function stagingOf(row: SqlRow): StagingRow {
  const {expiresAt, attachedAt, abandonedBy} = detailsOf(row);
  return {
    blobId: String(row['child_id']),
    status: String(row['wrapped_session_key']).slice('blob-stage:'.length),
    expiresMs: typeof expiresAt === 'string' ? parseTime(expiresAt) : null,
    stagedAt: formatTime(Number(row['created_at'])),
    attachedAt: normaliseTime(attachedAt),
    abandonedBy: typeof abandonedBy === 'string' ? abandonedBy : null,
  };
}

function linkOf(row: SqlRow): LinkRow {
  const named =
    detailsOf(row)['relationKind'] ?? String(row['wrapped_session_key']).slice('blob-link:'.length);
  return {
    ...{itemId: String(row['parent_id']), blobId: String(row['child_id']), refId: String(row['id'])},
    attachedAt: formatTime(Number(row['created_at'])),
    relationKind: RELATIONS.includes(named) ? (named as BlobRelation) : null,
  };
}

function checkpointOf(row: SqlRow): Checkpoint {
  const changedAt = normaliseTime(row['last_reconciled_at']);
  const changeId = textOf(row['last_reconciled_change_id']);
  if (changedAt === null || changeId === null) return null;
  try {
    const value: unknown = JSON.parse(String(row['last_reconciled_write_ids']));
    return {cursor: {changedAt, changeId}, writeIds: parseWriteIds(value)};
  } catch (error) {
    if (error instanceof Refusal || error instanceof SyntaxError) return null;
    throw error;
  }
}

const grantOf = (row: SqlRow): Grant => ({
  itemId: String(row['item_id']),
  principal: `${String(row['principal_type'])}:${String(row['principal_id'])}`,
  level: row['access_level'] as AccessLevel,
  expiresMs: row['expires_at'] === null ? null : Number(row['expires_at']),
});

function groupsOf(rows: readonly SqlRow[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const row of rows) {
    const user = String(row['user_id']);
    groups.set(user, [...(groups.get(user) ?? []), `group:${String(row['group_id'])}`]);
  }
  return groups;
}
