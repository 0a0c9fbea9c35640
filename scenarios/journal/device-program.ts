/** A journal client as a device runs it, and what it lets the harness know of itself. */
import type {BootContext, Host} from '../../src/index.ts';
import type {DevicePlan, JournalWorld} from './world.ts';

export class DeviceProgram {
  readonly plan: DevicePlan;
  readonly host: Host;

  private constructor(host: Host, plan: DevicePlan) {
    this.host = host;
    this.plan = plan;
  }

  static async boot(
    host: Host,
    _context: BootContext,
    plan: DevicePlan,
    _world: JournalWorld,
  ): Promise<DeviceProgram> {
    await host.clock.sleep(0);
    return new DeviceProgram(host, plan);
  }
}
