/** Folds an accepted operation into the tables that say what holds now: grants and links (spec 1.1, D27). */
import type {Sql} from '../../host.ts';
import type {Change} from './server-feed.ts';
import type {Position} from './server-history.ts';

const GRANT = `
  INSERT INTO vfs_acl_entries (
    id, item_id, principal_type, principal_id, access_level, granted_by, created_at, updated_at,
    expires_at, revoked_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)
  ON CONFLICT (item_id, principal_type, principal_id) DO UPDATE SET
    access_level = excluded.access_level, granted_by = excluded.granted_by, updated_at = excluded.updated_at,
    expires_at = NULL, revoked_at = NULL`;
const REVOKE = `
  UPDATE vfs_acl_entries SET revoked_at = ?, updated_at = ?
  WHERE item_id = ? AND principal_type = ? AND principal_id = ? AND revoked_at IS NULL`;
const LINK = `
  INSERT INTO vfs_links (id, parent_id, child_id, wrapped_session_key, visible_children, position, created_at)
  VALUES (?, ?, ?, '', NULL, NULL, ?)
  ON CONFLICT (parent_id, child_id) DO NOTHING`;
const UNLINK = `DELETE FROM vfs_links WHERE parent_id = ? AND child_id = ?`;

/**
 * Applies one change at its feed position; ids and times come from there, so the tables are a function of the
 * feed.
 */
export async function materialize(
  sql: Sql,
  change: Change,
  {grantedBy, at}: {readonly grantedBy: string; readonly at: Position},
): Promise<void> {
  const {itemId, opType, principalType, principalId, accessLevel, parentId, childId} = change;
  switch (opType) {
    case 'acl_add':
      await sql.run(GRANT, [at.id, itemId, principalType, principalId, accessLevel, grantedBy, at.ms, at.ms]);
      return;
    case 'acl_remove':
      await sql.run(REVOKE, [at.ms, at.ms, itemId, principalType, principalId]);
      return;
    case 'link_add':
      await sql.run(LINK, [at.id, parentId, childId, at.ms]);
      return;
    case 'link_remove':
      await sql.run(UNLINK, [parentId, childId]);
      return;
    default:
      throw new Error(`no such change: ${String(opType satisfies never)}`);
  }
}
