/** The nodes of a journal world: devices, and servers that share one database behind one address. */
import type {BootContext, Host, NodeSpec, World} from '../../src/index.ts';
import {DeviceProgram} from './device-program.ts';
import {ServerProgram} from './server-program.ts';
import {journalWorld} from './world.ts';

/** Where all servers of a world keep their database. */
export const SERVER_PLACE = 'server';

/** How long a server that may not serve yet waits before it asks again, ms. */
const ASK_AGAIN_MS = 50;

/**
 * Who brings servers up. After a restore one of them is told, and names the new history; before it has, no other may serve:
 * it would go on with the old one, behind cursors that were handed out.
 */
class Operator {
  #renaming = false;

  async boots<T>(host: Host, {disk}: BootContext, boot: () => Promise<T>): Promise<T> {
    if (disk !== null) this.#renaming = true;
    else while (this.#renaming) await host.clock.sleep(ASK_AGAIN_MS);
    const program = await boot();
    if (disk !== null) this.#renaming = false;
    return program;
  }
}

export function journalNodes(world: World): NodeSpec[] {
  const plan = journalWorld(world);
  const operator = new Operator();
  const servers = Array.from({length: plan.servers}, (_, index) => ({
    id: `s${index + 1}`,
    role: 'server',
    place: SERVER_PLACE,
    addresses: ['api'],
    boot: (host: Host, context: BootContext) =>
      operator.boots(host, context, () => ServerProgram.boot(host, context, plan)),
  }));
  const devices = plan.devices.map(device => ({
    id: device.id,
    role: 'device',
    boot: (host: Host, context: BootContext) => DeviceProgram.boot(host, context, device, plan),
  }));
  return [...servers, ...devices];
}
