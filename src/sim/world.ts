/** One world: its nodes and their lives, network, disks and faults, and the loop that takes one happening after another. */
import type {Host} from '../host.ts';
import type {Happening} from './agenda.ts';
import {assert, AssertionError} from './assert.ts';
import {SIM_CLAIMS, type Core} from './core.ts';
import {Storage} from './disk.ts';
import {hostOf} from './life-host.ts';
import {Life, SimNode} from './life.ts';
import {Network} from './network.ts';
import {OneWay} from './one-way.ts';
import type {Plan} from './plan.ts';
import {Scene} from './scene.ts';
import {Sockets} from './sockets.ts';
import type {BootContext, NodeSpec, Observation, System} from './system.ts';

const BOOT_RETRY_MS = 1_000;

export class World {
  readonly core: Core;
  readonly system: System;
  readonly nodes = new Map<string, SimNode>();
  readonly storage: Storage;
  readonly network: Network;
  readonly oneWay: OneWay;
  readonly sockets: Sockets;
  readonly scene: Scene;
  readonly ledger: unknown;
  readonly #hosts = new Map<Life, Host>();
  readonly #byAddress = new Map<string, SimNode[]>();

  constructor(core: Core, system: System, plan: Plan) {
    this.core = core;
    this.system = system;
    this.storage = new Storage(core);
    this.storage.crash = (life, downMs, cause) => this.crash(life.node, downMs, cause);
    const resolve = (to: string, turn: () => number): SimNode | undefined => this.#resolve(to, turn);
    this.network = new Network(core, system.tampers ?? [], resolve);
    this.oneWay = new OneWay(core, this.network.paths, resolve);
    this.sockets = new Sockets(core, this.network.paths, resolve);
    this.scene = new Scene(core, this.storage, this.nodes);
    this.ledger = system.ledger(plan.world);
    core.onObservation(observation => this.#observed(observation));
    for (const spec of system.nodes(plan.world)) this.add(new SimNode(spec));
  }

  #observed(observation: Observation): void {
    this.system.observe?.(observation, this.ledger, this.scene);
  }

  add(node: SimNode): void {
    assert(!this.nodes.has(node.id), `the node id ${node.id} is used once`);
    this.nodes.set(node.id, node);
    for (const address of node.spec.addresses ?? []) {
      this.#byAddress.set(address, [...(this.#byAddress.get(address) ?? []), node]);
    }
  }

  /** Hosts by life: whose code is running is told by this. */
  hostOf(life: Life): Host {
    let host = this.#hosts.get(life);
    if (host === undefined) {
      host = hostOf(this, life);
      this.#hosts.set(life, host);
    }
    return host;
  }

  bootAll(): void {
    for (const node of this.nodes.values()) this.boot(node);
  }

  /** Starts a node's next life, unless something holds it down. */
  boot(node: SimNode): void {
    if (node.heldDown > 0 || node.gone || node.life !== null) return;
    const core = this.core;
    const life = new Life(node);
    node.life = life;
    const disk = node.diskCause;
    core.event('boot', node.id, node.release, disk ?? '');
    core.census?.step('boot', node.id, node.id);
    core.observe({kind: 'boot', node: node.id, disk, twinOf: node.twinOf});
    core.schedule(0, life, 'io', () => this.#start(life, node.spec, disk));
  }

  #start(life: Life, spec: NodeSpec, disk: 'restored' | 'rebuilt' | null): void {
    const {node} = life;
    const context: BootContext = {
      release: node.release,
      disk,
      twin: node.twinOf !== null,
      note: (kind, data) => this.note(life, kind, JSON.stringify(data)),
      progressed: () => {
        if (life.alive) for (const attempt of life.attempts) attempt.progressed();
      },
    };
    const starting = (async () => spec.boot(this.hostOf(life), context))();
    starting.then(
      program => {
        if (!life.alive) return;
        life.program = program;
        life.booted = true;
        if (node.diskCause === disk) node.diskCause = null;
        this.core.event('booted', node.id);
        this.core.observe({kind: 'booted', node: node.id, program});
      },
      (error: unknown) => {
        if (!life.alive) return;
        if (isDiskFailure(error) && this.core.weather.stormy) {
          // a process that cannot read its disk exits; its supervisor starts it again
          this.crash(node, BOOT_RETRY_MS, 'boot failed');
          return;
        }
        this.thrown(life, 'boot', 'boot', error);
      },
    );
  }

  note(life: Life, kind: string, data: string): void {
    if (!life.alive) return;
    this.core.event('note', life.id, kind, data);
    this.core.observe({kind: 'note', node: life.id, note: kind, data: JSON.parse(data) as never});
  }

  /** Ends a node's life; it boots again `downMs` later unless something still holds it down. Null: it stays down until booted. */
  crash(node: SimNode, downMs: number | null, cause: string): void {
    const {life} = node;
    if (life === null || !life.alive) return;
    life.alive = false;
    node.life = null;
    this.core.event('crash', node.id, cause);
    this.storage.release(life);
    this.network.abandon(life);
    this.sockets.abandon(life);
    this.#hosts.delete(life);
    this.core.observe({kind: 'crash', node: node.id, forGood: node.gone});
    if (downMs !== null) this.core.scheduleWorld(downMs, () => this.boot(node));
  }

  /** Ends a node for good, whether it runs at the moment or not. */
  retire(node: SimNode, cause: string): void {
    node.gone = true;
    if (!this.nodes.has(node.id)) return;
    if (node.life === null) this.core.observe({kind: 'crash', node: node.id, forGood: true});
    else this.crash(node, null, cause);
  }

  /** An exception or rejection that nothing in the node caught. */
  thrown(life: Life, stage: string, code: string, error: unknown): void {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.core.violate(
      SIM_CLAIMS.crash,
      {stage, code, node: life.id, message: `${life.id} let an error escape: ${text}`},
      life.node.spec.role,
    );
  }

  /** Runs one happening's code as its life; what it throws is the node's. */
  perform(happening: Happening): void {
    const {life} = happening;
    const core = this.core;
    core.happenings += 1;
    core.touched = life?.id ?? null;
    if (core.committed.length > 0) core.committed.length = 0;
    if (life === null) {
      happening.act();
      return;
    }
    core.current = life;
    try {
      happening.act();
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      this.thrown(life, happening.kind, 'exception', error);
    }
  }

  #resolve(to: string, turn: () => number): SimNode | undefined {
    const exact = this.nodes.get(to);
    if (exact !== undefined) return exact.gone ? undefined : exact;
    const sharing = (this.#byAddress.get(to) ?? []).filter(node => !node.gone);
    const running = sharing.filter(node => node.life?.booted === true);
    const candidates = running.length > 0 ? running : sharing;
    return candidates.length > 1 ? candidates[turn() % candidates.length] : candidates[0];
  }
}

function isDiskFailure(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'DiskError' &&
    ['busy', 'full', 'io'].includes((error as {code?: string}).code ?? '')
  );
}
