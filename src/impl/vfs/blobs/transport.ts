/** How a client reaches the blobs of its server; it trusts no answer that is not about what it asked (spec 5.3 to 5.6). */
import type {Host} from '../../../host.ts';
import type {BlobOperation} from '../../../model/vfs/blob-types.ts';
import {VfsSyncError} from '../client-errors.ts';
import {encodeCursor} from '../cursor.ts';
import {isRecord, trimmed} from '../text.ts';
import {normalizeTime} from '../time.ts';
import {askServer, type HttpTransportOptions, readAnswer, successOf} from '../transport.ts';
import {BLOB_ID, BLOB_SHA256} from './read-delete.ts';
import {sha256} from './sha256.ts';

const BLOBS = '/v1/vfs/blobs';

const encoder = new TextEncoder();

/**
 * All methods reject with `VfsTransportError` where no answer came or it was no success, and with {@link VfsSyncError}
 * where a success is not about what was asked.
 */
export class BlobTransport {
  readonly #host: Host;
  readonly #options: HttpTransportOptions;

  constructor(host: Host, options: HttpTransportOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Carries out one operation of the queue. */
  async perform(operation: BlobOperation): Promise<void> {
    const {path, body} = requestOf(operation);
    const response = await askServer(this.#host, this.#options, {method: 'POST', path: BLOBS + path, body});
    checkSuccess(operation, successOf(readAnswer(response)));
  }

  /** The bytes of a blob, as they were staged. */
  async read(blobId: string): Promise<Uint8Array> {
    const response = await askServer(this.#host, this.#options, {method: 'GET', path: pathOf(blobId)});
    if (response.status !== 200) successOf(readAnswer(response));
    const {headers, body} = response;
    const bytes = typeof body === 'string' ? encoder.encode(body) : body;
    if (headers[BLOB_ID] === encodeURIComponent(blobId) && headers[BLOB_SHA256] === sha256(bytes))
      return bytes;
    throw new VfsSyncError('transport returned invalid blob bytes');
  }

  async delete(blobId: string): Promise<void> {
    const response = await askServer(this.#host, this.#options, {method: 'DELETE', path: pathOf(blobId)});
    const body = successOf(readAnswer(response));
    const isDone = isRecord(body) && body['deleted'] === true && body['blobId'] === blobId;
    if (!isDone) throw new VfsSyncError('transport returned invalid delete response');
  }
}

const pathOf = (blobId: string): string => `${BLOBS}/${encodeURIComponent(blobId)}`;

function requestOf(operation: BlobOperation): {readonly path: string; readonly body?: unknown} {
  if (operation.kind === 'stage') {
    const {stagingId, blobId, expiresAt, dataBase64, contentType} = operation;
    return {path: '/stage', body: {stagingId, blobId, expiresAt, dataBase64, contentType}};
  }
  const path = `/stage/${encodeURIComponent(operation.stagingId)}/${operation.kind}`;
  if (operation.kind === 'abandon') return {path};
  const {itemId, relationKind, consistency} = operation;
  if (consistency === undefined) return {path, body: {itemId, relationKind}};
  const {clientId, requiredCursor, requiredLastReconciledWriteIds} = consistency;
  const tuple = {clientId, requiredCursor: encodeCursor(requiredCursor), requiredLastReconciledWriteIds};
  return {path, body: {itemId, relationKind, ...tuple}};
}

/** Throws {@link VfsSyncError} unless the success is that of the operation. */
function checkSuccess(operation: BlobOperation, body: unknown): void {
  const {kind} = operation;
  if (!isRecord(body)) throw new VfsSyncError(`transport returned invalid ${kind} response`);
  const wrong = Object.entries(expectedOf(operation)).find(([field, value]) => body[field] !== value)?.[0];
  if (wrong !== undefined) throw new VfsSyncError(`transport returned invalid ${wrong}`);
  const time = kind === 'stage' ? 'stagedAt' : 'attachedAt';
  if (kind !== 'abandon' && normalizeTime(body[time]) === null)
    throw new VfsSyncError(`transport returned invalid ${time}`);
  if (kind === 'attach' && trimmed(body['refId']) === null)
    throw new VfsSyncError('transport returned invalid refId');
}

function expectedOf(operation: BlobOperation): Readonly<Record<string, unknown>> {
  const {stagingId} = operation;
  switch (operation.kind) {
    case 'stage': {
      const {blobId, expiresAt} = operation;
      return {stagingId, blobId, status: 'staged', expiresAt};
    }
    case 'attach': {
      const {itemId, relationKind} = operation;
      return {attached: true, stagingId, itemId, relationKind};
    }
    case 'abandon':
      return {abandoned: true, stagingId, status: 'abandoned'};
  }
}
