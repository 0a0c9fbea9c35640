/**
 * Drains the queue: push, take what was acknowledged off it, recover from stale write ids, and pull at the
 * end (3.4, 3.5).
 */
import type {Operation} from '../../model/vfs/types.ts';
import {type Numbering, prepareBatch, type PushAnswer, readPushAnswer} from './client-batch.ts';
import type {ClientCore, Flight} from './client-core.ts';
import {VfsPushRejectedError} from './client-errors.ts';
import {staleWriteRecoveryExhausted} from './client-guardrails.ts';
import {nextWriteId} from './client-position.ts';
import {pullUntilSettled} from './client-pull.ts';

/** Recovery pulls in a row before a flush gives up on a server that keeps calling its writes stale. */
const MAX_STALE_RECOVERIES = 2;

export interface FlushResult {
  readonly pushedOperations: number;
  /** Both of the final pull only. */
  readonly pulledOperations: number;
  readonly pullPages: number;
}

/**
 * Pushes until the queue is empty, then pulls. Rejects with what stopped it; operations that the server
 * acknowledged before are gone from the queue, all others are as they were.
 */
export async function flushQueue(core: ClientCore, flight: Flight): Promise<FlushResult> {
  let pushedOperations = 0;
  let staleInARow = 0;
  let numbering: Numbering = 'queued';
  for (;;) {
    const batch = await nextBatch(core, numbering, flight);
    if (batch.length === 0) break;
    const {settled, invalid, stale} = await push(core, batch);
    pushedOperations += settled.length;
    if (invalid.length > 0) {
      core.happened('PUSH_REJECTED');
      throw new VfsPushRejectedError(invalid);
    }
    if (stale.length === 0) {
      staleInARow = 0;
      core.happened('PUSH_ACKED');
      continue;
    }
    staleInARow += 1;
    if (staleInARow > MAX_STALE_RECOVERIES) {
      core.report(
        staleWriteRecoveryExhausted({
          attempts: staleInARow,
          maxAttempts: MAX_STALE_RECOVERIES,
          staleResults: stale.length,
        }),
      );
      core.happened('PUSH_EXHAUSTED');
      throw new VfsPushRejectedError(stale);
    }
    core.happened('PUSH_STALE');
    await pullUntilSettled(core);
    // From here to the end of the flush: the queue's own ids lie below those that this flush has used by now.
    numbering = 'rebased';
  }
  core.happened('DRAINED');
  return {pushedOperations, ...(await pullUntilSettled(core))};
}

/** Writes the next batch and reserves its write ids, while nothing else changes the queue. */
function nextBatch(core: ClientCore, numbering: Numbering, flight: Flight): Promise<readonly Operation[]> {
  return core.look(({pending, position}) => {
    const batch = prepareBatch(pending.values(), position, {numbering, flight, clientId: core.clientId});
    flight.highestWriteId = highestWriteId(batch, flight.highestWriteId);
    return batch;
  });
}

/**
 * One push and what it acknowledged: settled operations leave the queue durably before anything else is done.
 */
async function push(core: ClientCore, batch: readonly Operation[]): Promise<PushAnswer> {
  const {userId, clientId, transport} = core;
  core.happened('PUSH');
  const answer = readPushAnswer(batch, await transport.pushOperations({userId, clientId, operations: batch}));
  const {settled} = answer;
  if (settled.length > 0) {
    await core.progress(({position}) => {
      const used = nextWriteId(highestWriteId(settled, 0));
      return {
        unqueue: settled.map(operation => operation.opId),
        position: {...position, nextLocalWriteId: Math.max(position.nextLocalWriteId, used)},
      };
    });
  }
  return answer;
}

const highestWriteId = (operations: readonly Operation[], atLeast: number): number =>
  operations.reduce((highest, {writeId}) => Math.max(highest, writeId), atLeast);
