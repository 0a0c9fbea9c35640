/**
 * Who sees which item, and what must be said again in the feed when somebody comes to see one (spec 2.3, D18,
 * D21).
 */
import type {Sql, SqlValue} from '../../host.ts';
import {type Change, readChange} from './server-feed.ts';

/**
 * SQL that is true if the row `row` names `user`, or a group that `user` is in, as its principal. `user` is
 * put in twice. All arguments of these builders are SQL written here, a column or `?`, never input.
 */
function namesUserSql(row: string, user: string): string {
  return `(
    (${row}.principal_type = 'user' AND ${row}.principal_id = ${user})
    OR (${row}.principal_type = 'group' AND EXISTS (
      SELECT 1 FROM user_groups m WHERE m.user_id = ${user} AND m.group_id = ${row}.principal_id)))`;
}

/**
 * SQL that is true if `user` sees the item in the column `item`: its owner does, and who holds a grant in
 * force. With `?` for the user, its parameters are {@link seesParams}; else only the time.
 */
function seesSql(user: string, item: string): string {
  return `(
    EXISTS (SELECT 1 FROM vfs_registry i WHERE i.id = ${item} AND i.owner_id = ${user})
    OR EXISTS (
      SELECT 1 FROM vfs_acl_entries a
      WHERE a.item_id = ${item} AND ${inForceSql('a')} AND ${namesUserSql('a', user)}))`;
}

/**
 * The parameters of `seesSql('?', item)`, in their order. Repeated, since a table of them would cost more
 * than the query.
 */
function seesParams(userId: string, nowMs: number): readonly SqlValue[] {
  return [userId, nowMs, userId, userId];
}

/**
 * SQL that is true if a user may read the feed row or register `row`: of items that he sees, all; of any
 * other, what grants or revokes say of himself, so that the revoked learn that they are. Its parameters are
 * {@link isVisibleParams}.
 */
export function isVisibleSql(row: string): string {
  return `(
    ${seesSql('?', `${row}.item_id`)}
    OR (${row}.op_type IN ('acl_add', 'acl_remove') AND ${namesUserSql(row, '?')}))`;
}

export function isVisibleParams(userId: string, nowMs: number): readonly SqlValue[] {
  return [...seesParams(userId, nowMs), userId, userId];
}

/** SQL that is true if the grant in the row `row` is in force at the time (ms) that is its one parameter. */
function inForceSql(row: string): string {
  return `(${row}.revoked_at IS NULL AND (${row}.expires_at IS NULL OR ${row}.expires_at > ?))`;
}

const MAY_WRITE = `
  SELECT 1 AS found FROM vfs_registry i WHERE i.id = ? AND i.owner_id = ?
  UNION ALL
  SELECT 1 FROM vfs_acl_entries a
  WHERE a.item_id = ? AND a.access_level IN ('write', 'admin') AND ${inForceSql('a')} AND ${namesUserSql('a', '?')}`;

/** Whether a user may put something into an item: its owner may, and who holds a grant in force to write it (D38). */
export async function mayWrite(sql: Sql, userId: string, itemId: string, nowMs: number): Promise<boolean> {
  return (await sql.get(MAY_WRITE, [itemId, userId, itemId, nowMs, userId, userId])) !== undefined;
}

const IS_NEW_TO_USER = `
  SELECT 1 AS found FROM vfs_registry x WHERE x.id = ? AND NOT ${seesSql('?', 'x.id')}`;
const IS_NEW_TO_A_MEMBER = `
  SELECT 1 AS found FROM vfs_registry x, user_groups g
  WHERE x.id = ? AND g.group_id = ? AND NOT ${seesSql('g.user_id', 'x.id')} LIMIT 1`;
const REGISTER_COLUMNS = `r.item_id, r.op_type, r.principal_type, r.principal_id, r.access_level,
  r.parent_id, r.child_id`;
const REGISTERS_OF_ITEM = `
  SELECT ${REGISTER_COLUMNS} FROM vfs_crdt_registers r WHERE r.item_id = ? ORDER BY r.occurred_ms, r.feed_id`;
/** All of an item that is granted to the group, and what was said of the group itself on any other. */
const SHOWN_BY_MEMBERSHIP = `
  SELECT ${REGISTER_COLUMNS} FROM vfs_crdt_registers r
  WHERE NOT ${seesSql('?', 'r.item_id')}
    AND (
      (r.principal_type = 'group' AND r.principal_id = ?)
      OR EXISTS (
        SELECT 1 FROM vfs_acl_entries g
        WHERE g.item_id = r.item_id AND g.principal_type = 'group' AND g.principal_id = ?
          AND ${inForceSql('g')}))
  ORDER BY r.occurred_ms, r.feed_id`;

/**
 * What an `acl_add` makes visible to somebody: the item's registers in the order of the feed, but for the
 * grant's own, which the grant itself is about to set; nothing if all whom the principal stands for see the
 * item already. Ask before the grant is written.
 */
export async function shownByGrant(sql: Sql, grant: Change, nowMs: number): Promise<readonly Change[]> {
  if (!(await isNewToSomebody(sql, grant, nowMs))) return [];
  const rows = await sql.all(REGISTERS_OF_ITEM, [grant.itemId]);
  const {principalType, principalId} = grant;
  return rows
    .map(readChange)
    .filter(register => register.principalType !== principalType || register.principalId !== principalId);
}

/**
 * What a user comes to see by joining a group, as far as it belongs to items that the user does not see
 * already. Ask before the membership is written.
 */
export async function shownByMembership(
  sql: Sql,
  {userId, groupId}: {readonly userId: string; readonly groupId: string},
  nowMs: number,
): Promise<readonly Change[]> {
  const rows = await sql.all(SHOWN_BY_MEMBERSHIP, [...seesParams(userId, nowMs), groupId, groupId, nowMs]);
  return rows.map(readChange);
}

/** Nobody is known to be in an organization, so a grant to one shows nothing to anybody. */
async function isNewToSomebody(sql: Sql, grant: Change, nowMs: number): Promise<boolean> {
  const {itemId, principalType, principalId} = grant;
  if (principalType === 'group') {
    return (await sql.get(IS_NEW_TO_A_MEMBER, [itemId, principalId, nowMs])) !== undefined;
  }
  if (principalType !== 'user' || principalId === null) return false;
  return (await sql.get(IS_NEW_TO_USER, [itemId, ...seesParams(principalId, nowMs)])) !== undefined;
}
