/** Every guard of the chain in its own words: each must be seen to fire. */

export const GUARD_MESSAGES: readonly string[] = [
  'v024 backfill conflict: blob object id collides with non-blob vfs_registry row',
  'v024 backfill conflict: storage key collides with the vfs_blob_bytes row of another blob',
  'v024 backfill conflict: staging id collides with non-blobStage vfs_registry row',
  'v024 backfill conflict: staging edge exists under another vfs_links id',
  'v024 backfill conflict: blob is attached to an item with more than one relation kind',
  'v024 backfill conflict: blob reference collides with another vfs_links edge',
  'v025 abort: legacy staged rows missing flattened blobStage representation',
  'v025 abort: legacy staged rows disagree with flattened blobStage status',
  'v025 abort: legacy staged rows disagree with flattened blobStage parent',
  'v025 abort: legacy staged rows disagree with flattened blobStage child',
  'v025 abort: legacy vfs_blob_refs rows missing flattened blob link',
  'v026 abort: legacy blob objects missing canonical blob representation',
  'v026 abort: legacy blob objects whose storage key no vfs_blob_bytes row names',
  'v027 abort: vfs_acl_entries missing while vfs_access still exists',
  'v027 abort: legacy vfs_access rows missing canonical active user ACL parity',
  'v027 abort: flattened blob stages without their own link',
  'v027 abort: flattened blob stages whose child is no canonical blob',
];
