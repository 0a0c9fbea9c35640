/** The operator's tools on the servers' place: snapshot, deploy, migrate one step, verify, roll back. Each survives a crash. */
import type {BootContext, Database, Host, Json} from '../../../src/index.ts';
import {verify} from '../../../src/impl/vfs/migration/checks.ts';
import {SQLITE} from '../../../src/impl/vfs/migration/dialect.ts';
import {readSchemaVersion} from '../../../src/impl/vfs/migration/gate.ts';
import {runStep, type StepResult} from '../../../src/impl/vfs/migration/runner.ts';
import {restoreSnapshot, takeSnapshot} from '../../../src/impl/vfs/migration/snapshot.ts';
import {cutHistory} from '../../../src/impl/vfs/server.ts';
import {readRollout, ROLLOUT_DATABASE, rolloutSchema, type ReleaseNumber, type Rollout} from './rollout.ts';
import {overheard} from './server-program.ts';
import {schemaOf, type FlatteningWorld} from './world.ts';

export class OperatorProgram {
  readonly host: Host;
  readonly database: Database;
  readonly #rollout: Database;
  readonly #context: BootContext;
  /** One thing at a time. */
  busy = false;
  /** What somebody means to do by hand once the schema has come to a version. */
  readonly planned = new Map<number, number>();

  private constructor(host: Host, context: BootContext, database: Database, rollout: Database) {
    this.host = host;
    this.#context = context;
    this.database = database;
    this.#rollout = rollout;
  }

  static async boot(host: Host, context: BootContext, world: FlatteningWorld): Promise<OperatorProgram> {
    const heard = overheard(host, context);
    const database = await heard.disk.open('server', schemaOf(world));
    const rollout = await host.disk.open(ROLLOUT_DATABASE, rolloutSchema(world));
    return new OperatorProgram(heard, context, database, rollout);
  }

  state(): Promise<Rollout> {
    return this.#rollout.transaction(readRollout);
  }

  version(): Promise<number> {
    return this.database.transaction(readSchemaVersion);
  }

  note(kind: string, data: Json): void {
    this.#context.note(kind, data);
  }

  async snapshot(): Promise<void> {
    this.note('snapshotting', null);
    const snapshot = await this.database.transaction(takeSnapshot);
    await this.#rollout.run('UPDATE rollout SET snapshot = ? WHERE id = 1', [JSON.stringify(snapshot)]);
  }

  async deploy(node: string, release: ReleaseNumber): Promise<void> {
    await this.#rollout.run('UPDATE deployed SET release = ? WHERE node = ?', [release, node]);
  }

  /** Runs one step; what it refuses is noted, word for word. */
  async step(version: number): Promise<StepResult> {
    const migrator = {database: this.database, dialect: SQLITE, now: () => this.host.clock.now()};
    this.note('step', {version});
    const result = await runStep(migrator, version);
    if (result.kind === 'refused') {
      const {code, message} = result;
      this.note('refused', {version, code, message});
      this.host.probe(code === 'guard' ? `guard:${message}` : `refused:${code}`);
    } else if (result.kind === 'applied') this.host.probe(`step:${version}`);
    return result;
  }

  async stop(why: string | null): Promise<void> {
    await this.#rollout.run('UPDATE rollout SET stopped = ? WHERE id = 1', [why]);
  }

  async verify(): Promise<boolean> {
    const {ok} = await this.database.transaction(sql => verify(sql, SQLITE));
    await this.#rollout.run('UPDATE rollout SET verified = ? WHERE id = 1', [ok ? 1 : 0]);
    if (ok) this.host.probe('verified');
    return ok;
  }

  /**
   * Freezes the servers, puts the old release back on all of them, restores the snapshot, and thaws. Begun once,
   * it is brought to its end by whoever calls it next. `marked`: clients learn that history was lost.
   */
  async rollBack(marked: boolean): Promise<void> {
    const {snapshot, restoring} = await this.state();
    if (snapshot === null) return;
    if (!restoring) {
      await this.#rollout.transaction(async sql => {
        await sql.run('UPDATE rollout SET restoring = 1, marked = ? WHERE id = 1', [marked ? 1 : 0]);
        await sql.run('UPDATE deployed SET release = 1');
      });
    }
    const {marked: isMarked} = await this.state();
    this.note('restoring', null);
    await this.database.transaction(async sql => {
      await restoreSnapshot(sql, snapshot);
      if (isMarked) await cutHistory(sql, this.host, 1);
    });
    this.note('restored', null);
    await this.#rollout.run(
      `UPDATE rollout SET restoring = 0, snapshot = NULL, stopped = NULL, verified = 0,
         restores = restores + 1 WHERE id = 1`,
    );
    this.host.probe(isMarked ? 'rollback:marked' : 'rollback:unmarked');
  }

  /** Tells clients what a rollback did not: history was lost. */
  async mark(): Promise<void> {
    this.note('marking', null);
    await this.database.transaction(sql => cutHistory(sql, this.host, 1));
    this.note('marked', null);
    await this.#rollout.run('UPDATE rollout SET marked = 1 WHERE id = 1');
  }

  /** Does something to the database by hand, as people do. */
  async edit(kind: string, statements: readonly string[]): Promise<void> {
    this.note('hand', kind);
    await this.database.transaction(async sql => {
      for (const statement of statements) await sql.run(statement);
    });
    this.note('handed', kind);
  }
}
