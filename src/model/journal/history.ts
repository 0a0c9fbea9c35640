/** One object as the plain list of the operations that a server took: what they come to, and what each met when it was taken. */
import {compareRanks, concurrent, joined, rankOf, sameClock, within, type Rank} from './order.ts';
import type {Clock, Operation, Value} from './types.ts';

/** An operation with its place among all that its tenant's journal holds, from 1. */
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
  readonly clock: Clock;
}

/** Whether `b` supersedes `a`: it had seen it, or it claims the very same clock and ranks above it. */
export const below = (a: Taken, b: Taken): boolean => {
  const [x, y] = [a.operation.vectorClock, b.operation.vectorClock];
  return within(x, y) && (!within(y, x) || compareRanks(a.rank, b.rank) < 0);
};

/** Those that nothing supersedes. */
export const maximal = (all: readonly Taken[]): Taken[] =>
  all.filter(one => !all.some(other => below(one, other)));

/** The one that is shown; needs at least one. */
export const winnerOf = (all: readonly Taken[]): Taken =>
  maximal(all).reduce((best, one) => (compareRanks(one.rank, best.rank) > 0 ? one : best));

/** What a set of operations comes to: a deletion has neither payload nor more to say than its tags. */
export function shownOf(all: readonly Taken[]): Shown {
  const {operation} = winnerOf(all);
  return {
    payload: operation.isTombstone ? null : operation.payload,
    tags: operation.tags,
    isTombstone: operation.isTombstone,
    lastOpId: operation.opId,
    clock: joined(all.map(one => one.operation.vectorClock)),
  };
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

/** Whether none of the two had seen the other. */
export const apart = (a: Taken, b: Taken): boolean =>
  concurrent(a.operation.vectorClock, b.operation.vectorClock) ||
  sameClock(a.operation.vectorClock, b.operation.vectorClock);

/** What an operation meets when it is taken after `before`: its outcome, and the conflicts that it makes (spec section 4). */
export function meet(
  before: readonly Taken[],
  one: Taken,
): {readonly met: Met; readonly conflicts: readonly Conflict[]} {
  const shown = maximal(before);
  const equal = shown.filter(other => sameClock(other.operation.vectorClock, one.operation.vectorClock));
  const beside = shown.filter(other => apart(one, other));
  if (shown.some(other => below(one, other)))
    return {met: 'stale', conflicts: equal.map(other => conflictOf(one, other))};
  const rivals = beside.filter(other => !below(other, one));
  const won = rivals.every(other => compareRanks(one.rank, other.rank) > 0);
  return {
    met: rivals.length === 0 ? 'applied' : won ? 'conflict_won' : 'conflict_lost',
    conflicts: beside.map(other => conflictOf(one, other)),
  };
}

export const taken = (operation: Operation, position: number): Taken => ({
  operation,
  rank: rankOf(operation),
  position,
});
