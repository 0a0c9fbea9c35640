/** What replaces a client's state as a whole: moving a device to a fresh store, hydrating over it, repairing it. */
import {DiskError, type Doing, type Json} from '../../src/index.ts';
import {expectHydrate} from '../../src/model/vfs/hydrate.ts';
import {pristine} from '../../src/model/vfs/client.ts';
import type {ExportedState} from '../../src/model/vfs/types.ts';
import {VfsSyncError} from '../../src/impl/vfs/client-errors.ts';
import {asJson, failureIn, programOf} from './attempts.ts';
import {errorNote} from './client-program.ts';
import {spoil, SPOILS} from './spoil.ts';

/** How often a device that is to be repaired looks whether it has come to rest, ms. */
const REST_MS = 250;

/** How many spoilt copies a device that is moved with spoilt ones is offered, one kind after another. */
const SPOILT_COPIES = 6;

/** Moves a device's state to a fresh store: exports, first offers spoilt copies if told to, hydrates, adopts. */
async function move(doing: Doing, exported: ExportedState, spoilAt: number): Promise<void> {
  const program = programOf(doing);
  const {plan} = program;
  await program.stopBackground(true);
  const {store, client} = await program.freshStore();
  /** Offers a stored state to the fresh client; true if it took it. */
  const offer = async (offered: Json): Promise<boolean> => {
    doing.note('hydrating', {offered, expected: expectationOf(plan.id, offered)});
    const result = await doing.attempt({
      stage: 'hydrate',
      state: () => asJson(client.exportState()),
      run: () => client.hydrateState(offered),
      failure: failureIn('hydrate'),
    });
    doing.note('hydrated', {state: asJson(client.exportState())});
    return result.ok;
  };
  let spent = false;
  for (let index = spoilAt; index < spoilAt + SPOILT_COPIES && !spent; index += 1) {
    const spoiler = spoilAt < 0 ? undefined : SPOILS[index % SPOILS.length];
    // a spoilt state that turns out to be legal is still not the device's: that store is left where it is
    spent = spoiler !== undefined && (await offer(spoil(spoiler, exported, plan.id) as Json));
  }
  if (!spent && (await offer(JSON.parse(JSON.stringify(exported)) as Json)))
    await program.adopt(store, client);
  if (plan.backgroundMs > 0) program.startBackground(plan.backgroundMs);
}

function expectationOf(clientId: string, offered: unknown): Json {
  return expectHydrate(clientId, pristine(), offered, {flush: false, background: false}) as unknown as Json;
}

/** Moves a device that is at rest, having offered spoilt copies first, from that number on; -1 for none. */
export async function moveDevice(doing: Doing, spoilAt: number): Promise<void> {
  const program = programOf(doing);
  if (program.moving || program.busy > 0 || program.lifecycle !== 'idle') return;
  program.moving = true;
  try {
    await move(doing, program.exportState(), spoilAt);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    doing.note('move-failed', errorNote(error));
  } finally {
    program.moving = false;
  }
}

/** Hydrates a client at rest with its own state, whether the contract allows it now or not. */
export async function hydrateAnyway(doing: Doing): Promise<void> {
  const program = programOf(doing);
  if (program.moving) return;
  const state = program.exportState();
  const busy = {flush: program.lifecycle !== 'idle', background: program.background};
  // what else waits for its turn cannot be seen from outside; only a client at rest is judged
  const atRest = program.busy === 0 && !busy.flush;
  if (!atRest) return;
  program.busy += 1;
  doing.note('hydrating', {
    offered: state as unknown as Json,
    expected: expectHydrate(program.plan.id, state, state, busy) as unknown as Json,
  });
  await doing.attempt({
    stage: 'hydrate',
    state: () => asJson(program.exportState()),
    run: () => program.client.hydrateState(state),
    failure: failureIn('hydrate'),
  });
  doing.note('hydrated', {state: asJson(program.exportState())});
  program.busy -= 1;
}

/**
 * What the runbook says to do with a client that was lied to, or that may not start over by itself: take canonical state
 * from the server into a fresh store, and keep the queue.
 */
export async function repair(doing: Doing): Promise<void> {
  const program = programOf(doing);
  const {plan} = program;
  const stranded = program.stranded && plan.rematerializations === 0;
  if (program.moving || !(program.deceived || stranded)) return;
  await program.stopBackground(true);
  while (program.busy > 0 || program.lifecycle !== 'idle') await program.host.clock.sleep(REST_MS);
  program.moving = true;
  doing.note('repairing', null);
  try {
    // the queue gets new write ids: those it had may rest on a lie, and an operation is known by its own id
    const {pendingOperations: queue} = program.exportState();
    const pendingOperations = queue.map((operation, index) => ({...operation, writeId: index + 1}));
    const nextLocalWriteId = pendingOperations.length + 1;
    const canonical = await program.transport.fetchSnapshot({userId: plan.user, clientId: plan.id});
    const {store, client: fresh} = await program.freshStore();
    await fresh.hydrateState({...pristine(), ...canonical, pendingOperations, nextLocalWriteId});
    await program.adopt(store, fresh);
    program.deceived = false;
    program.stranded = false;
    doing.note('repaired', null);
  } catch (error) {
    // the server is not up yet, say: the operator tries again in the next round
    if (!(error instanceof DiskError || error instanceof VfsSyncError)) throw error;
    doing.note('repair-failed', errorNote(error));
  }
  if (plan.backgroundMs > 0) program.startBackground(plan.backgroundMs);
  program.moving = false;
}
