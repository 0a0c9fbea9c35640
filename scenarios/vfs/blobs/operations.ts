/** What users do with blobs: stage, attach, abandon, flush the queue, read, delete, and what of it goes wrong; and what operators do. */
import {BlobStoreError} from '../../../src/impl/vfs/blobs/store-client.ts';
import {DiskError, type Doing, type Json, type OperationSpec, type Stream} from '../../../src/index.ts';
import {drawEdit} from '../edits.ts';
import {operations as syncOperations} from '../operations.ts';
import {errorNote} from '../client-program.ts';
import type {ServerProgram} from '../server-program.ts';
import {askWrongly, WRONG_COUNT} from './wrong-requests.ts';
import {
  AHEAD_COUNT,
  flushBlobs,
  queueAttach,
  queueStage,
  queueWrite,
  readBlob,
  type AttachArgs,
  type StageArgs,
} from './acts.ts';
import {programOf} from './client-program.ts';
import {makeMistake, MISTAKE_COUNT} from './mistakes.ts';
import {spoilRow, SPOIL_COUNT} from './spoil.ts';
import {blobsWorld} from './world.ts';

const LARGE = 0xffff;
const TTLS_MS = [1_500, 4_000, 12_000, 60_000, 600_000, -1_000] as const;

const client = (
  weight: number,
  draw: OperationSpec['draw'],
  run: OperationSpec['run'],
  essential = false,
): OperationSpec => ({
  ...{weight, role: 'client', essential, draw, run},
});

const index = (random: Stream): number => random.integer(0, LARGE);

/** An operation of sync, done on the sync client of the device. */
function onDevice(name: string, weight: number, essential = false): OperationSpec {
  const spec = syncOperations[name];
  if (spec === undefined) throw new Error(`sync has an operation ${name}`);
  return {
    ...{...spec, weight, essential},
    run: (args, doing) => spec.run(args, {...doing, program: programOf(doing).device}),
  };
}

interface UploadArgs {
  readonly staging: number;
  readonly blob: number;
  readonly item: number;
  readonly edit: Json;
  readonly ahead: number;
}

const EDIT = onDevice('edit', 10, true);
const FLUSH = onDevice('flush', 9, true);

export const operations: {readonly [kind: string]: OperationSpec} = {
  stage: client(
    12,
    random => ({
      blob: index(random),
      staging: index(random),
      // mostly with bytes, now and then with others than the blob has
      text: random.pick([0, 0, 0, 0, 1, null]),
      ttlMs: random.pick(TTLS_MS),
    }),
    (args, doing) => queueStage(doing, args as unknown as StageArgs),
    true,
  ),
  attach: client(
    12,
    random => ({
      staging: index(random),
      item: index(random),
      kind: random.pick([0, 0, 0, 1, 2, 3]),
      guarded: !random.oneIn(3),
      ahead: random.oneIn(6) ? random.integer(1, AHEAD_COUNT) : 0,
    }),
    (args, doing) => queueAttach(doing, args as unknown as AttachArgs),
    true,
  ),
  abandon: client(
    4,
    random => index(random),
    (args, doing) => {
      const {stagings} = blobsWorld(doing.scene.world);
      const stagingId = stagings[Number(args) % stagings.length] ?? '';
      return queueWrite(doing, queue => queue.abandon(stagingId));
    },
  ),
  // a whole story in one go, as most users have it: something changes, and a blob is put where it is
  upload: client(
    8,
    (random, world) => ({
      ...{staging: index(random), blob: index(random), item: index(random)},
      edit: drawEdit(random, blobsWorld(world)) as unknown as Json,
      ahead: random.oneIn(3) ? random.integer(1, AHEAD_COUNT) : 0,
    }),
    async (args, doing) => {
      const {staging, blob, item, edit, ahead} = args as unknown as UploadArgs;
      await EDIT.run(edit, doing);
      await FLUSH.run(null, doing);
      await queueStage(doing, {staging, blob, text: 0, ttlMs: 60_000});
      await queueAttach(doing, {staging, item, kind: 0, guarded: true, ahead});
      await flushBlobs(doing);
    },
  ),
  // so that somebody may write, or only read, what is another's
  share: client(
    4,
    (random, world) => ({
      ...drawEdit(random, blobsWorld(world)),
      ...{opType: 'acl_add', foreign: false, named: null, level: random.pick([0, 0, 1, 2])},
      principal: random.integer(0, blobsWorld(world).users.length - 1),
    }),
    async (args, doing) => {
      await EDIT.run(args, doing);
      await FLUSH.run(null, doing);
    },
  ),
  'flush-blobs': client(
    14,
    () => null,
    (_, doing) => flushBlobs(doing),
    true,
  ),
  read: client(
    5,
    random => index(random),
    (args, doing) => readBlob(doing, Number(args)),
  ),
  delete: client(
    7,
    random => index(random),
    async (args, doing) => {
      const {blobs} = blobsWorld(doing.scene.world);
      try {
        await programOf(doing).transport.delete(blobs[Number(args) % blobs.length]?.id ?? '');
      } catch (error) {
        doing.note('delete-failed', errorNote(error));
      }
    },
  ),
  'take-back': client(
    3,
    random => random.oneIn(2),
    async (args, doing) => {
      const {queue} = programOf(doing);
      const [first] = queue.exportState().setAside;
      if (first !== undefined) await queueWrite(doing, () => queue.takeBack(first.seq, args === true));
    },
  ),
  mistake: client(
    1,
    random => random.integer(0, MISTAKE_COUNT - 1),
    (args, doing) => makeMistake(doing, Number(args)),
  ),
  'ask-wrongly': client(
    4,
    random => ({wrong: random.integer(0, WRONG_COUNT - 1), staging: index(random), blob: index(random)}),
    (args, doing) => askWrongly(doing, args as {wrong: number; staging: number; blob: number}),
  ),
  edit: EDIT,
  flush: FLUSH,
  sync: onDevice('sync', 6, true),
  discard: onDevice('discard', 3),
  membership: syncOperations['membership'] as OperationSpec,
  sweep: {
    weight: 3,
    role: 'server',
    draw: () => null,
    run: async (_, doing) => {
      try {
        await (doing.program as ServerProgram).server.sweepBlobs();
      } catch (error) {
        if (!(error instanceof DiskError || error instanceof BlobStoreError)) throw error;
        doing.note('operator-failed', errorNote(error));
      }
    },
  },
  spoil: {
    weight: 4,
    role: 'server',
    // a status that nobody knows is what all other requests have to get along with
    draw: random => ({
      spoil: random.oneIn(3) ? 0 : random.integer(0, SPOIL_COUNT - 1),
      row: index(random),
    }),
    run: (args, doing: Doing) => spoilRow(doing, args as {spoil: number; row: number}),
  },
};
