/** Staged blobs as a scenario of VFS: devices with blob queues, servers, and an object store that drifts from their metadata. */
import {defineSystem, type System} from '../../../src/index.ts';
import {stagingEdges} from '../../../src/model/vfs/blob-lifecycle.ts';
import {claims} from './claims.ts';
import {inspectBlobs} from './inspect.ts';
import {BlobLedger} from './ledger.ts';
import {blobsNodes} from './nodes.ts';
import {operations} from './operations.ts';
import {blobTampers} from './tampers.ts';
import {drawBlobsWorld, REFUSED_REPEATS, simplerBlobsWorlds} from './world.ts';

const CLIENTS = ['client'];
const STORES = ['store'];
const ASKING = ['client', 'server'];
const ALL = ['client', 'server', 'store'];

export const blobs: System<BlobLedger> = defineSystem<BlobLedger>({
  name: 'vfs/blobs',
  summary:
    'staged blobs: an object store whose bytes drift from the metadata, and a durable queue on each device',
  variants: [REFUSED_REPEATS],
  drawWorld: drawBlobsWorld,
  simplerWorlds: simplerBlobsWorlds,
  nodes: blobsNodes,
  operations,
  size: {operations: [10, 80], stormMs: [15_000, 90_000]},
  settling: ['sync', 'flush-blobs', 'sweep'],
  hazards: {
    delay: ASKING,
    reorder: ASKING,
    'lose-request': ASKING,
    duplicate: ASKING,
    'http-status': ASKING,
    'lose-response': ASKING,
    reset: ASKING,
    'late-replay': ASKING,
    truncate: ASKING,
    'not-json': ASKING,
    tamper: CLIENTS,
    'stubborn-peer': CLIENTS,
    'slow-statement': ALL,
    'failed-statement': ALL,
    partition: ALL,
    'partition-one-way': ALL,
    clog: ALL,
    'slow-link': ALL,
    crash: ALL,
    pause: ALL,
    freeze: CLIENTS,
    'hung-statement': ALL,
    'lost-tail': [...CLIENTS, ...STORES],
    'restore-backup': STORES,
    wipe: [...CLIENTS, ...STORES],
    'clock-skew': ALL,
    'clock-drift': ALL,
    'clock-jump-forward': ALL,
    'clock-jump-back': ALL,
    'clock-freeze': ALL,
    'equal-timestamps': ALL,
  },
  tampers: blobTampers,
  ledger: () => new BlobLedger(),
  observe: (seen, ledger, scene) => ledger.observe(seen, scene),
  claims,
  inspect: inspectBlobs,
  attemptClaim: {
    id: 'VFS-B10',
    sentence:
      'a failed flush of the blob queue, and a failed read, change nothing but what was completed, and fail alike when they meet the same answers again',
  },
  goals: [
    ...stagingEdges()
      .map(edge => `blob:${edge}`)
      .filter(mark => !mark.endsWith('+SPOIL')),
    'blob:spoilt',
    'blob:caught-up',
    'vfs.blobs.lost',
    'vfs.blobs.bytesMissing',
    'vfs.blobs.bytesLeft',
    ...[400, 403, 404, 409, 500].map(status => `vfs.blobs.setAside.${status}`),
  ],
});
