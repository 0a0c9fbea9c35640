/** The nodes of a rollout: an operator and servers on one place, an object store, and clients with devices of their own. */
import type {BootContext, Host, NodeSpec, World} from '../../../src/index.ts';
import {ObjectStore} from '../../../src/impl/vfs/blobs/object-store.ts';
import {ClientProgram} from '../client-program.ts';
import {SERVER_PLACE} from '../nodes.ts';
import {OperatorProgram} from './operator-program.ts';
import {ServerProgram} from './server-program.ts';
import {flatteningWorld} from './world.ts';

const STORE = 'store';

export function flatteningNodes(world: World): NodeSpec[] {
  const plan = flatteningWorld(world);
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
  return [
    ...servers,
    ...clients,
    {
      id: 'operator',
      role: 'operator',
      place: SERVER_PLACE,
      boot: (host: Host, context: BootContext) => OperatorProgram.boot(host, context, plan),
    },
    {id: STORE, role: 'store', boot: (host: Host) => ObjectStore.open(host)},
  ];
}
