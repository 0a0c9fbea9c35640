/** The runbook's read-only checks: what to look at before the chain, and what must hold after it (spec 6.4). */
import type {Sql, SqlRow} from '../../../host.ts';
import {LATEST_VERSION} from './chain.ts';
import type {Dialect} from './dialect.ts';
import {LEGACY_TABLES} from './legacy-schema.ts';
import {P1, P2} from './parity.ts';
import {tableExists} from './runner.ts';

/** Rows of one kind before the chain; null where their table is gone, or not there yet. */
export interface Baseline {
  readonly name: string;
  readonly rows: number | null;
}

export interface Preflight {
  /** The newest recorded version; null without a record. */
  readonly version: number | null;
  readonly counts: readonly Baseline[];
}

export interface Violation {
  readonly name: string;
  readonly rows: number;
}

export interface Verification {
  readonly version: number | null;
  /** Legacy tables that are still there. */
  readonly remaining: readonly string[];
  /** Each parity check with the number of rows that violate it. */
  readonly parity: readonly Violation[];
  /** For the eye: client cursors, newest first. They must not have moved back. */
  readonly cursors: readonly SqlRow[];
  readonly ok: boolean;
}

const COUNTS: readonly (readonly [name: string, table: string, where: string])[] = [
  ['legacy_blob_objects', 'vfs_blob_objects', ''],
  ['legacy_blob_staging', 'vfs_blob_staging', ''],
  ['legacy_blob_refs', 'vfs_blob_refs', ''],
  ['canonical_blob_registry', 'vfs_registry', ` WHERE object_type = 'blob'`],
  ['canonical_blob_stage_registry', 'vfs_registry', ` WHERE object_type = 'blobStage'`],
  ['legacy_vfs_access', 'vfs_access', ''],
  ['canonical_active_user_acl', 'vfs_acl_entries', ` WHERE principal_type = 'user' AND revoked_at IS NULL`],
];

const PARITY: readonly (readonly [name: string, sql: string])[] = [
  ['invalid_blob_stage_registry_rows', P1],
  ['missing_blob_children', P2],
];

const NEWEST = `SELECT MAX(version) AS schema_version FROM schema_migrations`;
const CURSORS = `SELECT user_id, client_id, last_reconciled_at, last_reconciled_change_id
  FROM vfs_sync_client_state ORDER BY updated_at DESC, user_id, client_id LIMIT 100`;

export async function preflight(sql: Sql, dialect: Dialect): Promise<Preflight> {
  const counts: Baseline[] = [];
  for (const [name, table, where] of COUNTS) {
    const isThere = await tableExists(sql, dialect, table);
    counts.push({
      name,
      rows: isThere ? await count(sql, `SELECT COUNT(*) AS n FROM ${table}${where}`) : null,
    });
  }
  return {version: await schemaVersion(sql, dialect), counts};
}

/** What must hold once the chain is through. A check whose tables are missing counts as violated once. */
export async function verify(sql: Sql, dialect: Dialect): Promise<Verification> {
  const version = await schemaVersion(sql, dialect);
  const remaining: string[] = [];
  for (const table of LEGACY_TABLES) if (await tableExists(sql, dialect, table)) remaining.push(table);
  const isCanonical =
    (await tableExists(sql, dialect, 'vfs_registry')) && (await tableExists(sql, dialect, 'vfs_links'));
  const parity: Violation[] = [];
  for (const [name, query] of PARITY) parity.push({name, rows: isCanonical ? await count(sql, query) : 1});
  const cursors = (await tableExists(sql, dialect, 'vfs_sync_client_state')) ? await sql.all(CURSORS) : [];
  const ok = version === LATEST_VERSION && remaining.length === 0 && parity.every(({rows}) => rows === 0);
  return {version, remaining, parity, cursors, ok};
}

async function schemaVersion(sql: Sql, dialect: Dialect): Promise<number | null> {
  if (!(await tableExists(sql, dialect, 'schema_migrations'))) return null;
  const version = (await sql.get(NEWEST))?.['schema_version'];
  return typeof version === 'number' ? version : null;
}

async function count(sql: Sql, query: string): Promise<number> {
  return Number((await sql.get(query))?.['n']);
}
