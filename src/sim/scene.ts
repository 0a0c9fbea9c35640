/** The read-only picture of a world that operations, observers and claims look at; looking costs the nodes nothing. */
import type {SqlParams, SqlRow} from '../host.ts';
import type {Core} from './core.ts';
import type {Storage} from './disk.ts';
import type {SimNode} from './life.ts';
import type {World as WorldConfig} from './system.ts';

/** What can be seen of one node. */
export interface NodeView {
  readonly id: string;
  readonly role: string;
  readonly place: string;
  /** Running and booted; only then does it have a program. */
  readonly up: boolean;
  readonly program: unknown;
  /** Nobody can reach it for the rest of the run. */
  readonly cutOff: boolean;
  readonly twinOf: string | null;
  /** How often it has booted. */
  readonly lives: number;
}

/** Reads what is committed, at once and beside the async port. */
export interface CommittedSql {
  get(sql: string, params?: SqlParams): SqlRow | undefined;
  all(sql: string, params?: SqlParams): SqlRow[];
}

export class Scene {
  readonly #core: Core;
  readonly #storage: Storage;
  readonly #nodes: ReadonlyMap<string, SimNode>;

  constructor(core: Core, storage: Storage, nodes: ReadonlyMap<string, SimNode>) {
    this.#core = core;
    this.#storage = storage;
    this.#nodes = nodes;
  }

  get world(): WorldConfig {
    return this.#core.plan.world;
  }

  get variant(): string {
    return this.#core.plan.variant;
  }

  /** Virtual time in ms since the start of the run. */
  get nowMs(): number {
    return this.#core.now;
  }

  /** True once the storm is over and every fault that ends has ended. */
  get healed(): boolean {
    return !this.#core.weather.stormy;
  }

  /** The node that the present happening belongs to. */
  get touched(): string | null {
    return this.#core.touched;
  }

  /** Databases committed to in the present happening. */
  get committed(): readonly {readonly place: string; readonly database: string}[] {
    return this.#core.committed;
  }

  node(id: string): NodeView | undefined {
    const node = this.#nodes.get(id);
    return node === undefined ? undefined : viewOf(node);
  }

  /** The world's nodes, or those of one role, in the order in which they came to be. */
  nodes(role?: string): NodeView[] {
    const views: NodeView[] = [];
    for (const node of this.#nodes.values()) {
      if (!node.gone && (role === undefined || node.spec.role === role)) views.push(viewOf(node));
    }
    return views;
  }

  /** A database as it is committed; null while a transaction is open on it, or where it does not exist. */
  database(place: string, name: string): CommittedSql | null {
    const file = this.#storage.file(place, name);
    if (file === undefined || file.holder !== null) return null;
    const {sqlite} = file;
    return {
      get: (sql, params = []) => sqlite.get(sql, params),
      all: (sql, params = []) => sqlite.all(sql, params),
    };
  }
}

function viewOf(node: SimNode): NodeView {
  const up = node.life !== null && node.life.alive && node.life.booted;
  return {
    id: node.id,
    role: node.spec.role,
    place: node.place,
    up,
    program: up ? (node.life?.program ?? null) : null,
    cutOff: node.cutOff,
    twinOf: node.twinOf,
    lives: node.lives,
  };
}
