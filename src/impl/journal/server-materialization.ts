/**
 * What operations make of objects: one merge after the other, the change sequence, and the records of conflicts. Pure; the
 * live path and the rebuild share it, which is why a rebuild ends where the live path is.
 */
import {canonicalTags} from './merge/canonical.ts';
import {type Clock, compareClocks, joinClocks} from './merge/clock.ts';
import type {ConflictPair} from './merge/conflict.ts';
import type {AnyPolicy} from './merge/policies.ts';
import type {Exposed, Outcome, Reason} from './merge/policy.ts';
import {keyOf, type ObjectName, type Write} from './write.ts';

/** An object as it is materialized. */
export interface Materialized extends ObjectName {
  readonly state: unknown;
  readonly exposed: Exposed;
  /** The join of all clocks that were ever ingested. */
  readonly seen: Clock;
  readonly everTags: readonly string[];
  readonly changeSeq: number;
}

export interface RecordedConflict extends ObjectName {
  readonly pair: ConflictPair;
}

/** What one operation came to. */
export interface Ingestion {
  readonly outcome: Outcome;
  readonly reason: Reason | null;
  readonly object: Materialized;
  readonly conflicts: readonly ConflictPair[];
}

/** The objects that a transaction has at hand, and what it changed of them. */
export class Materialization {
  readonly #policy: AnyPolicy;
  readonly #objects = new Map<string, Materialized>();
  readonly #changed = new Set<string>();
  readonly #conflicts: RecordedConflict[] = [];
  #changeHead: number;

  /** `objects`: all that will be written to and exist; `changeHead`: the tenant's highest change sequence. */
  constructor(policy: AnyPolicy, changeHead: number, objects: readonly Materialized[]) {
    this.#policy = policy;
    this.#changeHead = changeHead;
    for (const object of objects) this.#objects.set(keyOf(object), object);
  }

  get changeHead(): number {
    return this.#changeHead;
  }

  get changed(): readonly Materialized[] {
    return [...this.#changed].map(key => this.#objects.get(key)).filter(object => object !== undefined);
  }

  get conflicts(): readonly RecordedConflict[] {
    return this.#conflicts;
  }

  /** Null for one that nobody has written. */
  object(name: ObjectName): Materialized | null {
    return this.#objects.get(keyOf(name)) ?? null;
  }

  /** Ingests one write: a change of what is exposed takes the next change sequence (spec 4). */
  ingest(write: Write): Ingestion {
    const key = keyOf(write);
    const before = this.#objects.get(key) ?? null;
    const state = before === null ? this.#policy.empty : before.state;
    const ingested = this.#policy.ingest(state, write.op);
    const object = this.#materialize(write, before, ingested.state);
    this.#objects.set(key, object);
    this.#changed.add(key);
    const {objectType, objectId} = write;
    for (const pair of ingested.conflicts) this.#conflicts.push({objectType, objectId, pair});
    return {outcome: ingested.outcome, reason: ingested.reason, object, conflicts: ingested.conflicts};
  }

  #materialize(write: Write, before: Materialized | null, state: unknown): Materialized {
    const exposed = this.#policy.expose(state);
    if (exposed === null) throw new Error('an object that was written to is exposed');
    const {objectType, objectId, op} = write;
    const same = before !== null && isSame(before.exposed, exposed);
    if (!same) this.#changeHead += 1;
    return {
      objectType,
      objectId,
      state,
      exposed,
      seen: joinClocks(before?.seen ?? {}, op.clock),
      everTags: canonicalTags([...(before?.everTags ?? []), ...exposed.tags]),
      changeSeq: same ? before.changeSeq : this.#changeHead,
    };
  }
}

/** An operation's id stands for all that it says, so only the context can differ beside it. */
const isSame = (a: Exposed, b: Exposed): boolean =>
  a.lastOpId === b.lastOpId && compareClocks(a.clock, b.clock) === 'equal';
