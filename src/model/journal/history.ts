/** One object as the operations that a server took: what they come to, and what each met when it was taken (spec section 4). */
import {compareRanks, joined, rankOf, sameClock, within, type Rank} from './order.ts';
import type {Clock, Operation, Value} from './types.ts';

/** An operation with its place among all that its tenant's journal holds. */
export interface Taken {
  readonly operation: Operation;
  readonly rank: Rank;
  readonly position: number;
}

export type ConflictReason = 'CONCURRENT_UPDATE' | 'DELETE_VS_UPDATE' | 'CONCURRENT_DELETE' | 'EQUAL_CLOCK';

/** Two operations of which none had seen the other, and which of them is shown rather than the other. */
export interface Conflict {
  readonly winner: Taken;
  readonly loser: Taken;
  readonly reason: ConflictReason;
}

export type Met = 'applied' | 'conflict_won' | 'conflict_lost' | 'stale';

/** What an object comes to. */
export interface Shown {
  readonly payload: Value;
  readonly tags: readonly string[];
  readonly isTombstone: boolean;
  readonly lastOpId: string;
  /** The join of all its operations' clocks. */
  readonly clock: Clock;
}

/** An object at some moment: never changed, only followed by another. */
export interface ObjectState {
  /** In the order in which they were taken. */
  readonly all: readonly Taken[];
  /** Those that nothing supersedes. */
  readonly maximal: readonly Taken[];
  readonly clock: Clock;
  readonly conflicts: readonly Conflict[];
}

export const NOTHING: ObjectState = {all: [], maximal: [], clock: {}, conflicts: []};

export const taken = (operation: Operation, position: number): Taken => ({
  operation,
  rank: rankOf(operation),
  position,
});

/** Whether `b` supersedes `a`: it had seen it, or it claims the very same clock and ranks above it. */
function below(a: Taken, b: Taken): boolean {
  const [x, y] = [a.operation.vectorClock, b.operation.vectorClock];
  return within(x, y) && (!within(y, x) || compareRanks(a.rank, b.rank) < 0);
}

/** Whether none of the two had seen the other: they claim the same clock, or neither's is within the other's. */
export const apart = (a: Taken, b: Taken): boolean =>
  within(a.operation.vectorClock, b.operation.vectorClock) ===
  within(b.operation.vectorClock, a.operation.vectorClock);

/** The one that is shown: the highest rank of those that nothing supersedes. Needs at least one. */
export const winnerOf = (maximal: readonly Taken[]): Taken =>
  maximal.reduce((best, one) => (compareRanks(one.rank, best.rank) > 0 ? one : best));

/** What is shown of an object; null for one that nobody has written. */
export function shownOf({maximal, clock}: ObjectState): Shown | null {
  if (maximal.length === 0) return null;
  const {operation} = winnerOf(maximal);
  const {isTombstone, payload, tags, opId} = operation;
  return {payload: isTombstone ? null : payload, tags, isTombstone, lastOpId: opId, clock};
}

export const conflictOf = (a: Taken, b: Taken): Conflict => {
  const [winner, loser] = compareRanks(a.rank, b.rank) > 0 ? [a, b] : [b, a];
  return {winner, loser, reason: reasonOf(a.operation, b.operation)};
};

function reasonOf(a: Operation, b: Operation): ConflictReason {
  if (sameClock(a.vectorClock, b.vectorClock)) return 'EQUAL_CLOCK';
  if (a.isTombstone && b.isTombstone) return 'CONCURRENT_DELETE';
  return a.isTombstone || b.isTombstone ? 'DELETE_VS_UPDATE' : 'CONCURRENT_UPDATE';
}

export interface Meeting {
  readonly met: Met;
  /** Every conflict that it makes: one for each that it stands beside. */
  readonly conflicts: readonly Conflict[];
  readonly after: ObjectState;
}

/** What an operation meets when it is the next to be taken. */
export function meet(before: ObjectState, one: Taken): Meeting {
  const above = before.maximal.filter(other => below(one, other));
  // whoever is superseded stands beside nobody, but for one that claims the very same clock
  const rivals =
    above.length > 0
      ? above.filter(other => apart(one, other))
      : before.maximal.filter(other => apart(one, other));
  const maximal =
    above.length > 0 ? before.maximal : [...before.maximal.filter(other => !below(other, one)), one];
  const won = winnerOf(maximal) === one;
  const calm = above.length > 0 ? 'stale' : 'applied';
  const conflicts = rivals.map(other => conflictOf(one, other));
  const after = {
    all: [...before.all, one],
    maximal,
    clock: joined([before.clock, one.operation.vectorClock]),
    conflicts: [...before.conflicts, ...conflicts],
  };
  return {met: rivals.length === 0 ? calm : won ? 'conflict_won' : 'conflict_lost', conflicts, after};
}
