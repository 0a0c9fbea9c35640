/** What a user does on one VFS client that may fail: flush or sync, queue an edit, discard what was refused. */
import type {Doing, Failure, Json} from '../../src/index.ts';
import {stateAfterDiscard, stateAfterQueue} from '../../src/model/vfs/client.ts';
import type {ExportedState, OperationInput} from '../../src/model/vfs/types.ts';
import {VfsPushRejectedError, VfsRematerializationRequiredError} from '../../src/impl/vfs/client-errors.ts';
import {errorNote, isDiskWeather, type ClientProgram} from './client-program.ts';

/** A client's state as an attempt and its residue carry it. */
export const asJson = (state: ExportedState): Json => state as unknown as Json;
const asState = (state: Json): ExportedState => state as unknown as ExportedState;

/** The client that an operation is done on. */
export const programOf = (doing: Doing): ClientProgram => doing.program as ClientProgram;

/** A failed attempt as a signature shows it: the error's class and its code, or its message where that is the code. */
export const failureIn =
  (stage: string) =>
  (error: unknown): Failure => {
    const {name, code, message} = errorNote(error);
    return {stage, code: code === '' ? name : `${name}.${code}`, message};
  };

/** Flushes or syncs, and keeps for the user and the operator what came of it. Not while the device is being moved. */
export async function attempt(
  doing: Doing,
  stage: 'flush' | 'sync',
  run: () => Promise<unknown>,
): Promise<void> {
  const program = programOf(doing);
  if (program.moving) return;
  program.busy += 1;
  const rejected: string[] = [];
  await doing.attempt({
    stage,
    state: () => asJson(program.exportState()),
    run: async () => {
      const queued = program.exportState().pendingOperations.map(({opId}) => opId);
      try {
        await run();
        if (stage === 'flush') {
          const pending = new Set(program.exportState().pendingOperations.map(({opId}) => opId));
          doing.note(
            'flushed',
            queued.filter(opId => pending.has(opId)),
          );
        }
      } catch (error) {
        if (error instanceof VfsRematerializationRequiredError) program.stranded = true;
        if (error instanceof VfsPushRejectedError) {
          rejected.push(
            ...error.rejectedResults.filter(({status}) => status === 'invalidOp').map(({opId}) => opId),
          );
        }
        throw error;
      }
    },
    failure: failureIn(stage),
  });
  program.rejected = rejected.length > 0 ? rejected : program.rejected;
  program.busy -= 1;
}

/** Queues one operation and tells the ledger; a full or failing disk refuses it, and then nothing was queued. */
export async function queue(doing: Doing, input: OperationInput): Promise<void> {
  const program = programOf(doing);
  if (program.moving) return;
  program.busy += 1;
  try {
    const operation = await program.client.queueLocalOperation(input);
    doing.residue(state => asJson(stateAfterQueue(asState(state), operation)));
    doing.note('queued', {asked: input, operation} as unknown as Json);
  } catch (error) {
    if (!isDiskWeather(error)) throw error;
    doing.note('queue-failed', errorNote(error));
  }
  program.busy -= 1;
}

/** Discards every operation that the server refused for good; one that cannot go yet stays queued. */
export async function discardRejected(doing: Doing): Promise<void> {
  const program = programOf(doing);
  if (program.moving) return;
  program.busy += 1;
  for (const opId of program.rejected.splice(0)) {
    try {
      const discarded = await program.client.discardOperation(opId);
      if (!discarded) continue;
      doing.residue(state => asJson(stateAfterDiscard(asState(state), opId)));
      doing.note('discarded', opId);
    } catch (error) {
      // refused while a flush is in flight, or by the disk: it stays queued, and will be refused again
      doing.note('discard-failed', errorNote(error));
    }
  }
  program.busy -= 1;
}
