/** One write of one device to one object, and the total order that decides among writes that did not know of each other. */
import {canonicalJson, canonicalTags, compareText, type Json} from './canonical.ts';
import type {Clock} from './clock.ts';

/** `opId` names it for ever: two operations of one id are one operation, which whoever ingests has to see to. */
export interface Operation {
  readonly opId: string;
  readonly deviceId: string;
  /** What the object is to be. Of a tombstone it says nothing. */
  readonly payload: Json | null;
  /** What the device had observed of the object, and one more for itself. */
  readonly clock: Clock;
  readonly isTombstone: boolean;
  readonly tags: readonly string[];
}

/** An operation with the texts that it is compared by: each is made when first asked for, and once. */
export class Contender {
  readonly op: Operation;
  #payload: string | null = null;
  #tags: string | null = null;

  constructor(op: Operation) {
    this.op = op;
  }

  /** Empty for a tombstone. */
  get payloadText(): string {
    this.#payload ??= this.op.isTombstone ? '' : canonicalJson(this.op.payload);
    return this.#payload;
  }

  get tagsText(): string {
    this.#tags ??= canonicalJson(canonicalTags(this.op.tags));
    return this.#tags;
  }
}

/** Compares the keys (tombstone, canonical payload, canonical tags, operation id) from the left (spec 4). */
export function compareKeys(a: Contender, b: Contender): number {
  if (a.op.isTombstone !== b.op.isTombstone) return a.op.isTombstone ? 1 : -1;
  return (
    compareText(a.payloadText, b.payloadText) ||
    compareText(a.tagsText, b.tagsText) ||
    compareText(a.op.opId, b.op.opId)
  );
}

/** The whole content of an operation as one text: what tells a retry from another operation under a used id. */
export function operationText({opId, deviceId, payload, clock, isTombstone, tags}: Operation): string {
  const known = Object.entries(clock).filter(([, entry]) => entry !== 0);
  return canonicalJson({
    opId,
    deviceId,
    payload: isTombstone ? null : payload,
    clock: Object.fromEntries(known),
    isTombstone,
    tags: canonicalTags(tags),
  });
}
