/** The tables that the migration chain retires (spec 6.1), and the database as the chain finds it. */
import {SERVER_SCHEMA} from '../server-schema.ts';

/** The version before the chain: canonical tables are there, and legacy tables beside them. */
export const BASELINE_VERSION = 23;

export const LEGACY_TABLES = ['vfs_blob_refs', 'vfs_blob_staging', 'vfs_blob_objects', 'vfs_access'] as const;
export type LegacyTable = (typeof LEGACY_TABLES)[number];

const SCHEMA_MIGRATIONS = `CREATE TABLE schema_migrations (
  version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)`;

const STATUS_CHECK = `CHECK (status IN ('staged', 'attached', 'abandoned'))`;
const KIND_CHECK = `CHECK (relation_kind IN ('file', 'emailAttachment', 'photo', 'other'))`;
const LEVEL_CHECK = `CHECK (permission_level IN ('read', 'write', 'admin'))`;

/**
 * The legacy tables. Times are ms since 1970; users have no table of their own here, so nothing refers to one.
 * Databases older than the check of the staging status have it not (`checked: false`): they may hold any text.
 */
function legacyTables({checked}: {readonly checked: boolean}): readonly string[] {
  return [
    `CREATE TABLE vfs_blob_objects (
      id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL,
      storage_key TEXT NOT NULL UNIQUE, created_by TEXT NOT NULL, created_at INTEGER NOT NULL)`,
    `CREATE TABLE vfs_blob_staging (
      id TEXT PRIMARY KEY,
      blob_id TEXT NOT NULL REFERENCES vfs_blob_objects (id) ON DELETE CASCADE,
      staged_by TEXT NOT NULL, status TEXT NOT NULL ${checked ? STATUS_CHECK : ''},
      staged_at INTEGER NOT NULL, attached_at INTEGER, expires_at INTEGER NOT NULL,
      attached_item_id TEXT REFERENCES vfs_registry (id) ON DELETE SET NULL)`,
    `CREATE TABLE vfs_blob_refs (
      id TEXT PRIMARY KEY,
      blob_id TEXT NOT NULL REFERENCES vfs_blob_objects (id) ON DELETE CASCADE,
      item_id TEXT NOT NULL REFERENCES vfs_registry (id) ON DELETE CASCADE,
      relation_kind TEXT NOT NULL ${KIND_CHECK}, attached_by TEXT NOT NULL, attached_at INTEGER NOT NULL,
      UNIQUE (blob_id, item_id, relation_kind))`,
    `CREATE TABLE vfs_access (
      item_id TEXT NOT NULL, user_id TEXT NOT NULL, wrapped_session_key TEXT NOT NULL,
      wrapped_hierarchical_key TEXT, permission_level TEXT NOT NULL ${LEVEL_CHECK}, granted_by TEXT,
      granted_at INTEGER NOT NULL, expires_at INTEGER, PRIMARY KEY (item_id, user_id))`,
  ];
}

/**
 * All statements that make the database of {@link BASELINE_VERSION}: the server's own canonical tables, the
 * legacy tables beside them, and the record that the chain goes on from.
 */
export function baselineSchema(options: {readonly checked: boolean}): readonly string[] {
  return [
    ...SERVER_SCHEMA,
    ...legacyTables(options),
    SCHEMA_MIGRATIONS,
    `INSERT INTO schema_migrations (version, applied_at) VALUES (${BASELINE_VERSION}, 0)`,
  ];
}
