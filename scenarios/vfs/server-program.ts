/** A VFS server as the harness runs it, and what it has read from its own clock. */
import type {BootContext, Host} from '../../src/index.ts';
import {VfsServer, type VfsServerOptions} from '../../src/impl/vfs/server.ts';
import type {Readings} from '../../src/model/vfs/server-time.ts';
import {tokenOf, type VfsWorld} from './world.ts';

export class ServerProgram {
  readonly server: VfsServer;
  /** In this life: nothing that the server did can rest on a later one, wherever its clock has jumped since. */
  readonly readings: Readings;
  readonly host: Host;

  private constructor(host: Host, server: VfsServer, readings: Readings) {
    this.host = host;
    this.server = server;
    this.readings = readings;
  }

  /** `blobs`: where and how it keeps blobs, in scenarios that have some. */
  static async boot(
    host: Host,
    context: BootContext,
    world: VfsWorld,
    blobs?: NonNullable<VfsServerOptions['blobs']>,
  ): Promise<ServerProgram> {
    const readings = new ClockReadings();
    const server = await VfsServer.open(watched(host, readings), {
      ...(blobs === undefined ? {} : {blobs}),
      release: context.release === 2 ? 2 : 1,
      users: world.users.map(({id, groups}) => ({userId: id, token: tokenOf(id), groups})),
      items: world.items.map(({id, owner}) => ({itemId: id, ownerId: owner, objectType: 'folder'})),
      readReplica: world.readReplica,
      compaction: world.compaction,
      // the operator's step after a restore or a rebuild: no cursor from the lost history may be taken for one of this
      restored: context.disk !== null,
    });
    return new ServerProgram(host, server, readings);
  }
}

class ClockReadings implements Readings {
  readonly #all = new Set<number>();
  latestMs = -Infinity;

  has(ms: number): boolean {
    return this.#all.has(ms);
  }

  add(ms: number): void {
    this.#all.add(ms);
    this.latestMs = Math.max(this.latestMs, ms);
  }
}

/** The same host, with somebody looking over the shoulder of whoever reads its clock. */
function watched(host: Host, readings: ClockReadings): Host {
  const {id, clock, random, net, disk} = host;
  const now = (): number => {
    const reading = clock.now();
    readings.add(reading);
    return reading;
  };
  return {id, clock: {...clock, now}, random, net, disk, probe: mark => host.probe(mark)};
}
