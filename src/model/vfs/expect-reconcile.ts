/** The reconcile guardrails: what an acknowledgement of a client's checkpoint must do to it (3.7). */

import {nextWriteIdAfter} from './client.ts';
import {compareCursors} from './cursor.ts';
import {decodeReconcile, type Answer} from './decode.ts';
import {judge, type Expectation} from './expect.ts';
import {cursorStep} from './expect-pull.ts';
import {joinTold} from './reconcile.ts';
import {plain} from './refusal.ts';
import type {ExportedState} from './types.ts';
import {firstRegression, parseWriteIds} from './write-ids.ts';

export interface ReconcileInput {
  readonly clientId: string;
  readonly state: ExportedState;
  readonly answer: Answer;
}

/** What a client that has a checkpoint must make of one answer. An answer that is ahead is believed. */
export function expectReconcile({clientId, state, answer}: ReconcileInput): Expectation<null> {
  const local = state.reconcileState;
  if (local === null) throw new Error('a client without a reconcile state has nothing to reconcile');
  return judge(state, () => {
    const {cursor, lastReconciledWriteIds} = decodeReconcile(answer, clientId);
    const ids = parseWriteIds(lastReconciledWriteIds);
    if (compareCursors(cursor, local.cursor) < 0) {
      throw plain('transport reconcile regressed sync cursor', {
        code: 'reconcileCursorRegression',
        stage: 'reconcile',
        message: 'reconcile acknowledgement regressed sync cursor',
        details: cursorStep(local.cursor, cursor),
      });
    }
    const regression = firstRegression(local.lastReconciledWriteIds, ids);
    if (regression !== null) {
      throw plain(`transport regressed lastReconciledWriteIds for replica ${regression.replicaId}`, {
        code: 'lastWriteIdRegression',
        stage: 'reconcile',
        message: 'reconcile acknowledgement regressed replica write-id state',
        details: regression,
      });
    }
    const reconcileState = joinTold(local, {cursor, lastReconciledWriteIds: ids});
    const nextLocalWriteId = nextWriteIdAfter(state.nextLocalWriteId, clientId, ids, reconcileState);
    return {state: {...state, reconcileState, nextLocalWriteId}, then: null};
  });
}
