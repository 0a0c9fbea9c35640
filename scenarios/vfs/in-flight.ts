/** The requests that servers are working on, each with every answer that would be right by now, and how they end. */
import type {HttpRequest, HttpResponse} from '../../src/index.ts';
import {decodeCursor, encodeCursor} from '../../src/model/vfs/cursor.ts';
import {canonicalJson, describeDifference, sameValue} from '../../src/model/vfs/compare.ts';
import {feedItemOf} from '../../src/model/vfs/feed-row.ts';
import type {FeedLedger} from '../../src/model/vfs/feed.ts';
import {expectPushResults} from '../../src/model/vfs/push.ts';
import {joinReconcile} from '../../src/model/vfs/reconcile.ts';
import type {Cursor, FeedItem, PushResult, ReconcileState, WriteIds} from '../../src/model/vfs/types.ts';
import type {Docket} from './docket.ts';
import {checkpointKey} from './server-rows.ts';
import {tokenOf, type VfsWorld} from './world.ts';

/** A request that some server is working on, and all the answers that would be right by now. */
interface Pending {
  readonly node: string;
  readonly user: string;
  readonly kind: 'push' | 'pull' | 'reconcile' | 'other';
  readonly request: HttpRequest;
  readonly right: string[];
  /** The write ids that a pull may tell of, by the same states. */
  readonly heads: string[];
  /** What a push may bring into the feed, by the same states. */
  readonly expected: (readonly PushResult[])[];
}

export class InFlight {
  readonly #world: VfsWorld;
  readonly #feed: FeedLedger;
  readonly #docket: Docket;
  /** The checkpoint that is stored under a client's {@link checkpointKey}. */
  readonly #stored: (key: string) => ReconcileState | null;
  readonly #pending = new Map<number, Pending>();

  constructor(
    world: VfsWorld,
    feed: FeedLedger,
    docket: Docket,
    stored: (key: string) => ReconcileState | null,
  ) {
    this.#world = world;
    this.#feed = feed;
    this.#docket = docket;
    this.#stored = stored;
  }

  /** A server took a request on. */
  requested(serving: number, node: string, request: HttpRequest): void {
    const {method, path} = request;
    const kind = path.startsWith('/v1/vfs/crdt/push')
      ? 'push'
      : path.startsWith('/v1/vfs/crdt/reconcile')
        ? 'reconcile'
        : path.startsWith('/v1/vfs/crdt/sync') && method === 'GET'
          ? 'pull'
          : 'other';
    const user = this.#userOf(request);
    const pending: Pending = {node, user, kind, request, right: [], heads: [], expected: []};
    this.#pending.set(serving, pending);
    this.#expect(pending);
  }

  /** Users by their tokens. */
  #userOf(request: HttpRequest): string {
    const token = /^Bearer (.*)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
    return this.#world.users.find(({id}) => tokenOf(id) === token)?.id ?? '';
  }

  /** A server died: what it was working on gets no answer. */
  crashed(node: string): void {
    for (const [serving, pending] of this.#pending) if (pending.node === node) this.#pending.delete(serving);
  }

  /** The feed went on: from now on, what is right in its new state is right as well. */
  feedChanged(): void {
    for (const pending of this.#pending.values()) this.#expect(pending);
  }

  /** Some checkpoint was stored: from now on, what joins with it is right as well. */
  checkpointsChanged(): void {
    for (const pending of this.#pending.values()) if (pending.kind === 'reconcile') this.#expect(pending);
  }

  /** Adds what would be right in the ledger's present state. */
  #expect(pending: Pending): void {
    if (pending.kind === 'push') {
      const body = bodyOf(pending.request) as {clientId?: unknown; operations?: unknown[]};
      if (!Array.isArray(body.operations)) return;
      const results = expectPushResults(this.#feed, pending.user, String(body.clientId), body.operations);
      pending.expected.push(results);
      pending.right.push(canonicalJson({clientId: body.clientId, results}));
    } else if (pending.kind === 'pull') {
      pending.right.push(this.#expectedPage(pending));
      pending.heads.push(canonicalJson(this.#feed.heads(pending.user)));
    } else if (pending.kind === 'reconcile') {
      const sent = checkpointOf(pending.request);
      if (sent === null) return;
      const stored = this.#stored(checkpointKey(pending.user, `crdt:${sent.clientId}`));
      // a client is told no less than it holds, whatever of it the server may keep
      pending.right.push(acknowledgement(sent.clientId, joinReconcile(stored, sent.checkpoint)));
    }
  }

  #expectedPage({request, user}: Pending): string {
    const limit = Number(queryOf(request).get('limit') ?? 100);
    const page = this.#feed.expectedPage(user, cursorOf(request), limit);
    if (page.rematerialize === 'must') return 'rematerialize';
    return canonicalJson({
      items: page.rows.map(feedItemOf),
      hasMore: page.hasMore,
      lastReconciledWriteIds: this.#feed.heads(user),
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
    if (pending.kind === 'reconcile' && response.status === 200) {
      this.#judge('VFS-I9', node, 'acknowledgement', pending, acknowledged(response));
    }
    if (pending.kind !== 'pull') return;
    if (this.#world.readReplica && response.status === 200) this.#judgeCopy(pending, node, response);
    else this.#judgePage(pending, node, response);
  }

  /**
   * A page may come from a copy that lags: who saw what then, nobody knows now. But its rows must be this feed's, after the
   * cursor and in order, and the write ids must be the primary's own.
   */
  #judgeCopy(pending: Pending, node: string, response: HttpResponse): void {
    const {items, lastReconciledWriteIds} = JSON.parse(String(response.body)) as {
      items: FeedItem[];
      lastReconciledWriteIds: WriteIds;
    };
    let last = this.#feed.indexOf(cursorOf(pending.request));
    const stray = items.find(item => {
      const index = this.#feed.indexOf({changedAt: item.occurredAt, changeId: item.opId});
      const row = this.#feed.rows[index];
      const fits = row !== undefined && index > last && sameValue(feedItemOf(row), item);
      last = index;
      return !fits;
    });
    const known = canonicalJson(lastReconciledWriteIds);
    const current = pending.heads.includes(known);
    const wrong =
      stray !== undefined
        ? `a row that is none of this feed's: ${stray.opId}`
        : current
          ? null
          : `write ids that the primary does not have: ${known}`;
    this.#docket.enter(
      'VFS-I8',
      wrong === null
        ? null
        : {code: 'copy', stage: pending.kind, node, message: `${node} served from a copy ${wrong}`},
    );
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

  /** The ids of what each push in flight on a node may bring into the feed now, in its order. */
  applicable(node: string): string[][] {
    return [...this.#pending.values()]
      .filter(pending => pending.node === node && pending.kind === 'push')
      .map(({expected}) =>
        (expected.at(-1) ?? []).filter(({status}) => status === 'applied').map(({opId}) => opId),
      );
  }

  /** What reconciles in flight on a node want to store under a client's {@link checkpointKey}. */
  reconciles(node: string, key: string): ReconcileState[] {
    return [...this.#pending.values()].flatMap(pending => {
      if (pending.node !== node || pending.kind !== 'reconcile') return [];
      const sent = checkpointOf(pending.request);
      if (sent === null || checkpointKey(pending.user, `crdt:${sent.clientId}`) !== key) return [];
      const {cursor, lastReconciledWriteIds} = sent.checkpoint;
      // a position that is none of this feed's is not kept either
      if (this.#feed.expectedPage(pending.user, cursor, 1).rematerialize === 'must') return [];
      // what a client says of write ids that no head has reached is not kept
      const heads = this.#feed.heads(pending.user);
      const claimed = Object.entries(lastReconciledWriteIds);
      const kept = claimed.filter(([replica, id]) => id <= (heads[replica] ?? 0));
      return [{cursor, lastReconciledWriteIds: Object.fromEntries(kept)}];
    });
  }
}

const queryOf = ({path}: HttpRequest): URLSearchParams =>
  new URLSearchParams(path.slice(path.indexOf('?') + 1));

/** Where a pull asks from; null from the beginning. */
function cursorOf(request: HttpRequest): Cursor | null {
  const text = queryOf(request).get('cursor');
  return text === null ? null : decodeCursor(text);
}

/** The checkpoint that a reconcile carries; null where it carries none that could be read. */
function checkpointOf(
  request: HttpRequest,
): {readonly clientId: string; readonly checkpoint: ReconcileState} | null {
  const {
    clientId,
    cursor: text,
    lastReconciledWriteIds = {},
  } = bodyOf(request) as {
    clientId: string;
    cursor: string;
    lastReconciledWriteIds?: WriteIds;
  };
  const cursor = decodeCursor(text);
  return cursor === null ? null : {clientId, checkpoint: {cursor, lastReconciledWriteIds}};
}

const acknowledgement = (clientId: unknown, {cursor, lastReconciledWriteIds}: ReconcileState): string =>
  canonicalJson({clientId, cursor, lastReconciledWriteIds});

function acknowledged(response: HttpResponse): string {
  const {clientId, cursor, lastReconciledWriteIds} = parsed(String(response.body)) as {
    clientId: string;
    cursor: string;
    lastReconciledWriteIds: WriteIds;
  };
  return canonicalJson({clientId, cursor: decodeCursor(cursor), lastReconciledWriteIds});
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
