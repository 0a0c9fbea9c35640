/** The harness-side memory of a journal run: what devices intended, what every node was seen to do, and what was found out. */
import {hmacHex} from '../../src/impl/journal/sha256.ts';
import {
  canonicalJson,
  type HttpRequest,
  type HttpResponse,
  type Observation,
  type Scene,
} from '../../src/index.ts';
import {Docket} from './docket.ts';
import {SERVER_PLACE} from './nodes.ts';
import {PACK_KEY, ServerProgram} from './server-program.ts';
import {DeviceWatch} from './watch-devices.ts';
import {ServerWatch} from './watch-server.ts';
import {bodyOf, routeOf} from './wire.ts';
import type {JournalWorld} from './world.ts';

function serverAt(scene: Scene, node: string): ServerProgram | null {
  const program = scene.node(node)?.program;
  return program instanceof ServerProgram ? program : null;
}

export class JournalLedger {
  readonly docket = new Docket();
  readonly server: ServerWatch;
  readonly devices: DeviceWatch;
  /** Requests that reached a server before the storm was over. */
  readonly #begunInStorm = new Set<number>();

  constructor(world: JournalWorld) {
    this.server = new ServerWatch(world, this.docket);
    this.devices = new DeviceWatch(world, this.docket, this.server);
  }

  /** A pack that was not signed with the key is nobody's. */
  #judgePack(node: string, request: HttpRequest, response: HttpResponse): void {
    if (routeOf(request) !== 'pack' || response.status !== 200) return;
    const {signature, ...signed} = bodyOf(request) as {readonly signature: string};
    this.docket.enter('JOURNAL-B1', signature === hmacHex(PACK_KEY, canonicalJson(signed)), () => ({
      code: 'unsigned',
      stage: 'pack',
      node,
      message: `${node} took a pack that nobody signed who may`,
    }));
  }

  /** A server fails half-way where its disk does, and for no other reason. */
  #failed(node: string, mark: string): void {
    const [, code] = /^journal\.server\.failed\.(constraint|sql|unexpected)$/.exec(mark) ?? [];
    if (code === undefined) return;
    const message = `${node} failed half-way through a request though its disk did not: ${code}`;
    this.docket.wrong('JOURNAL-B1', {code: `failed-${code}`, stage: 'request', node, message});
  }

  observe(seen: Observation, scene: Scene): void {
    switch (seen.kind) {
      case 'booted':
        this.devices.booted(seen.node, seen.program);
        break;
      case 'crash':
        this.server.inFlight.crashed(seen.node);
        this.devices.crashed(seen.node);
        if (seen.forGood) this.devices.excuse(seen.node);
        break;
      case 'request':
        if (!scene.healed) this.#begunInStorm.add(seen.serving);
        this.server.requested(seen.serving, seen.node, seen.request);
        break;
      case 'response':
        this.#judgePack(seen.node, seen.request, seen.response);
        this.server.responded(seen.serving, seen.response, {
          // a statement that was to fail may do so after the storm
          stormy: this.#begunInStorm.delete(seen.serving),
          withoutV2: serverAt(scene, seen.node)?.v2 === false,
        });
        break;
      case 'commit':
        if (seen.place === SERVER_PLACE) this.server.committed(scene, seen.node);
        else this.devices.committed(seen.place);
        break;
      case 'rewound':
        if (seen.place === SERVER_PLACE) {
          this.server.rewound(scene);
          this.devices.historyLost(scene);
        } else this.devices.excuse(seen.place);
        break;
      case 'attempt':
        if (seen.stage !== 'scope') this.devices.attempted(seen.node, seen.failure);
        break;
      case 'note':
        this.devices.note(seen.node, seen.note, seen.data);
        break;
      case 'probe':
        this.#failed(seen.node, seen.mark);
        // a step that is no edge leaves no mark, but a note
        if (seen.mark.startsWith('edge:')) this.docket.right('JOURNAL-M1');
        break;
      case 'answer':
        this.devices.answered(seen);
        break;
      default:
    }
  }
}
