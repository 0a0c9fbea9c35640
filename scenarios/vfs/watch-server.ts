/** Watches the servers' database: takes every commit into the ledger, and judges what it brought. */
import type {CommittedSql, HttpRequest, HttpResponse, Scene} from '../../src/index.ts';
import {canonicalJson, sameValue} from '../../src/model/vfs/compare.ts';
import {type FeedRow} from '../../src/model/vfs/feed-row.ts';
import {FeedLedger, type Fact} from '../../src/model/vfs/feed.ts';
import {Memberships, type MembershipCommand} from '../../src/model/vfs/membership.ts';
import {joinReconcile} from '../../src/model/vfs/reconcile.ts';
import {judgeCompaction, judgeRowTime, type Readings} from '../../src/model/vfs/server-time.ts';
import type {Cursor, ReconcileState} from '../../src/model/vfs/types.ts';
import type {Docket} from './docket.ts';
import {InFlight} from './in-flight.ts';
import {SERVER_PLACE} from './nodes.ts';
import {
  readCheckpoints,
  readFeedState,
  readHeads,
  readItems,
  readRowsAfter,
  readStandings,
  type FeedState,
} from './server-rows.ts';
import {ServerProgram} from './server-program.ts';
import type {VfsWorld} from './world.ts';

export class ServerWatch {
  readonly feed = new FeedLedger();
  readonly #docket: Docket;
  readonly #world: VfsWorld;
  readonly #inFlight: InFlight;
  readonly #registered = new Set<string>();
  readonly #memberships: Memberships;
  #members: ReadonlySet<string> = new Set<string>();
  #floor: string | null = null;
  readonly #checkpoints = new Map<string, ReconcileState>();
  /** The facts by what the database looked like after each commit: where a restore leads back to, in whatever history. */
  readonly #history = new Map<string, readonly Fact[]>();
  /** How often history was lost. */
  rewinds = 0;

  constructor(world: VfsWorld, docket: Docket) {
    this.#world = world;
    this.#docket = docket;
    this.#memberships = new Memberships(world.users);
    this.#inFlight = new InFlight(world, this.feed, docket, key => this.#checkpoints.get(key) ?? null);
  }

  /** A server took a request on. */
  requested(serving: number, node: string, request: HttpRequest): void {
    this.#inFlight.requested(serving, node, request);
  }

  /** Judges an answer as its server gave it. */
  responded(serving: number, node: string, response: HttpResponse): void {
    this.#inFlight.responded(serving, node, response);
  }

  /** A server died, and what it was working on with it. */
  crashed(node: string): void {
    this.#inFlight.crashed(node);
    this.#memberships.crashed(node);
  }

  /** An operator's command begins or ends. Returns false for a note about anything else. */
  noted(node: string, note: string, data: unknown): boolean {
    if (note === 'membership') {
      const {operation, ...command} = data as MembershipCommand & {operation: string};
      this.#memberships.commanded(operation, node, command);
      return true;
    }
    if (note !== 'membership-ended') return false;
    const {operation, obeyed} = data as {operation: string; obeyed: boolean};
    if (obeyed) this.#judgeMembers(node, this.#memberships.obeyed(operation));
    else this.#memberships.failed(operation);
    return true;
  }

  /** Takes in what a commit changed. */
  committed(scene: Scene, node: string): void {
    const sql = scene.database(SERVER_PLACE, 'server');
    const state = sql === null ? null : readFeedState(sql);
    if (sql === null || state === null) return;
    const before = this.feed.told;
    this.#takeItems(sql, state);
    this.#takeMembers(state, node);
    const read = readingsOf(scene, node);
    this.#takeRows(sql, node, read);
    this.#takeFloor(sql, state, node, read);
    this.#takeCheckpoints(sql, node);
    this.#judgeHeads(sql, node);
    if (this.feed.told === before) return;
    this.#history.set(state.print, this.feed.facts);
    for (const {id} of this.#world.users) {
      const register = this.feed.unannounced(id);
      this.#docket.enter(
        'VFS-I8',
        register === null
          ? null
          : {
              code: 'behind',
              stage: 'feed',
              node,
              message: `something became visible to ${id} behind cursors already handed out`,
              actual: register,
            },
      );
    }
    this.#inFlight.feedChanged();
  }

  #takeItems(sql: CommittedSql, state: FeedState): void {
    if (state.items === this.#registered.size) return;
    for (const {id, owner} of readItems(sql)) {
      if (this.#registered.has(id)) continue;
      this.#registered.add(id);
      this.feed.register(id, owner);
    }
  }

  /** Users and items come together, and there is no world without items. */
  #takeMembers({members: now, items}: FeedState, node: string): void {
    if (items > 0) this.#judgeMembers(node, this.#memberships.committed(node, now));
    for (const pair of this.#members) if (!now.has(pair)) this.#member(pair, false);
    for (const pair of now) if (!this.#members.has(pair)) this.#member(pair, true);
    this.#members = now;
  }

  #member(pair: string, member: boolean): void {
    const [user = '', group = ''] = pair.split(' ');
    this.feed.membership(user, group, member);
  }

  #judgeMembers(node: string, wrong: string | null): void {
    this.#docket.enter(
      'VFS-U1',
      wrong === null ? null : {code: 'members', stage: 'membership', node, message: `${node}: ${wrong}`},
    );
  }

  #takeRows(sql: CommittedSql, node: string, read: Readings | null): void {
    const rows = readRowsAfter(sql, this.feed.rows.at(-1));
    if (rows.length === 0) return;
    this.#judgeOrigin(
      rows.map(({row}) => row),
      node,
    );
    for (const {row, ownMs} of rows) {
      const last = this.feed.rows.at(-1) ?? null;
      const misdated = read === null ? null : judgeRowTime(row, {last, ownMs, read});
      const wrong = this.feed.append(row) ?? misdated;
      for (const claim of ['VFS-I2', 'VFS-I3']) {
        this.#docket.enter(
          claim,
          wrong === null ? null : {code: 'feed', stage: 'feed', node, message: wrong},
        );
      }
      if (wrong !== null) return;
    }
  }

  /** New rows are what one push in flight on this node may bring, all of it and in its order, and nothing else. */
  #judgeOrigin(rows: readonly FeedRow[], node: string): void {
    const pushed = rows.filter(({clientOpId}) => clientOpId !== null);
    if (pushed.length === 0) return;
    const brought = canonicalJson(pushed.map(({clientOpId}) => clientOpId));
    const candidates = this.#inFlight.applicable(node);
    const right = candidates.some(applied => canonicalJson(applied) === brought);
    this.#docket.enter(
      'VFS-I6',
      right
        ? null
        : {
            code: 'origin',
            stage: 'push',
            node,
            message: `${node} applied what no push in flight may apply, or in another order`,
            expected: candidates,
            actual: brought,
          },
    );
  }

  #takeFloor(sql: CommittedSql, {floor}: FeedState, node: string, read: Readings | null): void {
    if (floor === null || floor.changeId === this.#floor) return;
    this.#floor = floor.changeId;
    const index = this.feed.indexOf(floor);
    const taken = this.feed.rows[index];
    if (taken === undefined) {
      this.feed.marker(floor);
      return;
    }
    this.feed.compactedThrough(index);
    const {compaction: keep} = this.#world;
    if (read === null || keep === null) return;
    const wrong = judgeCompaction(taken.occurredMs, {
      nowMs: read.latestMs,
      keep,
      clients: readStandings(sql),
    });
    this.#docket.enter(
      'VFS-C1',
      wrong === null
        ? null
        : {code: 'taken', stage: 'compaction', node, message: `${node} ${wrong}`, actual: taken.id},
    );
  }

  #takeCheckpoints(sql: CommittedSql, node: string): void {
    const checkpoints = readCheckpoints(sql);
    if (checkpoints.length < this.#checkpoints.size) this.#checkpoints.clear();
    let changed = false;
    for (const {key, stored} of checkpoints) {
      const before = this.#checkpoints.get(key);
      if (before !== undefined && sameValue(before, stored)) continue;
      this.#checkpoints.set(key, stored);
      changed = true;
      const joins = this.#inFlight
        .reconciles(node, key)
        .map(input => (before === undefined ? input : joinReconcile(before, input)));
      const right = joins.some(join => sameValue(join, stored));
      this.#docket.enter(
        'VFS-I9',
        right
          ? null
          : {
              code: 'join',
              stage: 'reconcile',
              node,
              message: `${node} stored a checkpoint for ${key} that no reconcile in flight joins to`,
              expected: joins.at(0),
              actual: stored,
            },
      );
    }
    if (changed) this.#inFlight.checkpointsChanged();
  }

  #judgeHeads(sql: CommittedSql, node: string): void {
    for (const {user, replica, head} of readHeads(sql)) {
      const owed = this.feed.heads(user)[replica] ?? 0;
      this.#docket.enter(
        'VFS-I3',
        head === owed
          ? null
          : {
              code: 'head',
              stage: 'push',
              node,
              message: `the head of ${user}/${replica} is ${head}`,
              expected: owed,
              actual: head,
            },
      );
    }
  }

  /** The database was put back, or emptied: the ledger goes back to where it was then. */
  rewound(scene: Scene): void {
    const sql = scene.database(SERVER_PLACE, 'server');
    const state = sql === null ? null : readFeedState(sql);
    this.feed.restore((state === null ? undefined : this.#history.get(state.print)) ?? []);
    this.rewinds += 1;
    this.#registered.clear();
    this.#members = state?.members ?? new Set<string>();
    this.#memberships.restored(state === null || state.items === 0 ? null : state.members);
    this.#floor = state?.floor?.changeId ?? null;
    this.#checkpoints.clear();
    if (sql === null || state === null) return;
    for (const {id} of readItems(sql)) this.#registered.add(id);
    for (const {key, stored} of readCheckpoints(sql)) this.#checkpoints.set(key, stored);
  }

  /** The feed index that a cursor has reached; -1 where it is none of this feed. */
  indexOf(cursor: Cursor | null): number {
    return this.feed.indexOf(cursor);
  }
}

/** What the server on a node has read from its clock; null while it is not up. */
function readingsOf(scene: Scene, node: string): Readings | null {
  const program = scene.node(node)?.program;
  return program instanceof ServerProgram ? program.readings : null;
}
