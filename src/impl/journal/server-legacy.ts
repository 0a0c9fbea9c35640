/**
 * The legacy exchange: devices pass each other journal entries, and nobody merges. It has tables and a cursor of its own,
 * which the second version of the protocol never touches (spec 11).
 */
import type {Sql} from '../../host.ts';
import {type Json, LIMITS} from './protocol.ts';
import {type Call, type Decoded, failed, ok, refused, type Reply, type ServerContext} from './server-http.ts';
import {isCount, isId, isPortable, isRecord, unknownKey} from './text.ts';

/** One entry as a device gives it. */
export interface LegacyEntry {
  readonly opId: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly payload: Json;
  readonly isTombstone: boolean;
}

/** One entry as it is kept and passed on; `entryId` is the cursor, and counts within the tenant. */
export interface LegacyRow extends LegacyEntry {
  readonly entryId: number;
  readonly deviceId: string;
}

const FIELDS: ReadonlySet<string> = new Set(['entries']);
const ENTRY_FIELDS: ReadonlySet<string> = new Set([
  'opId',
  'objectType',
  'objectId',
  'payload',
  'isTombstone',
]);

const HEAD = `SELECT ifnull(max(entry_id), 0) AS head FROM legacy_journal WHERE tenant_id = ?`;
const KNOWN = `SELECT op_id FROM legacy_journal WHERE tenant_id = ?
  AND op_id IN (SELECT value FROM json_each(?)) ORDER BY op_id`;
const APPEND = `
  INSERT INTO legacy_journal (tenant_id, entry_id, op_id, device_id, object_type, object_id, body)
  SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)`;
const AFTER = `SELECT * FROM legacy_journal WHERE tenant_id = ? AND entry_id > ? ORDER BY entry_id LIMIT ?`;

/** Answers `{accepted, cursor}`: how many were new, and the highest entry id. An id that is known is passed over. */
export async function answerLegacyPush(context: ServerContext, call: Call): Promise<Reply> {
  const decoded = decodeEntries(call.body);
  if (decoded.kind === 'refused') return decoded.reply;
  const {tenantId, deviceId} = call.session;
  const distinct = [...new Map(decoded.input.map(entry => [entry.opId, entry])).values()];
  return context.database.transaction(async sql => {
    const ids = JSON.stringify(distinct.map(({opId}) => opId));
    const known = new Set((await sql.all(KNOWN, [tenantId, ids])).map(row => row['op_id']));
    const head = Number((await sql.get(HEAD, [tenantId]))?.['head']);
    const fresh = distinct.filter(({opId}) => !known.has(opId));
    const values = fresh.map(({opId, objectType, objectId, payload, isTombstone}, at) => [
      head + at + 1,
      opId,
      deviceId,
      objectType,
      objectId,
      JSON.stringify({payload, isTombstone}),
    ]);
    if (values.length > 0) await sql.run(APPEND, [tenantId, JSON.stringify(values)]);
    return ok({accepted: fresh.length, cursor: head + fresh.length});
  });
}

/** Answers `{entries, cursor}`: those after `since`, and where the next pull goes on. */
export async function answerLegacyPull(context: ServerContext, call: Call): Promise<Reply> {
  const since = wholeNumber(call.query.get('since'), 0);
  const limit = wholeNumber(call.query.get('limit'), LIMITS.pageDefault);
  if (since === null || limit === null || limit < 1 || limit > LIMITS.pageMax) {
    return failed('MALFORMED_REQUEST', `since and limit are whole numbers, limit at most ${LIMITS.pageMax}`);
  }
  const entries = await legacyAfter(context.database, call.session.tenantId, since, limit);
  return ok({entries, cursor: entries.at(-1)?.entryId ?? since});
}

/** The entries after `entryId`, in the order in which they came. */
export async function legacyAfter(
  sql: Sql,
  tenantId: string,
  entryId: number,
  limit: number,
): Promise<readonly LegacyRow[]> {
  const rows = await sql.all(AFTER, [tenantId, entryId, limit]);
  return rows.map(row => {
    const {payload, isTombstone} = JSON.parse(String(row['body'])) as Pick<
      LegacyEntry,
      'payload' | 'isTombstone'
    >;
    return {
      entryId: Number(row['entry_id']),
      opId: String(row['op_id']),
      deviceId: String(row['device_id']),
      objectType: String(row['object_type']),
      objectId: String(row['object_id']),
      payload,
      isTombstone,
    };
  });
}

function wholeNumber(text: string | null, fallback: number): number | null {
  if (text === null) return fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : -1;
  return isCount(value) ? value : null;
}

function decodeEntries(body: unknown): Decoded<readonly LegacyEntry[]> {
  if (!isRecord(body) || unknownKey(body, FIELDS) !== null || !Array.isArray(body['entries'])) {
    return refused('MALFORMED_REQUEST', 'entries must be an array, and there is nothing else');
  }
  const {entries} = body;
  if (entries.length > LIMITS.entries) {
    return refused('BATCH_TOO_LARGE', `at most ${LIMITS.entries} entries a push`);
  }
  const decoded = entries.map(decodeEntry);
  if (!decoded.every(entry => entry !== null)) {
    return refused('MALFORMED_REQUEST', 'an entry has opId, objectType, objectId, payload and isTombstone');
  }
  return {kind: 'ok', input: decoded};
}

function decodeEntry(value: unknown): LegacyEntry | null {
  if (!isRecord(value) || unknownKey(value, ENTRY_FIELDS) !== null) return null;
  const {opId, objectType, objectId, payload = null, isTombstone = false} = value;
  if (!isId(opId) || !isId(objectType) || !isId(objectId)) return null;
  if (!isPortable(payload) || typeof isTombstone !== 'boolean') return null;
  if (JSON.stringify(payload).length > LIMITS.payloadLength) return null;
  return {opId, objectType, objectId, payload, isTombstone};
}
