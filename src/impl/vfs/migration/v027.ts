/** v027: drops the legacy grants, if every one of them is an active entry of the same content (spec 6.2). */
import {P1, P2} from './parity.ts';
import {change, guard, type MakeStep} from './step.ts';

const PARITY = guard(
  'v027 abort: legacy vfs_access rows missing canonical active user ACL parity',
  ['vfs_access'],
  `SELECT COUNT(*) AS n FROM vfs_access a
   WHERE NOT EXISTS (
     SELECT 1 FROM vfs_acl_entries e
     WHERE e.item_id = a.item_id AND e.principal_type = 'user' AND e.principal_id = a.user_id
       AND e.revoked_at IS NULL
       AND e.access_level IS NOT DISTINCT FROM a.permission_level
       AND e.wrapped_session_key IS NOT DISTINCT FROM a.wrapped_session_key
       AND e.wrapped_hierarchical_key IS NOT DISTINCT FROM a.wrapped_hierarchical_key
       AND e.granted_by IS NOT DISTINCT FROM a.granted_by
       AND e.expires_at IS NOT DISTINCT FROM a.expires_at)`,
);

export const v027: MakeStep = dialect => ({
  version: 27,
  title: 'drop vfs_access',
  locks: ['vfs_access'],
  stages: [
    guard(
      'v027 abort: vfs_acl_entries missing while vfs_access still exists',
      ['vfs_access'],
      `SELECT 1 - present.n AS n FROM (${dialect.tableExists('vfs_acl_entries')}) AS present`,
    ),
    PARITY,
    change([], 'DROP TABLE IF EXISTS vfs_access'),
    guard('v027 abort: flattened blob stages without their own link', [], P1),
    guard('v027 abort: flattened blob stages whose child is no canonical blob', [], P2),
  ],
});
