/** A journal server as the harness runs it. */
import {JournalServer} from '../../src/impl/journal/server.ts';
import type {PolicyName} from '../../src/impl/journal/merge/policies.ts';
import type {BootContext, Host} from '../../src/index.ts';
import {LEGACY_TYPES} from './legacy.ts';
import {tokenOf, type JournalWorld} from './world.ts';

/** What packs are signed with. */
export const PACK_KEY = 'the key of all packs';

/** The release that an operator boots to stop the second version of the protocol: the legacy exchange goes on. */
const WITHOUT_V2 = 2;

export class ServerProgram {
  readonly server: JournalServer;
  readonly host: Host;
  /** Whether it serves the second version of the protocol. */
  readonly v2: boolean;

  private constructor(server: JournalServer, host: Host, v2: boolean) {
    this.server = server;
    this.host = host;
    this.v2 = v2;
  }

  static async boot(host: Host, context: BootContext, world: JournalWorld): Promise<ServerProgram> {
    const v2 = context.release !== WITHOUT_V2;
    const server = await JournalServer.open(host, {
      sessions: world.devices.map(({id, tenant}) => ({
        token: tokenOf(id),
        tenantId: tenant,
        deviceId: id,
        mayIngest: true,
      })),
      policy: world.policy as PolicyName,
      packKey: PACK_KEY,
      legacyTypes: LEGACY_TYPES,
      v2,
      // the operator's step after a restore or a rebuild: no cursor of the lost history may be taken for one of this
      restored: context.disk !== null,
    });
    return new ServerProgram(server, host, v2);
  }
}
