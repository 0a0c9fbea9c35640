/** What a pushed entry is: what is wrong with it by itself, and the operation that it stands for (spec sections 2 and 5). */
import {canonicalTags, canonicalValue} from './order.ts';
import type {Clock, Operation, Value} from './types.ts';

/** Every way in which an entry may be wrong. An entry may be wrong in several, and is told one of them. */
export type Fault =
  | 'MALFORMED_ENTRY'
  | 'UNKNOWN_FIELD'
  | 'INVALID_ID'
  | 'INVALID_TAGS'
  | 'INVALID_PAYLOAD'
  | 'PAYLOAD_TOO_LARGE'
  | 'DEVICE_MISMATCH'
  | 'TYPE_NOT_OWNED'
  | 'OP_ID_REUSE'
  | 'CLOCK_MALFORMED'
  | 'CLOCK_OWN_MISSING'
  | 'CLOCK_OWN_REUSED'
  | 'CLOCK_FUTURE'
  | 'CLOCK_UNSEEN';

const FIELDS = [
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
];
const IDS = ['opId', 'deviceId', 'sessionId', 'objectType', 'objectId'] as const;
const LONGEST_ID = 128;
const LONGEST_PAYLOAD = 65_536;
const MOST_TAGS = 32;
const DEEPEST = 32;

type Fields = {readonly [field: string]: unknown};

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Text that comes back from any store as it was: no half pairs, no zero. */
const isSound = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

const isId = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_ID && isSound(value);

/** A value that every engine reads alike. */
function isSoundValue(value: unknown, depth = DEEPEST): boolean {
  if (typeof value === 'string') return isSound(value);
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  const sound = (member: unknown): boolean => isSoundValue(member, depth - 1);
  return Object.keys(value).every(isSound) && Object.values(value).every(sound);
}

/** What keeps an entry from being one, whatever the server holds. */
export function faultsOf(
  entry: unknown,
  maxDevices: number,
  mayWriteAs: (device: string) => boolean,
): ReadonlySet<Fault> {
  const faults = new Set<Fault>();
  if (!isRecord(entry)) return faults.add('MALFORMED_ENTRY');
  if (Object.keys(entry).some(field => !FIELDS.includes(field))) faults.add('UNKNOWN_FIELD');
  if (IDS.some(field => typeof entry[field] !== 'string')) faults.add('MALFORMED_ENTRY');
  if (IDS.some(field => typeof entry[field] === 'string' && !isId(entry[field]))) faults.add('INVALID_ID');
  if (typeof entry['isTombstone'] !== 'boolean') faults.add('MALFORMED_ENTRY');
  if (entry['tombstoneVersion'] !== undefined && !isCount(entry['tombstoneVersion']))
    faults.add('MALFORMED_ENTRY');
  const {deviceId} = entry;
  if (typeof deviceId === 'string' && !mayWriteAs(deviceId)) faults.add('DEVICE_MISMATCH');
  for (const fault of [
    ...payloadFaults(entry),
    ...tagFaults(entry['tags']),
    ...clockFaults(entry, maxDevices),
  ])
    faults.add(fault);
  return faults;
}

function payloadFaults({payload, isTombstone}: Fields): Fault[] {
  if (payload === undefined) return isTombstone === true ? [] : ['MALFORMED_ENTRY'];
  if (!isSoundValue(payload)) return ['INVALID_PAYLOAD'];
  return canonicalValue(payload as Value).length > LONGEST_PAYLOAD ? ['PAYLOAD_TOO_LARGE'] : [];
}

function tagFaults(tags: unknown): Fault[] {
  if (tags === undefined) return [];
  if (!Array.isArray(tags)) return ['INVALID_TAGS'];
  return tags.length > MOST_TAGS || !tags.every(isId) ? ['INVALID_TAGS'] : [];
}

function clockFaults({vectorClock: clock, deviceId}: Fields, maxDevices: number): Fault[] {
  if (!isRecord(clock) || !Object.values(clock).every(isCount) || !Object.keys(clock).every(isId))
    return ['CLOCK_MALFORMED'];
  if (Object.keys(clock).length > maxDevices) return ['CLOCK_MALFORMED'];
  return typeof deviceId === 'string' && !(Number(clock[deviceId] ?? 0) >= 1) ? ['CLOCK_OWN_MISSING'] : [];
}

/** The operation that a faultless entry stands for. */
export function operationOf(entry: unknown): Operation {
  const {opId, deviceId, objectType, objectId, payload, vectorClock, isTombstone, tags} =
    entry as Operation & {readonly tags?: readonly string[]};
  return {
    opId,
    deviceId,
    objectType,
    objectId,
    payload: isTombstone ? null : payload,
    vectorClock: withoutZeros(vectorClock),
    isTombstone,
    tags: canonicalTags(tags ?? []),
  };
}

/** A count of 0 says the same as none. */
const withoutZeros = (clock: Clock): Clock =>
  Object.fromEntries(Object.entries(clock).filter(([, count]) => count !== 0));

/** An operation as one text: the same for a retry, another for whatever else has its id. */
export const contentOf = (operation: Operation): string =>
  canonicalValue({
    ...operation,
    tags: canonicalTags(operation.tags),
    vectorClock: withoutZeros(operation.vectorClock),
  });
