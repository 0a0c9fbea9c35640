/** What the journal says of objects, told anew from its rows: verdicts, earlier states, who did not know of whom (spec 10). */
import {compareClocks, type Clock} from './merge/clock.ts';
import {conflictOf, type ConflictPair} from './merge/conflict.ts';
import {Contender} from './merge/operation.ts';
import type {AnyPolicy} from './merge/policies.ts';
import type {Exposed, Outcome, Reason} from './merge/policy.ts';
import type {Json} from './protocol.ts';
import type {JournalRow} from './server-journal.ts';
import {compareNames, keyOf, type ObjectName} from './write.ts';

/** One row of the journal, as an auditor reads it. */
export interface AuditedRow {
  readonly journalId: number;
  readonly opId: string;
  readonly deviceId: string;
  readonly sessionId: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly payload: Json;
  readonly isTombstone: boolean;
  readonly vectorClock: Clock;
  readonly tags: readonly string[];
  readonly recordedAt: number;
}

/** A row with what came of it, and what was shown then. */
export interface Verdict extends AuditedRow {
  readonly outcome: Outcome;
  readonly reason: Reason | null;
  readonly shown: Exposed | null;
}

/** An object as it was at some row of the journal. */
export interface Earlier extends ObjectName {
  readonly shown: Exposed;
}

export const audited = ({journalId, write, recordedAt}: JournalRow): AuditedRow => ({
  journalId,
  opId: write.op.opId,
  deviceId: write.op.deviceId,
  sessionId: write.sessionId,
  objectType: write.objectType,
  objectId: write.objectId,
  payload: write.op.payload,
  isTombstone: write.op.isTombstone,
  vectorClock: write.op.clock,
  tags: write.op.tags,
  recordedAt,
});

/** The rows of one object, each with its verdict. */
export function verdicts(policy: AnyPolicy, rows: readonly JournalRow[]): readonly Verdict[] {
  let state = policy.empty;
  return rows.map(row => {
    const ingested = policy.ingest(state, row.write.op);
    ({state} = ingested);
    const {outcome, reason} = ingested;
    return {...audited(row), outcome, reason, shown: policy.expose(state)};
  });
}

/** What the rows of one object come to in the order given; null where there are none. */
export function foldRows(policy: AnyPolicy, rows: readonly JournalRow[]): Exposed | null {
  let state = policy.empty;
  for (const {write} of rows) ({state} = policy.ingest(state, write.op));
  return policy.expose(state);
}

/** All pairs that did not know of each other, whatever the order in which they came. */
export function concurrentPairs(rows: readonly JournalRow[]): readonly ConflictPair[] {
  const contenders = rows.map(({write}) => new Contender(write.op));
  return contenders.flatMap((one, at) =>
    contenders
      .slice(at + 1)
      .filter(other => ['concurrent', 'equal'].includes(compareClocks(one.op.clock, other.op.clock)))
      .map(other => conflictOf(one, other)),
  );
}

/** Many objects told from the journal of their tenant, row by row. */
export class Retelling {
  readonly #policy: AnyPolicy;
  readonly #objects = new Map<string, {readonly name: ObjectName; readonly state: unknown}>();

  constructor(policy: AnyPolicy) {
    this.#policy = policy;
  }

  take({write}: JournalRow): void {
    const key = keyOf(write);
    const state = this.#objects.get(key)?.state ?? this.#policy.empty;
    const {objectType, objectId} = write;
    const next = this.#policy.ingest(state, write.op).state;
    this.#objects.set(key, {name: {objectType, objectId}, state: next});
  }

  /** By type and id. */
  get objects(): readonly Earlier[] {
    return [...this.#objects.values()]
      .sort((a, b) => compareNames(a.name, b.name))
      .flatMap(({name, state}) => {
        const shown = this.#policy.expose(state);
        return shown === null ? [] : [{...name, shown}];
      });
  }
}
