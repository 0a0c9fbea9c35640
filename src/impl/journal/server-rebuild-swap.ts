/** The end of a rebuild: how the live tables differ from the shadow, and the shadow in their place (spec 9). */
import type {Sql} from '../../host.ts';
import {CONFLICT_COLUMNS, OBJECT_COLUMNS} from './server-objects.ts';
import {clearShadow, type Difference, type Differences} from './server-rebuild-job.ts';

/** Most objects that a report names. */
const MAX_NAMED = 100;

const SHOWN = (table: string): string =>
  `${table}.payload, ${table}.is_tombstone, ${table}.vector_clock, ${table}.tags, ${table}.last_op_id`;
const INNER = (table: string): string =>
  `${table}.state, ${table}.payload_hash, ${table}.winner_clock, ${table}.seen_clock, ${table}.ever_tags,
    ${table}.last_modified_actor, ${table}.last_modified_at, ${table}.change_seq`;

const DIFFERENT_OBJECTS = `
  SELECT l.object_type, l.object_id, l.last_op_id AS was, s.last_op_id AS now,
    CASE WHEN s.tenant_id IS NULL THEN 'removed' WHEN (${SHOWN('l')}) IS NOT (${SHOWN('s')}) THEN 'changed'
      ELSE 'inner' END AS kind
  FROM sync_objects AS l LEFT JOIN sync_shadow_objects AS s
    ON s.tenant_id = l.tenant_id AND s.object_type = l.object_type AND s.object_id = l.object_id
  WHERE l.tenant_id = ? AND (s.tenant_id IS NULL OR (${SHOWN('l')}) IS NOT (${SHOWN('s')})
    OR (${INNER('l')}) IS NOT (${INNER('s')}))
  UNION ALL
  SELECT s.object_type, s.object_id, NULL, s.last_op_id, 'added'
  FROM sync_shadow_objects AS s LEFT JOIN sync_objects AS l
    ON l.tenant_id = s.tenant_id AND l.object_type = s.object_type AND l.object_id = s.object_id
  WHERE s.tenant_id = ? AND l.tenant_id IS NULL
  ORDER BY 1, 2`;

const COUNT_CONFLICTS = (these: string, those: string): string => `
  SELECT count(*) AS count FROM (
    SELECT ${CONFLICT_COLUMNS} FROM ${these} WHERE tenant_id = ?
    EXCEPT SELECT ${CONFLICT_COLUMNS} FROM ${those} WHERE tenant_id = ?)`;
const MISSING = COUNT_CONFLICTS('sync_shadow_conflicts', 'sync_conflicts');
const EXTRA = COUNT_CONFLICTS('sync_conflicts', 'sync_shadow_conflicts');

const SWAP: readonly string[] = [
  `DELETE FROM sync_objects WHERE tenant_id = ?`,
  `DELETE FROM sync_conflicts WHERE tenant_id = ?`,
  `INSERT INTO sync_objects (${OBJECT_COLUMNS})
    SELECT ${OBJECT_COLUMNS} FROM sync_shadow_objects WHERE tenant_id = ?`,
  `INSERT INTO sync_conflicts (${CONFLICT_COLUMNS})
    SELECT ${CONFLICT_COLUMNS} FROM sync_shadow_conflicts WHERE tenant_id = ?`,
];

export async function compareWithShadow(sql: Sql, tenantId: string): Promise<Differences> {
  const rows = await sql.all(DIFFERENT_OBJECTS, [tenantId, tenantId]);
  const objects = rows.map((row): Difference => ({
    objectType: String(row['object_type']),
    objectId: String(row['object_id']),
    kind: row['kind'] as Difference['kind'],
    was: row['was'] === null ? null : String(row['was']),
    is: row['now'] === null ? null : String(row['now']),
  }));
  const count = (kind: Difference['kind']): number => objects.filter(object => object.kind === kind).length;
  const missing = await sql.get(MISSING, [tenantId, tenantId]);
  const extra = await sql.get(EXTRA, [tenantId, tenantId]);
  return {
    changed: count('changed'),
    added: count('added'),
    removed: count('removed'),
    inner: count('inner'),
    conflictsMissing: Number(missing?.['count']),
    conflictsExtra: Number(extra?.['count']),
    objects: objects.slice(0, MAX_NAMED),
  };
}

/** Puts the shadow in the place of the live rows, and leaves no shadow. */
export async function swapShadow(sql: Sql, tenantId: string): Promise<void> {
  for (const statement of SWAP) await sql.run(statement, [tenantId]);
  await clearShadow(sql, tenantId);
}
