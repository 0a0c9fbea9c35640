/** What users and operators of VFS do: edit, flush, sync, move a device, discard what was refused, manage groups, compact. */
import {DiskError, type Doing, type Json, type OperationSpec} from '../../src/index.ts';
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
