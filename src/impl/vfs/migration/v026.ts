/** v026: drops the legacy blob objects, if every one of them is in the registry as a blob (spec 6.2). */
import {change, guard, type MakeStep} from './step.ts';

const BLOBS_ARE_REGISTERED = guard(
  'v026 abort: legacy blob objects missing canonical blob representation',
  ['vfs_blob_objects'],
  `SELECT COUNT(*) AS n FROM vfs_blob_objects o
   WHERE NOT EXISTS (SELECT 1 FROM vfs_registry r WHERE r.id = o.id AND r.object_type = 'blob')`,
);

export const v026: MakeStep = () => ({
  version: 26,
  title: 'drop vfs_blob_objects',
  locks: ['vfs_blob_objects'],
  stages: [BLOBS_ARE_REGISTERED, change([], 'DROP TABLE IF EXISTS vfs_blob_objects')],
});
