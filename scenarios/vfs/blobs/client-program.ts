/** A device with blobs: the sync client as the other scenario runs it, and the blob queue beside it. */
import type {BootContext, Doing, Host, Json} from '../../../src/index.ts';
import {BlobQueue} from '../../../src/impl/vfs/blobs/queue.ts';
import {BlobTransport} from '../../../src/impl/vfs/blobs/transport.ts';
import {ClientProgram} from '../client-program.ts';
import {tokenOf, type VfsClientPlan} from '../world.ts';

const REQUEST_TIMEOUT_MS = 10_000;

export class BlobsProgram {
  readonly host: Host;
  readonly plan: VfsClientPlan;
  readonly device: ClientProgram;
  readonly queue: BlobQueue;
  readonly transport: BlobTransport;
  /** Operations of the user's that are writing into the queue just now. */
  queueing = 0;
  /** How the last flush of the queue ended. */
  failed = false;

  private constructor(
    host: Host,
    plan: VfsClientPlan,
    parts: {
      readonly device: ClientProgram;
      readonly queue: BlobQueue;
      readonly transport: BlobTransport;
    },
  ) {
    this.host = host;
    this.plan = plan;
    this.device = parts.device;
    this.queue = parts.queue;
    this.transport = parts.transport;
  }

  static async boot(host: Host, context: BootContext, plan: VfsClientPlan): Promise<BlobsProgram> {
    const device = await ClientProgram.boot(host, context, plan);
    const asking = {server: 'api', token: tokenOf(plan.user), timeoutMs: REQUEST_TIMEOUT_MS};
    const transport = new BlobTransport(host, asking);
    const queue = await BlobQueue.open(host, {
      transport,
      catchUp: async () => {
        host.probe('blob:caught-up');
        await device.client.sync();
      },
      onProgress: () => context.progressed(),
    });
    return new BlobsProgram(host, plan, {device, queue, transport});
  }

  /** All that a failed attempt must leave alone: what sync holds, and the queue beside it. */
  state(): Json {
    return {...this.device.exportState(), blobs: this.queue.exportState()} as unknown as Json;
  }
}

export const programOf = (doing: Doing): BlobsProgram => doing.program as BlobsProgram;
