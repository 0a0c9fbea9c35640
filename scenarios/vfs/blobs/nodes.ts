/** The nodes of a world with blobs: servers over one database, the object store, and devices with a blob queue each. */
import type {Host, NodeSpec, World} from '../../../src/index.ts';
import type {BlobOptions} from '../../../src/impl/vfs/blobs/context.ts';
import {ObjectStore} from '../../../src/impl/vfs/blobs/object-store.ts';
import {ANSWER_REPEATS, REFUSE_REPEATS} from '../../../src/impl/vfs/blobs/policy.ts';
import {clientNodes, serverNodes} from '../nodes.ts';
import {ServerProgram} from '../server-program.ts';
import {BlobsProgram} from './client-program.ts';
import {blobsWorld, type BlobsWorld} from './world.ts';

export const STORE = 'store';

const STORE_TIMEOUT_MS = 4_000;

export function blobsNodes(world: World): NodeSpec[] {
  const plan = blobsWorld(world);
  const servers = serverNodes(plan.servers, (host, context) =>
    ServerProgram.boot(host, context, plan, optionsOf(plan)),
  );
  const store = {id: STORE, role: 'store', boot: (host: Host) => ObjectStore.open(host)};
  const clients = clientNodes(plan.clients, (host, context, client) =>
    BlobsProgram.boot(host, context, client),
  );
  return [...servers, store, ...clients];
}

const optionsOf = ({writeGraceMs, sweepEveryMs, repeats}: BlobsWorld): BlobOptions => ({
  store: {address: STORE, timeoutMs: STORE_TIMEOUT_MS},
  repeats: repeats === 'answered' ? ANSWER_REPEATS : REFUSE_REPEATS,
  writeGraceMs,
  sweepEveryMs,
});
