/** Rematerialization: what a client must make of the snapshot that replaces its history (2.6, 3.12). */

import {writeIdFloor} from './client.ts';
import {compareCursors} from './cursor.ts';
import {decodeSnapshot, requireTime, type Answer} from './decode.ts';
import {judge, type Expectation} from './expect.ts';
import {readClocks, readReconcileState, readReplaySnapshot, refuseRepeats, sortClocks} from './persisted.ts';
import {plain} from './refusal.ts';
import type {ExportedState, Rematerialization} from './types.ts';

export interface SnapshotInput {
  readonly clientId: string;
  readonly state: ExportedState;
  readonly answer: Answer;
}

type Content = Omit<Rematerialization, 'snapshotUpdatedAt'>;

const EMPTY: Content = {
  replaySnapshot: {acl: [], links: [], cursor: null},
  reconcileState: null,
  containerClocks: [],
};

function readContent(body: Readonly<Record<string, unknown>>): Content {
  if (!Array.isArray(body.containerClocks)) throw plain('state.containerClocks must be an array');
  const replaySnapshot = readReplaySnapshot(body.replaySnapshot);
  const reconcileState = readReconcileState(body.reconcileState);
  const clocks = readClocks(body.containerClocks);
  requireTime(body.snapshotUpdatedAt, 'snapshotUpdatedAt');
  const replayed = replaySnapshot.cursor;
  const reconciled = reconcileState?.cursor ?? null;
  if (replayed !== null && reconciled !== null && compareCursors(reconciled, replayed) < 0) {
    throw plain('rematerialized reconcile cursor regressed rematerialized replay cursor');
  }
  const reached = reconciled ?? replayed;
  clocks.forEach((clock, index) => {
    if (reached === null) {
      throw plain('rematerialized container clocks require replay or reconcile cursor');
    }
    if (compareCursors(clock, reached) > 0) {
      throw plain(`rematerialized containerClocks[${index}] is ahead of rematerialized cursor`);
    }
  });
  refuseRepeats(replaySnapshot);
  return {replaySnapshot, reconcileState, containerClocks: sortClocks(clocks)};
}

/** What a client must hold after the snapshot's answer: everything replaced but its queue. */
export function expectSnapshot({clientId, state, answer}: SnapshotInput): Expectation<null> {
  return judge(state, () => {
    const body = decodeSnapshot(answer);
    const replaced = {...state, ...(body === null ? EMPTY : readContent(body))};
    return {state: {...replaced, nextLocalWriteId: writeIdFloor(replaced, clientId)}, then: null};
  });
}
