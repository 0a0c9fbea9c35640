/** What people do to a database by hand in the middle of a rollout, by the version at which it hurts: each trips one guard. */

export interface HandEdit {
  readonly kind: string;
  /** The schema version at which it is done. */
  readonly at: number;
  readonly statements: readonly string[];
}

const STAGED = `(SELECT id FROM vfs_blob_staging WHERE status = 'staged' ORDER BY id LIMIT 1)`;
const OBJECT = `(SELECT id FROM vfs_blob_objects ORDER BY id LIMIT 1)`;
const LINK_COLUMNS = 'id, parent_id, child_id, wrapped_session_key, visible_children, position, created_at';

/** Attaches the first blob to the first item in some way; nothing where it is attached so already. */
function referTo(relationKind: string): string {
  return `INSERT INTO vfs_blob_refs
    SELECT 'hand-${relationKind}', o.id, i.id, '${relationKind}', o.created_by, 1
    FROM vfs_blob_objects o, vfs_registry i WHERE i.object_type = 'folder'
    ORDER BY o.id, i.id LIMIT 1 ON CONFLICT DO NOTHING`;
}

export const HAND_EDITS: readonly HandEdit[] = [
  {
    kind: 'register-over-a-blob',
    at: 23,
    statements: [
      `INSERT INTO vfs_registry SELECT id, 'folder', created_by, 1 FROM vfs_blob_objects WHERE id = ${OBJECT}
       ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'register-over-a-staging',
    at: 23,
    statements: [
      `INSERT INTO vfs_registry SELECT id, 'folder', staged_by, 1 FROM vfs_blob_staging ORDER BY id LIMIT 1
       ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'take-a-storage-key',
    at: 23,
    statements: [
      `INSERT INTO vfs_blob_bytes SELECT 'somebody-elses', storage_key, NULL, 1, 'sha', NULL
       FROM vfs_blob_objects WHERE id = ${OBJECT} ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'link-a-staging-elsewhere',
    at: 23,
    statements: [
      `INSERT INTO vfs_links (${LINK_COLUMNS}) SELECT 'hand-' || id, id, blob_id, '', NULL, NULL, 1
       FROM vfs_blob_staging ORDER BY id LIMIT 1 ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'refer-in-two-ways',
    at: 23,
    statements: ['file', 'other'].map(referTo),
  },
  {
    kind: 'link-a-reference-otherwise',
    at: 23,
    statements: [
      referTo('file'),
      `INSERT INTO vfs_links (${LINK_COLUMNS}) SELECT 'hand-' || id, item_id, blob_id, '', NULL, NULL, 1
       FROM vfs_blob_refs ORDER BY id LIMIT 1 ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'stage-by-an-old-script',
    at: 24,
    statements: [
      `INSERT INTO vfs_blob_staging SELECT 'hand-' || id, id, created_by, 'staged', 1, NULL, 2, NULL
       FROM vfs_blob_objects WHERE id = ${OBJECT} ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'abandon-by-an-old-script',
    at: 24,
    statements: [`UPDATE vfs_blob_staging SET status = 'abandoned' WHERE id = ${STAGED}`],
  },
  {
    kind: 'move-a-staging',
    at: 24,
    statements: [
      `UPDATE vfs_links SET parent_id = 'nowhere' WHERE id = (SELECT id FROM vfs_blob_staging ORDER BY id LIMIT 1)`,
    ],
  },
  {
    kind: 'stage-another-blob',
    at: 24,
    statements: [
      `UPDATE vfs_links SET child_id = 'nothing' WHERE id = (SELECT id FROM vfs_blob_staging ORDER BY id LIMIT 1)`,
    ],
  },
  {
    kind: 'unlink-a-reference',
    at: 24,
    statements: [
      `DELETE FROM vfs_links WHERE id IN (
         SELECT l.id FROM vfs_links l JOIN vfs_blob_refs f ON f.item_id = l.parent_id AND f.blob_id = l.child_id
         ORDER BY l.id LIMIT 1)`,
    ],
  },
  {
    kind: 'refer-by-an-old-script',
    at: 24,
    statements: [
      `INSERT INTO vfs_blob_refs SELECT 'hand-' || o.id || i.id, o.id, i.id, 'other', o.created_by, 1
       FROM vfs_blob_objects o, vfs_registry i WHERE i.object_type = 'folder'
         AND NOT EXISTS (SELECT 1 FROM vfs_links l WHERE l.parent_id = i.id AND l.child_id = o.id)
       ORDER BY o.id, i.id LIMIT 1 ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'store-by-an-old-script',
    at: 25,
    statements: [
      `INSERT INTO vfs_blob_objects VALUES ('hand', 'sha', 1, 'hand', 'user1', 1) ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'store-elsewhere',
    at: 25,
    statements: [`UPDATE vfs_blob_objects SET storage_key = 'hand' WHERE id = ${OBJECT}`],
  },
  {
    kind: 'grant-by-an-old-script',
    at: 26,
    statements: [
      `INSERT INTO vfs_access SELECT id, 'nobody', 'key', NULL, 'read', NULL, 1, NULL FROM vfs_registry
       WHERE object_type = 'folder' ORDER BY id LIMIT 1 ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'register-a-stage',
    at: 26,
    statements: [
      `INSERT INTO vfs_registry VALUES ('hand-stage', 'blobStage', 'user1', 1) ON CONFLICT DO NOTHING`,
    ],
  },
  {
    kind: 'retype-a-blob',
    at: 26,
    statements: [
      `UPDATE vfs_registry SET object_type = 'folder' WHERE id IN (
         SELECT child_id FROM vfs_links WHERE parent_id = id AND wrapped_session_key LIKE 'blob-stage:%'
         ORDER BY child_id LIMIT 1)`,
    ],
  },
];

/** Done before a step and undone after it: the canonical grants are set aside while somebody rebuilds them. */
export const SET_GRANTS_ASIDE = 'ALTER TABLE vfs_acl_entries RENAME TO vfs_acl_entries_aside';
export const PUT_GRANTS_BACK = 'ALTER TABLE vfs_acl_entries_aside RENAME TO vfs_acl_entries';
/** Somebody tried a newer release on this database. */
export const RECORD_THE_FUTURE = 'INSERT INTO schema_migrations (version, applied_at) VALUES (28, 1)';
export const FORGET_THE_FUTURE = 'DELETE FROM schema_migrations WHERE version = 28';
