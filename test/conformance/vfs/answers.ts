/** A server that answers what a test gives it, in order, and what was asked of any server, told as plain data. */
import type {Host, HttpRequest, HttpResponse} from '../../../src/index.ts';
import {decodeCursor, encodeCursor} from '../../../src/impl/vfs/cursor.ts';
import {parseJson} from '../../../src/impl/vfs/json.ts';
import type {Cursor, FeedItem, Operation, PushStatus, WriteIds} from '../../../src/model/vfs/types.ts';

export type Ask = 'push' | 'sync' | 'reconcile' | 'snapshot' | 'register';

/** One request that reached a server; cursors are decoded, and a query is a body like any other. */
export interface Asked {
  readonly from: string;
  readonly what: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The body of a 200, or a way to make it; with a `status`, any answer. */
export type Answer =
  | {readonly body: unknown; readonly status?: number}
  | ((asked: Asked) => {readonly body: unknown; readonly status?: number});

export type Answers = {readonly [ask in Ask]?: readonly Answer[]};

export function read(from: string, {path, body}: HttpRequest): Asked {
  const [route = '', query = ''] = path.split('?');
  const what = route.split('/').at(-1) ?? '';
  const parsed = typeof body === 'string' && body !== '' ? parseJson(body) : null;
  const fields =
    parsed === null
      ? Object.fromEntries(new URLSearchParams(query))
      : parsed.ok
        ? (parsed.value as object)
        : {};
  if (what !== 'sync' && what !== 'reconcile') return {from, what, body: {...fields}};
  return {from, what, body: {...fields, cursor: decodeCursor((fields as {cursor?: unknown}).cursor)}};
}

/** Takes the next answer of each list; when one has run out, pushes apply, pulls are empty, checkpoints are given back. */
export class AnsweringServer {
  readonly #left: Map<string, Answer[]>;

  constructor(answers: Answers) {
    this.#left = new Map(Object.entries(answers).map(([ask, list]) => [ask, [...list]]));
  }

  serve(host: Host): void {
    host.net.serve((request, from) => Promise.resolve(this.#answer(read(from, request))));
  }

  #answer(asked: Asked): HttpResponse {
    const next = this.#left.get(asked.what)?.shift() ?? DEFAULTS[asked.what] ?? {status: 404, body: {}};
    const {status = 200, body} = typeof next === 'function' ? next(asked) : next;
    return {status, headers: {'content-type': 'application/json'}, body: JSON.stringify(body)};
  }
}

/** Every operation of the push gets this status. */
export const all =
  (status: PushStatus): Answer =>
  ({body}) => ({
    body: {
      clientId: body['clientId'],
      results: (body['operations'] as Operation[]).map(({opId}) => ({opId, status})),
    },
  });

export const page = (
  items: readonly FeedItem[],
  more: {readonly ids?: WriteIds; readonly next?: Cursor; readonly hasMore?: boolean} = {},
): Answer => ({
  body: {
    items,
    hasMore: more.hasMore ?? false,
    nextCursor: more.next === undefined ? null : encodeCursor(more.next),
    lastReconciledWriteIds: more.ids ?? {},
  },
});

/** An acknowledgement of this checkpoint, whatever was sent. */
export const ack =
  (cursor: Cursor, ids: WriteIds): Answer =>
  ({body}) => ({
    body: {clientId: body['clientId'], cursor: encodeCursor(cursor), lastReconciledWriteIds: ids},
  });

const echo: Answer = asked => {
  const answer = ack(asked.body['cursor'] as Cursor, asked.body['lastReconciledWriteIds'] as WriteIds);
  return typeof answer === 'function' ? answer(asked) : answer;
};

const DEFAULTS: Readonly<Record<string, Answer>> = {
  push: all('applied'),
  sync: page([]),
  reconcile: echo,
  snapshot: {status: 404, body: {error: 'No CRDT snapshot is available'}},
};
