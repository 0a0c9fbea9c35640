/** The tables of the VFS server (spec 1.1, flattened), and the one column that release 2 adds to them. */
import type {Sql} from '../../host.ts';
import {BLOB_SCHEMA} from './blobs/schema.ts';

/** The server's database, by name; every node of one place opens the same. */
export const SERVER_DATABASE = 'server';

/**
 * Which release of the server's program a node runs. Both may run at once on one database. Release 2 also
 * keeps the time that the client gave an operation, and gives a `nextCursor` with every page that is not
 * empty.
 */
export type Release = 1 | 2;

/** Who calls, what exists, and who may see it. Times are ms since 1970 unless a column is TEXT. */
const CATALOGUE: readonly string[] = [
  `CREATE TABLE vfs_sessions (token TEXT PRIMARY KEY, user_id TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX vfs_sessions_by_user ON vfs_sessions (user_id)`,
  `CREATE TABLE user_groups (
    user_id TEXT NOT NULL, group_id TEXT NOT NULL, PRIMARY KEY (user_id, group_id)) WITHOUT ROWID`,
  `CREATE INDEX user_groups_by_group ON user_groups (group_id, user_id)`,
  `CREATE TABLE vfs_registry (
    id TEXT PRIMARY KEY, object_type TEXT NOT NULL, owner_id TEXT,
    created_at INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE vfs_acl_entries (
    id TEXT PRIMARY KEY, item_id TEXT NOT NULL, principal_type TEXT NOT NULL, principal_id TEXT NOT NULL,
    access_level TEXT NOT NULL, wrapped_session_key TEXT NOT NULL DEFAULT '',
    wrapped_hierarchical_key TEXT, granted_by TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    expires_at INTEGER, revoked_at INTEGER, UNIQUE (item_id, principal_type, principal_id))`,
  `CREATE TABLE vfs_links (
    id TEXT PRIMARY KEY, parent_id TEXT NOT NULL, child_id TEXT NOT NULL, wrapped_session_key TEXT NOT NULL,
    visible_children TEXT, position INTEGER, created_at INTEGER NOT NULL, UNIQUE (parent_id, child_id))`,
];

/**
 * The feed, what it folds to, and the memory that outlives its rows. A register is the last row that spoke of
 * one grant or one link, a removal as much as an addition; its key is made of columns, so no text in them can
 * collide.
 */
const FEED: readonly string[] = [
  `CREATE TABLE vfs_crdt_ops (
    id TEXT PRIMARY KEY, occurred_ms INTEGER NOT NULL, user_id TEXT, replica_id TEXT, write_id INTEGER,
    client_op_id TEXT, item_id TEXT NOT NULL, op_type TEXT NOT NULL, principal_type TEXT, principal_id TEXT,
    access_level TEXT, parent_id TEXT, child_id TEXT, source_table TEXT NOT NULL,
    source_id TEXT NOT NULL)`,
  `CREATE INDEX vfs_crdt_ops_in_order ON vfs_crdt_ops (occurred_ms, id)`,
  `CREATE TABLE vfs_crdt_registers (
    item_id TEXT NOT NULL, op_type TEXT NOT NULL, principal_type TEXT, principal_id TEXT, access_level TEXT,
    parent_id TEXT, child_id TEXT, occurred_ms INTEGER NOT NULL, feed_id TEXT NOT NULL)`,
  `CREATE UNIQUE INDEX vfs_crdt_registers_key ON vfs_crdt_registers (
    item_id, ifnull(principal_type, ''), ifnull(principal_id, ''), ifnull(parent_id, ''))`,
  `CREATE TABLE vfs_crdt_applied (
    user_id TEXT NOT NULL, replica_id TEXT NOT NULL, op_id TEXT NOT NULL, write_id INTEGER NOT NULL,
    feed_id TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (user_id, replica_id, op_id)) WITHOUT ROWID`,
  `CREATE TABLE vfs_crdt_replica_heads (
    user_id TEXT NOT NULL, replica_id TEXT NOT NULL, max_write_id INTEGER NOT NULL, feed_id TEXT NOT NULL,
    PRIMARY KEY (user_id, replica_id)) WITHOUT ROWID`,
  `CREATE TABLE vfs_feed_state (
    id INTEGER PRIMARY KEY CHECK (id = 1), last_ms INTEGER, last_seq INTEGER NOT NULL,
    floor_ms INTEGER, floor_id TEXT)`,
  `INSERT INTO vfs_feed_state (id, last_ms, last_seq, floor_ms, floor_id) VALUES (1, NULL, 0, NULL, NULL)`,
  `CREATE TABLE vfs_feed_locks (name TEXT PRIMARY KEY, taken INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE vfs_sync_client_state (
    user_id TEXT NOT NULL, client_id TEXT NOT NULL, last_reconciled_at TEXT, last_reconciled_change_id TEXT,
    last_reconciled_write_ids TEXT NOT NULL DEFAULT '{}', updated_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id)) WITHOUT ROWID`,
];

export const SERVER_SCHEMA: readonly string[] = [...CATALOGUE, ...FEED, ...BLOB_SCHEMA];

const HAS_CLIENT_TIME = `
  SELECT 1 AS found FROM pragma_table_info('vfs_crdt_ops') WHERE name = 'client_occurred_at'`;
const ADD_CLIENT_TIME = `ALTER TABLE vfs_crdt_ops ADD COLUMN client_occurred_at TEXT`;

/**
 * Brings the tables to what `release` writes. Only adds, so that a node of the release before goes on working
 * beside.
 */
export async function migrate(sql: Sql, release: Release): Promise<void> {
  if (release < 2 || (await sql.get(HAS_CLIENT_TIME)) !== undefined) return;
  await sql.run(ADD_CLIENT_TIME);
}
