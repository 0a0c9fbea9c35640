/** What users and operators of VFS do: edit, flush, sync, move a device, discard what was refused, manage groups, compact. */
import {
  DiskError,
  type Doing,
  type Json,
  type OperationSpec,
  type Stream,
  type World,
} from '../../src/index.ts';
import type {MembershipCommand} from '../../src/model/vfs/membership.ts';
import {attempt, discardRejected, programOf, queue} from './attempts.ts';
import {errorNote} from './client-program.ts';
import {hydrateAnyway, moveDevice, repair} from './devices.ts';
import {drawBurst, drawSpelledEdit, inputOf, type EditArgs} from './edits.ts';
import {makeMistake, MISTAKE_COUNT} from './mistakes.ts';
import type {ServerProgram} from './server-program.ts';
import {SPOILS} from './spoil.ts';
import {vfsWorld} from './world.ts';

const client = (
  weight: number,
  draw: OperationSpec['draw'],
  run: OperationSpec['run'],
  essential = false,
): OperationSpec => ({weight, role: 'client', essential, draw, run});

interface BackgroundArgs {
  readonly on: boolean;
  readonly everyMs: number;
  readonly wait: boolean;
  /** How long after the start of a flush it is stopped; null: whenever that is. */
  readonly duringMs?: number | null;
}

/** Edits that a user makes one after another while pushes are on their way. */
interface Typing {
  readonly edits: readonly EditArgs[];
  /** How often the user looks whether one is. */
  readonly everyMs: number;
}

/** Beside one flush in so many its user goes on typing. */
const TYPING_ONE_IN = 2;
const MAX_LOOKS = 40;

function drawTyping(random: Stream, world: World): Json {
  const edits = Array.from({length: random.integer(1, 6)}, () => drawSpelledEdit(random, vfsWorld(world)));
  return {edits, everyMs: random.integer(8, 25)} as unknown as Json;
}

export const operations: {readonly [kind: string]: OperationSpec} = {
  edit: client(
    24,
    (random, world) => drawSpelledEdit(random, vfsWorld(world)) as unknown as Json,
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
    (random, world) => (random.oneIn(TYPING_ONE_IN) ? drawTyping(random, world) : null),
    async (args, doing) => {
      const flushing = attempt(doing, 'flush', () => programOf(doing).client.flush());
      await Promise.all([flushing, type(args as unknown as Typing | null, doing)]);
    },
    true,
  ),
  sync: client(
    10,
    () => null,
    (_, doing) => attempt(doing, 'sync', () => programOf(doing).client.sync()),
    true,
  ),
  'double-flush': client(2, drawTyping, async (args, doing) => {
    const flushing = attempt(doing, 'flush', async () => {
      const {client: engine} = programOf(doing);
      const both = await Promise.allSettled([engine.flush(), engine.flush()]);
      for (const one of both) if (one.status === 'rejected') throw one.reason;
    });
    await Promise.all([flushing, type(args as unknown as Typing | null, doing)]);
  }),
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
    random => ({
      ...{on: random.oneIn(2), everyMs: random.integer(500, 8_000), wait: random.oneIn(2)},
      duringMs: random.oneIn(2) ? random.integer(1, 100) : null,
    }),
    async (args, doing) => {
      const {on, everyMs, wait, duringMs = null} = args as unknown as BackgroundArgs;
      const program = programOf(doing);
      if (program.moving) return;
      if (on || duringMs !== null) program.startBackground(everyMs);
      if (on) return;
      if (duringMs === null) return stopBackground(doing, wait);
      await Promise.all([
        attempt(doing, 'flush', () => program.client.flush()),
        program.host.clock.sleep(duringMs).then(() => stopBackground(doing, wait)),
      ]);
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
    (_, doing) => hydrateAnyway(doing),
  ),
  mistake: client(
    1,
    random => random.integer(0, MISTAKE_COUNT - 1),
    (args, doing) => makeMistake(doing, Number(args)),
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
      const {user, group, member} = args as unknown as MembershipCommand;
      doing.note('membership', {operation: doing.operation, user, group, member});
      const done = await orDiskFailure(doing, () => serverOf(doing).setMembership(user, group, member));
      doing.note('membership-ended', {operation: doing.operation, obeyed: done});
    },
  },
  compact: {
    weight: 3,
    role: 'server',
    draw: () => null,
    run: async (_, doing) => {
      if (vfsWorld(doing.scene.world).compaction === null) return;
      await orDiskFailure(doing, () => serverOf(doing).compact());
    },
  },
};

/** The server that an operator's command is given to. */
const serverOf = (doing: Doing): ServerProgram['server'] => (doing.program as ServerProgram).server;

/** An operator's command that the disk may refuse; it can be given again. Returns whether it was carried out. */
async function orDiskFailure(doing: Doing, run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    doing.note('operator-failed', errorNote(error));
    return false;
  }
}

/** Makes each edit at the next look that finds a push on its way. Once the storm is over, nobody edits any more. */
async function type(typing: Typing | null, doing: Doing): Promise<void> {
  if (typing === null || doing.settling) return;
  const program = programOf(doing);
  let looks = MAX_LOOKS;
  for (const edit of typing.edits) {
    do {
      await program.host.clock.sleep(typing.everyMs);
      looks -= 1;
    } while (looks > 0 && program.lifecycle !== 'pushing');
    const input = looks > 0 ? inputOf(edit, doing) : null;
    if (input !== null) await queue(doing, input);
  }
}

/** Whoever stops a loop that runs and asks for a wait is to find the flush over that was in flight. */
async function stopBackground(doing: Doing, wait: boolean): Promise<void> {
  const program = programOf(doing);
  if (program.moving) return;
  const flight = program.background ? program.flight : null;
  await program.stopBackground(wait);
  if (!wait || program.background) return;
  doing.note('background-stopped', {waited: flight === null || program.flight !== flight});
}
