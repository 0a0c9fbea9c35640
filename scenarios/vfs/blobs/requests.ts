/** Requests about blobs as the harness reads them off the wire: whose they are, and what they ask. */
import type {HttpRequest} from '../../../src/index.ts';
import type {BlobRequest} from '../../../src/model/vfs/blob-state.ts';
import type {BlobOperation} from '../../../src/model/vfs/blob-types.ts';
import {encodeCursor} from '../../../src/model/vfs/cursor.ts';
import {canonicalJson} from '../../../src/model/vfs/compare.ts';
import {WRONG} from './wrong-requests.ts';

const BLOBS = '/v1/vfs/blobs';

/** What a request asks of blobs; null if it asks for something else. Every caller of this scenario has a session. */
export function blobRequestOf({method, path, headers, body}: HttpRequest): BlobRequest | null {
  if (!path.startsWith(`${BLOBS}/`)) return null;
  const user = String(headers['authorization']).replace('Bearer token-', '');
  const rest = path.slice(BLOBS.length);
  if (rest === '/stage') return {kind: 'stage', user, body: parsed(String(body))};
  const [, staging, verb] = /^\/stage\/([^/]*)\/(attach|abandon)$/.exec(rest) ?? [];
  if (staging !== undefined) {
    const stagingId = decodeURIComponent(staging);
    return verb === 'attach'
      ? {kind: 'attach', user, stagingId, body: parsed(String(body))}
      : {kind: 'abandon', user, stagingId};
  }
  const blobId = decodeURIComponent(rest.slice(1));
  return method === 'GET' ? {kind: 'read', user, blobId} : {kind: 'delete', user, blobId};
}

/** The request of a device's queue; null for any other, such as one that is wrong on purpose. */
export function queueRequestOf(request: HttpRequest): BlobRequest | null {
  if (request.method !== 'POST' || request.headers[WRONG] !== undefined) return null;
  return blobRequestOf(request);
}

/** Whether a request is what an operation of the queue is sent as. */
export function isRequestOf(operation: BlobOperation, request: BlobRequest): boolean {
  if (operation.kind !== request.kind) return false;
  switch (request.kind) {
    case 'stage': {
      return canonicalJson({kind: 'stage', ...(request.body as object)}) === canonicalJson(operation);
    }
    case 'attach': {
      if (operation.kind !== 'attach' || operation.stagingId !== request.stagingId) return false;
      const {itemId, relationKind, consistency} = operation;
      const tuple =
        consistency === undefined
          ? {}
          : {...consistency, requiredCursor: encodeCursor(consistency.requiredCursor)};
      return canonicalJson(request.body) === canonicalJson({itemId, relationKind, ...tuple});
    }
    default:
      return 'stagingId' in request && operation.stagingId === request.stagingId;
  }
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
