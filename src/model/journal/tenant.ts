/** What a tenant's server owes: a plain set of accepted operations, what each offer to it must be told, what each pull must. */
import {contentOf, faultsOf, operationOf, type Fault} from './entry.ts';
import {
  meet,
  NOTHING,
  shownOf,
  taken,
  type ConflictReason,
  type Met,
  type ObjectState,
  type Shown,
  type Taken,
} from './history.ts';
import {sameClock} from './order.ts';
import type {Clock, Operation} from './types.ts';

export interface ObjectRecord {
  readonly type: string;
  readonly id: string;
  readonly state: ObjectState;
  readonly shown: Shown;
  /** The tenant's change that it was last part of. */
  readonly changeSeq: number;
  /** Every tag that it ever showed. */
  readonly everTags: ReadonlySet<string>;
}

/** What an entry must be told. `reasons`: any of them is right. */
export interface Owed {
  readonly opId: string | null;
  readonly outcome: Met | 'duplicate' | 'rejected';
  readonly reasons: ReadonlySet<
    Fault | ConflictReason | 'STALE_UPDATE' | 'SUPERSEDED_EQUAL_CLOCK' | 'DUPLICATE'
  > | null;
  readonly objectClock: Clock | null;
  readonly changeSeq: number | null;
}

/** Who offers: which devices it may write as, which are lives of itself, which types it may write. */
export interface Author {
  readonly mayWriteAs: (device: string) => boolean;
  readonly mayWriteType: (type: string) => boolean;
}

/** Bounds of clocks, as the server's operator set them. */
export interface ClockBounds {
  readonly maxDevices: number;
  readonly maxAhead: number;
}

export const objectKey = (type: string, id: string): string => `${type}\n${id}`;

/** The state of a tenant that others can be tried upon: a draft sees what its base holds, and keeps what it takes to itself. */
export class Tenant {
  readonly #base: Tenant | null;
  readonly #bounds: ClockBounds;
  readonly #operations = new Map<string, Taken>();
  readonly #objects = new Map<string, ObjectRecord>();
  #seq: number;
  /** Taken by this draft, in order. */
  readonly newlyTaken: Operation[] = [];

  constructor(bounds: ClockBounds, base: Tenant | null = null) {
    this.#bounds = bounds;
    this.#base = base;
    this.#seq = base?.seq ?? 0;
  }

  /** A state in which an offer can be tried. */
  draft(): Tenant {
    return new Tenant(this.#bounds, this);
  }

  /** The latest change. */
  get seq(): number {
    return this.#seq;
  }

  /** How many operations were taken. */
  get size(): number {
    return this.#operations.size + (this.#base?.size ?? 0);
  }

  operation(opId: string): Taken | undefined {
    return this.#operations.get(opId) ?? this.#base?.operation(opId);
  }

  object(type: string, id: string): ObjectRecord | undefined {
    const key = objectKey(type, id);
    return this.#objects.get(key) ?? this.#base?.object(type, id);
  }

  /** All objects that anybody has written, in no order. Only of a state that is no draft. */
  objects(): IterableIterator<ObjectRecord> {
    return this.#objects.values();
  }

  operations(): IterableIterator<Taken> {
    return this.#operations.values();
  }

  /** What an entry must be told now. If it must be taken, it is. */
  offer(entry: unknown, author: Author): Owed {
    const faults = new Set(faultsOf(entry, this.#bounds.maxDevices, author.mayWriteAs));
    const {opId, objectType} = (entry ?? {}) as {opId?: unknown; objectType?: unknown};
    const spelt = typeof opId === 'string' ? opId : null;
    if (typeof objectType === 'string' && !author.mayWriteType(objectType)) faults.add('TYPE_NOT_OWNED');
    const soundSoFar = faults.size === 0;
    const operation = soundSoFar ? operationOf(entry) : null;
    if (operation !== null) {
      const known = this.operation(operation.opId);
      if (known !== undefined && contentOf(known.operation) === contentOf(operation))
        return this.#told(operation, 'duplicate', new Set(['DUPLICATE' as const]));
      if (known !== undefined) faults.add('OP_ID_REUSE');
      for (const fault of this.#clockFaults(operation, author)) faults.add(fault);
      if (faults.size === 0) return this.take(operation);
    }
    return {opId: spelt, outcome: 'rejected', reasons: faults, objectClock: null, changeSeq: null};
  }

  /** What of a clock does not fit what is known of its object. */
  #clockFaults({deviceId, vectorClock, objectType, objectId}: Operation, author: Author): Fault[] {
    const state = this.object(objectType, objectId)?.state ?? NOTHING;
    const faults: Fault[] = [];
    const own = vectorClock[deviceId];
    const used = state.all.some(
      ({operation}) => operation.deviceId === deviceId && operation.vectorClock[deviceId] === own,
    );
    if (used) faults.push('CLOCK_OWN_REUSED');
    for (const [device, count] of Object.entries(vectorClock)) {
      const seen = Object.hasOwn(state.clock, device) ? (state.clock[device] ?? 0) : 0;
      if (author.mayWriteAs(device)) {
        if (count > seen + this.#bounds.maxAhead) faults.push('CLOCK_FUTURE');
      } else if (count > seen) faults.push('CLOCK_UNSEEN');
    }
    return faults;
  }

  /** Takes an operation, whoever let it in, and says what it met. */
  take(operation: Operation): Owed {
    const {objectType: type, objectId: id} = operation;
    const one = taken(operation, this.size + 1);
    const before = this.object(type, id);
    const {met, conflicts, after} = meet(before?.state ?? NOTHING, one);
    const shown = shownOf(after);
    this.#operations.set(operation.opId, one);
    this.newlyTaken.push(operation);
    if (shown === null) throw new Error('an object that was written shows something');
    const changed =
      before === undefined ||
      before.shown.lastOpId !== shown.lastOpId ||
      !sameClock(before.shown.clock, shown.clock);
    if (changed) this.#seq += 1;
    this.#objects.set(objectKey(type, id), {
      type,
      id,
      state: after,
      shown,
      changeSeq: changed ? this.#seq : before.changeSeq,
      everTags: withTags(before?.everTags, shown.tags),
    });
    return this.#told(operation, met, reasonsOf(met, conflicts));
  }

  #told({opId, objectType, objectId}: Operation, outcome: Owed['outcome'], reasons: Owed['reasons']): Owed {
    const object = this.object(objectType, objectId);
    return {
      opId,
      outcome,
      reasons,
      objectClock: object?.shown.clock ?? null,
      changeSeq: object?.changeSeq ?? null,
    };
  }

  /** Change sequences were given anew, to all objects in the order of their last change, or as told. */
  renumber(seqOf: (record: ObjectRecord) => number, seq: number): void {
    for (const [key, record] of this.#objects) this.#objects.set(key, {...record, changeSeq: seqOf(record)});
    this.#seq = seq;
  }
}

const withTags = (ever: ReadonlySet<string> | undefined, tags: readonly string[]): ReadonlySet<string> =>
  ever !== undefined && tags.every(tag => ever.has(tag)) ? ever : new Set([...(ever ?? []), ...tags]);

function reasonsOf(met: Met, conflicts: readonly {readonly reason: ConflictReason}[]): Owed['reasons'] {
  if (met === 'applied') return null;
  if (met === 'stale') return new Set(['STALE_UPDATE' as const]);
  const reasons = new Set<ConflictReason | 'SUPERSEDED_EQUAL_CLOCK'>(conflicts.map(({reason}) => reason));
  if (met === 'conflict_lost' && reasons.has('EQUAL_CLOCK')) reasons.add('SUPERSEDED_EQUAL_CLOCK');
  return reasons;
}
