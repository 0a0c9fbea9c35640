/** A write as the server keeps it: an operation, the object that it is about, and the texts under which both are stored. */
import {canonicalJson, canonicalTags, compareText} from './merge/canonical.ts';
import {entryOf, joinClocks} from './merge/clock.ts';
import type {Operation} from './merge/operation.ts';

/** Names an object within a tenant. */
export interface ObjectName {
  readonly objectType: string;
  readonly objectId: string;
}

export interface Write extends ObjectName {
  readonly op: Operation;
  readonly sessionId: string;
  /** Canonical; null for a tombstone. */
  readonly payloadText: string | null;
  readonly clockText: string;
  readonly tagsText: string;
}

/** The write, normalised: a tombstone without payload, a clock without zeros, tags as a set. */
export function writeOf(name: ObjectName, sessionId: string, op: Operation): Write {
  const normal: Operation = {
    opId: op.opId,
    deviceId: op.deviceId,
    payload: op.isTombstone ? null : op.payload,
    clock: joinClocks(op.clock),
    isTombstone: op.isTombstone,
    tags: canonicalTags(op.tags),
  };
  return {
    objectType: name.objectType,
    objectId: name.objectId,
    sessionId,
    op: normal,
    payloadText: normal.isTombstone ? null : canonicalJson(normal.payload),
    clockText: canonicalJson(normal.clock),
    tagsText: canonicalJson(normal.tags),
  };
}

export const ownEntry = ({op}: Write): number => entryOf(op.clock, op.deviceId);

/** One text for one object: types and ids cannot hold what separates them. */
export const keyOf = ({objectType, objectId}: ObjectName): string => `${objectType}\0${objectId}`;

/** The order of objects by type, then id. */
export const compareNames = (a: ObjectName, b: ObjectName): number =>
  compareText(a.objectType, b.objectType) || compareText(a.objectId, b.objectId);

/** One text for all that makes a write what it is. The session is not part of it: a retry may come from a later one. */
export const contentOf = (write: Write): string =>
  canonicalJson([
    write.objectType,
    write.objectId,
    write.op.deviceId,
    write.op.isTombstone,
    write.payloadText,
    write.clockText,
    write.tagsText,
  ]);
