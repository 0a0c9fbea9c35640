/** The ingress of the client: what a server answered, or a disk gave back, becomes what it claims to be, or nothing. */
import {decodeEntry} from './decode-entry.ts';
import type {Clock} from './merge/clock.ts';
import type {
  LiveRow,
  PullAnswer,
  PulledRow,
  PushEntry,
  PushOutcome,
  PushReason,
  PushResult,
  RefusalCode,
  TombstoneRow,
} from './protocol.ts';
import {isCount, isId, isIdList, isPortable, isRecord} from './text.ts';

const OUTCOMES: ReadonlySet<unknown> = new Set<PushOutcome>([
  'applied',
  'conflict_won',
  'conflict_lost',
  'stale',
  'duplicate',
  'rejected',
]);
const REFUSALS: ReadonlySet<unknown> = new Set<RefusalCode>([
  'MALFORMED_REQUEST',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'BAD_SIGNATURE',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'CURSOR_INVALID',
  'SCOPE_CHANGED',
  'BATCH_TOO_LARGE',
  'REBUILDING',
  'POLICY_CHANGED',
  'V2_DISABLED',
  'INTERNAL',
]);

/** No bounds: what came back was believed by the server, what was stored was believed before. */
const ANY_CLOCK = {maxDevices: Number.MAX_SAFE_INTEGER, maxAhead: Number.MAX_SAFE_INTEGER};
const MAX_TAGS = 10_000;
/** Longest cursor that is kept. */
const MAX_CURSOR_LENGTH = 1_024;

const decoder = new TextDecoder('utf-8', {fatal: true});

/** The value of an answer's body; undefined if it is no JSON. */
export function decodeBody(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : decoder.decode(body)) as unknown;
  } catch {
    return undefined;
  }
}

/** The code of a refusal, or null where it has none that is known. */
export function refusalOf(body: unknown): RefusalCode | null {
  const error = isRecord(body) ? body['error'] : null;
  return REFUSALS.has(error) ? (error as RefusalCode) : null;
}

/** The results of a push answer; null for anything else. */
export function decodeResults(body: unknown): readonly PushResult[] | null {
  if (!isRecord(body) || !Array.isArray(body['results'])) return null;
  const results = body['results'].map(decodeResult);
  return results.every(result => result !== null) ? results : null;
}

function decodeResult(value: unknown): PushResult | null {
  if (!isRecord(value)) return null;
  const {opId, outcome, reason, objectClock, changeSeq} = value;
  if (!isId(opId) || !OUTCOMES.has(outcome)) return null;
  if (reason !== null && typeof reason !== 'string') return null;
  const accepted = outcome !== 'rejected';
  if (accepted && (!isClock(objectClock) || !isCount(changeSeq, 1))) return null;
  return {
    opId,
    outcome: outcome as PushOutcome,
    reason: reason as PushReason | null,
    objectClock: accepted ? (objectClock as Clock) : null,
    changeSeq: accepted ? (changeSeq as number) : null,
  };
}

/** A pull answer as far as its form goes; null for anything else. */
export function decodePage(body: unknown): PullAnswer | null {
  if (!isRecord(body)) return null;
  const {objects, serverCursor, hasMore, fromSeq, toSeq} = body;
  if (!Array.isArray(objects) || typeof hasMore !== 'boolean' || !isCount(fromSeq) || !isCount(toSeq))
    return null;
  if (!isCursor(serverCursor)) return null;
  const rows = objects.map(decodeRow);
  return rows.every(row => row !== null) ? {objects: rows, serverCursor, hasMore, fromSeq, toSeq} : null;
}

const isCursor = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_CURSOR_LENGTH;

function decodeRow(value: unknown): PulledRow | null {
  if (!isRecord(value)) return null;
  const {kind, type, id, changeSeq, clock, payload, tags, lastOpId} = value;
  if (!isId(type) || !isId(id) || !isCount(changeSeq, 1)) return null;
  if (kind === 'left') return value['left'] === true ? {kind, type, id, changeSeq, left: true} : null;
  if (!isClock(clock) || !isId(lastOpId)) return null;
  if (kind === 'tombstone') {
    return value['isTombstone'] === true
      ? {kind, type, id, changeSeq, clock, isTombstone: true, lastOpId}
      : null;
  }
  if (kind !== 'live' || !isPortable(payload) || !isIdList(tags, MAX_TAGS)) return null;
  return {kind, type, id, changeSeq, clock, payload, tags, lastOpId};
}

const isClock = (value: unknown): value is Clock =>
  isRecord(value) && Object.entries(value).every(([device, entry]) => isId(device) && isCount(entry));

/** A row that was stored; null for anything else. */
export function decodeStoredRow(value: unknown): LiveRow | TombstoneRow | null {
  const row = decodeRow(value);
  return row === null || row.kind === 'left' ? null : row;
}

/** An operation that was stored; null for anything else. */
export function decodeStoredEntry(value: unknown): PushEntry | null {
  return decodeEntry(value, ANY_CLOCK).kind === 'write' ? (value as PushEntry) : null;
}
