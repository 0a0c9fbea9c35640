/** The nodes of a journal world: devices, and servers that share one database behind one address. */
import type {BootContext, Host, NodeSpec, World} from '../../src/index.ts';
import {DeviceProgram} from './device-program.ts';
import {ServerProgram} from './server-program.ts';
import {journalWorld} from './world.ts';

/** Where all servers of a world keep their database. */
export const SERVER_PLACE = 'server';

export function journalNodes(world: World): NodeSpec[] {
  const plan = journalWorld(world);
  const servers = Array.from({length: plan.servers}, (_, index) => ({
    id: `s${index + 1}`,
    role: 'server',
    place: SERVER_PLACE,
    addresses: ['api'],
    boot: (host: Host, context: BootContext) => ServerProgram.boot(host, context, plan),
  }));
  const devices = plan.devices.map(device => ({
    id: device.id,
    role: 'device',
    boot: (host: Host, context: BootContext) => DeviceProgram.boot(host, context, device, plan),
  }));
  return [...servers, ...devices];
}
