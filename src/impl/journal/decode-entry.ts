/** The ingress of one pushed entry: what a stranger sent becomes a normalised write, or a refusal with its reason (spec 2, 5). */
import type {Clock} from './merge/clock.ts';
import {type ClockLimits, LIMITS, type RejectionReason} from './protocol.ts';
import {isCount, isId, isIdList, isPortable, isRecord, isStorable, unknownKey} from './text.ts';
import {type Write, writeOf} from './write.ts';

/** An entry as far as it could be read. */
export type DecodedEntry =
  | {readonly kind: 'write'; readonly write: Write}
  | {readonly kind: 'refused'; readonly opId: string | null; readonly reason: RejectionReason};

const FIELDS: ReadonlySet<string> = new Set([
  'opId',
  'deviceId',
  'sessionId',
  'objectType',
  'objectId',
  'payload',
  'vectorClock',
  'isTombstone',
  'tags',
  'tombstoneVersion',
]);

/** The write that `value` spells. Who may send it, and whether its clock is believed, is judged with the journal at hand. */
export function decodeEntry(value: unknown, limits: ClockLimits): DecodedEntry {
  const opId = isRecord(value) && typeof value['opId'] === 'string' ? value['opId'] : null;
  if (!isRecord(value)) return {kind: 'refused', opId, reason: 'MALFORMED_ENTRY'};
  const problem = problemOf(value, limits);
  return problem === null ? {kind: 'write', write: toWrite(value)} : {kind: 'refused', opId, reason: problem};
}

/** The first rule that is broken, in the order in which they are listed here. */
function problemOf(entry: Record<string, unknown>, limits: ClockLimits): RejectionReason | null {
  if (unknownKey(entry, FIELDS) !== null) return 'UNKNOWN_FIELD';
  const ids = [entry['opId'], entry['deviceId'], entry['sessionId'], entry['objectType'], entry['objectId']];
  if (ids.some(id => typeof id !== 'string') || !isFormed(entry)) return 'MALFORMED_ENTRY';
  if (!ids.every(isId)) return 'INVALID_ID';
  if (entry['tags'] !== undefined && !isIdList(entry['tags'], LIMITS.tags)) return 'INVALID_TAGS';
  return payloadProblem(entry) ?? clockProblem(entry['vectorClock'], String(entry['deviceId']), limits);
}

function isFormed({isTombstone, payload, tombstoneVersion}: Record<string, unknown>): boolean {
  if (typeof isTombstone !== 'boolean') return false;
  if (payload === undefined && !isTombstone) return false;
  return tombstoneVersion === undefined || isCount(tombstoneVersion);
}

function payloadProblem({payload, isTombstone}: Record<string, unknown>): RejectionReason | null {
  if (isTombstone === true && payload === undefined) return null;
  if (!isPortable(payload)) return 'INVALID_PAYLOAD';
  return JSON.stringify(payload).length > LIMITS.payloadLength ? 'PAYLOAD_TOO_LARGE' : null;
}

function clockProblem(clock: unknown, device: string, limits: ClockLimits): RejectionReason | null {
  if (!isRecord(clock)) return 'CLOCK_MALFORMED';
  const entries = Object.entries(clock);
  if (entries.length > limits.maxDevices) return 'CLOCK_MALFORMED';
  if (!entries.every(([name, entry]) => isId(name) && isStorable(name) && isCount(entry)))
    return 'CLOCK_MALFORMED';
  const own = Object.hasOwn(clock, device) ? clock[device] : 0;
  return own === 0 ? 'CLOCK_OWN_MISSING' : null;
}

/** Of an entry that breaks no rule. */
function toWrite(entry: Record<string, unknown>): Write {
  const isTombstone = entry['isTombstone'] === true;
  const name = {objectType: String(entry['objectType']), objectId: String(entry['objectId'])};
  const payload = isTombstone || !isPortable(entry['payload']) ? null : entry['payload'];
  return writeOf(name, String(entry['sessionId']), {
    opId: String(entry['opId']),
    deviceId: String(entry['deviceId']),
    payload,
    clock: entry['vectorClock'] as Clock,
    isTombstone,
    tags: (entry['tags'] as readonly string[] | undefined) ?? [],
  });
}
