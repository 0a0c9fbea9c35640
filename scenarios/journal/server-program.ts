/** A journal server as the harness runs it. */
import {JournalServer} from '../../src/impl/journal/server.ts';
import type {PolicyName} from '../../src/impl/journal/merge/policies.ts';
import type {BootContext, Host} from '../../src/index.ts';
import {tokenOf, type JournalWorld} from './world.ts';

export class ServerProgram {
  readonly server: JournalServer;

  private constructor(server: JournalServer) {
    this.server = server;
  }

  static async boot(host: Host, context: BootContext, world: JournalWorld): Promise<ServerProgram> {
    const server = await JournalServer.open(host, {
      sessions: world.devices.map(({id, tenant}) => ({token: tokenOf(id), tenantId: tenant, deviceId: id})),
      policy: world.policy as PolicyName,
      // the operator's step after a restore or a rebuild: no cursor of the lost history may be taken for one of this
      restored: context.disk !== null,
    });
    return new ServerProgram(server);
  }
}
