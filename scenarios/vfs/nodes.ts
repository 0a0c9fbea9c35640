/** The nodes of a VFS world: clients, each a device of its own, and servers that share one database behind one address. */
import type {BootContext, Host, NodeSpec, World} from '../../src/index.ts';
import {VfsServer} from '../../src/impl/vfs/server.ts';
import {ClientProgram} from './client-program.ts';
import {tokenOf, vfsWorld, type VfsWorld} from './world.ts';

/** Where all servers of a world keep their database. */
export const SERVER_PLACE = 'server';

async function bootServer(host: Host, context: BootContext, world: VfsWorld): Promise<VfsServer> {
  return VfsServer.open(host, {
    release: context.release === 2 ? 2 : 1,
    users: world.users.map(({id, groups}) => ({userId: id, token: tokenOf(id), groups})),
    items: world.items.map(({id, owner}) => ({itemId: id, ownerId: owner, objectType: 'folder'})),
    readReplica: world.readReplica,
    compaction: world.compaction,
    // the operator's step after a restore or a rebuild: no cursor from the lost history may be taken for one of this
    restored: context.disk !== null,
  });
}

export function vfsNodes(world: World): NodeSpec[] {
  const plan = vfsWorld(world);
  const servers = Array.from({length: plan.servers}, (_, index) => ({
    id: `s${index + 1}`,
    role: 'server',
    place: SERVER_PLACE,
    addresses: ['api'],
    boot: (host: Host, context: BootContext) => bootServer(host, context, plan),
  }));
  const clients = plan.clients.map(client => ({
    id: client.id,
    role: 'client',
    boot: (host: Host, context: BootContext) => ClientProgram.boot(host, context, client),
  }));
  return [...servers, ...clients];
}
