/** A tenant's own counters, read at the start of every request: servers share a database, so none remembers them. */
import type {Sql, SqlRow} from '../../host.ts';

export interface Tenant {
  readonly tenantId: string;
  /** Names the history that {@link changeHead} counts in. */
  readonly epoch: string;
  readonly generation: number;
  /** Highest journal id, and highest change sequence; 0 where there is none. */
  readonly journalHead: number;
  readonly changeHead: number;
  /** The merge policy that the tenant's objects were made by; null before its first write. */
  readonly policy: string | null;
  /** The rebuild that writes wait for, or null. */
  readonly blockedBy: string | null;
}

/** Columns that {@link tenantOf} reads; for a FROM that has `sync_history AS h` and, to the left of it, `sync_tenants AS t`. */
export const TENANT_COLUMNS = `h.name AS history, t.generation, t.journal_head, t.change_head, t.policy, t.blocked_by`;
export const TENANT_FROM = `sync_history AS h LEFT JOIN sync_tenants AS t ON t.tenant_id = ?`;

const READ_TENANT = `SELECT ${TENANT_COLUMNS} FROM ${TENANT_FROM}`;
const WRITE_TENANT = `
  INSERT INTO sync_tenants (tenant_id, generation, journal_head, change_head, policy, blocked_by)
  VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant_id) DO UPDATE SET generation = excluded.generation, journal_head = excluded.journal_head,
    change_head = excluded.change_head, policy = excluded.policy, blocked_by = excluded.blocked_by`;

export async function readTenant(sql: Sql, tenantId: string): Promise<Tenant> {
  return tenantOf(tenantId, await sql.get(READ_TENANT, [tenantId]));
}

/** The tenant that a row with {@link TENANT_COLUMNS} tells of; one that has written nothing yet has no row of its own. */
export function tenantOf(tenantId: string, row: SqlRow | undefined): Tenant {
  if (row === undefined) throw new Error('a server that is open has named its history');
  const generation = Number(row['generation'] ?? 1);
  return {
    tenantId,
    generation,
    epoch: `${String(row['history'])}.${generation}`,
    journalHead: Number(row['journal_head'] ?? 0),
    changeHead: Number(row['change_head'] ?? 0),
    policy: textOrNull(row['policy']),
    blockedBy: textOrNull(row['blocked_by']),
  };
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export async function writeTenant(
  sql: Sql,
  tenant: Omit<Tenant, 'epoch' | 'policy'> & {readonly policy: string},
): Promise<void> {
  const {tenantId, generation, journalHead, changeHead, policy, blockedBy} = tenant;
  await sql.run(WRITE_TENANT, [tenantId, generation, journalHead, changeHead, policy, blockedBy]);
}
