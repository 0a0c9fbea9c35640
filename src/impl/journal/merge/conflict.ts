/** The record of two operations that did not know of each other (spec 6). */
import {compareText} from './canonical.ts';
import {compareClocks, type Clock} from './clock.ts';
import {compareKeys, type Contender} from './operation.ts';

export type ConflictReason = 'CONCURRENT_UPDATE' | 'DELETE_VS_UPDATE' | 'CONCURRENT_DELETE' | 'EQUAL_CLOCK';

export interface ConflictPair {
  /** Both, in code-point order: names the pair whichever of the two came first. */
  readonly opIds: readonly [string, string];
  /** The one with the greater key, of these two. A third may have beaten both. */
  readonly winningOpId: string;
  readonly losingOpId: string;
  /** Each side's own clock, as its device wrote it. */
  readonly winningClock: Clock;
  readonly losingClock: Clock;
  readonly reason: ConflictReason;
}

/** The record of `a` and `b`, the same whichever is named first. */
export function conflictOf(a: Contender, b: Contender): ConflictPair {
  const reason = reasonOf(a, b);
  return compareKeys(a, b) > 0 ? conflictWon(a, b, reason) : conflictWon(b, a, reason);
}

/** The record of two of which it is known already which has the greater key, and why they are in conflict. */
export function conflictWon(
  {op: winner}: Contender,
  {op: loser}: Contender,
  reason: ConflictReason,
): ConflictPair {
  return {
    opIds: compareText(winner.opId, loser.opId) < 0 ? [winner.opId, loser.opId] : [loser.opId, winner.opId],
    winningOpId: winner.opId,
    losingOpId: loser.opId,
    winningClock: winner.clock,
    losingClock: loser.clock,
    reason,
  };
}

/** What kind of conflict two operations are in, if they are. */
export function reasonOf(a: Contender, b: Contender): ConflictReason {
  return compareClocks(a.op.clock, b.op.clock) === 'equal' ? 'EQUAL_CLOCK' : concurrentReason(a, b);
}

/** What kind of conflict two concurrent operations are in. */
export function concurrentReason({op: a}: Contender, {op: b}: Contender): ConflictReason {
  if (a.isTombstone !== b.isTombstone) return 'DELETE_VS_UPDATE';
  return a.isTombstone ? 'CONCURRENT_DELETE' : 'CONCURRENT_UPDATE';
}
