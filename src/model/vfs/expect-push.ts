/** The push acknowledgement: what leaves the queue, what must be sent again, what cannot be (3.4, 3.5). */

import {withoutOperations} from './client.ts';
import {decodePush, type Answer} from './decode.ts';
import {judge, type Expectation} from './expect.ts';
import {plain, Refusal} from './refusal.ts';
import type {ExportedState, Operation, PushResult, PushStatus} from './types.ts';

/** How many consecutive stale batches are recovered from before a flush gives up. */
const STALE_ATTEMPTS_MAX = 2;

const REJECTED = 'push rejected one or more operations';

export interface PushInput {
  readonly clientId: string;
  /** As of when the answer is looked at: operations may have been queued since the batch was sent. */
  readonly state: ExportedState;
  /** As it was sent. */
  readonly batch: readonly Operation[];
  readonly answer: Answer;
  /** Consecutive stale batches of this flush so far. */
  readonly staleAttempts: number;
}

/** Op ids, in the order of the batch. */
export interface PushStep {
  readonly removed: readonly string[];
  readonly stale: readonly string[];
  readonly invalid: readonly string[];
  readonly staleAttempts: number;
}

/** The status of each operation sent: matched by op id, the last word on one counts. */
function statusesOf(
  batch: readonly Operation[],
  results: readonly PushResult[],
): ReadonlyMap<Operation, PushStatus> {
  if (results.length !== batch.length) throw plain('transport returned mismatched push response size');
  const told = new Map(results.map(({opId, status}) => [opId, status]));
  return new Map(
    batch.map(operation => {
      const status = told.get(operation.opId);
      if (status !== undefined) return [operation, status];
      throw plain(`transport push response missing result for opId ${operation.opId}`);
    }),
  );
}

/** What a client must make of the answer to one batch. */
export function expectPush({state, batch, answer, staleAttempts}: PushInput): Expectation<PushStep> {
  return judge(state, () => {
    const statuses = statusesOf(batch, decodePush(answer));
    const of = (wanted: PushStatus): readonly string[] =>
      batch.filter(operation => statuses.get(operation) === wanted).map(({opId}) => opId);
    const invalid = of('invalidOp');
    const stale = of('staleWriteId');
    const kept = new Set([...invalid, ...stale]);
    const acknowledged = batch.filter(({opId}) => !kept.has(opId));
    const removed = acknowledged.map(({opId}) => opId);
    const left = withoutOperations(state, new Set(removed));
    const writeIdFloor = Math.max(0, ...acknowledged.map(({writeId}) => writeId)) + 1;
    const after = {...left, nextLocalWriteId: Math.max(state.nextLocalWriteId, writeIdFloor)};

    if (invalid.length > 0) throw new Refusal('VfsCrdtSyncPushRejectedError', REJECTED, {state: after});
    const attempts = stale.length > 0 ? staleAttempts + 1 : 0;
    if (attempts > STALE_ATTEMPTS_MAX) {
      throw new Refusal('VfsCrdtSyncPushRejectedError', REJECTED, {
        state: after,
        violation: {
          code: 'staleWriteRecoveryExhausted',
          stage: 'flush',
          message: 'stale write-id recovery exceeded max retry attempts without forward progress',
          details: {attempts, maxAttempts: STALE_ATTEMPTS_MAX, staleResults: stale.length},
        },
      });
    }
    return {state: after, then: {removed, stale, invalid, staleAttempts: attempts}};
  });
}
