/**
 * Starts a client anew from canonical state where the feed no longer reaches back to it; the queue is kept
 * (3.12).
 */
import type {Rematerialization} from '../../model/vfs/types.ts';
import type {ClientCore} from './client-core.ts';
import {VfsSyncError} from './client-errors.ts';
import {
  type Boundaries,
  type BoundaryWords,
  checkOrder,
  normalizeClocks,
  normalizeReconcileState,
  normalizeReplaySnapshot,
  refuseDuplicates,
} from './client-normalize.ts';
import {afterWriteIds, type Position} from './client-position.ts';
import {changeTo} from './client-state.ts';
import {isRecord} from './text.ts';

/** What is asked of whoever has canonical state. */
export interface RematerializationRequest {
  readonly userId: string;
  readonly clientId: string;
  /** The rejection that made it necessary. */
  readonly error: Error;
  /** 1 for the first attempt of a run. */
  readonly attempt: number;
}

/** Gets canonical state; null if there is none yet, which is an empty one. */
export type Rematerializer = (request: RematerializationRequest) => Promise<Rematerialization | null>;

const WORDS: BoundaryWords = {
  regressed: 'rematerialized reconcile cursor regressed rematerialized replay cursor',
  clocksWithoutCursor: 'rematerialized container clocks require replay or reconcile cursor',
  clockAhead: index => `rematerialized containerClocks[${index}] is ahead of rematerialized cursor`,
};

/**
 * Replaces registers, clocks and cursors in one durable step. Throws {@link VfsSyncError}, with nothing
 * changed.
 */
export async function rematerialize(
  core: ClientCore,
  request: RematerializationRequest,
  fetch: Rematerializer,
): Promise<void> {
  const {replaySnapshot, reconcileState, containerClocks} = normalize(await fetch(request));
  await core.progress(({position}) => {
    const {nextLocalWriteId} = position;
    const fresh = {
      replaySnapshot,
      reconcileState,
      containerClocks,
      pendingOperations: [],
      nextLocalWriteId,
    };
    const change = changeTo(fresh);
    // The queue's ids need no look: the next id is above them all already.
    const next: Position = afterWriteIds(
      change.position,
      reconcileState?.lastReconciledWriteIds ?? {},
      core.clientId,
    );
    return {...change, replace: true, position: next};
  });
}

function normalize(given: unknown): Boundaries {
  if (given === null || given === undefined) {
    return {replaySnapshot: {acl: [], links: [], cursor: null}, reconcileState: null, containerClocks: []};
  }
  if (!isRecord(given)) throw new VfsSyncError('state must be a non-null object');
  const {containerClocks: clocks} = given;
  if (!Array.isArray(clocks)) throw new VfsSyncError('state.containerClocks must be an array');
  const state: Boundaries = {
    replaySnapshot: normalizeReplaySnapshot(given['replaySnapshot']),
    reconcileState: normalizeReconcileState(given['reconcileState']),
    containerClocks: normalizeClocks(clocks),
  };
  refuseDuplicates(state.replaySnapshot);
  checkOrder(state, WORDS);
  return state;
}
