/** v024: copies staged blobs and blob references into the flattened tables; what is there already stays (spec 6.2). */
import {change, guard, type MakeStep} from './step.ts';

/** A status that nobody knows can neither be attached nor staged on: it ends as abandoned. */
export const KNOWN_STATUS = `CASE WHEN s.status IN ('staged', 'attached') THEN s.status ELSE 'abandoned' END`;

const BLOBS_ARE_BLOBS = guard(
  'v024 backfill conflict: blob object id collides with non-blob vfs_registry row',
  ['vfs_blob_objects'],
  `SELECT COUNT(*) AS n FROM vfs_blob_objects o JOIN vfs_registry r ON r.id = o.id
   WHERE r.object_type <> 'blob'`,
);

const REGISTER_BLOBS = change(
  ['vfs_blob_objects'],
  `INSERT INTO vfs_registry (id, object_type, owner_id, created_at)
   SELECT o.id, 'blob', o.created_by, o.created_at FROM vfs_blob_objects o
   WHERE NOT EXISTS (SELECT 1 FROM vfs_registry r WHERE r.id = o.id) ORDER BY o.id`,
);

const KEYS_ARE_FREE = guard(
  'v024 backfill conflict: storage key collides with the vfs_blob_bytes row of another blob',
  ['vfs_blob_objects'],
  `SELECT COUNT(*) AS n FROM vfs_blob_objects o JOIN vfs_blob_bytes b ON b.object_key = o.storage_key
   WHERE b.blob_id <> o.id`,
);

/** The registry does not say under which key a blob's bytes are; without a row the sweep takes them for nobody's. */
const RECORD_BYTES = change(
  ['vfs_blob_objects'],
  `INSERT INTO vfs_blob_bytes (blob_id, object_key, content_type, size, sha256, lost_at)
   SELECT o.id, o.storage_key, NULL, o.size_bytes, o.sha256, NULL FROM vfs_blob_objects o
   WHERE NOT EXISTS (SELECT 1 FROM vfs_blob_bytes b WHERE b.blob_id = o.id) ORDER BY o.id`,
);

const STAGES_ARE_STAGES = guard(
  'v024 backfill conflict: staging id collides with non-blobStage vfs_registry row',
  ['vfs_blob_staging'],
  `SELECT COUNT(*) AS n FROM vfs_blob_staging s JOIN vfs_registry r ON r.id = s.id
   WHERE r.object_type <> 'blobStage'`,
);

const REGISTER_STAGES = change(
  ['vfs_blob_staging'],
  `INSERT INTO vfs_registry (id, object_type, owner_id, created_at)
   SELECT s.id, 'blobStage', s.staged_by, s.staged_at FROM vfs_blob_staging s
   WHERE NOT EXISTS (SELECT 1 FROM vfs_registry r WHERE r.id = s.id) ORDER BY s.id`,
);

/** A pair of parent and child has one link; a stage whose pair is taken under another id could not be copied. */
const STAGES_HAVE_ROOM = guard(
  'v024 backfill conflict: staging edge exists under another vfs_links id',
  ['vfs_blob_staging'],
  `SELECT COUNT(*) AS n FROM vfs_blob_staging s
   JOIN vfs_links l ON l.parent_id = s.id AND l.child_id = s.blob_id WHERE l.id <> s.id`,
);

/** The legacy table holds a reference of each kind, the flattened one a single link a pair. */
const ONE_KIND_A_PAIR = guard(
  'v024 backfill conflict: blob is attached to an item with more than one relation kind',
  ['vfs_blob_refs'],
  `SELECT COUNT(*) AS n FROM (
     SELECT f.blob_id FROM vfs_blob_refs f GROUP BY f.blob_id, f.item_id
     HAVING COUNT(*) > 1) AS pairs_of_several_kinds`,
);

const REFS_HAVE_ROOM = guard(
  'v024 backfill conflict: blob reference collides with another vfs_links edge',
  ['vfs_blob_refs'],
  `SELECT COUNT(*) AS n FROM vfs_blob_refs f
   JOIN vfs_links l ON (l.parent_id = f.item_id AND l.child_id = f.blob_id) OR l.id = f.id
   WHERE l.parent_id <> f.item_id OR l.child_id <> f.blob_id
     OR l.wrapped_session_key <> 'blob-link:' || f.relation_kind`,
);

const LINK_REFS_KEY = `'blob-link:' || f.relation_kind`;

export const v024: MakeStep = dialect => {
  const stage = dialect.jsonText([
    ['status', KNOWN_STATUS],
    ['expiresAt', dialect.isoTime('s.expires_at')],
    ['attachedAt', dialect.isoTime('s.attached_at')],
    ['attachedItemId', 's.attached_item_id'],
  ]);
  const reference = dialect.jsonText([
    ['relationKind', 'f.relation_kind'],
    ['attachedBy', 'f.attached_by'],
  ]);
  const linkStages = change(
    ['vfs_blob_staging'],
    `INSERT INTO vfs_links (
       id, parent_id, child_id, wrapped_session_key, visible_children, position, created_at)
     SELECT s.id, s.id, s.blob_id, 'blob-stage:' || ${KNOWN_STATUS}, ${stage}, NULL, s.staged_at
     FROM vfs_blob_staging s
     WHERE NOT EXISTS (SELECT 1 FROM vfs_links l WHERE l.id = s.id) ORDER BY s.id`,
  );
  const linkRefs = change(
    ['vfs_blob_refs'],
    `INSERT INTO vfs_links (
       id, parent_id, child_id, wrapped_session_key, visible_children, position, created_at)
     SELECT f.id, f.item_id, f.blob_id, ${LINK_REFS_KEY}, ${reference}, NULL, f.attached_at
     FROM vfs_blob_refs f
     WHERE NOT EXISTS (
       SELECT 1 FROM vfs_links l WHERE l.parent_id = f.item_id AND l.child_id = f.blob_id)
     ORDER BY f.id`,
  );
  return {
    version: 24,
    title: 'backfill staged blobs and blob references into vfs_registry and vfs_links',
    locks: ['vfs_blob_objects', 'vfs_blob_staging', 'vfs_blob_refs'],
    stages: [
      BLOBS_ARE_BLOBS,
      REGISTER_BLOBS,
      KEYS_ARE_FREE,
      RECORD_BYTES,
      STAGES_ARE_STAGES,
      REGISTER_STAGES,
      STAGES_HAVE_ROOM,
      linkStages,
      ONE_KIND_A_PAIR,
      REFS_HAVE_ROOM,
      linkRefs,
    ],
  };
};
