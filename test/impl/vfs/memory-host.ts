/**
 * A host for unit tests: time moved by hand, chance that counts, disks that outlive it and fail on demand,
 * and no network.
 */
import {
  type Clock,
  type Database,
  type Disk,
  type Host,
  type Net,
  NetError,
  type RandomSource,
  type Sql,
  type SqlParams,
} from '../../../src/host.ts';
import {loadSqlite, Sqlite} from '../../../src/sim/sqlite.ts';

await loadSqlite();

/** Wall time and timers, both moved only by the test. */
export class ManualClock implements Clock {
  #now: number;
  #timers: {readonly at: number; readonly run: () => void}[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  set(ms: number): void {
    this.#now = ms;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise(resolve => {
      this.after(durationMs, resolve);
    });
  }

  after(durationMs: number, run: () => void): () => void {
    const timer = {at: this.#now + durationMs, run};
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Moves time on and runs what falls due, in order of time. */
  async advance(durationMs: number): Promise<void> {
    const end = this.#now + durationMs;
    for (;;) {
      const due = this.#timers.filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter(timer => timer !== due);
      this.#now = due.at;
      due.run();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

/** Waits until all microtasks have run. */
export const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/**
 * What a test does to statements: throw to make one fail, or return a promise that never settles to crash the
 * node at it.
 */
export type StatementHook = (sql: string) => Promise<void> | void;

/** Databases by name, real SQLite. Give it to the next host to let a node come back. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, Sqlite>();
  hook: StatementHook = () => undefined;
  #last: Promise<unknown> = Promise.resolve();

  open(name: string, schema: readonly string[]): Promise<Database> {
    let file = this.files.get(name);
    if (file === undefined) this.files.set(name, (file = Sqlite.create(schema, false)));
    return Promise.resolve(this.#database(file));
  }

  /**
   * What is committed, for the next life of a node that crashed: a transaction that was open is rolled back.
   */
  afterCrash(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [name, file] of this.files) {
      try {
        file.exec('ROLLBACK');
      } catch {
        // no transaction was open
      }
      disk.files.set(name, file);
    }
    return disk;
  }

  #database(file: Sqlite): Database {
    const port: Sql = {
      get: async (sql, params: SqlParams = []) => (await this.hook(sql), file.get(sql, params)),
      all: async (sql, params: SqlParams = []) => (await this.hook(sql), file.all(sql, params)),
      run: async (sql, params: SqlParams = []) => (await this.hook(sql), file.run(sql, params)),
    };
    const transaction = <T>(body: (sql: Sql) => Promise<T>): Promise<T> => {
      const result = this.#last.then(async () => {
        await this.hook('BEGIN');
        file.exec('BEGIN');
        try {
          const value = await body(port);
          await this.hook('COMMIT');
          file.exec('COMMIT');
          return value;
        } catch (error) {
          file.exec('ROLLBACK');
          throw error;
        }
      });
      this.#last = result.catch(() => undefined);
      return result;
    };
    return {...port, transaction};
  }
}

/** Counts instead of drawing: ids are for ever new, integers the lower bound. */
class CountingRandom implements RandomSource {
  #count = 0;
  readonly #life: number;

  constructor(life: number) {
    this.#life = life;
  }

  integer(min: number): number {
    return min;
  }

  id(length = 16): string {
    this.#count += 1;
    return `${this.#life.toString(16)}${this.#count.toString(16).padStart(length - 1, '0')}`.slice(0, length);
  }
}

const unreachable = (): Promise<never> => Promise.reject(new NetError('unreachable', 'no network here'));

const NO_NET: Net = {
  request: unreachable,
  serve: () => undefined,
  dial: unreachable,
  listen: () => undefined,
  send: () => undefined,
  receive: () => undefined,
};

export interface MemoryHost extends Host {
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
}

/** A host on `disk`; `net` replaces the network that there is not, `life` tells lives of one node apart. */
export function memoryHost(
  parts: {
    readonly disk?: MemoryDisk;
    readonly now?: number;
    readonly life?: number;
    readonly net?: Partial<Net>;
  } = {},
): MemoryHost {
  return {
    id: 'node',
    clock: new ManualClock(parts.now ?? 1_771_070_400_000),
    random: new CountingRandom(parts.life ?? 0),
    net: {...NO_NET, ...parts.net},
    disk: parts.disk ?? new MemoryDisk(),
    probe: () => undefined,
  };
}
