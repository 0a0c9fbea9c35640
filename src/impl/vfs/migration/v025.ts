/**
 * v025: drops the legacy staging and reference tables, if the flattened ones say the same (spec 6.2, and beyond
 * it: statuses, parents, children and references are compared, not only presence).
 */
import {change, guard, type MakeStep} from './step.ts';
import {KNOWN_STATUS} from './v024.ts';

const STAGES_ARE_THERE = guard(
  'v025 abort: legacy staged rows missing flattened blobStage representation',
  ['vfs_blob_staging'],
  `SELECT COUNT(*) AS n FROM vfs_blob_staging s
   WHERE NOT EXISTS (SELECT 1 FROM vfs_links l WHERE l.id = s.id)
     OR NOT EXISTS (SELECT 1 FROM vfs_registry r WHERE r.id = s.id AND r.object_type = 'blobStage')`,
);

const STATUSES_AGREE = guard(
  'v025 abort: legacy staged rows disagree with flattened blobStage status',
  ['vfs_blob_staging'],
  `SELECT COUNT(*) AS n FROM vfs_blob_staging s JOIN vfs_links l ON l.id = s.id
   WHERE l.wrapped_session_key <> 'blob-stage:' || ${KNOWN_STATUS}`,
);

const PARENTS_AGREE = guard(
  'v025 abort: legacy staged rows disagree with flattened blobStage parent',
  ['vfs_blob_staging'],
  `SELECT COUNT(*) AS n FROM vfs_blob_staging s JOIN vfs_links l ON l.id = s.id
   WHERE l.parent_id <> s.id`,
);

const CHILDREN_AGREE = guard(
  'v025 abort: legacy staged rows disagree with flattened blobStage child',
  ['vfs_blob_staging'],
  `SELECT COUNT(*) AS n FROM vfs_blob_staging s JOIN vfs_links l ON l.id = s.id
   WHERE l.child_id <> s.blob_id`,
);

const REFS_ARE_LINKED = guard(
  'v025 abort: legacy vfs_blob_refs rows missing flattened blob link',
  ['vfs_blob_refs'],
  `SELECT COUNT(*) AS n FROM vfs_blob_refs f
   WHERE NOT EXISTS (
     SELECT 1 FROM vfs_links l WHERE l.parent_id = f.item_id AND l.child_id = f.blob_id
       AND l.wrapped_session_key = 'blob-link:' || f.relation_kind)`,
);

export const v025: MakeStep = () => ({
  version: 25,
  title: 'drop vfs_blob_refs and vfs_blob_staging',
  locks: ['vfs_blob_staging', 'vfs_blob_refs'],
  stages: [
    STAGES_ARE_THERE,
    STATUSES_AGREE,
    PARENTS_AGREE,
    CHILDREN_AGREE,
    REFS_ARE_LINKED,
    change([], 'DROP TABLE IF EXISTS vfs_blob_refs'),
    change([], 'DROP TABLE IF EXISTS vfs_blob_staging'),
  ],
});
