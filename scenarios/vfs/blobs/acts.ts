/** What a user does on one device with blobs: queue, flush, read; told to the harness before and after. */
import type {Doing, Json} from '../../../src/index.ts';
import {encodeBase64} from '../../../src/impl/vfs/blobs/base64.ts';
import {consistencyOf} from '../../../src/impl/vfs/blobs/queue-input.ts';
import type {BlobQueue} from '../../../src/impl/vfs/blobs/queue.ts';
import type {BlobConsistency, BlobRelation} from '../../../src/model/vfs/blob-types.ts';
import {formatTime, parseTime} from '../../../src/model/vfs/time.ts';
import {failureIn} from '../attempts.ts';
import {errorNote, isDiskWeather} from '../client-program.ts';
import {programOf} from './client-program.ts';
import {blobsWorld} from './world.ts';

export interface StageArgs {
  readonly blob: number;
  readonly staging: number;
  /** Which of the blob's texts is sent; null: none. */
  readonly text: number | null;
  readonly ttlMs: number;
}

export interface AttachArgs {
  readonly staging: number;
  readonly item: number;
  readonly kind: number;
  /** Asks for the checkpoint that the client knows of. */
  readonly guarded: boolean;
  /** And for more than it can know: in which way, counted from 1; 0 for not. */
  readonly ahead: number;
}

const KINDS: readonly BlobRelation[] = ['file', 'emailAttachment', 'photo', 'other'];

const pick = <T>(from: readonly T[], index: number): T => from[index % from.length] as T;

const encoder = new TextEncoder();

export const base64Of = (text: string): string => encodeBase64(encoder.encode(text));

export function queueStage(doing: Doing, {blob, staging, text, ttlMs}: StageArgs): Promise<void> {
  const {blobs, stagings} = blobsWorld(doing.scene.world);
  const {id: blobId, texts} = pick(blobs, blob);
  return queueWrite(doing, queue =>
    queue.stage({
      ...{blobId, stagingId: pick(stagings, staging), expiresAt: formatTime(doing.now() + ttlMs)},
      ...(text === null ? {} : {dataBase64: base64Of(pick(texts, text))}),
    }),
  );
}

/** Checkpoints that are ahead of what a client knows by one thing each: its time, its id, a replica, a write id. */
const AHEAD: readonly ((known: BlobConsistency) => BlobConsistency)[] = [
  known => {
    const changedAt = formatTime((parseTime(known.requiredCursor.changedAt) ?? 0) + 86_400_000);
    return {...known, requiredCursor: {...known.requiredCursor, changedAt}};
  },
  known => ({
    ...known,
    requiredCursor: {...known.requiredCursor, changeId: `${known.requiredCursor.changeId}z`},
  }),
  known => ({
    ...known,
    requiredLastReconciledWriteIds: {...known.requiredLastReconciledWriteIds, nobody: 1},
  }),
  known => ({
    ...known,
    requiredLastReconciledWriteIds: Object.fromEntries(
      Object.entries(known.requiredLastReconciledWriteIds).map(([replica, id]) => [replica, id + 1_000]),
    ),
  }),
];

export const AHEAD_COUNT = AHEAD.length;

/** What the client knows of the feed is captured now, when the user decides, whenever it is sent. */
export function queueAttach(doing: Doing, {staging, item, kind, guarded, ahead}: AttachArgs): Promise<void> {
  const {items, stagings} = blobsWorld(doing.scene.world);
  const {device, plan} = programOf(doing);
  const known = guarded ? consistencyOf(plan.id, device.client.snapshot()) : undefined;
  const consistency = known === undefined ? undefined : (AHEAD[ahead - 1]?.(known) ?? known);
  return queueWrite(doing, queue =>
    queue.attach({
      ...{stagingId: pick(stagings, staging), itemId: pick(items, item).id, relationKind: pick(KINDS, kind)},
      ...(consistency === undefined ? {} : {consistency}),
    }),
  );
}

/** Changes the queue, and tells the attempts in flight; a full or failing disk refuses it, and then nothing was changed. */
export async function queueWrite(doing: Doing, write: (queue: BlobQueue) => Promise<unknown>): Promise<void> {
  const program = programOf(doing);
  program.queueing += 1;
  doing.note('queueing', null);
  try {
    const before = program.queue.exportState();
    await write(program.queue);
    doing.residue(state => withQueueOf(state, before, program.queue.exportState()));
  } catch (error) {
    if (!isDiskWeather(error)) throw error;
    doing.note('queue-failed', errorNote(error));
  }
  program.queueing -= 1;
  doing.note('queueing-ended', null);
}

/** The state of an attempt in flight, with what a write added to the queue or took from what was set aside. */
function withQueueOf(state: Json, before: unknown, after: unknown): Json {
  const {blobs, ...rest} = state as {blobs?: QueueShape};
  if (blobs === undefined) return state;
  const [was, is] = [before as QueueShape, after as QueueShape];
  const known = new Set([...was.pending, ...blobs.pending].map(({seq}) => seq));
  const gone = was.setAside.filter(({seq}) => is.setAside.every(other => other.seq !== seq));
  const pending = [...blobs.pending, ...is.pending.filter(({seq}) => !known.has(seq))];
  const setAside = blobs.setAside.filter(({seq}) => gone.every(other => other.seq !== seq));
  return {...rest, blobs: {pending, setAside}};
}

interface QueueShape {
  readonly pending: readonly {readonly seq: number}[];
  readonly setAside: readonly {readonly seq: number}[];
}

export async function flushBlobs(doing: Doing): Promise<void> {
  const program = programOf(doing);
  program.device.busy += 1;
  const result = await doing.attempt({
    stage: 'blobs',
    state: () => program.state(),
    run: () => program.queue.flush(),
    failure: failureIn('blobs'),
  });
  program.failed = !result.ok;
  program.device.busy -= 1;
}

/** Reads a blob; what it gives is told, and must be what the server sent. */
export async function readBlob(doing: Doing, index: number): Promise<void> {
  const program = programOf(doing);
  const {id} = pick(blobsWorld(doing.scene.world).blobs, index);
  await doing.attempt({
    stage: 'read',
    state: () => program.state(),
    run: async () => {
      const bytes = await program.transport.read(id);
      doing.note('read', {blob: id, content: encodeBase64(bytes)});
    },
    failure: failureIn('read'),
  });
}
