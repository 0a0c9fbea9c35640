/** The VFS server: one node of it, over a database that it may share with others (spec 2, 7). */
import {
  type Database,
  DiskError,
  type Host,
  type HttpRequest,
  type HttpResponse,
  type Sql,
} from '../../host.ts';
import {blobContext, type BlobContext, type BlobOptions} from './blobs/context.ts';
import {answerBlobs} from './blobs/routes.ts';
import {sweepBlobs, type SweepReport} from './blobs/sweep.ts';
import {
  compactFeed,
  type CompactionOptions,
  type CompactionReport,
  DEFAULT_COMPACTION,
  raiseFloor,
} from './server-compaction.ts';
import {type Change, FeedMappingError, FeedWriter, takeFeedLock} from './server-feed.ts';
import {type Call, failed, readCall, type Reply, type ServerContext, toResponse} from './server-http.ts';
import {answerPull} from './server-pull.ts';
import {answerPush} from './server-push.ts';
import {answerReconcile, RECONCILE_FAILURE} from './server-reconcile.ts';
import {answerRegister, seedCatalogue, type VfsRegisteredItem, type VfsUser} from './server-registry.ts';
import {migrate, type Release, SERVER_DATABASE, SERVER_SCHEMA} from './server-schema.ts';
import {answerSnapshot} from './server-snapshot.ts';
import {shownByMembership} from './server-visibility.ts';

export interface VfsServerOptions {
  readonly release: Release;
  /** Put in at boot, if the database does not know them yet; tokens are renewed. */
  readonly users: readonly VfsUser[];
  /** Registered at boot, if they are not. */
  readonly items: readonly VfsRegisteredItem[];
  /** Whether pulls read a copy that may lag, as far as the primary confirms what it says. */
  readonly readReplica: boolean;
  /** What the server's own timer does; null: there is none. */
  readonly compaction: CompactionOptions | null;
  /** Where blobs are stored, and how; without it the server has none. */
  readonly blobs?: BlobOptions;
  /**
   * Whether the disk was restored from backup or made anew: then `markRestored` is part of the boot, before
   * any request.
   */
  readonly restored?: boolean;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly answer: (context: ServerContext, call: Call) => Promise<Reply>;
  /** The error of the 500 that answers any exception. */
  readonly failure: string;
}

const PULL: Route = {method: 'GET', answer: answerPull, failure: 'Failed to sync VFS CRDT operations'};

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/vfs/crdt/sync', PULL],
  ['/v1/vfs/crdt/vfs-sync', PULL],
  ['/v1/vfs/crdt/push', {method: 'POST', answer: answerPush, failure: 'Failed to push CRDT operations'}],
  ['/v1/vfs/crdt/reconcile', {method: 'POST', answer: answerReconcile, failure: RECONCILE_FAILURE}],
  ['/v1/vfs/crdt/snapshot', {method: 'GET', answer: answerSnapshot, failure: 'Failed to read CRDT snapshot'}],
  ['/v1/vfs/register', {method: 'POST', answer: answerRegister, failure: 'Failed to register VFS object'}],
]);

const IS_MEMBER = `SELECT 1 AS found FROM user_groups WHERE user_id = ? AND group_id = ?`;
const JOIN_GROUP = `INSERT INTO user_groups (user_id, group_id) VALUES (?, ?)`;
const LEAVE_GROUP = `DELETE FROM user_groups WHERE user_id = ? AND group_id = ?`;
const FORGET_CHECKPOINTS = `DELETE FROM vfs_sync_client_state`;

export class VfsServer {
  readonly #context: ServerContext;
  readonly #compaction: CompactionOptions | null;
  readonly #blobs: BlobContext | null;

  private constructor(context: ServerContext, {compaction, blobs}: VfsServerOptions) {
    this.#context = context;
    this.#compaction = compaction;
    this.#blobs = blobs === undefined ? null : blobContext(context, blobs);
  }

  /**
   * Opens the database, brings it up to this release, and serves. Rejects with `DiskError` if the disk does
   * not play along.
   */
  static async open(host: Host, options: VfsServerOptions): Promise<VfsServer> {
    const {release, users, items} = options;
    const primary = await host.disk.open(SERVER_DATABASE, SERVER_SCHEMA);
    await primary.transaction(async sql => {
      await migrate(sql, release);
      await seedCatalogue(sql, host, {users, items});
      if (options.restored === true) await cutHistory(sql, host, release);
    });
    const replica = options.readReplica ? await openReplica(host) : null;
    const server = new VfsServer({host, primary, replica, release}, options);
    host.net.serve(request => server.handle(request));
    server.#scheduleCompaction();
    server.#scheduleSweep();
    return server;
  }

  /** Answers any request; never rejects. What fails half-way has changed nothing and is a 500. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    const call = readCall(request);
    const route = ROUTES.get(call.path);
    if (route === undefined) {
      const answer = this.#blobs === null ? null : await answerBlobs(this.#blobs, call);
      return answer ?? toResponse(failed(404, 'Not found'));
    }
    if (route.method !== call.method) return toResponse(failed(405, 'Method not allowed'));
    try {
      return toResponse(await route.answer(this.#context, call));
    } catch (error) {
      this.#context.host.probe(failureMark(error));
      return toResponse(failed(500, route.failure));
    }
  }

  /** Compacts once, now. Rejects with `DiskError`; then nothing has changed. */
  async compact(): Promise<CompactionReport> {
    const {host, primary} = this.#context;
    const options = this.#compaction ?? DEFAULT_COMPACTION;
    const report = await primary.transaction(sql => compactFeed(sql, host.clock.now(), options));
    if (report.deletedRows > 0) host.probe('vfs.server.compacted');
    if (report.plan.kind === 'blocked') host.probe('vfs.server.compaction.blocked');
    return report;
  }

  /**
   * Sweeps the blobs once, now. Rejects with `DiskError` or `BlobStoreError`; what was swept until then is, and the next
   * sweep goes on.
   */
  async sweepBlobs(): Promise<SweepReport> {
    if (this.#blobs === null) throw new Error('this server has no blobs');
    return sweepBlobs(this.#blobs);
  }

  /**
   * The operator's step after a restore from backup, or after a rebuild: puts the history floor above all
   * that is left, so that every client rematerializes, and forgets the clients' checkpoints, which may speak
   * of what was lost.
   */
  async markRestored(): Promise<void> {
    const {host, primary, release} = this.#context;
    await primary.transaction(sql => cutHistory(sql, host, release));
  }

  /**
   * Puts a user into a group or out of it. What joining makes visible is announced in the feed, in the same
   * transaction.
   */
  async setMembership(userId: string, groupId: string, member: boolean): Promise<void> {
    const {primary} = this.#context;
    await primary.transaction(async sql => {
      if (!member) {
        await sql.run(LEAVE_GROUP, [userId, groupId]);
      } else if ((await sql.get(IS_MEMBER, [userId, groupId])) === undefined) {
        const shown = await shownByMembership(sql, {userId, groupId}, this.#context.host.clock.now());
        await sql.run(JOIN_GROUP, [userId, groupId]);
        if (shown.length > 0) await this.#announce(sql, userId, shown);
      }
    });
  }

  async #announce(sql: Sql, userId: string, shown: readonly Change[]): Promise<void> {
    const {host, release} = this.#context;
    await takeFeedLock(sql, userId);
    const writer = await FeedWriter.open(sql, host, release);
    for (const register of shown) await writer.announce(register);
    await writer.close();
    host.probe('vfs.server.announced');
  }

  /** A run that fails has changed nothing, and the next one does its work. */
  #scheduleCompaction(): void {
    if (this.#compaction === null) return;
    const again = (): void => this.#scheduleCompaction();
    this.#context.host.clock.after(this.#compaction.everyMs, () => {
      this.compact().then(again, again);
    });
  }

  #scheduleSweep(): void {
    const everyMs = this.#blobs?.blobs.sweepEveryMs ?? 0;
    if (everyMs === 0) return;
    const again = (): void => this.#scheduleSweep();
    this.#context.host.clock.after(everyMs, () => {
      this.sweepBlobs().then(again, again);
    });
  }
}

/** Takes a position that no row has, above all rows, and makes it the floor. */
export async function cutHistory(sql: Sql, host: Host, release: Release): Promise<void> {
  const writer = await FeedWriter.open(sql, host, release);
  await raiseFloor(sql, writer.nextPosition(host.clock.now()));
  await writer.close();
  await sql.run(FORGET_CHECKPOINTS);
}

/** A copy that cannot be opened is one that is not used. */
async function openReplica(host: Host): Promise<Database | null> {
  try {
    return await host.disk.open(SERVER_DATABASE, SERVER_SCHEMA, {replica: true});
  } catch (error) {
    if (error instanceof DiskError) return null;
    throw error;
  }
}

/** Names what a 500 was made of, so that a bug of ours is not taken for a disk that failed. */
function failureMark(error: unknown): string {
  if (error instanceof DiskError) return 'vfs.server.failed.disk';
  return error instanceof FeedMappingError ? 'vfs.server.failed.feedMapping' : 'vfs.server.failed.unexpected';
}
