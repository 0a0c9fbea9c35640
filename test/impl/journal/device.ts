/** A client on a host of memory, with a wire to a server that a test can cut or bend. */
import {NetError, type HttpRequest, type HttpResponse} from '../../../src/host.ts';
import {JournalClient, type JournalClientOptions} from '../../../src/impl/journal/client.ts';
import {Sqlite} from '../../../src/sim/sqlite.ts';
import {MemoryDisk, memoryHost} from '../vfs/memory-host.ts';
import type {Serving} from './serving.ts';

/** What a test does to one exchange; unless told, it goes through. */
export type Wire = (request: HttpRequest, deliver: () => Promise<HttpResponse>) => Promise<HttpResponse>;

const through: Wire = (_, deliver) => deliver();

/** Nobody answers, and nothing arrives. */
export const cut: Wire = () => Promise.reject(new NetError('timeout', 'no answer'));

/** The server acts, and its answer is lost. */
export const deaf: Wire = async (_, deliver) => {
  await deliver();
  throw new NetError('timeout', 'no answer');
};

/** A copy of a server's or a client's disk, as a backup holds it. */
export function copyOf(disk: MemoryDisk): MemoryDisk {
  const copy = new MemoryDisk();
  for (const [name, file] of disk.files) copy.files.set(name, Sqlite.from(file.export()));
  return copy;
}

/** Id and payload of all that a device shows. */
export const shown = (device: Device): readonly unknown[] =>
  device.client.list().map(({id, payload}) => [id, payload]);

export class Device {
  readonly client: JournalClient;
  readonly disk: MemoryDisk;
  wire: Wire = through;
  serving: Serving;

  private constructor(client: JournalClient, disk: MemoryDisk, serving: Serving) {
    this.client = client;
    this.disk = disk;
    this.serving = serving;
  }

  /** A device of tenant `acme`. `life` must differ from life to life, as a host's chance does. */
  static async open(
    serving: Serving,
    deviceId: string,
    life: number,
    {disk = new MemoryDisk(), ...options}: Partial<JournalClientOptions> & {readonly disk?: MemoryDisk} = {},
  ): Promise<Device> {
    let device: Device | null = null;
    const net = {
      request: (_: string, request: HttpRequest): Promise<HttpResponse> => {
        const at = device;
        if (at === null) throw new Error('a client asks nothing while it opens');
        return at.wire(request, () => at.serving.server.handle(request));
      },
    };
    const client = await JournalClient.open(memoryHost({disk, life, net}), {
      deviceId,
      token: `acme/${deviceId}`,
      server: 'server',
      attempts: 1,
      ...options,
    });
    device = new Device(client, disk, serving);
    return device;
  }
}
