/** The journal as rows: appended and looked up by list, one statement for as many rows as there are (spec 1). */
import type {Sql, SqlParams, SqlRow} from '../../host.ts';
import {contentHash} from './merge/canonical.ts';
import type {Clock} from './merge/clock.ts';
import {type Json, LIFE_MARK} from './protocol.ts';
import {listOf, rowsOf} from './sql-text.ts';
import {ownEntry, type Write, writeOf} from './write.ts';

/** A write in the journal. */
export interface JournalRow {
  readonly journalId: number;
  readonly write: Write;
  /** The server's wall time, ms; nothing depends on it. */
  readonly recordedAt: number;
  /** Of the payload, as it was when the row was written. */
  readonly payloadHash: string;
}

/** One device's own entry on one object. */
export type OwnEntry = readonly [objectType: string, objectId: string, deviceId: string, entry: number];

const APPEND = `
  INSERT INTO sync_journal (tenant_id, journal_id, op_id, device_id, session_id, object_type, object_id, payload,
    payload_hash, is_tombstone, vector_clock, own_entry, tags, recorded_at)
  VALUES `;
const JOURNAL_ROW = `(${listOf(14)})`;

const SELECT = `SELECT j.journal_id, j.op_id, j.device_id, j.session_id, j.object_type, j.object_id, j.payload,
  j.payload_hash, j.is_tombstone, j.vector_clock, j.tags, j.recorded_at`;
const byOps = (count: number): string =>
  `${SELECT} FROM sync_journal AS j WHERE j.tenant_id = ? AND j.op_id IN (${listOf(count)}) ORDER BY j.journal_id`;
const byOwnEntries = (count: number): string =>
  `SELECT j.object_type, j.object_id, j.device_id, j.own_entry
  FROM (VALUES ${rowsOf(count, '(?, ?, ?, ?)')}) AS n
  CROSS JOIN sync_journal AS j ON j.tenant_id = ? AND j.object_type = n.column1 AND j.object_id = n.column2
    AND j.device_id = n.column3 AND j.own_entry = n.column4
  ORDER BY j.journal_id`;
const AFTER = `${SELECT} FROM sync_journal AS j WHERE j.tenant_id = ? AND j.journal_id > ?
  ORDER BY j.journal_id LIMIT ?`;
const OF_OBJECT = `${SELECT} FROM sync_journal AS j
  WHERE j.tenant_id = ? AND j.object_type = ? AND j.object_id = ? AND j.journal_id <= ? ORDER BY j.journal_id`;
const BEFORE = `${SELECT} FROM sync_journal AS j WHERE j.tenant_id = ? AND j.journal_id < ?
  ORDER BY j.journal_id DESC LIMIT ?`;
const OF_DEVICE = `${SELECT} FROM sync_journal AS j
  WHERE j.tenant_id = ? AND (j.device_id = ? OR substr(j.device_id, 1, length(?)) = ?) AND j.journal_id > ?
  ORDER BY j.journal_id LIMIT ?`;

/** Appends rows. Rejects, and so ends the transaction, where an id or an own entry is taken. */
export async function appendToJournal(
  sql: Sql,
  tenantId: string,
  rows: readonly Omit<JournalRow, 'payloadHash'>[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.flatMap(({journalId, write, recordedAt}) => [
    tenantId,
    journalId,
    write.op.opId,
    write.op.deviceId,
    write.sessionId,
    write.objectType,
    write.objectId,
    write.payloadText,
    contentHash(write.payloadText ?? ''),
    write.op.isTombstone ? 1 : 0,
    write.clockText,
    ownEntry(write),
    write.tagsText,
    recordedAt,
  ]);
  await sql.run(APPEND + rowsOf(rows.length, JOURNAL_ROW), values);
}

export const journalByOps = (sql: Sql, tenantId: string, opIds: readonly string[]): Promise<JournalRow[]> =>
  read(sql, byOps(opIds.length), [tenantId, ...opIds]);

/** At most `limit` rows after `journalId`. */
export const journalAfter = (
  sql: Sql,
  tenantId: string,
  journalId: number,
  limit: number,
): Promise<JournalRow[]> => read(sql, AFTER, [tenantId, journalId, limit]);

/** At most `limit` rows before `journalId`, the latest first. */
export const journalBefore = (
  sql: Sql,
  tenantId: string,
  journalId: number,
  limit: number,
): Promise<JournalRow[]> => read(sql, BEFORE, [tenantId, journalId, limit]);

/** The rows of one object up to and including `journalId`. */
export const journalOfObject = (
  sql: Sql,
  tenantId: string,
  {objectType, objectId}: {readonly objectType: string; readonly objectId: string},
  journalId: number = Number.MAX_SAFE_INTEGER,
): Promise<JournalRow[]> => read(sql, OF_OBJECT, [tenantId, objectType, objectId, journalId]);

/** The rows of a device, and of all its lives. */
export const journalOfDevice = (
  sql: Sql,
  tenantId: string,
  deviceId: string,
  page: {readonly after: number; readonly limit: number},
): Promise<JournalRow[]> => {
  const lives = deviceId + LIFE_MARK;
  return read(sql, OF_DEVICE, [tenantId, deviceId, lives, lives, page.after, page.limit]);
};

/** Those of `entries` that an operation of the journal has. */
export async function usedOwnEntries(
  sql: Sql,
  tenantId: string,
  entries: readonly OwnEntry[],
): Promise<readonly OwnEntry[]> {
  if (entries.length === 0) return [];
  const rows = await sql.all(byOwnEntries(entries.length), [...entries.flat(), tenantId]);
  return rows.map(row => [
    String(row['object_type']),
    String(row['object_id']),
    String(row['device_id']),
    Number(row['own_entry']),
  ]);
}

async function read(sql: Sql, query: string, params: SqlParams): Promise<JournalRow[]> {
  return (await sql.all(query, params)).map(rowOf);
}

function rowOf(row: SqlRow): JournalRow {
  const isTombstone = row['is_tombstone'] === 1;
  const name = {objectType: String(row['object_type']), objectId: String(row['object_id'])};
  const write = writeOf(name, String(row['session_id']), {
    opId: String(row['op_id']),
    deviceId: String(row['device_id']),
    payload: isTombstone ? null : stored(row['payload']),
    clock: stored(row['vector_clock']) as Clock,
    isTombstone,
    tags: stored(row['tags']) as readonly string[],
  });
  return {
    journalId: Number(row['journal_id']),
    write,
    recordedAt: Number(row['recorded_at']),
    payloadHash: String(row['payload_hash']),
  };
}

const stored = (text: unknown): Json => JSON.parse(String(text)) as Json;
