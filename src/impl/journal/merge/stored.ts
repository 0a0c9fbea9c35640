/** Reads back what a policy stored; a state that cannot be read stops the merge, since merging into a guess loses writes. */
import type {Json} from './canonical.ts';
import type {Clock} from './clock.ts';
import type {Operation} from './operation.ts';

/** What was stored is not a state of the policy that reads it: the row is damaged, or another policy wrote it. */
export class StoredStateError extends Error {
  constructor(policy: string, wrong: string) {
    super(`a stored state is none of ${policy}: ${wrong}; rebuild the object from its journal`);
    this.name = 'StoredStateError';
  }
}

type JsonObject = {readonly [key: string]: Json};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members of a stored object. */
export function readObject(policy: string, what: string, stored: Json | undefined): JsonObject {
  if (!isObject(stored)) throw new StoredStateError(policy, `${what} is no object`);
  return stored;
}

/** The items of a stored list. */
export function readList(policy: string, what: string, stored: Json | undefined): readonly Json[] {
  if (!Array.isArray(stored)) throw new StoredStateError(policy, `${what} is no list`);
  return stored as readonly Json[];
}

/** A stored clock. */
export function readClock(policy: string, what: string, stored: Json | undefined): Clock {
  const entries = Object.entries(readObject(policy, what, stored));
  for (const [device, entry] of entries) {
    if (typeof entry !== 'number' || !Number.isSafeInteger(entry) || entry < 0)
      throw new StoredStateError(policy, `${what} has no count for ${device}`);
  }
  return Object.fromEntries(entries) as Clock;
}

/** A stored operation. */
export function readOperation(policy: string, stored: Json | undefined): Operation {
  const {opId, deviceId, payload, clock, isTombstone, tags} = readObject(policy, 'an operation', stored);
  if (typeof opId !== 'string') throw new StoredStateError(policy, 'an operation has no id');
  if (typeof deviceId !== 'string') throw new StoredStateError(policy, `${opId} has no device`);
  if (payload === undefined) throw new StoredStateError(policy, `${opId} has no payload`);
  if (typeof isTombstone !== 'boolean')
    throw new StoredStateError(policy, `${opId} may be a tombstone or not`);
  const words = readList(policy, `the tags of ${opId}`, tags).map(tag => {
    if (typeof tag !== 'string') throw new StoredStateError(policy, `${opId} has a tag that is no text`);
    return tag;
  });
  return {
    opId,
    deviceId,
    payload,
    clock: readClock(policy, `the clock of ${opId}`, clock),
    isTombstone,
    tags: words,
  };
}

/** An operation as it is stored. */
export const storedOperation = ({opId, deviceId, payload, clock, isTombstone, tags}: Operation): Json => ({
  opId,
  deviceId,
  payload,
  clock,
  isTombstone,
  tags,
});
