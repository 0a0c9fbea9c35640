/** Every guard of the chain with what makes it fire: the exact messages of the spec's table, and those beyond it. */

export interface GuardCase {
  readonly title: string;
  /** The last step that still runs, and the one that is refused. */
  readonly refused: 24 | 25 | 26 | 27;
  /** Run once the steps before the refused one have. */
  readonly spoil: readonly string[];
  /** What takes the spoiling back. */
  readonly mend: readonly string[];
  readonly message: string;
}

const EDGE = `INSERT INTO vfs_links (id, parent_id, child_id, wrapped_session_key, visible_children, position, created_at)`;

export const GUARDS: readonly GuardCase[] = [
  {
    title: 'a blob object under the id of something else',
    refused: 24,
    spoil: [`INSERT INTO vfs_registry VALUES ('blob-a', 'folder', 'u1', 1)`],
    mend: [`DELETE FROM vfs_registry WHERE id = 'blob-a'`],
    message: 'v024 backfill conflict: blob object id collides with non-blob vfs_registry row',
  },
  {
    title: 'a storage key that is taken by another blob',
    refused: 24,
    spoil: [`INSERT INTO vfs_blob_bytes VALUES ('blob-c', 'old-a', NULL, 1, 'sha', NULL)`],
    mend: [`DELETE FROM vfs_blob_bytes WHERE blob_id = 'blob-c'`],
    message: 'v024 backfill conflict: storage key collides with the vfs_blob_bytes row of another blob',
  },
  {
    title: 'a staging under the id of something else',
    refused: 24,
    spoil: [`INSERT INTO vfs_registry VALUES ('stage-1', 'blob', 'u1', 1)`],
    mend: [`DELETE FROM vfs_registry WHERE id = 'stage-1'`],
    message: 'v024 backfill conflict: staging id collides with non-blobStage vfs_registry row',
  },
  {
    title: "a staging's pair under another link",
    refused: 24,
    spoil: [`${EDGE} VALUES ('other', 'stage-1', 'blob-a', '', NULL, NULL, 1)`],
    mend: [`DELETE FROM vfs_links WHERE id = 'other'`],
    message: 'v024 backfill conflict: staging edge exists under another vfs_links id',
  },
  {
    title: 'a blob attached to one item in two ways',
    refused: 24,
    spoil: [`INSERT INTO vfs_blob_refs VALUES ('ref-2', 'blob-b', 'item-2', 'file', 'u2', 1)`],
    mend: [`DELETE FROM vfs_blob_refs WHERE id = 'ref-2'`],
    message: 'v024 backfill conflict: blob is attached to an item with more than one relation kind',
  },
  {
    title: "a reference's pair taken by a link of another kind",
    refused: 24,
    spoil: [`${EDGE} VALUES ('other', 'item-2', 'blob-b', 'blob-link:file', NULL, NULL, 1)`],
    mend: [`DELETE FROM vfs_links WHERE id = 'other'`],
    message: 'v024 backfill conflict: blob reference collides with another vfs_links edge',
  },
  {
    title: "a reference's id taken by another link",
    refused: 24,
    spoil: [`${EDGE} VALUES ('ref-1', 'item-1', 'item-2', '', NULL, NULL, 1)`],
    mend: [`DELETE FROM vfs_links WHERE id = 'ref-1'`],
    message: 'v024 backfill conflict: blob reference collides with another vfs_links edge',
  },
  {
    title: 'a staging that came after the backfill',
    refused: 25,
    spoil: [`INSERT INTO vfs_blob_staging VALUES ('late', 'blob-a', 'u1', 'staged', 1, NULL, 2, NULL)`],
    mend: [`DELETE FROM vfs_blob_staging WHERE id = 'late'`],
    message: 'v025 abort: legacy staged rows missing flattened blobStage representation',
  },
  {
    title: 'a staging whose registry row says something else',
    refused: 25,
    spoil: [`UPDATE vfs_registry SET object_type = 'folder' WHERE id = 'stage-3'`],
    mend: [`UPDATE vfs_registry SET object_type = 'blobStage' WHERE id = 'stage-3'`],
    message: 'v025 abort: legacy staged rows missing flattened blobStage representation',
  },
  {
    title: 'a staging attached in the legacy table only',
    refused: 25,
    spoil: [`UPDATE vfs_blob_staging SET status = 'attached' WHERE id = 'stage-1'`],
    mend: [`UPDATE vfs_blob_staging SET status = 'staged' WHERE id = 'stage-1'`],
    message: 'v025 abort: legacy staged rows disagree with flattened blobStage status',
  },
  {
    title: 'a staging attached in the flattened table only',
    refused: 25,
    spoil: [`UPDATE vfs_links SET wrapped_session_key = 'blob-stage:attached' WHERE id = 'stage-1'`],
    mend: [`UPDATE vfs_links SET wrapped_session_key = 'blob-stage:staged' WHERE id = 'stage-1'`],
    message: 'v025 abort: legacy staged rows disagree with flattened blobStage status',
  },
  {
    title: 'a link of a staging that hangs from another parent',
    refused: 25,
    spoil: [`UPDATE vfs_links SET parent_id = 'item-1' WHERE id = 'stage-1'`],
    mend: [`UPDATE vfs_links SET parent_id = 'stage-1' WHERE id = 'stage-1'`],
    message: 'v025 abort: legacy staged rows disagree with flattened blobStage parent',
  },
  {
    title: 'a link of a staging that leads to another blob',
    refused: 25,
    spoil: [`UPDATE vfs_links SET child_id = 'blob-c' WHERE id = 'stage-1'`],
    mend: [`UPDATE vfs_links SET child_id = 'blob-a' WHERE id = 'stage-1'`],
    message: 'v025 abort: legacy staged rows disagree with flattened blobStage child',
  },
  {
    title: 'a reference without a link',
    refused: 25,
    spoil: [`INSERT INTO vfs_blob_refs VALUES ('ref-2', 'blob-a', 'item-1', 'file', 'u1', 1)`],
    mend: [`DELETE FROM vfs_blob_refs WHERE id = 'ref-2'`],
    message: 'v025 abort: legacy vfs_blob_refs rows missing flattened blob link',
  },
  {
    title: 'a reference whose link is of another kind',
    refused: 25,
    spoil: [`UPDATE vfs_links SET wrapped_session_key = 'blob-link:file' WHERE id = 'ref-1'`],
    mend: [`UPDATE vfs_links SET wrapped_session_key = 'blob-link:photo' WHERE id = 'ref-1'`],
    message: 'v025 abort: legacy vfs_blob_refs rows missing flattened blob link',
  },
  {
    title: 'a blob object that nobody registered',
    refused: 26,
    spoil: [`INSERT INTO vfs_blob_objects VALUES ('late', 'sha', 1, 'late', 'u1', 1)`],
    mend: [`DELETE FROM vfs_blob_objects WHERE id = 'late'`],
    message: 'v026 abort: legacy blob objects missing canonical blob representation',
  },
  {
    title: 'a blob object that is registered as something else',
    refused: 26,
    spoil: [`UPDATE vfs_registry SET object_type = 'file' WHERE id = 'blob-a'`],
    mend: [`UPDATE vfs_registry SET object_type = 'blob' WHERE id = 'blob-a'`],
    message: 'v026 abort: legacy blob objects missing canonical blob representation',
  },
  {
    title: 'a blob object whose bytes lie under another key than is recorded',
    refused: 26,
    spoil: [`UPDATE vfs_blob_objects SET storage_key = 'elsewhere' WHERE id = 'blob-a'`],
    mend: [`UPDATE vfs_blob_objects SET storage_key = 'old-a' WHERE id = 'blob-a'`],
    message: 'v026 abort: legacy blob objects whose storage key no vfs_blob_bytes row names',
  },
  {
    title: 'a blob object under a key of its own that nobody recorded',
    refused: 26,
    spoil: [`DELETE FROM vfs_blob_bytes WHERE blob_id = 'blob-a'`],
    mend: [`INSERT INTO vfs_blob_bytes VALUES ('blob-a', 'old-a', NULL, 10, 'sha-a', NULL)`],
    message: 'v026 abort: legacy blob objects whose storage key no vfs_blob_bytes row names',
  },
  {
    title: 'canonical grants that are not there at all',
    refused: 27,
    spoil: ['ALTER TABLE vfs_acl_entries RENAME TO vfs_acl_entries_aside'],
    mend: ['ALTER TABLE vfs_acl_entries_aside RENAME TO vfs_acl_entries'],
    message: 'v027 abort: vfs_acl_entries missing while vfs_access still exists',
  },
  ...[
    ['of another level', `access_level = 'write'`, `access_level = 'read'`],
    ['under another session key', `wrapped_session_key = 'x'`, `wrapped_session_key = 'key-1'`],
    ['with a hierarchical key more', `wrapped_hierarchical_key = 'x'`, 'wrapped_hierarchical_key = NULL'],
    ['given by somebody else', 'granted_by = NULL', `granted_by = 'u1'`],
    ['that expires', 'expires_at = 5', 'expires_at = NULL'],
    ['that was revoked', 'revoked_at = 5', 'revoked_at = NULL'],
    ['to a group of that name', `principal_type = 'group'`, `principal_type = 'user'`],
  ].map(([how, spoil, mend]): GuardCase => ({
    title: `a canonical grant ${how ?? ''}`,
    refused: 27,
    spoil: [`UPDATE vfs_acl_entries SET ${spoil ?? ''} WHERE id = 'acl-1'`],
    mend: [`UPDATE vfs_acl_entries SET ${mend ?? ''} WHERE id = 'acl-1'`],
    message: 'v027 abort: legacy vfs_access rows missing canonical active user ACL parity',
  })),
  {
    title: 'a blob stage without its own link',
    refused: 27,
    spoil: [`INSERT INTO vfs_registry VALUES ('stray', 'blobStage', 'u1', 1)`],
    mend: [`DELETE FROM vfs_registry WHERE id = 'stray'`],
    message: 'v027 abort: flattened blob stages without their own link',
  },
  {
    title: 'a blob stage whose blob is none',
    refused: 27,
    spoil: [`UPDATE vfs_registry SET object_type = 'folder' WHERE id = 'blob-a'`],
    mend: [`UPDATE vfs_registry SET object_type = 'blob' WHERE id = 'blob-a'`],
    message: 'v027 abort: flattened blob stages whose child is no canonical blob',
  },
];
