/** What a user does on one device that may fail: push or pull, hold another part of the objects, give up what was refused. */
import type {ExportedJournal} from '../../src/impl/journal/client.ts';
import type {Doing, Failure, Json} from '../../src/index.ts';
import type {Scope} from '../../src/model/journal/types.ts';
import {errorNote, isDiskWeather, type DeviceProgram} from './device-program.ts';

/** The device that an operation is done on. */
export const programOf = (doing: Doing): DeviceProgram => doing.program as DeviceProgram;

/** A failed attempt as a signature shows it: the error's class and its code. */
const failureIn =
  (stage: string) =>
  (error: unknown): Failure => {
    const {name, code, message} = errorNote(error);
    return {stage, code: code === '' ? name : `${name}.${code}`, message};
  };

/** Pushes or pulls; what fails leaves what was completed. */
export async function attempt(doing: Doing, stage: 'push' | 'pull'): Promise<void> {
  const program = programOf(doing);
  const {client} = program;
  await doing.attempt({
    stage,
    state: () => program.exportState() as unknown as Json,
    run: (): Promise<unknown> => (stage === 'push' ? client.push() : client.pull()),
    failure: failureIn(stage),
  });
}

/** Holds another part of the objects; a failing disk leaves things as they were. */
export async function rescope(doing: Doing, scope: Scope): Promise<void> {
  const program = programOf(doing);
  const {ok} = await doing.attempt({
    stage: 'scope',
    state: () => program.exportState() as unknown as Json,
    run: () => program.client.setScope(scope),
    failure: failureIn('scope'),
  });
  if (ok) doing.note('rescoped', null);
}

/** Gives up every operation that the server refused for good. */
export async function discardRefused(doing: Doing): Promise<void> {
  const {client} = programOf(doing);
  for (const {entry, status, reason} of client.outbox()) {
    if (status !== 'refused') continue;
    try {
      if (!(await client.discard(entry.opId))) continue;
      doing.residue(state => withDiscarded(state as unknown as ExportedJournal, entry.opId));
      doing.note('discarded', {entry, reason} as unknown as Json);
    } catch (error) {
      if (!isDiskWeather(error)) throw error;
      doing.note('discard-failed', errorNote(error));
    }
  }
}

const withDiscarded = (state: ExportedJournal, opId: string): Json =>
  ({
    ...state,
    outbox: state.outbox.map(item => (item.entry.opId === opId ? {...item, status: 'discarded'} : item)),
  }) as unknown as Json;

/** Nobody's object: to ask for it is to let go of everything. */
const NOWHERE: Scope = {ids: ['nowhere']};

/** What an operator does with a device that was lied to: it lets go of all it holds, and asks for it anew. */
export async function repair(doing: Doing): Promise<void> {
  const program = programOf(doing);
  if (!program.deceived) return;
  const {scope} = program.client;
  await rescope(doing, NOWHERE);
  await rescope(doing, scope);
  program.deceived = false;
  doing.note('repaired', null);
}
