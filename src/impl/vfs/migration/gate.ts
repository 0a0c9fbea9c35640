/**
 * The gate between a release of the server and the database's schema: every transaction first reads the
 * version, and one that the release was not made for is refused before it names a table that may be gone.
 */
import type {Database, Disk, Sql} from '../../../host.ts';
import {SERVER_DATABASE} from '../server-schema.ts';
import {readFlattened, writeLegacy, type Mirrored} from './mirror.ts';

/** What a release of the server can work with, and what it writes beside the flattened form. */
export interface ReleasePolicy {
  readonly name: 'legacy' | 'mirroring' | 'flattened';
  /** Schema versions, both inclusive. */
  readonly from: number;
  readonly to: number;
  readonly mirrored: (version: number) => Mirrored;
}

/** The old release: blobs in the legacy form only, grants in both. v024 drops nothing, so it does not notice that. */
export const LEGACY_RELEASE: ReleasePolicy = {
  name: 'legacy',
  from: 23,
  to: 24,
  mirrored: () => ({grants: true, blobs: false}),
};

/** The release between: the legacy form before v024; after it the flattened one, and the legacy tables follow it. */
export const MIRRORING_RELEASE: ReleasePolicy = {
  name: 'mirroring',
  from: 23,
  to: 27,
  mirrored: version => ({grants: version < 27, blobs: version === 24}),
};

/** The new release: the flattened form and nothing else, once nobody can write blobs in the legacy form any more. */
export const FLATTENED_RELEASE: ReleasePolicy = {
  name: 'flattened',
  from: 25,
  to: 27,
  mirrored: () => ({grants: false, blobs: false}),
};

/** The database is of a schema that this release was not made for. Nothing was done. */
class SchemaGateError extends Error {
  readonly version: number;
  constructor(policy: ReleasePolicy, version: number) {
    super(`the ${policy.name} release works with schemas ${policy.from} to ${policy.to}, this is ${version}`);
    this.name = 'SchemaGateError';
    this.version = version;
  }
}

const VERSION = `SELECT MAX(version) AS version FROM schema_migrations`;

export async function readSchemaVersion(sql: Sql): Promise<number> {
  return Number((await sql.get(VERSION))?.['version'] ?? 0);
}

/** Opens and shuts for a server as a whole: while it boots, it only looks for what every schema has. */
export interface Gate {
  shut: boolean;
}

/** The disk as a release sees it: the server's database behind the gate, all others as they are. */
export function gatedDisk(disk: Disk, policy: ReleasePolicy, gate: Gate): Disk {
  return {
    open: async (name, schema, options) => {
      const database = await disk.open(name, schema, options);
      return name === SERVER_DATABASE && options?.replica !== true ? gated(database, policy, gate) : database;
    },
  };
}

/** A database whose transactions pass the gate, and write the legacy form where the policy says so. */
export function gated(database: Database, policy: ReleasePolicy, gate: Gate): Database {
  return {
    ...database,
    transaction: body =>
      database.transaction(async sql => {
        if (!gate.shut) return body(sql);
        const version = await readSchemaVersion(sql);
        if (version < policy.from || version > policy.to) throw new SchemaGateError(policy, version);
        const mirrored = policy.mirrored(version);
        return mirrored.grants || mirrored.blobs ? mirroring(sql, mirrored, body) : body(sql);
      }),
  };
}

/** Reads the flattened form before the first write, and makes the legacy form follow after the last. */
async function mirroring<T>(sql: Sql, mirrored: Mirrored, body: (sql: Sql) => Promise<T>): Promise<T> {
  let before: Awaited<ReturnType<typeof readFlattened>> | null = null;
  const value = await body({
    ...sql,
    run: async (text, params) => {
      before ??= await readFlattened(sql, mirrored);
      return sql.run(text, params);
    },
  });
  if (before !== null) await writeLegacy(sql, before, mirrored);
  return value;
}
