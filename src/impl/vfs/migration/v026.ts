/** v026: drops the legacy blob objects, if every one of them is in the registry as a blob, and its bytes are found (spec 6.2). */
import {change, guard, type MakeStep} from './step.ts';

const BLOBS_ARE_REGISTERED = guard(
  'v026 abort: legacy blob objects missing canonical blob representation',
  ['vfs_blob_objects'],
  `SELECT COUNT(*) AS n FROM vfs_blob_objects o
   WHERE NOT EXISTS (SELECT 1 FROM vfs_registry r WHERE r.id = o.id AND r.object_type = 'blob')`,
);

/** A blob without a record of its bytes is read under its own id. */
const BYTES_ARE_KNOWN = guard(
  'v026 abort: legacy blob objects whose storage key no vfs_blob_bytes row names',
  ['vfs_blob_objects'],
  `SELECT COUNT(*) AS n FROM vfs_blob_objects o LEFT JOIN vfs_blob_bytes b ON b.blob_id = o.id
   WHERE coalesce(b.object_key, o.id) <> o.storage_key`,
);

export const v026: MakeStep = () => ({
  version: 26,
  title: 'drop vfs_blob_objects',
  locks: ['vfs_blob_objects'],
  stages: [BLOBS_ARE_REGISTERED, BYTES_ARE_KNOWN, change([], 'DROP TABLE IF EXISTS vfs_blob_objects')],
});
