/** Hosts without a simulator: real promises, real SQLite with the same tuning, calls in place of a network, nothing else. */
import type {Database, Host, HttpResponse, RequestHandler, Sql, SqlParams} from '../src/index.ts';
import {EPOCH_MS} from '../src/sim/clock.ts';
import {Stream} from '../src/sim/random.ts';
import {Sqlite} from '../src/sim/sqlite.ts';

/** One database, opened and its statements prepared anew as a program that starts does it; its transactions run one after another. */
class PlainDatabase implements Database {
  readonly sqlite: Sqlite;
  #free: Promise<unknown> | null = null;

  constructor(schema: readonly string[]) {
    this.sqlite = Sqlite.create(schema, false);
  }

  async get(sql: string, params: SqlParams = []) {
    if (this.#free !== null) await this.#turn();
    return this.sqlite.get(sql, params);
  }

  async all(sql: string, params: SqlParams = []) {
    if (this.#free !== null) await this.#turn();
    return this.sqlite.all(sql, params);
  }

  async run(sql: string, params: SqlParams = []) {
    if (this.#free !== null) await this.#turn();
    return this.sqlite.run(sql, params);
  }

  async transaction<T>(body: (sql: Sql) => Promise<T>): Promise<T> {
    while (this.#free !== null) await this.#free;
    let over = (): void => undefined;
    this.#free = new Promise<void>(resolve => (over = resolve));
    try {
      this.sqlite.exec('BEGIN');
      const value = await body(this.#within);
      this.sqlite.exec('COMMIT');
      return value;
    } catch (error) {
      this.sqlite.exec('ROLLBACK');
      throw error;
    } finally {
      this.#free = null;
      over();
    }
  }

  readonly #within: Sql = {
    get: async (sql, params = []) => this.sqlite.get(sql, params),
    all: async (sql, params = []) => this.sqlite.all(sql, params),
    run: async (sql, params = []) => this.sqlite.run(sql, params),
  };

  async #turn(): Promise<void> {
    while (this.#free !== null) await this.#free;
  }
}

/** A place where nodes run beside each other. Its time stands still unless it is told to move. */
export class PlainWorld {
  readonly #seed: string;
  readonly #databases = new Map<string, PlainDatabase>();
  readonly #handlers = new Map<string, RequestHandler>();
  /** ms since the start, as a run counts them. */
  nowMs = 0;
  messages = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** What every node's clock reads. */
  clock(): number {
    return EPOCH_MS + this.nowMs;
  }

  /** The host of one node. `addresses`: what its handler answers to; `place`: where its databases are. */
  host(id: string, place: string, addresses: readonly string[]): Host {
    return {
      id,
      clock: {
        now: () => this.clock(),
        // no time passes for whoever waits, and all that is due goes on meanwhile
        sleep: () => Promise.resolve(),
        after: () => () => undefined,
      },
      random: Stream.named(this.#seed, `${id}/1/host`),
      net: {
        request: (to, request) => this.#request(id, to, request),
        serve: handler => {
          for (const address of [id, ...addresses]) this.#handlers.set(address, handler);
        },
        dial: unused,
        listen: unused,
        send: unused,
        receive: unused,
      },
      disk: {open: (name, schema) => Promise.resolve(this.#open(`${place}/${name}`, schema))},
      probe: () => undefined,
    };
  }

  async #request(from: string, to: string, request: Parameters<RequestHandler>[0]): Promise<HttpResponse> {
    this.messages += 1;
    const handler = this.#handlers.get(to);
    if (handler === undefined) throw new Error(`nobody serves ${to}`);
    return handler(request, from);
  }

  #open(label: string, schema: readonly string[]): Database {
    let database = this.#databases.get(label);
    if (database === undefined) {
      database = new PlainDatabase(schema);
      this.#databases.set(label, database);
    }
    return database;
  }

  close(): void {
    for (const {sqlite} of this.#databases.values()) sqlite.close();
  }
}

function unused(): never {
  throw new Error('a plain host has requests and a disk, and no more');
}
