/** The harness-side memory of a run with blobs: what each node was seen to do, and what was found out. */
import type {Observation, Scene} from '../../../src/index.ts';
import {Docket} from '../docket.ts';
import {SERVER_PLACE} from '../nodes.ts';
import {BlobsProgram} from './client-program.ts';
import {STORE} from './nodes.ts';
import {QueueWatch} from './watch-queue.ts';
import {BlobServerWatch} from './watch-server.ts';
import {StoreWatch} from './watch-store.ts';

export class BlobLedger {
  readonly docket = new Docket();
  readonly server = new BlobServerWatch(this.docket);
  readonly store = new StoreWatch(this.docket, this.server);
  readonly queues = new Map<string, QueueWatch>();
  /** How often the servers had lost history when one gave an answer, by exchange. */
  readonly #rewindsAt = new Map<number, number>();

  observe(seen: Observation, scene: Scene): void {
    switch (seen.kind) {
      case 'crash':
        this.server.crashed(seen.node);
        this.queues.get(seen.node)?.crashed();
        break;
      case 'request':
        this.server.requested(scene, seen.serving, seen.node, seen.request);
        break;
      case 'response':
        this.#rewindsAt.set(seen.exchange, this.server.rewinds);
        this.server.responded(scene, seen.serving, seen.node, seen.response);
        break;
      case 'commit':
        if (seen.place === SERVER_PLACE) this.server.committed(scene, seen.node);
        if (seen.place === SERVER_PLACE || seen.place === STORE) this.store.committed(scene, seen.node);
        break;
      case 'rewound':
        if (seen.place === SERVER_PLACE) this.server.rewound(scene);
        if (seen.place === SERVER_PLACE || seen.place === STORE) this.store.rewound(scene);
        this.queues.get(seen.place)?.forgets();
        break;
      case 'sent':
        if (seen.to === STORE) this.store.sent(seen.node, seen.request);
        else this.#queueOf(seen.node, scene)?.sent(seen.request, stateOf(scene, seen.node));
        break;
      case 'answer':
        this.#answered(seen, scene);
        break;
      case 'attempt':
        if (seen.stage === 'blobs') this.queues.get(seen.node)?.flushEnded();
        break;
      case 'note':
        this.#note(seen.node, seen.note, seen.data, scene);
        break;
      default:
    }
  }

  #answered(seen: Extract<Observation, {kind: 'answer'}>, scene: Scene): void {
    const queue = this.#queueOf(seen.node, scene);
    const done = queue?.answered(seen.request, seen.answer, stateOf(scene, seen.node)) ?? null;
    const isTrue = seen.act === null && this.#rewindsAt.get(seen.exchange) === this.server.rewinds;
    if (done === null || !isTrue || done.operation.kind !== 'attach') return;
    const {stagingId, itemId} = done.operation;
    const staging = this.server.state.stagings.get(stagingId);
    const links = [...this.server.state.links.values()];
    const kept =
      staging?.status === 'attached' &&
      links.some(link => link.itemId === itemId && link.blobId === staging.blobId);
    this.docket.enter(
      'VFS-B17',
      kept
        ? null
        : {
            code: 'lost',
            node: seen.node,
            message: `${seen.node} was told that ${stagingId} is attached to ${itemId}, and it is not`,
          },
    );
  }

  #note(node: string, note: string, data: unknown, scene: Scene): void {
    switch (note) {
      case 'queueing':
      case 'queueing-ended':
        // what it wrote is seen before it counts as over
        if (note === 'queueing-ended') this.#queueOf(node, scene)?.look(stateOf(scene, node));
        this.#queueOf(node, scene)?.writes(note === 'queueing');
        break;
      case 'spoiling':
      case 'spoilt':
        this.server.spoils(node, note === 'spoiling');
        break;
      case 'read': {
        const {blob, content} = data as {blob: string; content: string};
        const given = this.server.served.get(blob)?.has(content) === true;
        this.docket.enter(
          'VFS-B14',
          given ? null : {code: 'bytes', node, message: `${node} took for ${blob} what no server has sent`},
        );
        break;
      }
      case 'mistaken': {
        const {expected, told, changed} = data as {expected: string; told: string | null; changed: boolean};
        const right = expected === told && !changed;
        const message = `${node} met a mistake with its blob queue otherwise than in the contract's words`;
        this.docket.enter('VFS-B12', right ? null : {code: 'mistake', node, message, expected, actual: told});
        break;
      }
      default:
    }
  }

  #queueOf(node: string, scene: Scene): QueueWatch | null {
    if (programIn(scene, node) === null) return null;
    let queue = this.queues.get(node);
    if (queue === undefined) this.queues.set(node, (queue = new QueueWatch(node, this.docket)));
    return queue;
  }

  /** Looks at the device that the present happening touched. */
  look(scene: Scene): void {
    const node = scene.touched;
    if (node !== null) this.#queueOf(node, scene)?.look(stateOf(scene, node));
  }
}

export function programIn(scene: Scene, node: string): BlobsProgram | null {
  const program = scene.node(node)?.program ?? null;
  return program instanceof BlobsProgram ? program : null;
}

const stateOf = (scene: Scene, node: string) =>
  programIn(scene, node)?.queue.exportState() ?? {pending: [], setAside: []};
