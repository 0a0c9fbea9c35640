/** What a rule of merging is: a state for each object, what an operation does to it, and what of it is shown. */
import type {Json} from './canonical.ts';
import type {Clock} from './clock.ts';
import type {ConflictPair} from './conflict.ts';
import type {Operation} from './operation.ts';

/**
 * `applied`: it supersedes everything; `stale`: something has superseded it; `duplicate`: it is here already. Exactly
 * where conflicts are told it is `conflict_won`, the operation being what is shown now, or `conflict_lost`.
 */
export type Outcome = 'applied' | 'conflict_won' | 'conflict_lost' | 'stale' | 'duplicate';

/** Why an outcome is not plainly `applied`: for a conflict, what kind it was with whom it won or lost against. */
export type Reason = ConflictPair['reason'] | 'SUPERSEDED_EQUAL_CLOCK' | 'STALE_UPDATE' | 'DUPLICATE';

export interface Ingested<State> {
  /** The very same state where nothing changed. */
  readonly state: State;
  readonly outcome: Outcome;
  /** Null where it is `applied`. */
  readonly reason: Reason | null;
  /** One for each operation of the state that this one met without knowing it, or being known (spec 6). */
  readonly conflicts: readonly ConflictPair[];
}

/** What is shown of an object. */
export interface Exposed {
  /** Null for a tombstone. */
  readonly payload: Json | null;
  readonly tags: readonly string[];
  readonly isTombstone: boolean;
  readonly lastOpId: string;
  /** The context of the next write: the join of all that was ingested. Devices in the order of their names. */
  readonly clock: Clock;
  /** The clock of the operation that is shown. */
  readonly winnerClock: Clock;
}

/** A rule of merging. States are values: none is ever changed in place. */
export interface MergePolicy<State> {
  readonly name: string;
  /** The state of an object that nobody has written. */
  readonly empty: State;
  ingest(state: State, op: Operation): Ingested<State>;
  /** Null for an object that nobody has written. */
  expose(state: State): Exposed | null;
  /** The state as JSON, to be stored. */
  encode(state: State): Json;
  /** What {@link encode} made. Throws `StoredStateError` for anything else. */
  decode(stored: Json): State;
}

/** What is shown where `winner` has won and `context` is the join of all that was ingested. */
export function exposed(winner: Operation, context: Clock): Exposed {
  return {
    payload: winner.isTombstone ? null : winner.payload,
    tags: winner.tags,
    isTombstone: winner.isTombstone,
    lastOpId: winner.opId,
    clock: context,
    winnerClock: winner.clock,
  };
}
