/** The harness-side memory of a VFS run: what was intended, what every node was seen to do, and what was found out. */
import type {Failure, Observation, Scene} from '../../src/index.ts';
import {canonicalJson} from '../../src/model/vfs/compare.ts';
import {keyOf} from '../../src/model/vfs/order.ts';
import type {
  ExportedState,
  GuardrailViolation,
  LifecycleEvent,
  Operation,
} from '../../src/model/vfs/types.ts';
import {ClientProgram, noted} from './client-program.ts';
import type {ListChanged} from './clock-paging.ts';
import {Docket} from './docket.ts';
import {SERVER_PLACE} from './nodes.ts';
import {Reader} from './reader.ts';
import {ClientWatch, type Accepted, type Asked} from './watch-client.ts';
import {ServerWatch} from './watch-server.ts';
import type {VfsClientPlan, VfsWorld} from './world.ts';

/** Something that a user did, from its queueing to its end. */
export interface Intent {
  readonly user: string;
  readonly operation: Operation;
  readonly node: string;
  /** `excused`: lost in a way that no program can prevent, such as a device that was wiped before it could push. */
  state: 'queued' | 'acknowledged' | 'discarded' | 'excused';
}

export class VfsLedger {
  readonly docket = new Docket();
  readonly server: ServerWatch;
  readonly intents = new Map<string, Intent>();
  readonly watches = new Map<string, ClientWatch>();
  readonly readers = new Map<string, Reader>();
  readonly #plans: ReadonlyMap<string, VfsClientPlan>;
  /** How often the server had lost history when it gave an answer, by exchange. */
  readonly #rewindsAt = new Map<number, number>();
  /** Clients that are replacing their state as a whole: a crash may fall between doing so and saying so. */
  readonly #replacing = new Set<string>();
  /** How each client's last flush or sync ended, in its present life: null if well. */
  readonly #ended = new Map<string, Failure | null>();
  /** Clients whose background loop was stopped and waited for. */
  readonly #quiet = new Set<string>();

  constructor(world: VfsWorld) {
    this.server = new ServerWatch(world, this.docket);
    this.#plans = new Map(world.clients.map(plan => [plan.id, plan]));
  }

  observe(seen: Observation, scene: Scene): void {
    switch (seen.kind) {
      case 'boot':
        if (scene.node(seen.node)?.role === 'client') this.#meet(seen.node, seen.twinOf ?? seen.node);
        break;
      case 'crash':
        this.server.crashed(seen.node);
        this.watches.get(seen.node)?.crashed();
        this.#ended.delete(seen.node);
        if (this.#replacing.delete(seen.node)) {
          this.watches.get(seen.node)?.forgets();
          this.readers.get(seen.node)?.startOver(false);
        }
        this.#quiet.delete(seen.node);
        if (seen.forGood) this.#excuse(seen.node);
        break;
      case 'request':
        this.server.requested(seen.serving, seen.node, seen.request);
        break;
      case 'response':
        this.#rewindsAt.set(seen.exchange, this.server.rewinds);
        this.server.responded(seen.serving, seen.node, seen.response);
        break;
      case 'note':
        if (!this.server.noted(seen.node, seen.note, seen.data)) this.#observeClient(seen, scene);
        break;
      case 'commit':
        if (seen.place === SERVER_PLACE) this.server.committed(scene, seen.node);
        break;
      case 'rewound':
        this.#rewound(seen.place, scene);
        break;
      default:
        this.#observeClient(seen, scene);
    }
  }

  #observeClient(seen: Observation, scene: Scene): void {
    if (!('node' in seen)) return;
    const watch = this.watches.get(seen.node);
    const program = programOf(scene, seen.node);
    if (watch === undefined || program === null) return;
    switch (seen.kind) {
      case 'sent':
        if (seen.request.path.startsWith('/v1/vfs/crdt/')) this.#judgeQuiet(seen.node, program);
        if (!program.moving) watch.sent(seen.request, program.exportState());
        break;
      case 'answer':
        if (!program.moving)
          watch.answered(seen.request, seen.answer, program.exportState(), seen.act, seen.exchange);
        break;
      case 'attempt':
        if (seen.stage === 'hydrate') {
          watch.hydrateEnded(seen.failure);
          break;
        }
        this.#ended.set(seen.node, seen.failure);
        if (seen.failure !== null) watch.failed({name: seen.failure.code, message: seen.failure.message});
        break;
      case 'note':
        this.#note(seen.node, seen.note, seen.data, watch, program);
        break;
      default:
    }
  }

  #note(node: string, note: string, data: unknown, watch: ClientWatch, program: ClientProgram): void {
    switch (note) {
      case 'queued':
        this.#queued(node, watch, data as Asked);
        break;
      case 'discarded':
        this.#settle(watch.plan, data as string, 'discarded');
        watch.discarded(data as string);
        break;
      case 'guardrail':
        watch.violated(data as GuardrailViolation);
        break;
      case 'lifecycle':
        if (!program.moving) watch.happened(data as LifecycleEvent, program.exportState());
        if (data === 'REMATERIALIZE') this.#replacing.add(node);
        if (data === 'REMATERIALIZED') this.#replaced(node, false);
        break;
      case 'lifecycle-illegal':
        this.docket.enter('VFS-L1', {
          code: 'edge',
          node,
          message: `${node} took a step that its lifecycle does not have: ${canonicalJson(data)}`,
          actual: data,
        });
        break;
      case 'background-error':
        watch.failed(noted(data as never));
        break;
      case 'mistaken':
        watch.mistaken(data as {expected: string | null; told: string | null; changed: boolean});
        break;
      case 'ticked':
        watch.ticked();
        break;
      case 'flushed':
        watch.flushed(data as string[]);
        break;
      case 'background-stopped':
        watch.stopped((data as {waited: boolean}).waited);
        this.#quiet.add(node);
        break;
      case 'hydrating':
      case 'repairing':
        this.#replacing.add(node);
        if (note === 'repairing') break;
        watch.hydrating((data as {expected: never}).expected);
        break;
      case 'hydrated':
        watch.afterHydrate((data as {state: ExportedState}).state);
        break;
      case 'adopted':
      case 'repaired':
        watch.jumps();
        this.#replaced(node, note === 'repaired');
        break;
      default:
    }
  }

  #replaced(node: string, repaired: boolean): void {
    this.#replacing.delete(node);
    this.readers.get(node)?.startOver(repaired);
  }

  #meet(node: string, identity: string): void {
    const plan = this.#plans.get(identity);
    if (plan === undefined || this.watches.has(node)) return;
    const reader = new Reader(node, plan.user, this.server, this.docket);
    this.readers.set(node, reader);
    const watch = new ClientWatch(node, plan, this.docket, accepted =>
      this.#accepted(plan, reader, accepted),
    );
    this.watches.set(node, watch);
    // a twin is born with what the first life knows, and a late node may find another history than its disk does
    if (this.server.rewinds > 0 || node !== identity) watch.outlivedHistory();
  }

  #accepted(plan: VfsClientPlan, reader: Reader, accepted: Accepted): void {
    reader.took(accepted);
    for (const opId of accepted.removed) {
      const applied = this.server.feed.appliedOp(plan.user, plan.id, opId) !== null;
      const lost = this.server.rewinds > (this.#rewindsAt.get(accepted.exchange) ?? 0);
      // a lie that nobody can see through, or an acknowledgement that outlived the history that it spoke of
      const excused = !applied && (accepted.act !== null || lost);
      this.docket.enter(
        'VFS-I5',
        applied || excused
          ? null
          : {
              code: 'lost',
              stage: 'push',
              node: reader.node,
              message: `${opId} was acknowledged to ${reader.node} and is not in the feed`,
            },
      );
      this.#settle(plan, opId, excused ? 'excused' : 'acknowledged');
    }
  }

  #queued(node: string, watch: ClientWatch, queued: Asked): void {
    const {operation} = queued;
    const key = keyOf(watch.plan.user, watch.plan.id, operation.opId);
    const known = this.intents.get(key);
    this.docket.enter(
      'VFS-I5',
      known === undefined
        ? null
        : {
            code: 'op-id-reused',
            stage: 'queue',
            node,
            message: `${node} used the operation id ${operation.opId} for two operations`,
          },
    );
    this.intents.set(key, {user: watch.plan.user, operation, node, state: 'queued'});
    watch.queued(queued);
  }

  #settle(plan: VfsClientPlan, opId: string, state: Intent['state']): void {
    const intent = this.intents.get(keyOf(plan.user, plan.id, opId));
    if (intent !== undefined) intent.state = state;
  }

  /** A device, or a stretch of what it wrote, is gone: what it had not pushed may be gone with it. */
  #excuse(node: string): void {
    for (const intent of this.intents.values()) {
      if (intent.node === node && intent.state === 'queued') intent.state = 'excused';
    }
  }

  #rewound(place: string, scene: Scene): void {
    if (place !== SERVER_PLACE) {
      this.#excuse(place);
      this.watches.get(place)?.forgets();
      // what lies behind the cursor of the old state was judged when it was the present one
      this.readers.get(place)?.startOver(false);
      return;
    }
    this.server.rewound(scene);
    for (const watch of this.watches.values()) watch.outlivedHistory();
    for (const intent of this.intents.values()) {
      const {user, operation} = intent;
      const applied = this.server.feed.appliedOp(user, operation.replicaId, operation.opId) !== null;
      if (intent.state === 'acknowledged' && !applied) intent.state = 'excused';
    }
  }

  #judgeQuiet(node: string, program: ClientProgram): void {
    if (!this.#quiet.has(node)) return;
    if (program.background || program.busy > 0 || program.moving) {
      this.#quiet.delete(node);
      return;
    }
    this.docket.enter('VFS-I12', {
      code: 'leak',
      node,
      message: `${node} sent a request after its background loop was stopped`,
    });
  }

  /** How a client's last flush or sync failed; null if it did not. */
  failureOf(node: string): Failure | null {
    return this.#ended.get(node) ?? null;
  }

  /** Looks at the client that the present happening touched. */
  look(scene: Scene): void {
    const node = scene.touched;
    if (node === null) return;
    const watch = this.watches.get(node);
    const program = programOf(scene, node);
    if (watch === undefined || program === null) return;
    const state = program.exportState();
    const list: ListChanged = (cursor, limit) => program.client.listChangedContainers(cursor, limit);
    if (watch.look(state, list)) this.readers.get(node)?.look(state);
    if (this.readers.get(node)?.deceived === true && scene.healed) program.deceived = true;
  }
}

export function programOf(scene: Scene, node: string): ClientProgram | null {
  const program = scene.node(node)?.program ?? null;
  return program instanceof ClientProgram ? program : null;
}
