/** The worlds of staged blobs: those of sync, with an object store, blobs that users have bytes for, and names of stagings. */
import type {Stream, World} from '../../../src/index.ts';
import {simplerWorlds} from '../simpler-worlds.ts';
import {drawVfsWorld, vfsWorld, type VfsWorld} from '../world.ts';

/** A blob, and the bytes that its users have for it; the second text is what somebody takes for the same blob by mistake. */
export interface BlobPlan {
  readonly id: string;
  readonly texts: readonly [string, string];
}

export interface BlobsWorld extends VfsWorld {
  readonly blobs: readonly BlobPlan[];
  readonly stagings: readonly string[];
  readonly writeGraceMs: number;
  readonly sweepEveryMs: number;
  /** By the variant of the run: whether the same request once more is answered like the first. */
  readonly repeats: 'answered' | 'refused';
}

export const REFUSED_REPEATS = 'upstream-repeats';

/** Names that are not what they look like in a path. */
const TRICKY_BLOBS = ['blob/1', 'blob%2f1', 'blob 1.a'] as const;

/** Some shorter than bytes may be on their way: then the sweep and an upload meet. */
const WRITE_GRACES_MS = [100, 500, 2_000, 10_000] as const;

const count = (prefix: string, from: number): string[] =>
  Array.from({length: from}, (_, index) => `${prefix}${index + 1}`);

export function drawBlobsWorld(random: Stream, variant: string): World {
  const base = vfsWorld(drawVfsWorld(random));
  const names = random.oneIn(6) ? TRICKY_BLOBS : count('blob', random.integer(1, 4));
  const world: BlobsWorld = {
    ...base,
    clients: base.clients.map(client => ({
      ...client,
      backgroundMs: 0,
      stalePages: 'soften' as const,
      rematerializations: 2,
    })),
    ...{readReplica: false, compaction: null, bulk: false},
    blobs: names.map(id => ({id, texts: [`bytes of ${id}`, `others for ${id}`] as const})),
    stagings: count('staging', random.integer(2, 8)),
    writeGraceMs: random.pick(WRITE_GRACES_MS),
    sweepEveryMs: random.oneIn(2) ? random.integer(400, 12_000) : 0,
    repeats: variant === REFUSED_REPEATS ? 'refused' : 'answered',
  };
  return world as unknown as World;
}

/** A plan's world, as this scenario drew it. */
export const blobsWorld = (world: World): BlobsWorld => world as unknown as BlobsWorld;

/** As for sync, and fewer blobs, stagings and sweeps. */
export function simplerBlobsWorlds(world: World): readonly World[] {
  const plan = blobsWorld(world);
  const less: BlobsWorld[] = [
    ...plan.blobs.map(blob => ({...plan, blobs: plan.blobs.filter(other => other !== blob)})),
    ...plan.stagings.map(id => ({...plan, stagings: plan.stagings.filter(other => other !== id)})),
    ...(plan.sweepEveryMs > 0 ? [{...plan, sweepEveryMs: 0}] : []),
  ];
  return [
    ...simplerWorlds(world),
    ...(less.filter(({blobs, stagings}) => blobs.length > 0 && stagings.length > 0) as unknown as World[]),
  ];
}
