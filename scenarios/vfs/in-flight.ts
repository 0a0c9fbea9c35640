/** The requests that servers are working on, each with every answer that would be right by now, and how they end. */
import type {HttpRequest, HttpResponse} from '../../src/index.ts';
import {decodeCursor, encodeCursor} from '../../src/model/vfs/cursor.ts';
import {canonicalJson, describeDifference} from '../../src/model/vfs/compare.ts';
import {feedItemOf} from '../../src/model/vfs/feed-row.ts';
import type {FeedLedger} from '../../src/model/vfs/feed.ts';
import {expectPushResults} from '../../src/model/vfs/push.ts';
import type {PushResult, ReconcileState, WriteIds} from '../../src/model/vfs/types.ts';
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
  /** What a push may bring into the feed, by the same states. */
  readonly expected: (readonly PushResult[])[];
}

export class InFlight {
  readonly #world: VfsWorld;
  readonly #feed: FeedLedger;
  readonly #docket: Docket;
  readonly #pending = new Map<number, Pending>();

  constructor(world: VfsWorld, feed: FeedLedger, docket: Docket) {
    this.#world = world;
    this.#feed = feed;
    this.#docket = docket;
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
    const pending: Pending = {node, user: this.#userOf(request), kind, request, right: [], expected: []};
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
    }
  }

  #expectedPage({request, user}: Pending): string {
    const query = new URLSearchParams(request.path.slice(request.path.indexOf('?') + 1));
    const text = query.get('cursor');
    const page = this.#feed.expectedPage(
      user,
      text === null ? null : decodeCursor(text),
      Number(query.get('limit') ?? 100),
    );
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
      const body = bodyOf(pending.request) as {
        clientId: string;
        cursor: string;
        lastReconciledWriteIds?: WriteIds;
      };
      const cursor = decodeCursor(body.cursor);
      if (cursor === null || checkpointKey(pending.user, `crdt:${body.clientId}`) !== key) return [];
      // what a client says of write ids that no head has reached is not kept
      const heads = this.#feed.heads(pending.user);
      const claimed = Object.entries(body.lastReconciledWriteIds ?? {});
      const kept = claimed.filter(([replica, id]) => id <= (heads[replica] ?? 0));
      return [{cursor, lastReconciledWriteIds: Object.fromEntries(kept)}];
    });
  }
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
