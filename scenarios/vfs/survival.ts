/** What a client's store may hold after a crash: what was durable, and at most the one change that was being written (I15). */
import {describeDifference, sameState, type Difference} from '../../src/model/vfs/compare.ts';
import type {ExportedState} from '../../src/model/vfs/types.ts';

/** A client's state as its life ended: its export, and what the last answer was to make of it, if it was at that. */
export interface LastWords {
  readonly held: ExportedState;
  readonly promised: ExportedState | null;
}

/**
 * Where a state after a boot differs from what the life before it left; null if it does not. Between the two may lie one
 * change that became durable as the life ended: an answer taken in, or one operation queued or discarded.
 */
export function judgeSurvival({held, promised}: LastWords, found: ExportedState): Difference | null {
  const before = promised === null ? [held] : [held, promised];
  if (before.some(state => sameState(state, found) || besideOneOperation(state, found))) return null;
  return describeDifference(held, found);
}

/** Whether the two are the same but for one operation that one of them has and the other has not. */
function besideOneOperation(before: ExportedState, found: ExportedState): boolean {
  const [longer, shorter] =
    before.pendingOperations.length > found.pendingOperations.length ? [before, found] : [found, before];
  const kept = new Set(shorter.pendingOperations.map(({opId}) => opId));
  const rest = longer.pendingOperations.filter(({opId}) => kept.has(opId));
  if (rest.length !== longer.pendingOperations.length - 1) return false;
  if (found.nextLocalWriteId < before.nextLocalWriteId) return false;
  const {nextLocalWriteId} = shorter;
  return sameState({...longer, pendingOperations: rest, nextLocalWriteId}, shorter);
}
