/** The nodes of a VFS world: clients, each a device of its own, and servers that share one database behind one address. */
import type {BootContext, Host, NodeSpec, World} from '../../src/index.ts';
import {ClientProgram} from './client-program.ts';
import {ServerProgram} from './server-program.ts';
import {vfsWorld} from './world.ts';

/** Where all servers of a world keep their database. */
export const SERVER_PLACE = 'server';

/** Servers over one database, which take turns at one address. */
export const serverNodes = (count: number, boot: NodeSpec['boot']): NodeSpec[] =>
  Array.from({length: count}, (_, index) => ({
    id: `s${index + 1}`,
    role: 'server',
    place: SERVER_PLACE,
    addresses: ['api'],
    boot,
  }));

/** Clients, each with a disk of its own. */
export const clientNodes = <Plan extends {readonly id: string}>(
  plans: readonly Plan[],
  boot: (host: Host, context: BootContext, plan: Plan) => Promise<unknown>,
): NodeSpec[] =>
  plans.map(plan => ({id: plan.id, role: 'client', boot: (host, context) => boot(host, context, plan)}));

export function vfsNodes(world: World): NodeSpec[] {
  const plan = vfsWorld(world);
  return [
    ...serverNodes(plan.servers, (host, context) => ServerProgram.boot(host, context, plan)),
    ...clientNodes(plan.clients, (host, context, client) => ClientProgram.boot(host, context, client)),
  ];
}
