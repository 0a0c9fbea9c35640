/** Watches the servers' database: takes every commit into the ledger, and judges what servers answer against it. */
import type {CommittedSql, HttpRequest, HttpResponse, Scene, SqlRow} from '../../src/index.ts';
import {compareCursors, decodeCursor, encodeCursor} from '../../src/model/vfs/cursor.ts';
import {canonicalJson, describeDifference} from '../../src/model/vfs/compare.ts';
import {feedItemOf, rowCursor, type FeedRow} from '../../src/model/vfs/feed-row.ts';
import {FeedLedger, type Fact} from '../../src/model/vfs/feed.ts';
import {expectPushResults} from '../../src/model/vfs/push.ts';
import {joinReconcile} from '../../src/model/vfs/reconcile.ts';
import {formatTime} from '../../src/model/vfs/time.ts';
import type {Cursor, PushResult, ReconcileState, WriteIds} from '../../src/model/vfs/types.ts';
import type {Docket} from './docket.ts';
import {SERVER_PLACE} from './nodes.ts';
import {tokenOf, type VfsWorld} from './world.ts';

/** A request that some server is working on, and all the answers that would be right by now. */
interface Pending {
  readonly node: string;
  readonly user: string;
  readonly kind: 'push' | 'pull' | 'reconcile' | 'other';
  readonly request: HttpRequest;
  readonly right: string[];
  /** What a push may bring into the feed, by the same states. */
  readonly expected: (readonly PushResult[])[];
}

const STATE_SQL = `SELECT last_seq, floor_ms, floor_id,
  (SELECT id FROM vfs_crdt_ops ORDER BY occurred_ms DESC, id DESC LIMIT 1) AS top,
  (SELECT count(*) FROM vfs_registry) AS items,
  (SELECT group_concat(pair, '|') FROM (SELECT user_id || ' ' || group_id AS pair FROM user_groups ORDER BY 1)) AS members
  FROM vfs_feed_state WHERE id = 1`;
const ROWS_SQL = `SELECT * FROM vfs_crdt_ops WHERE (occurred_ms, id) > (?, ?) ORDER BY occurred_ms, id`;

export class ServerWatch {
  readonly feed = new FeedLedger();
  readonly #docket: Docket;
  readonly #world: VfsWorld;
  readonly #pending = new Map<number, Pending>();
  readonly #registered = new Map<string, string>();
  #members = new Set<string>();
  #floor: string | null = null;
  readonly #checkpoints = new Map<string, ReconcileState>();
  /** The facts by what the database looked like after each commit: where a restore leads back to, in whatever history. */
  readonly #history = new Map<string, readonly Fact[]>();
  /** How often history was lost. */
  rewinds = 0;

  constructor(world: VfsWorld, docket: Docket) {
    this.#world = world;
    this.#docket = docket;
  }

  /** Users by their tokens. */
  userOf(request: HttpRequest): string {
    const token = /^Bearer (.*)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
    return this.#world.users.find(({id}) => tokenOf(id) === token)?.id ?? '';
  }

  requested(serving: number, node: string, request: HttpRequest): void {
    const {method, path} = request;
    const kind = path.startsWith('/v1/vfs/crdt/push')
      ? 'push'
      : path.startsWith('/v1/vfs/crdt/reconcile')
        ? 'reconcile'
        : path.startsWith('/v1/vfs/crdt/sync') && method === 'GET'
          ? 'pull'
          : 'other';
    const pending: Pending = {node, user: this.userOf(request), kind, request, right: [], expected: []};
    this.#pending.set(serving, pending);
    this.#expect(pending);
  }

  crashed(node: string): void {
    for (const [serving, pending] of this.#pending) if (pending.node === node) this.#pending.delete(serving);
  }

  /** Adds what would be right in the ledger's present state. */
  #expect(pending: Pending): void {
    if (pending.kind === 'push') {
      const body = bodyOf(pending.request) as {clientId?: unknown; operations?: unknown[]};
      if (!Array.isArray(body.operations)) return;
      const results = expectPushResults(this.feed, pending.user, String(body.clientId), body.operations);
      pending.expected.push(results);
      pending.right.push(canonicalJson({clientId: body.clientId, results}));
    } else if (pending.kind === 'pull') {
      pending.right.push(this.#expectedPage(pending));
    }
  }

  #expectedPage({request, user}: Pending): string {
    const query = new URLSearchParams(request.path.slice(request.path.indexOf('?') + 1));
    const text = query.get('cursor');
    const page = this.feed.expectedPage(
      user,
      text === null ? null : decodeCursor(text),
      Number(query.get('limit') ?? 100),
    );
    if (page.rematerialize === 'must') return 'rematerialize';
    return canonicalJson({
      items: page.rows.map(feedItemOf),
      hasMore: page.hasMore,
      lastReconciledWriteIds: this.feed.heads(user),
    });
  }

  /** Judges an answer as its server gave it. */
  responded(serving: number, node: string, response: HttpResponse): void {
    const pending = this.#pending.get(serving);
    this.#pending.delete(serving);
    if (pending === undefined || pending.right.length === 0) return;
    if (pending.kind === 'push' && response.status === 200) {
      this.#judge('VFS-I4', node, 'push-results', pending, canonicalJson(JSON.parse(String(response.body))));
    }
    if (pending.kind === 'pull' && !this.#world.readReplica) this.#judgePage(pending, node, response);
  }

  #judgePage(pending: Pending, node: string, response: HttpResponse): void {
    if (response.status === 409) {
      this.#judge('VFS-I8', node, 'page', pending, 'rematerialize');
      return;
    }
    if (response.status !== 200) return;
    const {nextCursor, ...body} = JSON.parse(String(response.body)) as {
      nextCursor: string | null;
      hasMore: boolean;
      items: {occurredAt: string; opId: string}[];
    };
    this.#judge('VFS-I8', node, 'page', pending, canonicalJson(body));
    const tail = body.items.at(-1);
    const owed = tail === undefined ? null : encodeCursor({changedAt: tail.occurredAt, changeId: tail.opId});
    const right = nextCursor === null ? !body.hasMore : nextCursor === owed;
    this.#docket.enter(
      'VFS-I8',
      right
        ? null
        : {
            code: 'next-cursor',
            stage: 'pull',
            node,
            message: `${node} gave a nextCursor that is not the page's tail`,
          },
    );
  }

  #judge(claim: string, node: string, code: string, pending: Pending, actual: string): void {
    const right = pending.right.includes(actual);
    const expected = pending.right.at(-1) ?? '';
    const difference =
      right || actual === 'rematerialize' ? null : describeDifference(parsed(expected), parsed(actual));
    this.#docket.enter(
      claim,
      right
        ? null
        : {
            code,
            stage: pending.kind,
            node,
            message: `${node} answered a ${pending.kind} of ${pending.user} otherwise than its history says: ${difference?.path ?? actual}`,
            expected: difference?.expected ?? expected,
            actual: difference?.actual ?? actual,
          },
    );
  }

  /** Takes in what a commit changed. */
  committed(scene: Scene, node: string): void {
    const sql = scene.database(SERVER_PLACE, 'server');
    const state = sql?.get(STATE_SQL);
    if (sql === null || sql === undefined || state === undefined) return;
    const before = this.feed.facts.length;
    this.#takeItems(sql, state);
    this.#takeMembers(state);
    this.#takeRows(sql, node);
    this.#takeFloor(state);
    this.#takeCheckpoints(sql, node);
    this.#judgeHeads(sql, node);
    const facts = this.feed.facts;
    if (facts.length === before) return;
    this.#history.set(printOf(state), facts);
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
    for (const pending of this.#pending.values()) this.#expect(pending);
  }

  #takeItems(sql: CommittedSql, state: SqlRow): void {
    if (Number(state['items']) === this.#registered.size) return;
    for (const row of sql.all('SELECT id, owner_id FROM vfs_registry ORDER BY id')) {
      const id = String(row['id']);
      if (this.#registered.has(id)) continue;
      this.#registered.set(id, String(row['owner_id']));
      this.feed.register(id, String(row['owner_id']));
    }
  }

  #takeMembers(state: SqlRow): void {
    const now = new Set(state['members'] === null ? [] : String(state['members']).split('|'));
    for (const pair of this.#members) if (!now.has(pair)) this.#member(pair, false);
    for (const pair of now) if (!this.#members.has(pair)) this.#member(pair, true);
    this.#members = now;
  }

  #member(pair: string, member: boolean): void {
    const [user = '', group = ''] = pair.split(' ');
    this.feed.membership(user, group, member);
  }

  #takeRows(sql: CommittedSql, node: string): void {
    const last = this.feed.rows.at(-1);
    const rows = sql.all(ROWS_SQL, [last?.occurredMs ?? -1, last?.id ?? '']).map(rowOf);
    if (rows.length === 0) return;
    this.#judgeOrigin(rows, node);
    for (const row of rows) {
      const wrong = this.feed.append(row);
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
    const candidates = [...this.#pending.values()]
      .filter(pending => pending.node === node && pending.kind === 'push')
      .map(({expected}) =>
        (expected.at(-1) ?? []).filter(({status}) => status === 'applied').map(({opId}) => opId),
      );
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

  #takeFloor(state: SqlRow): void {
    const id = state['floor_id'];
    if (id === null || id === this.#floor) return;
    this.#floor = String(id);
    const cursor: Cursor = {changedAt: formatTime(Number(state['floor_ms'])), changeId: String(id)};
    const index = this.feed.indexOf(cursor);
    if (index >= 0) this.feed.compactedThrough(index);
    else this.feed.marker(cursor);
  }

  #takeCheckpoints(sql: CommittedSql, node: string): void {
    const rows = sql.all('SELECT * FROM vfs_sync_client_state ORDER BY user_id, client_id');
    if (rows.length < this.#checkpoints.size) this.#checkpoints.clear();
    for (const row of rows) {
      const key = `${String(row['user_id'])} ${String(row['client_id'])}`;
      const stored: ReconcileState = {
        cursor: {
          changedAt: String(row['last_reconciled_at']),
          changeId: String(row['last_reconciled_change_id']),
        },
        lastReconciledWriteIds: JSON.parse(String(row['last_reconciled_write_ids'])) as WriteIds,
      };
      const before = this.#checkpoints.get(key);
      if (before !== undefined && canonicalJson(before) === canonicalJson(stored)) continue;
      this.#checkpoints.set(key, stored);
      const joins = this.#reconciles(node, key).map(input =>
        before === undefined ? input : joinReconcile(before, input),
      );
      const right = joins.some(join => canonicalJson(join) === canonicalJson(stored));
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
  }

  /** What reconciles in flight on a node want to store for a client. */
  #reconciles(node: string, key: string): ReconcileState[] {
    return [...this.#pending.values()].flatMap(pending => {
      if (pending.node !== node || pending.kind !== 'reconcile') return [];
      const body = bodyOf(pending.request) as {
        clientId: string;
        cursor: string;
        lastReconciledWriteIds?: WriteIds;
      };
      const cursor = decodeCursor(body.cursor);
      if (cursor === null || `${pending.user} crdt:${body.clientId}` !== key) return [];
      // what a client says of write ids that no head has reached is not kept
      const heads = this.feed.heads(pending.user);
      const claimed = Object.entries(body.lastReconciledWriteIds ?? {});
      const kept = claimed.filter(([replica, id]) => id <= (heads[replica] ?? 0));
      return [{cursor, lastReconciledWriteIds: Object.fromEntries(kept)}];
    });
  }

  #judgeHeads(sql: CommittedSql, node: string): void {
    const rows = sql.all(
      'SELECT user_id, replica_id, max_write_id FROM vfs_crdt_replica_heads ORDER BY 1, 2',
    );
    for (const row of rows) {
      const user = String(row['user_id']);
      const replica = String(row['replica_id']);
      const owed = this.feed.heads(user)[replica] ?? 0;
      const head = Number(row['max_write_id']);
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
    const state = scene.database(SERVER_PLACE, 'server')?.get(STATE_SQL);
    this.feed.restore((state === undefined ? undefined : this.#history.get(printOf(state))) ?? []);
    this.rewinds += 1;
    this.#registered.clear();
    this.#members = new Set(
      state === undefined || state['members'] === null ? [] : String(state['members']).split('|'),
    );
    this.#floor = state === undefined || state['floor_id'] === null ? null : String(state['floor_id']);
    this.#checkpoints.clear();
    const sql = scene.database(SERVER_PLACE, 'server');
    if (sql === null || state === undefined) return;
    for (const row of sql.all('SELECT id, owner_id FROM vfs_registry ORDER BY id')) {
      this.#registered.set(String(row['id']), String(row['owner_id']));
    }
    for (const row of sql.all('SELECT * FROM vfs_sync_client_state ORDER BY user_id, client_id')) {
      this.#checkpoints.set(`${String(row['user_id'])} ${String(row['client_id'])}`, {
        cursor: {
          changedAt: String(row['last_reconciled_at']),
          changeId: String(row['last_reconciled_change_id']),
        },
        lastReconciledWriteIds: JSON.parse(String(row['last_reconciled_write_ids'])) as WriteIds,
      });
    }
  }

  /** The feed index that a cursor has reached; -1 where it is none of this feed. */
  indexOf(cursor: Cursor | null): number {
    return this.feed.indexOf(cursor);
  }

  /** True if a row stands exactly where the cursor says. */
  holds(cursor: Cursor): boolean {
    const row = this.feed.rows[this.indexOf(cursor)];
    return row !== undefined && compareCursors(rowCursor(row), cursor) === 0;
  }
}

const printOf = (state: SqlRow): string =>
  [state['last_seq'], state['top'], state['floor_id'], state['items'], state['members']]
    .map(String)
    .join(' ');

function rowOf(row: SqlRow): FeedRow {
  const text = (column: string): string | null => (row[column] === null ? null : String(row[column]));
  return {
    id: String(row['id']),
    occurredMs: Number(row['occurred_ms']),
    userId: text('user_id'),
    replicaId: text('replica_id'),
    writeId: row['write_id'] === null ? null : Number(row['write_id']),
    clientOpId: text('client_op_id'),
    itemId: String(row['item_id']),
    opType: row['op_type'] as FeedRow['opType'],
    principalType: text('principal_type') as FeedRow['principalType'],
    principalId: text('principal_id'),
    accessLevel: text('access_level') as FeedRow['accessLevel'],
    parentId: text('parent_id'),
    childId: text('child_id'),
    sourceTable: String(row['source_table']),
  };
}

function bodyOf(request: HttpRequest): unknown {
  return parsed(String(request.body)) ?? {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
