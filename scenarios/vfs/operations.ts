/** What users and operators of VFS do: edit, flush, sync, move a device, discard what was refused, manage groups, compact. */
import {DiskError, type Doing, type Failure, type Json, type OperationSpec} from '../../src/index.ts';
import {expectHydrate} from '../../src/model/vfs/hydrate.ts';
import {pristine, stateAfterDiscard, stateAfterQueue} from '../../src/model/vfs/client.ts';
import type {ExportedState, OperationInput} from '../../src/model/vfs/types.ts';
import {
  VfsPushRejectedError,
  VfsRematerializationRequiredError,
  VfsSyncError,
} from '../../src/impl/vfs/client-errors.ts';
import type {VfsServer} from '../../src/impl/vfs/server.ts';
import {errorNote, type ClientProgram} from './client-program.ts';
import {drawBurst, drawEdit, inputOf, type EditArgs} from './edits.ts';
import {spoil, SPOILS} from './spoil.ts';
import {vfsWorld} from './world.ts';

/** How often a device that is to be repaired looks whether it has come to rest, ms. */
const REST_MS = 250;

const asJson = (state: ExportedState): Json => state as unknown as Json;
const asState = (state: Json): ExportedState => state as unknown as ExportedState;

const programOf = (doing: Doing): ClientProgram => doing.program as ClientProgram;

/** A failed attempt as a signature shows it: the error's class and its code, or its message where that is the code. */
const failureIn =
  (stage: string) =>
  (error: unknown): Failure => {
    const {name, code, message} = errorNote(error);
    return {stage, code: code === '' ? name : `${name}.${code}`, message};
  };

async function attempt(doing: Doing, stage: 'flush' | 'sync', run: () => Promise<unknown>): Promise<void> {
  const program = programOf(doing);
  if (program.moving) return;
  program.busy += 1;
  const rejected: string[] = [];
  await doing.attempt({
    stage,
    state: () => asJson(program.exportState()),
    run: async () => {
      try {
        await run();
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
async function queue(doing: Doing, input: OperationInput): Promise<void> {
  const program = programOf(doing);
  if (program.moving) return;
  program.busy += 1;
  try {
    const operation = await program.client.queueLocalOperation(input);
    doing.residue(state => asJson(stateAfterQueue(asState(state), operation)));
    doing.note('queued', operation as unknown as Json);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    doing.note('queue-failed', errorNote(error));
  }
  program.busy -= 1;
}

async function discardRejected(doing: Doing): Promise<void> {
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

/** Moves a device's state to a fresh store: exports, first offers a spoilt copy if told to, hydrates, adopts. */
async function move(doing: Doing, exported: ExportedState, spoilAt: number): Promise<void> {
  const program = programOf(doing);
  const {plan} = program;
  await program.stopBackground(true);
  const {store, client} = await program.freshStore();
  const hydrate = (state: unknown): Promise<unknown> =>
    doing.attempt({
      stage: 'hydrate',
      state: () => asJson(client.exportState()),
      run: () => client.hydrateState(state),
      failure: failureIn('hydrate'),
    });
  const spoiler = SPOILS[spoilAt];
  if (spoiler !== undefined) {
    const spoilt = spoil(spoiler, exported);
    doing.note('hydrating', {offered: spoilt as Json, expected: expectationOf(plan.id, spoilt)});
    await hydrate(spoilt);
    doing.note('hydrated', {state: asJson(client.exportState())});
  }
  if (client.exportState().nextLocalWriteId === 1 && client.snapshot().cursor === null) {
    const text = JSON.parse(JSON.stringify(exported)) as Json;
    doing.note('hydrating', {offered: text, expected: expectationOf(plan.id, text)});
    await hydrate(text);
    doing.note('hydrated', {state: asJson(client.exportState())});
  }
  if (JSON.stringify(client.exportState().pendingOperations) === JSON.stringify(exported.pendingOperations)) {
    await program.adopt(store, client);
  }
  if (plan.backgroundMs > 0) program.startBackground(plan.backgroundMs);
}

function expectationOf(clientId: string, offered: unknown): Json {
  return expectHydrate(clientId, pristine(), offered, {flush: false, background: false}) as unknown as Json;
}

async function moveDevice(doing: Doing, spoilAt: number): Promise<void> {
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

/**
 * What the runbook says to do with a client that was lied to, or that may not start over by itself: take canonical state
 * from the server into a fresh store, and keep the queue.
 */
async function repair(doing: Doing): Promise<void> {
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

const client = (
  weight: number,
  draw: OperationSpec['draw'],
  run: OperationSpec['run'],
  essential = false,
): OperationSpec => ({weight, role: 'client', essential, draw, run});

export const operations: {readonly [kind: string]: OperationSpec} = {
  edit: client(
    24,
    (random, world) => drawEdit(random, vfsWorld(world)) as unknown as Json,
    (args, doing) => {
      const input = inputOf(args as unknown as EditArgs, doing);
      return input === null ? undefined : queue(doing, input);
    },
    true,
  ),
  burst: client(
    1,
    (random, world) => drawBurst(random, vfsWorld(world)) as unknown as Json,
    async (args, doing) => {
      for (const edit of args as unknown as EditArgs[]) {
        const input = inputOf(edit, doing);
        if (input !== null) await queue(doing, input);
      }
    },
  ),
  flush: client(
    10,
    () => null,
    (_, doing) => attempt(doing, 'flush', () => programOf(doing).client.flush()),
    true,
  ),
  sync: client(
    10,
    () => null,
    (_, doing) => attempt(doing, 'sync', () => programOf(doing).client.sync()),
    true,
  ),
  'double-flush': client(
    2,
    () => null,
    (_, doing) =>
      attempt(doing, 'flush', async () => {
        const {client: engine} = programOf(doing);
        const both = await Promise.allSettled([engine.flush(), engine.flush()]);
        for (const one of both) if (one.status === 'rejected') throw one.reason;
      }),
  ),
  create: client(
    2,
    random => ({item: `made-${random.id(6)}`}),
    async (args, doing) => {
      try {
        await programOf(doing).transport.registerItem((args as {item: string}).item, 'folder');
      } catch (error) {
        doing.note('create-failed', errorNote(error));
      }
    },
  ),
  discard: client(
    4,
    () => null,
    (_, doing) => discardRejected(doing),
  ),
  background: client(
    2,
    random => ({on: random.oneIn(2), everyMs: random.integer(500, 8_000), wait: random.oneIn(2)}),
    async (args, doing) => {
      const {on, everyMs, wait} = args as {on: boolean; everyMs: number; wait: boolean};
      const program = programOf(doing);
      if (program.moving) return;
      if (on) program.startBackground(everyMs);
      else await program.stopBackground(wait);
      if (!on && wait && !program.background) doing.note('background-stopped', null);
    },
  ),
  move: client(
    2,
    random => ({spoil: random.oneIn(2) ? random.integer(0, SPOILS.length - 1) : -1}),
    (args, doing) => moveDevice(doing, (args as {spoil: number}).spoil),
  ),
  'hydrate-anyway': client(
    1,
    () => null,
    async (_, doing) => {
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
    },
  ),
  repair: client(
    0,
    () => null,
    (_, doing) => repair(doing),
  ),
  membership: {
    weight: 2,
    role: 'server',
    draw: (random, world) => {
      const {users, groups} = vfsWorld(world);
      if (groups.length === 0) return null;
      return {user: random.pick(users).id, group: random.pick(groups), member: random.oneIn(2)};
    },
    run: async (args, doing) => {
      if (args === null) return;
      const {user, group, member} = args as {user: string; group: string; member: boolean};
      await orDiskFailure(doing, () => (doing.program as VfsServer).setMembership(user, group, member));
    },
  },
  compact: {
    weight: 3,
    role: 'server',
    draw: () => null,
    run: async (_, doing) => {
      if (vfsWorld(doing.scene.world).compaction === null) return;
      await orDiskFailure(doing, () => (doing.program as VfsServer).compact());
    },
  },
};

/** An operator's command that the disk may refuse; it can be given again. */
async function orDiskFailure(doing: Doing, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    doing.note('operator-failed', errorNote(error));
  }
}
