/** Reads what crossed the wire as a tamper needs it, the question and the honest answer to it: whole, or not at all. */
import type {HttpRequest, HttpResponse} from '../../src/host.ts';
import {pristine} from '../../src/model/vfs/client.ts';
import {decodeCursor} from '../../src/model/vfs/cursor.ts';
import {
  decodePull,
  decodePush,
  decodeReconcile,
  decodeSnapshot,
  type Answer,
} from '../../src/model/vfs/decode.ts';
import {expectSnapshot} from '../../src/model/vfs/expect-snapshot.ts';
import {isObject} from '../../src/model/vfs/fields.ts';
import {Refusal} from '../../src/model/vfs/refusal.ts';
import {itemCursor} from '../../src/model/vfs/replay.ts';
import {formatTime, parseTime, TIME_MAX} from '../../src/model/vfs/time.ts';
import type {Cursor, ExportedState, FeedItem, PushResult, WriteIds} from '../../src/model/vfs/types.ts';
import {parseWriteIds} from '../../src/model/vfs/write-ids.ts';
import {requestKind} from '../../src/sim/bodies.ts';
import type {TamperContext} from '../../src/sim/system.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The four questions of a sync client. */
export type Route = 'pull' | 'push' | 'reconcile' | 'snapshot';

const ROUTES: ReadonlyMap<string, Route> = new Map([
  ['GET /v1/vfs/crdt/sync', 'pull'],
  ['GET /v1/vfs/crdt/vfs-sync', 'pull'],
  ['POST /v1/vfs/crdt/push', 'push'],
  ['POST /v1/vfs/crdt/reconcile', 'reconcile'],
  ['GET /v1/vfs/crdt/snapshot', 'snapshot'],
]);

export const routeOf = (request: HttpRequest): Route | null => ROUTES.get(requestKind(request)) ?? null;

const utf8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/** A body as text; null for bytes that are no UTF-8. */
export function textOf({body}: Pick<HttpResponse, 'body'>): string | null {
  if (typeof body === 'string') return body;
  try {
    return utf8.decode(body);
  } catch {
    return null;
  }
}

/** A response as the model judges it; bytes that are no UTF-8 are no JSON, whatever a lenient decoder would see in them. */
export const toAnswer = (response: HttpResponse): Answer => ({
  kind: 'http',
  status: response.status,
  body: textOf(response) ?? '',
});

/** What `read` gives, or null where the model refuses what it is given. */
function unlessRefused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** The JSON object that a body is, or null. */
export function objectOf(message: Pick<HttpResponse, 'body'>): JsonObject | null {
  try {
    const value: unknown = JSON.parse(textOf(message) ?? '');
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** A page, both as it was written and as a client takes it in: the lists have the same length. */
export interface Page {
  readonly body: JsonObject;
  readonly items: readonly JsonObject[];
  readonly told: readonly FeedItem[];
  readonly positions: readonly Cursor[];
  readonly nextCursor: Cursor | null;
  readonly hasMore: boolean;
  readonly ids: WriteIds;
}

/** The page that an answer to a pull is, or null if it is none or a malformed one. Its order is not judged. */
export function readPage(answer: HttpResponse): Page | null {
  return unlessRefused(() => {
    const {items: told, nextCursor, hasMore, lastReconciledWriteIds} = decodePull(toAnswer(answer));
    const body = objectOf(answer) ?? {};
    const positions = told.flatMap(item => itemCursor(item) ?? []);
    if (!Array.isArray(body['items']) || positions.length < told.length) return null;
    const ids = parseWriteIds(lastReconciledWriteIds);
    return {body, items: body['items'] as readonly JsonObject[], told, positions, nextCursor, hasMore, ids};
  });
}

/** The pages that this link was given before, oldest first. */
export const earlierPages = ({earlier}: TamperContext): readonly Page[] =>
  earlier.flatMap(answer => readPage(answer) ?? []);

/** A page's body with other items, ending where its last item does, whatever it said before. */
export const ending = (body: JsonObject, items: readonly JsonObject[]): JsonObject => ({
  ...body,
  items,
  nextCursor: null,
});

/** The cursor that a pull asks from; null is the beginning. */
export const askedFrom = (request: HttpRequest): Cursor | null =>
  decodeCursor(queryOf(request).get('cursor') ?? '');

/** How many items a pull asks for at most. */
export function askedFor(request: HttpRequest): number {
  const limit = Number.parseInt(queryOf(request).get('limit') ?? '', 10);
  return limit >= 1 && limit <= 500 ? limit : 100;
}

function queryOf({path}: HttpRequest): URLSearchParams {
  const mark = path.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : path.slice(mark + 1));
}

/** The results of a push, both as written and as a client takes them in. */
export interface Results {
  readonly body: JsonObject;
  readonly results: readonly JsonObject[];
  readonly told: readonly PushResult[];
}

export function readResults(answer: HttpResponse): Results | null {
  return unlessRefused(() => {
    const told = decodePush(toAnswer(answer));
    const body = objectOf(answer) ?? {};
    const {results} = body;
    return Array.isArray(results) ? {body, results: results as readonly JsonObject[], told} : null;
  });
}

/** The op ids of what a push sends, in its order. */
export function sentOpIds(request: HttpRequest): readonly string[] {
  const operations = objectOf(request)?.['operations'];
  if (!Array.isArray(operations)) return [];
  return (operations as readonly unknown[]).flatMap(operation =>
    isObject(operation) && typeof operation['opId'] === 'string' ? [operation['opId']] : [],
  );
}

/** A checkpoint as a reconcile sends it and as its answer acknowledges it. */
export interface Checkpoint {
  readonly body: JsonObject;
  readonly clientId: string;
  readonly cursor: Cursor;
  readonly ids: WriteIds;
}

export function readCheckpoint(message: Pick<HttpResponse, 'body'>): Checkpoint | null {
  const body = objectOf(message);
  const clientId = body?.['clientId'];
  if (body === null || typeof clientId !== 'string') return null;
  return unlessRefused(() => {
    const answer = {status: 200, headers: {}, body: message.body};
    const {cursor, lastReconciledWriteIds} = decodeReconcile(toAnswer(answer), clientId.trim());
    return {body, clientId: clientId.trim(), cursor, ids: parseWriteIds(lastReconciledWriteIds)};
  });
}

/** The acknowledgement that an answer to a reconcile is, or null. */
export const readAcknowledgement = (answer: HttpResponse): Checkpoint | null =>
  answer.status >= 200 && answer.status <= 299 ? readCheckpoint(answer) : null;

/** A snapshot as it was written, and the state of a new client that took it in. */
export interface Snapshot {
  readonly body: JsonObject;
  readonly replay: JsonObject;
  readonly acl: readonly JsonObject[];
  readonly links: readonly JsonObject[];
  readonly clocks: readonly JsonObject[];
  readonly state: ExportedState;
}

/** The snapshot that an answer is, or null; the server's word that there is none is no snapshot. */
export function readSnapshot(answer: HttpResponse): Snapshot | null {
  const body = unlessRefused(() => decodeSnapshot(toAnswer(answer)));
  if (body === null) return null;
  const expected = expectSnapshot({clientId: 'new', state: pristine(), answer: toAnswer(answer)});
  if (expected.kind === 'refuse') return null;
  const replay = body['replaySnapshot'] as JsonObject;
  return {
    body,
    replay,
    acl: replay['acl'] as readonly JsonObject[],
    links: replay['links'] as readonly JsonObject[],
    clocks: body['containerClocks'] as readonly JsonObject[],
    state: expected.state,
  };
}

/** An instant `byMs` later than a timestamp (earlier, if negative), or null where time ends. */
export function movedTime(changedAt: string, byMs: number): string | null {
  const ms = parseTime(changedAt);
  return ms === null || Math.abs(ms + byMs) > TIME_MAX ? null : formatTime(ms + byMs);
}

/** The same change id at another instant, or null where time ends. */
export function movedCursor(cursor: Cursor, byMs: number): Cursor | null {
  const changedAt = movedTime(cursor.changedAt, byMs);
  return changedAt === null ? null : {changedAt, changeId: cursor.changeId};
}
