/** The nodes of a rollout: an operator and servers on one place, an object store, and clients with devices of their own. */
import type {BootContext, Host, NodeSpec, World} from '../../../src/index.ts';
import {ObjectStore} from '../../../src/impl/vfs/blobs/object-store.ts';
import {ClientProgram} from '../client-program.ts';
import {clientNodes, SERVER_PLACE, serverNodes} from '../nodes.ts';
import {OperatorProgram} from './operator-program.ts';
import {ServerProgram} from './server-program.ts';
import {flatteningWorld} from './world.ts';

const STORE = 'store';

export function flatteningNodes(world: World): NodeSpec[] {
  const plan = flatteningWorld(world);
  const servers = serverNodes(plan.servers, (host, context) => ServerProgram.boot(host, context, plan));
  const clients = clientNodes(plan.clients, (host, context, client) =>
    ClientProgram.boot(host, context, client),
  );
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
