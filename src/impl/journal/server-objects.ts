/** Objects and conflict records as rows, of the live tables or of a rebuild's shadow (spec 1, 6). */
import type {Sql, SqlRow, SqlValue} from '../../host.ts';
import {canonicalJson, contentHash} from './merge/canonical.ts';
import type {Clock} from './merge/clock.ts';
import type {AnyPolicy} from './merge/policies.ts';
import type {Json} from './protocol.ts';
import type {Materialization, Materialized, RecordedConflict} from './server-materialization.ts';
import {LIVE, type MaterializedTables, SHADOW} from './server-schema.ts';
import {listOf, portionsOf, rowsOf} from './sql-text.ts';
import type {ObjectName} from './write.ts';

/** Each for as many rows as it is told. */
interface Statements {
  readonly readObjects: (count: number) => string;
  readonly writeObjects: (count: number) => string;
  readonly writeConflicts: (count: number) => string;
}

/** The columns of both kinds of table, as a swap copies them. */
export const OBJECT_COLUMNS = `tenant_id, object_type, object_id, state, payload, payload_hash, is_tombstone, vector_clock,
  winner_clock, seen_clock, tags, ever_tags, last_op_id, last_modified_actor, last_modified_at, change_seq`;
export const CONFLICT_COLUMNS = `tenant_id, object_type, object_id, first_op_id, second_op_id, winning_op_id,
  losing_op_id, winning_clock, losing_clock, winning_journal_id, losing_journal_id, reason_code, recorded_at`;

/** One name is by far the most frequent, and found many times faster without a list. */
const namedAs = (count: number): string =>
  count === 1
    ? 'object_type = ? AND object_id = ?'
    : `(object_type, object_id) IN (VALUES ${rowsOf(count, '(?, ?)')})`;

/** What the journal says of an operation; an operation that is not there makes the statement fail. */
const journaled = (column: string): string =>
  `(SELECT ${column} FROM sync_journal WHERE tenant_id = ? AND op_id = ?)`;
const OBJECT_ROW = `(${listOf(13)}, ${journaled('device_id')}, ${journaled('recorded_at')}, ?)`;

/**
 * Who modified an object last, and when, is what the journal says of the operation that is shown; a conflict was recorded
 * when the later of the two arrived. So a rebuild tells the same.
 */
const statementsFor = ({objects, conflicts}: MaterializedTables): Statements => ({
  readObjects: count => `
    SELECT object_type, object_id, state, payload, is_tombstone, vector_clock, winner_clock, seen_clock, tags,
      ever_tags, last_op_id, change_seq
    FROM ${objects} WHERE tenant_id = ? AND ${namedAs(count)} ORDER BY object_type, object_id`,
  writeObjects: count => `
    INSERT INTO ${objects} (${OBJECT_COLUMNS}) VALUES ${rowsOf(count, OBJECT_ROW)}
    ON CONFLICT (tenant_id, object_type, object_id) DO UPDATE SET
      state = excluded.state, payload = excluded.payload, payload_hash = excluded.payload_hash,
      is_tombstone = excluded.is_tombstone, vector_clock = excluded.vector_clock,
      winner_clock = excluded.winner_clock, seen_clock = excluded.seen_clock, tags = excluded.tags,
      ever_tags = excluded.ever_tags, last_op_id = excluded.last_op_id,
      last_modified_actor = excluded.last_modified_actor, last_modified_at = excluded.last_modified_at,
      change_seq = excluded.change_seq`,
  writeConflicts: count => `
    INSERT INTO ${conflicts} (${CONFLICT_COLUMNS})
    SELECT w.tenant_id, v.column1, v.column2, v.column3, v.column4, w.op_id, l.op_id,
      w.vector_clock, l.vector_clock, w.journal_id, l.journal_id, v.column7,
      CASE WHEN w.journal_id > l.journal_id THEN w.recorded_at ELSE l.recorded_at END
    FROM (VALUES ${rowsOf(count, '(?, ?, ?, ?, ?, ?, ?)')}) AS v
    CROSS JOIN sync_journal AS w ON w.tenant_id = ? AND w.op_id = v.column5
    CROSS JOIN sync_journal AS l ON l.tenant_id = ? AND l.op_id = v.column6
    WHERE true
    ON CONFLICT DO NOTHING`,
});

const STATEMENTS: ReadonlyMap<MaterializedTables, Statements> = new Map([
  [LIVE, statementsFor(LIVE)],
  [SHADOW, statementsFor(SHADOW)],
]);

function statementsOf(tables: MaterializedTables): Statements {
  const statements = STATEMENTS.get(tables);
  if (statements === undefined) throw new Error('objects are live or in the shadow');
  return statements;
}

/** Those of the named objects that exist. Throws `StoredStateError` where another policy wrote a state. */
export async function readObjects(
  sql: Sql,
  tables: MaterializedTables,
  {tenantId, policy}: {readonly tenantId: string; readonly policy: AnyPolicy},
  names: readonly ObjectName[],
): Promise<readonly Materialized[]> {
  if (names.length === 0) return [];
  const values = names.flatMap(({objectType, objectId}) => [objectType, objectId]);
  const rows = await sql.all(statementsOf(tables).readObjects(names.length), [tenantId, ...values]);
  return rows.map(row => materializedOf(row, policy));
}

/** Writes what a materialization changed. The operations that it names are in the journal by now. */
export async function writeMaterialization(
  sql: Sql,
  tables: MaterializedTables,
  {tenantId, policy}: {readonly tenantId: string; readonly policy: AnyPolicy},
  {changed, conflicts}: Materialization,
): Promise<void> {
  const {writeObjects, writeConflicts} = statementsOf(tables);
  for (const some of portionsOf(changed)) {
    const values = some.flatMap(object => objectValues(object, tenantId, policy));
    await sql.run(writeObjects(some.length), values);
  }
  // one operation may meet many: the pairs of a batch are bounded by nothing but its square
  for (const some of portionsOf(conflicts)) {
    await sql.run(writeConflicts(some.length), [...some.flatMap(conflictValues), tenantId, tenantId]);
  }
}

function objectValues(object: Materialized, tenantId: string, policy: AnyPolicy): readonly SqlValue[] {
  const {exposed} = object;
  const {lastOpId} = exposed;
  const payload = exposed.isTombstone ? null : canonicalJson(exposed.payload);
  return [
    tenantId,
    object.objectType,
    object.objectId,
    JSON.stringify(policy.encode(object.state)),
    payload,
    contentHash(payload ?? ''),
    exposed.isTombstone ? 1 : 0,
    canonicalJson(exposed.clock),
    canonicalJson(exposed.winnerClock),
    canonicalJson(object.seen),
    canonicalJson(exposed.tags),
    canonicalJson(object.everTags),
    lastOpId,
    tenantId,
    lastOpId,
    tenantId,
    lastOpId,
    object.changeSeq,
  ];
}

const conflictValues = ({objectType, objectId, pair}: RecordedConflict): readonly SqlValue[] => [
  objectType,
  objectId,
  ...pair.opIds,
  pair.winningOpId,
  pair.losingOpId,
  pair.reason,
];

/** An object out of its row. */
function materializedOf(row: SqlRow, policy: AnyPolicy): Materialized {
  const isTombstone = row['is_tombstone'] === 1;
  return {
    objectType: String(row['object_type']),
    objectId: String(row['object_id']),
    state: policy.decode(stored(row['state'])),
    exposed: {
      payload: isTombstone ? null : stored(row['payload']),
      tags: stored(row['tags']) as readonly string[],
      isTombstone,
      lastOpId: String(row['last_op_id']),
      clock: stored(row['vector_clock']) as Clock,
      winnerClock: stored(row['winner_clock']) as Clock,
    },
    seen: stored(row['seen_clock']) as Clock,
    everTags: stored(row['ever_tags']) as readonly string[],
    changeSeq: Number(row['change_seq']),
  };
}

const stored = (text: unknown): Json => JSON.parse(String(text)) as Json;
