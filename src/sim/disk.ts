/** The async SQL port over real SQLite: every statement is a happening, transactions wait for each other, a crash rolls back. */
import {DiskError, type Database, type Disk, type Sql, type SqlParams} from '../host.ts';
import {SIM_CLAIMS, type Core} from './core.ts';
import {never, type Life} from './life.ts';
import {ask, DatabaseFile, sqlPort, Transaction, type Act} from './database-file.ts';
import {labelOf, traitsOf} from './sql-text.ts';
import {Sqlite} from './sqlite.ts';
import {stackless} from './stackless.ts';
import {statementFate} from './tell-fate.ts';

const FAULT_CODES = ['busy', 'full', 'io'] as const;
const REBOOT_AFTER_MS = 500;

/** All databases of a world. They outlive every node. */
export class Storage {
  readonly #core: Core;
  readonly #files = new Map<string, DatabaseFile>();
  readonly #reverse: boolean;
  /** Set by the world: ends a life at once, to boot again after so many ms. */
  crash: (life: Life, downMs: number, cause: string) => void = () => undefined;

  constructor(core: Core) {
    this.#core = core;
    // half of all seeds read rows without ORDER BY backwards: a missing ORDER BY shows
    this.#reverse = Number.parseInt(core.plan.seed.slice(-1), 16) % 2 === 1;
  }

  file(place: string, name: string): DatabaseFile | undefined {
    return this.#files.get(`${place}/${name}`);
  }

  filesOf(place: string): DatabaseFile[] {
    return [...this.#files.values()].filter(file => file.place === place);
  }

  close(): void {
    for (const file of this.#files.values()) {
      file.sqlite.close();
      file.lag?.sqlite.close();
    }
  }

  /** Replaces a place's databases by the given bytes; databases that are not among them are gone. */
  rewind(place: string, images: ReadonlyMap<string, Uint8Array>): void {
    for (const file of this.filesOf(place)) {
      file.sqlite.close();
      file.lag?.sqlite.close();
      this.#files.delete(file.label);
    }
    for (const [name, bytes] of images) this.put(place, name, bytes);
  }

  put(place: string, name: string, bytes: Uint8Array): void {
    this.#files.set(`${place}/${name}`, new DatabaseFile(place, name, Sqlite.from(bytes, this.#reverse)));
  }

  /** What is committed of a place now, by database; an open transaction is left out by way of the caller waiting for it. */
  images(place: string): Map<string, Uint8Array> {
    return new Map(this.filesOf(place).map(file => [file.name, file.sqlite.export()]));
  }

  busy(place: string): boolean {
    return this.filesOf(place).some(file => file.holder !== null);
  }

  /** Takes away what a dead life held or waited for. */
  release(life: Life): void {
    for (const file of this.filesOf(life.node.place)) {
      if (file.holder?.life !== life) continue;
      file.sqlite.rollback();
      this.#core.event('rollback', life.id, file.label);
      this.#endTransaction(file);
    }
  }

  diskOf(life: Life): Disk {
    return {open: (name, schema, options) => this.#open(life, name, schema, options?.replica === true)};
  }

  #open(life: Life, name: string, schema: readonly string[], replica: boolean): Promise<Database> {
    const label = `${life.node.place}/${name}`;
    return this.#step(life, label, 'open', null, () => {
      if (!this.#files.has(label)) {
        for (const statement of schema) this.#refuse(life, statement, true);
        const file = new DatabaseFile(life.node.place, name, Sqlite.share(schema, this.#reverse));
        this.#files.set(label, file);
        this.#commit(life, file, 0, false);
      }
      return this.#database(life, label, replica);
    });
  }

  #database(life: Life, label: string, replica: boolean): Database {
    const port = (act: Act, sql: string, params: SqlParams): Promise<never> =>
      replica && !traitsOf(sql).writes
        ? this.#readReplica(life, label, act, sql, params)
        : this.#statement(life, label, null, act, sql, params);
    return {...sqlPort(port), transaction: body => this.#transaction(life, label, body)};
  }

  #readReplica(life: Life, label: string, act: Act, sql: string, params: SqlParams): Promise<never> {
    return this.#step(life, label, labelOf(sql), null, () => {
      const file = this.#fileAt(label);
      const source = file.lag?.sqlite ?? file.sqlite;
      if (file.lag !== null && file.lag.changes !== file.sqlite.totalChanges()) {
        this.#core.tally.hazard('lagging-replica', 'effective');
      }
      this.#refuse(life, sql, false);
      return ask(source, act, sql, params) as never;
    });
  }

  #statement(
    life: Life,
    label: string,
    within: Transaction | null,
    act: Act,
    sql: string,
    params: SqlParams,
  ): Promise<never> {
    return this.#step(life, label, labelOf(sql), within, () => {
      const file = this.#fileAt(label);
      if (within !== null && file.holder !== within) {
        throw new DiskError('sql', `the transaction is over: ${labelOf(sql)}`);
      }
      this.#refuse(life, sql, within !== null);
      if (!traitsOf(sql).writes) return ask(file.sqlite, act, sql, params) as never;
      if (within === null) this.#crashIfArmed(life, 'before-commit');
      if (!life.alive) return undefined as never;
      const before = file.sqlite.totalChanges();
      const result = ask(file.sqlite, act, sql, params);
      const changes = file.sqlite.totalChanges() - before;
      this.#core.event('sql', life.id, label, labelOf(sql), changes);
      const {alters} = traitsOf(sql);
      if (within === null) this.#commit(life, file, changes, alters);
      else if (alters) within.altered = true;
      return result as never;
    });
  }

  /** Refuses what would end a transaction behind the port's back, or ask the engine what only the host may say. */
  #refuse(life: Life, sql: string, within: boolean): void {
    const {label, control, reaches} = traitsOf(sql);
    if (control === 'whole' || (control === 'part' && !within)) {
      throw new DiskError('sql', `transactions begin and end by transaction(): ${label}`);
    }
    if (reaches === null) return;
    this.#core.violate(
      SIM_CLAIMS.guard,
      {code: `sql ${reaches}`, stage: '', node: life.id, message: `${life.id} reached for ${reaches} in SQL`},
      life.node.spec.role,
    );
    throw new DiskError('sql', `the host has the clock and the chance, not the engine: ${reaches}: ${label}`);
  }

  async #transaction<T>(life: Life, label: string, body: (sql: Sql) => Promise<T>): Promise<T> {
    const mine = new Transaction(life);
    await this.#step(life, label, 'begin', null, () => {
      const file = this.#fileAt(label);
      file.sqlite.begin();
      file.holder = mine;
    });
    const before = this.#fileAt(label).sqlite.totalChanges();
    let value: T;
    try {
      value = await body(sqlPort((act, sql, params) => this.#statement(life, label, mine, act, sql, params)));
    } catch (error) {
      await this.#step(life, label, 'rollback', mine, () => this.#rollback(life, label), true);
      throw error;
    }
    try {
      await this.#step(life, label, 'commit', mine, () => {
        this.#crashIfArmed(life, 'before-commit');
        if (!life.alive) return;
        const file = this.#fileAt(label);
        file.sqlite.commit();
        this.#endTransaction(file);
        this.#commit(life, file, file.sqlite.totalChanges() - before, mine.altered);
      });
    } catch (error) {
      await this.#step(life, label, 'rollback', mine, () => this.#rollback(life, label), true);
      throw error;
    }
    return value;
  }

  #rollback(life: Life, label: string): void {
    const file = this.#fileAt(label);
    file.sqlite.rollback();
    this.#core.event('rollback', life.id, label);
    this.#endTransaction(file);
  }

  #endTransaction(file: DatabaseFile): void {
    if (file.holder !== null) file.holder.over = true;
    file.holder = null;
    const waiting = file.waiting.splice(0);
    for (const {life, go} of waiting) this.#core.schedule(0, life, 'io', go);
  }

  /** One statement as a happening of its own: it waits for its turn, may be slow, fail, or be the last thing its life does. */
  #step<T>(
    life: Life,
    label: string,
    what: string,
    within: Transaction | null,
    perform: () => T,
    calm = false,
  ): Promise<T> {
    if (!life.alive) return never<T>();
    const core = this.#core;
    const fate =
      calm || core.weather.calmDisk ? null : statementFate(core, life, `${life.id} sql ${label} ${what}`);
    life.pending += 1;
    return new Promise<T>((resolve, reject) => {
      const attempt = (): void => {
        const file = this.#files.get(label);
        // what comes too late is refused at once: the transaction in force may be waiting for just that
        const mine = file?.holder === within || within?.over === true;
        if (file !== undefined && file.holder !== null && !mine) {
          file.waiting.push({life, go: attempt});
          return;
        }
        if (life.hang === 'next' && !calm) {
          life.hang = 'hung';
          return;
        }
        life.pending -= 1;
        const act = fate?.act;
        if (act === 'failed-statement') {
          const code = FAULT_CODES[((fate?.arg ?? 1) - 1) % FAULT_CODES.length] ?? 'io';
          core.tally.hazard('failed-statement', 'effective');
          core.event('sql-error', life.id, label, what, code);
          life.disturb();
          reject(stackless(() => new DiskError(code, `the disk failed: ${code}: ${what}`)));
          return;
        }
        if (act !== undefined) core.tally.hazard(act, 'effective');
        if (act === 'crash-before') {
          this.crash(life, fate?.arg ?? REBOOT_AFTER_MS, act);
          return;
        }
        const settle =
          act === 'crash-after' ? (): void => this.crash(life, fate?.arg ?? REBOOT_AFTER_MS, act) : resolve;
        this.#perform(life, label, what, perform, settle, reject);
      };
      core.schedule(fate?.delayMs ?? 0, life, 'io', attempt);
    });
  }

  #perform<T>(
    life: Life,
    label: string,
    what: string,
    perform: () => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const running = this.#core.current;
    this.#core.current = null;
    try {
      const value = perform();
      if (life.alive) resolve(value);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#core.event('sql-error', life.id, label, what, error.code);
      reject(error);
    } finally {
      this.#core.current = running;
    }
  }

  /** `altered`: the schema changed, which the engine does not count among the rows that changed. */
  #commit(life: Life, file: DatabaseFile, changes: number, altered: boolean): void {
    const {label, place, name: database} = file;
    if (changes > 0 || altered) {
      this.#core.event('commit', life.id, label, changes);
      this.#core.committed.push({place, database});
      this.#core.observe({kind: 'commit', node: life.id, place, database});
    }
    this.#crashIfArmed(life, 'after-commit');
  }

  #crashIfArmed(life: Life, moment: 'before-commit' | 'after-commit'): void {
    const armed = life.armedCrash;
    if (armed === null || armed.moment !== moment) return;
    this.#core.tally.hazard('crash', 'effective');
    this.crash(life, armed.downMs, `${armed.fault} ${moment}`);
  }

  #fileAt(label: string): DatabaseFile {
    const file = this.#files.get(label);
    if (file === undefined) throw new DiskError('io', 'the database is gone');
    return file;
  }
}
