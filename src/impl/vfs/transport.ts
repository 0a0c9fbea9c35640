/** How a client reaches its server: the contract, and its implementation over HTTP (3.1, 7). */
import {type Host, type HttpResponse, NetError} from '../../host.ts';
import type {
  Cursor,
  FeedItem,
  Operation,
  PushResult,
  Rematerialization,
  WriteIds,
} from '../../model/vfs/types.ts';
import {VfsTransportError} from './client-errors.ts';
import {encodeCursor} from './cursor.ts';
import {
  decodeBody,
  decodePull,
  decodePush,
  decodeReconcile,
  decodeSnapshot,
  refusalOf,
  rematerializationOf,
} from './transport-decode.ts';
import {isRecord, trimmed} from './text.ts';

/** Who asks. */
export interface Caller {
  readonly userId: string;
  readonly clientId: string;
}

export interface PushRequest extends Caller {
  readonly operations: readonly Operation[];
}

export interface PushResponse {
  readonly clientId: string;
  readonly results: readonly PushResult[];
}

export interface PullRequest extends Caller {
  readonly cursor: Cursor | null;
  readonly limit: number;
}

export interface PullResponse {
  readonly items: readonly FeedItem[];
  readonly hasMore: boolean;
  readonly nextCursor: Cursor | null;
  readonly lastReconciledWriteIds?: WriteIds | undefined;
}

export interface ReconcileRequest extends Caller {
  readonly cursor: Cursor;
  readonly lastReconciledWriteIds: WriteIds;
}

export interface ReconcileResponse {
  readonly cursor: Cursor;
  readonly lastReconciledWriteIds: WriteIds;
}

/** What a client needs of a transport; it trusts none of the answers. */
export interface VfsTransport {
  pushOperations(request: PushRequest): Promise<PushResponse>;
  /**
   * Rejects with a `VfsCrdtRematerializationRequiredError` if the feed no longer holds what lies after the
   * cursor.
   */
  pullOperations(request: PullRequest): Promise<PullResponse>;
  reconcileState?(request: ReconcileRequest): Promise<ReconcileResponse>;
  /** Canonical state; null if the server has none. */
  fetchSnapshot?(request: Caller): Promise<Rematerialization | null>;
}

export interface HttpTransportOptions {
  /** The server's node id or address. */
  readonly server: string;
  readonly token: string;
  /** Waiting time for one answer, ms; the host's own unless told. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * The transport over a host's network. Rejects with {@link VfsTransportError} where no answer came or it was
 * no success, and with a `VfsSyncError` where a success is not shaped as agreed (7.4).
 */
export class VfsHttpTransport implements VfsTransport {
  readonly #host: Host;
  readonly #options: HttpTransportOptions;

  constructor(host: Host, options: HttpTransportOptions) {
    this.#host = host;
    this.#options = options;
  }

  async pushOperations({clientId, operations}: PushRequest): Promise<PushResponse> {
    const answer = await this.#ask('POST', '/v1/vfs/crdt/push', {clientId, operations});
    return decodePush(successOf(answer));
  }

  async pullOperations({cursor, limit}: PullRequest): Promise<PullResponse> {
    const position = cursor === null ? '' : `&cursor=${encodeCursor(cursor)}`;
    const answer = await this.#ask('GET', `/v1/vfs/crdt/sync?limit=${limit}${position}`);
    const rematerialization = rematerializationOf(answer.status, answer.body);
    if (rematerialization !== null) throw rematerialization;
    return decodePull(successOf(answer));
  }

  async reconcileState({
    clientId,
    cursor,
    lastReconciledWriteIds,
  }: ReconcileRequest): Promise<ReconcileResponse> {
    const request = {clientId, cursor: encodeCursor(cursor), lastReconciledWriteIds};
    const answer = await this.#ask('POST', '/v1/vfs/crdt/reconcile', request);
    return decodeReconcile(successOf(answer), clientId);
  }

  async fetchSnapshot({clientId}: Caller): Promise<Rematerialization | null> {
    const answer = await this.#ask('GET', `/v1/vfs/crdt/snapshot?clientId=${encodeURIComponent(clientId)}`);
    if (answer.status === 404 && refusalOf(answer) === 'No CRDT snapshot is available') return null;
    return decodeSnapshot(successOf(answer));
  }

  /** Makes an item known to the server, owned by the caller. */
  async registerItem(id: string, objectType: string): Promise<void> {
    successOf(await this.#ask('POST', '/v1/vfs/register', {id, objectType}));
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
    return readAnswer(await askServer(this.#host, this.#options, {method, path, body}));
  }
}

/** Sends a request, its body as JSON if it has one. Rejects with {@link VfsTransportError} where no answer comes. */
export function askServer(
  host: Host,
  {server, token, timeoutMs}: HttpTransportOptions,
  {method, path, body}: {readonly method: string; readonly path: string; readonly body?: unknown},
): Promise<HttpResponse> {
  const request = {
    method,
    path,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : {'content-type': 'application/json'}),
    },
    body: body === undefined ? '' : JSON.stringify(body),
  };
  return host.net
    .request(server, request, timeoutMs === undefined ? {} : {timeoutMs})
    .catch(refuseNetworkError);
}

function refuseNetworkError(error: unknown): never {
  if (!(error instanceof NetError)) throw error;
  throw new VfsTransportError(`network ${error.code}`, {kind: 'network', code: error.code});
}

/** An answer in JSON. Throws {@link VfsTransportError} where it is none. */
export function readAnswer({status, body}: HttpResponse): Answer {
  const parsed = decodeBody(body);
  if (!parsed.ok) {
    throw new VfsTransportError('transport returned non-JSON response', {kind: 'answer', status});
  }
  return {status, body: parsed.value};
}

/** The body of a success; anything else is thrown in the server's words, if it has some. */
export function successOf(answer: Answer): unknown {
  const {status, body} = answer;
  if (status >= 200 && status < 300) return body;
  const inServersWords = isRecord(body) && trimmed(body['error']) !== null;
  throw new VfsTransportError(refusalOf(answer), {kind: 'answer', status, inServersWords});
}
