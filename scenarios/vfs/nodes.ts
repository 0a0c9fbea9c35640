/** The nodes of a VFS world: clients, each a device of its own, and servers that share one database behind one address. */
import type {BootContext, Host, NodeSpec, World} from '../../src/index.ts';
import {ClientProgram} from './client-program.ts';
import {ServerProgram} from './server-program.ts';
import {vfsWorld} from './world.ts';

/** Where all servers of a world keep their database. */
export const SERVER_PLACE = 'server';

export function vfsNodes(world: World): NodeSpec[] {
  const plan = vfsWorld(world);
  const servers = Array.from({length: plan.servers}, (_, index) => ({
    id: `s${index + 1}`,
    role: 'server',
    place: SERVER_PLACE,
    addresses: ['api'],
    boot: (host: Host, context: BootContext) => ServerProgram.boot(host, context, plan),
  }));
  const clients = plan.clients.map(client => ({
    id: client.id,
    role: 'client',
    boot: (host: Host, context: BootContext) => ClientProgram.boot(host, context, client),
  }));
  return [...servers, ...clients];
}
