/** The server's tables as they are committed, in the words of the reference; read beside the port, at no cost to the nodes. */
import type {CommittedSql, SqlRow} from '../../../src/index.ts';
import type {MigrationTables, UserGrant} from '../../../src/model/vfs/migration-tables.ts';

/** A client's stored checkpoint. */
export interface StoredCheckpoint {
  readonly key: string;
  /** `time id`, which sorts as the pair does; blank if there is none. */
  readonly cursor: string;
  readonly ids: Readonly<Record<string, number>>;
}

const text = (row: SqlRow, column: string): string => String(row[column]);
const textOrNull = (row: SqlRow, column: string): string | null => {
  const value = row[column];
  return typeof value === 'string' ? value : null;
};
const number = (row: SqlRow, column: string): number => Number(row[column]);
const numberOrNull = (row: SqlRow, column: string): number | null => {
  const value = row[column];
  return typeof value === 'number' ? value : null;
};

function grantOf(row: SqlRow): UserGrant {
  return {
    itemId: text(row, 'item_id'),
    userId: text(row, 'user_id'),
    level: text(row, 'level'),
    sessionKey: textOrNull(row, 'wrapped_session_key'),
    hierarchicalKey: textOrNull(row, 'wrapped_hierarchical_key'),
    grantedBy: textOrNull(row, 'granted_by'),
    expiresAt: numberOrNull(row, 'expires_at'),
  };
}

const KEYS = 'wrapped_session_key, wrapped_hierarchical_key, granted_by, expires_at';

/** Null where the database is not there yet, or a transaction is open on it. */
export function readTables(sql: CommittedSql): MigrationTables {
  const names = sql.all(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`);
  const present = new Set(names.map(row => text(row, 'name')));
  const read = <Row>(table: string, query: string, map: (row: SqlRow) => Row): Row[] | null =>
    present.has(table) ? sql.all(query).map(map) : null;
  return {
    version: number(sql.get('SELECT MAX(version) AS v FROM schema_migrations') ?? {}, 'v'),
    objects: read('vfs_blob_objects', 'SELECT * FROM vfs_blob_objects ORDER BY id', row => ({
      id: text(row, 'id'),
      sha256: text(row, 'sha256'),
      size: number(row, 'size_bytes'),
      storageKey: text(row, 'storage_key'),
      createdBy: text(row, 'created_by'),
      createdAt: number(row, 'created_at'),
    })),
    stagings: read('vfs_blob_staging', 'SELECT * FROM vfs_blob_staging ORDER BY id', row => ({
      id: text(row, 'id'),
      blobId: text(row, 'blob_id'),
      stagedBy: text(row, 'staged_by'),
      status: text(row, 'status'),
      stagedAt: number(row, 'staged_at'),
      attachedAt: numberOrNull(row, 'attached_at'),
      expiresAt: number(row, 'expires_at'),
      attachedItemId: textOrNull(row, 'attached_item_id'),
    })),
    refs: read('vfs_blob_refs', 'SELECT * FROM vfs_blob_refs ORDER BY id', row => ({
      id: text(row, 'id'),
      blobId: text(row, 'blob_id'),
      itemId: text(row, 'item_id'),
      relationKind: text(row, 'relation_kind'),
      attachedBy: text(row, 'attached_by'),
      attachedAt: number(row, 'attached_at'),
    })),
    access: read(
      'vfs_access',
      `SELECT item_id, user_id, permission_level AS level, ${KEYS} FROM vfs_access ORDER BY item_id, user_id`,
      grantOf,
    ),
    registry: sql.all('SELECT * FROM vfs_registry ORDER BY id').map(row => ({
      id: text(row, 'id'),
      objectType: text(row, 'object_type'),
      ownerId: textOrNull(row, 'owner_id'),
      createdAt: number(row, 'created_at'),
    })),
    links: sql.all('SELECT * FROM vfs_links ORDER BY id').map(row => ({
      id: text(row, 'id'),
      parentId: text(row, 'parent_id'),
      childId: text(row, 'child_id'),
      key: text(row, 'wrapped_session_key'),
      visible: JSON.parse(textOrNull(row, 'visible_children') ?? 'null') as unknown,
      createdAt: number(row, 'created_at'),
    })),
    bytes: sql.all('SELECT * FROM vfs_blob_bytes ORDER BY blob_id').map(row => ({
      blobId: text(row, 'blob_id'),
      objectKey: text(row, 'object_key'),
      size: number(row, 'size'),
      sha256: text(row, 'sha256'),
    })),
    grants: read(
      'vfs_acl_entries',
      `SELECT item_id, principal_id AS user_id, access_level AS level, ${KEYS} FROM vfs_acl_entries
       WHERE principal_type = 'user' AND revoked_at IS NULL ORDER BY item_id, principal_id`,
      grantOf,
    ),
  };
}

export function readStored(sql: CommittedSql): readonly StoredCheckpoint[] {
  return sql.all('SELECT * FROM vfs_sync_client_state ORDER BY user_id, client_id').map(row => ({
    key: `${text(row, 'user_id')} ${text(row, 'client_id')}`,
    cursor: `${textOrNull(row, 'last_reconciled_at') ?? ''} ${textOrNull(row, 'last_reconciled_change_id') ?? ''}`,
    ids: JSON.parse(text(row, 'last_reconciled_write_ids')) as Record<string, number>,
  }));
}

/** Whether an operation that a client pushed is remembered as applied. */
export const isApplied = (sql: CommittedSql, user: string, replica: string, opId: string): boolean =>
  sql.get(`SELECT 1 AS found FROM vfs_crdt_applied WHERE user_id = ? AND replica_id = ? AND op_id = ?`, [
    user,
    replica,
    opId,
  ]) !== undefined;

/** The highest write id that the server has accepted from a replica; 0 if none. */
export const headOf = (sql: CommittedSql, user: string, replica: string): number =>
  Number(
    sql.get(`SELECT max_write_id FROM vfs_crdt_replica_heads WHERE user_id = ? AND replica_id = ?`, [
      user,
      replica,
    ])?.['max_write_id'] ?? 0,
  );
