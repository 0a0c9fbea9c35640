/** A database as years of the old release left it: blobs in every status, references, grants. */
import type {Database, Sql, SqlRow} from '../../../../src/host.ts';
import {SQLITE} from '../../../../src/impl/vfs/migration/dialect.ts';
import {baselineSchema, LEGACY_TABLES} from '../../../../src/impl/vfs/migration/legacy-schema.ts';
import type {Migrator} from '../../../../src/impl/vfs/migration/runner.ts';
import type {Sqlite} from '../../../../src/sim/sqlite.ts';
import {MemoryDisk} from '../memory-host.ts';

export const NOW = 1_771_070_400_123;

/** Plain inserts, which every engine takes. */
export const PAST: readonly string[] = [
  `INSERT INTO vfs_registry VALUES ('item-1', 'folder', 'u1', 5), ('item-2', 'folder', 'u2', 6)`,
  `INSERT INTO vfs_registry VALUES ('blob-c', 'blob', 'u1', 9)`,
  `INSERT INTO vfs_blob_objects VALUES ('blob-a', 'sha-a', 10, 'old-a', 'u1', 1771070400001),
    ('blob-b', 'sha-b', 20, 'blob-b', 'u2', 1771070400002), ('blob-c', 'sha-c', 30, 'blob-c', 'u1', 9)`,
  `INSERT INTO vfs_blob_staging VALUES
    ('stage-1', 'blob-a', 'u1', 'staged', 1771070401000, NULL, 1771074000007, NULL),
    ('stage-2', 'blob-b', 'u2', 'attached', 1771070402000, 1771070403000, 1771074000000, 'item-2'),
    ('stage-3', 'blob-c', 'u1', 'abandoned', 1771070404000, NULL, 1771074000000, NULL)`,
  `INSERT INTO vfs_blob_refs VALUES ('ref-1', 'blob-b', 'item-2', 'photo', 'u2', 1771070403000)`,
  `INSERT INTO vfs_access VALUES
    ('item-1', 'u2', 'key-1', NULL, 'read', 'u1', 100, NULL), ('item-2', 'u1', 'key-2', 'h-2', 'admin', NULL, 200, 900)`,
  `INSERT INTO vfs_acl_entries VALUES
    ('acl-1', 'item-1', 'user', 'u2', 'read', 'key-1', NULL, 'u1', 101, 101, NULL, NULL),
    ('acl-2', 'item-2', 'user', 'u1', 'admin', 'key-2', 'h-2', NULL, 200, 200, 900, NULL)`,
  `INSERT INTO vfs_sync_client_state VALUES
    ('u1', 'crdt:c1', '2026-02-14T12:00:00.000Z', '000000000001-aaaaaaaa', '{"c1":3}', 7)`,
];

/** Tables that the chain reads or writes, with the columns that give their rows an order. */
const TABLES: Readonly<Record<string, string>> = {
  vfs_registry: 'id',
  vfs_links: 'id',
  vfs_acl_entries: 'id',
  vfs_blob_bytes: 'blob_id',
  vfs_sync_client_state: 'user_id, client_id',
  vfs_blob_objects: 'id',
  vfs_blob_staging: 'id',
  vfs_blob_refs: 'id',
  vfs_access: 'item_id, user_id',
  schema_migrations: 'version',
};

export interface LegacyDatabase {
  readonly disk: MemoryDisk;
  readonly database: Database;
  readonly file: Sqlite;
  readonly migrator: Migrator;
}

/** An SQLite database at version 23 with all of {@link PAST}, and then `more`. */
export async function legacyDatabase(
  more: readonly string[] = [],
  {checked}: {readonly checked: boolean} = {checked: true},
): Promise<LegacyDatabase> {
  const disk = new MemoryDisk();
  const database = await disk.open('server', [...baselineSchema({checked}), ...PAST, ...more]);
  const file = disk.files.get('server');
  if (file === undefined) throw new Error('the database was opened');
  return {disk, database, file, migrator: {database, dialect: SQLITE, now: () => NOW}};
}

/** Rows of every table, in order; null for one that is gone. Times of the version records are left out. */
export async function dump(
  sql: Sql,
  exists: (table: string) => Promise<boolean>,
): Promise<Record<string, readonly SqlRow[] | null>> {
  const tables: Record<string, readonly SqlRow[] | null> = {};
  for (const [table, order] of Object.entries(TABLES)) {
    tables[table] = (await exists(table)) ? await sql.all(`SELECT * FROM ${table} ORDER BY ${order}`) : null;
  }
  return tables;
}

export const LEGACY: readonly string[] = LEGACY_TABLES;
