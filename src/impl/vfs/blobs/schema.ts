/**
 * The tables of blobs beside those that they share with all items (spec 5.1): where the bytes of a blob are, and which
 * bytes are on their way to the object store.
 */

/**
 * A row of `vfs_blob_bytes` says that the bytes are in the store under `object_key`; `lost_at` (ms) that the store was
 * found without them. A row of `vfs_blob_writes` is written before its bytes are: whoever deletes it decides alone
 * whether metadata may come to point at them, or the sweep may take them away.
 */
export const BLOB_SCHEMA: readonly string[] = [
  `CREATE TABLE vfs_blob_bytes (
    blob_id TEXT PRIMARY KEY, object_key TEXT NOT NULL UNIQUE, content_type TEXT, size INTEGER NOT NULL,
    sha256 TEXT NOT NULL, lost_at INTEGER) WITHOUT ROWID`,
  `CREATE TABLE vfs_blob_writes (
    object_key TEXT PRIMARY KEY, blob_id TEXT NOT NULL, user_id TEXT NOT NULL,
    started_at INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX vfs_links_by_child ON vfs_links (child_id)`,
];
