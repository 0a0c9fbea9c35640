/** The tables of the journal server (spec 1, with its amendments), and those of the legacy exchange beside it (spec 11). */

/** The server's database, by name; every node of one place opens the same. */
export const SERVER_DATABASE = 'server';

/** The name of the history that this database holds, and each tenant's own counters: nothing is counted across tenants. */
const HEADS: readonly string[] = [
  `CREATE TABLE sync_history (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL)`,
  `CREATE TABLE sync_tenants (
    tenant_id TEXT NOT NULL PRIMARY KEY, generation INTEGER NOT NULL, journal_head INTEGER NOT NULL,
    change_head INTEGER NOT NULL, policy TEXT NOT NULL, blocked_by TEXT) WITHOUT ROWID`,
];

/**
 * `journal_id` counts the tenant's rows in the order of their commits. An own entry belongs to one operation of a device
 * on an object: the index says so, whatever a server believes.
 */
const JOURNAL: readonly string[] = [
  `CREATE TABLE sync_journal (
    tenant_id TEXT NOT NULL, journal_id INTEGER NOT NULL, op_id TEXT NOT NULL, device_id TEXT NOT NULL,
    session_id TEXT NOT NULL, object_type TEXT NOT NULL, object_id TEXT NOT NULL, payload TEXT,
    payload_hash TEXT NOT NULL, is_tombstone INTEGER NOT NULL, vector_clock TEXT NOT NULL,
    own_entry INTEGER NOT NULL, tags TEXT NOT NULL, recorded_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, journal_id)) WITHOUT ROWID`,
  `CREATE UNIQUE INDEX sync_journal_by_op ON sync_journal (tenant_id, op_id)`,
  `CREATE UNIQUE INDEX sync_journal_by_object
    ON sync_journal (tenant_id, object_type, object_id, device_id, own_entry)`,
];

/** The tables that are made of the journal, live or in the shadow of a rebuild. */
export interface MaterializedTables {
  readonly objects: string;
  readonly conflicts: string;
}

export const LIVE: MaterializedTables = {objects: 'sync_objects', conflicts: 'sync_conflicts'};
export const SHADOW: MaterializedTables = {
  objects: 'sync_shadow_objects',
  conflicts: 'sync_shadow_conflicts',
};

/**
 * `state` is what the merge policy keeps; `payload` to `last_op_id` are what it exposes; `seen_clock` joins all clocks
 * that were ever ingested; `ever_tags` are all tags that were ever exposed. A pair of conflicting operations has one row,
 * under its lesser id and its greater.
 */
const materialized = ({objects, conflicts}: MaterializedTables): readonly string[] => [
  `CREATE TABLE ${objects} (
    tenant_id TEXT NOT NULL, object_type TEXT NOT NULL, object_id TEXT NOT NULL, state TEXT NOT NULL,
    payload TEXT, payload_hash TEXT NOT NULL, is_tombstone INTEGER NOT NULL, vector_clock TEXT NOT NULL,
    winner_clock TEXT NOT NULL, seen_clock TEXT NOT NULL, tags TEXT NOT NULL, ever_tags TEXT NOT NULL,
    last_op_id TEXT NOT NULL, last_modified_actor TEXT NOT NULL, last_modified_at INTEGER NOT NULL,
    change_seq INTEGER NOT NULL, PRIMARY KEY (tenant_id, object_type, object_id)) WITHOUT ROWID`,
  `CREATE UNIQUE INDEX ${objects}_by_change ON ${objects} (tenant_id, change_seq)`,
  `CREATE TABLE ${conflicts} (
    tenant_id TEXT NOT NULL, object_type TEXT NOT NULL, object_id TEXT NOT NULL, first_op_id TEXT NOT NULL,
    second_op_id TEXT NOT NULL, winning_op_id TEXT NOT NULL, losing_op_id TEXT NOT NULL,
    winning_clock TEXT NOT NULL, losing_clock TEXT NOT NULL, winning_journal_id INTEGER NOT NULL,
    losing_journal_id INTEGER NOT NULL, reason_code TEXT NOT NULL, recorded_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, object_type, object_id, first_op_id, second_op_id)) WITHOUT ROWID`,
];

/** One rebuild a tenant at a time; those that are over stay, with what they found, so that asking again changes nothing. */
const REBUILDS: readonly string[] = [
  `CREATE TABLE sync_rebuilds (
    tenant_id TEXT NOT NULL, job_id TEXT NOT NULL, mode TEXT NOT NULL, status TEXT NOT NULL,
    policy TEXT NOT NULL, last_journal_id INTEGER NOT NULL, change_head INTEGER NOT NULL, report TEXT,
    PRIMARY KEY (tenant_id, job_id)) WITHOUT ROWID`,
  `CREATE UNIQUE INDEX sync_rebuilds_running ON sync_rebuilds (tenant_id) WHERE status = 'running'`,
];

/** The legacy exchange knows nothing of the tables above, nor they of it but for how far the bridge has come. */
const LEGACY: readonly string[] = [
  `CREATE TABLE legacy_journal (
    tenant_id TEXT NOT NULL, entry_id INTEGER NOT NULL, op_id TEXT NOT NULL, device_id TEXT NOT NULL,
    object_type TEXT NOT NULL, object_id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entry_id)) WITHOUT ROWID`,
  `CREATE UNIQUE INDEX legacy_journal_by_op ON legacy_journal (tenant_id, op_id)`,
  `CREATE TABLE sync_bridge (
    tenant_id TEXT NOT NULL PRIMARY KEY, last_entry_id INTEGER NOT NULL) WITHOUT ROWID`,
];

export const SERVER_SCHEMA: readonly string[] = [
  ...HEADS,
  ...JOURNAL,
  ...materialized(LIVE),
  ...materialized(SHADOW),
  ...REBUILDS,
  ...LEGACY,
];
