/** A server node of the rollout: runs the release that the operator has deployed, and changes over when another one is. */
import {
  DiskError,
  type BootContext,
  type Database,
  type Disk,
  type Host,
  type HttpRequest,
  type HttpResponse,
  type Sql,
} from '../../../src/index.ts';
import {ANSWER_REPEATS} from '../../../src/impl/vfs/blobs/policy.ts';
import {
  FLATTENED_RELEASE,
  LEGACY_RELEASE,
  MIRRORING_RELEASE,
  type ReleasePolicy,
} from '../../../src/impl/vfs/migration/gate.ts';
import {RolloutServer} from '../../../src/impl/vfs/migration/rollout-server.ts';
import {tokenOf} from '../world.ts';
import {READ_RELEASE, releaseOf, ROLLOUT_DATABASE, rolloutSchema, type ReleaseNumber} from './rollout.ts';
import {schemaOf, type FlatteningWorld} from './world.ts';

const POLICIES: Readonly<Record<ReleaseNumber, ReleasePolicy>> = {
  1: LEGACY_RELEASE,
  2: MIRRORING_RELEASE,
  3: FLATTENED_RELEASE,
};

/** How often a server looks whether it is to change over, ms. */
const LOOK_EVERY_MS = 700;
const STORE_TIMEOUT_MS = 4_000;
const WRITE_GRACE_MS = 600_000;
const LEGACY_NAMES = /\b(vfs_blob_staging|vfs_blob_refs|vfs_blob_objects|vfs_access)\b/;

export class ServerProgram {
  readonly #host: Host;
  readonly #world: FlatteningWorld;
  readonly #rollout: Database;
  #current: RolloutServer | null = null;
  #release: ReleaseNumber = 1;
  /** After how many rollbacks it was booted: a restore may take away what its boot has added to the schema. */
  #restores = 0;
  /** Servers of earlier releases, as long as they are still at work on a request. */
  #leaving: RolloutServer[] = [];

  private constructor(host: Host, world: FlatteningWorld, rollout: Database) {
    this.#host = host;
    this.#world = world;
    this.#rollout = rollout;
  }

  static async boot(host: Host, context: BootContext, world: FlatteningWorld): Promise<ServerProgram> {
    await host.disk.open('server', schemaOf(world));
    const rollout = await host.disk.open(ROLLOUT_DATABASE, rolloutSchema(world));
    const program = new ServerProgram(overheard(host, context), world, rollout);
    await program.#follow();
    program.#lookAgain();
    host.net.serve(request => program.#serve(request));
    return program;
  }

  /** The release that takes requests, once nothing of an earlier one is at work any more; null until then. */
  get release(): ReleaseNumber | null {
    this.#leaving = this.#leaving.filter(({inFlight}) => inFlight > 0);
    return this.#current !== null && this.#leaving.length === 0 ? this.#release : null;
  }

  get inFlight(): number {
    return (this.#current?.inFlight ?? 0) + this.#leaving.reduce((sum, {inFlight}) => sum + inFlight, 0);
  }

  async #serve(request: HttpRequest): Promise<HttpResponse> {
    const row = await this.#rollout.get(READ_RELEASE, [this.#host.id]).catch(() => undefined);
    // only now: a server that is given nothing before it counts it may be taken for one that has nothing to do
    const server = this.#current;
    if (
      server === null ||
      row === undefined ||
      row['restoring'] === 1 ||
      row['restores'] !== this.#restores
    ) {
      return {status: 503, headers: {}, body: '{"error":"The server is being maintained"}'};
    }
    this.#host.probe(`served:${server.policy.name}`);
    return server.handle(request);
  }

  async #follow(): Promise<void> {
    const row = await this.#rollout.get(READ_RELEASE, [this.#host.id]);
    const release = releaseOf(row?.['release']);
    const restores = Number(row?.['restores'] ?? 0);
    const isSame = release === this.#release && restores === this.#restores;
    if (row?.['restoring'] === 1 || (this.#current !== null && isSame)) return;
    const {users, items} = this.#world;
    const next = await RolloutServer.open(this.#host, POLICIES[release], {
      release: release === 1 ? 1 : 2,
      users: users.map(({id}) => ({userId: id, token: tokenOf(id), groups: []})),
      items: items.map(({id, owner}) => ({itemId: id, ownerId: owner, objectType: 'folder'})),
      readReplica: false,
      compaction: null,
      blobs: {
        store: {address: 'store', timeoutMs: STORE_TIMEOUT_MS},
        repeats: ANSWER_REPEATS,
        writeGraceMs: WRITE_GRACE_MS,
        sweepEveryMs: 0,
      },
    });
    if (this.#current !== null) this.#leaving.push(this.#current);
    this.#current = next;
    this.#release = release;
    this.#restores = restores;
  }

  #lookAgain(): void {
    const again = (): void => this.#lookAgain();
    this.#host.clock.after(LOOK_EVERY_MS, () => {
      this.#follow().then(again, (error: unknown) => {
        if (!(error instanceof DiskError)) throw error;
        again();
      });
    });
  }
}

/** The same host, with the harness told of every statement that names a table which is not there any more. */
export function overheard(host: Host, context: BootContext): Host {
  const {id, clock, random, net} = host;
  const told = async <T>(text: string, running: Promise<T>): Promise<T> => {
    try {
      return await running;
    } catch (error) {
      const [table] = LEGACY_NAMES.exec(text) ?? [];
      if (table !== undefined && error instanceof DiskError && error.code === 'sql') {
        context.note('dropped-table', table);
      }
      throw error;
    }
  };
  const port = (sql: Sql): Sql => ({
    get: (text, params) => told(text, sql.get(text, params)),
    all: (text, params) => told(text, sql.all(text, params)),
    run: (text, params) => told(text, sql.run(text, params)),
  });
  const disk: Disk = {
    open: async (name, schema, options) => {
      const database = await host.disk.open(name, schema, options);
      return {
        ...port(database),
        transaction: body => database.transaction(sql => body(port(sql))),
      };
    },
  };
  return {id, clock, random, net, disk, probe: mark => host.probe(mark)};
}
