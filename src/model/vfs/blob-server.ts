/** What an honest server makes of a request about blobs: the tables of 5.3 to 5.6, told row by row over plain data. */

import type {BlobRelation} from './blob-types.ts';
import type {BlobMemory, BlobOutcome, BlobRequest, BlobState} from './blob-state.ts';
import {canonicalBase64} from './blob-base64.ts';
import {compareCursors, decodeCursor} from './cursor.ts';
import {isObject, textOf} from './fields.ts';
import {keyOf} from './order.ts';
import {Refusal} from './refusal.ts';
import {formatTime, parseTime} from './time.ts';
import type {Cursor, WriteIds} from './types.ts';
import {parseWriteIds, writeIdOf} from './write-ids.ts';

type Told<Kind extends BlobRequest['kind']> = Extract<BlobRequest, {readonly kind: Kind}>;

const RELATIONS: readonly unknown[] = ['file', 'emailAttachment', 'photo', 'other'];
const CONFLICT = 'Blob object id conflicts with existing VFS object';
const BEHIND = 'Client reconcile state is behind required visibility';
const ATTACH_FAILED = 'Failed to attach staged blob';

function no(status: number, error: string): BlobOutcome {
  return {kind: 'answer', status, body: {error}, row: `${status} ${error}`};
}

function yes(status: number, body: unknown): BlobOutcome {
  return {kind: 'answer', status, body, row: `${status} again`};
}

/** What the request comes to in this state at this time (ms). */
export function expectBlob(
  request: BlobRequest,
  state: BlobState,
  memory: BlobMemory,
  nowMs: number,
): BlobOutcome {
  switch (request.kind) {
    case 'stage':
      return expectStage(request, state, memory, nowMs);
    case 'attach':
      return expectAttach(request, state, memory, nowMs);
    case 'abandon':
      return expectAbandon(request, state);
    case 'read':
    case 'delete':
      return expectOwnBlob(request, state, memory);
  }
}

function expectStage(
  {user, body}: Told<'stage'>,
  state: BlobState,
  memory: BlobMemory,
  nowMs: number,
): BlobOutcome {
  const given = isObject(body) ? body : {};
  const blobId = textOf(given.blobId);
  const expiresMs = parseTime(textOf(given.expiresAt) ?? '');
  const blank = ['dataBase64', 'contentType'].some(
    field => given[field] !== undefined && textOf(given[field]) === null,
  );
  if (blobId === null || expiresMs === null || blank) return no(400, 'blobId and expiresAt are required');
  if (expiresMs <= nowMs) return no(400, 'expiresAt must be in the future');
  const content = given.dataBase64 === undefined ? null : canonicalBase64(textOf(given.dataBase64) ?? '');
  if (content === undefined) return no(400, 'dataBase64 must be valid base64');
  const blob = state.entries.get(blobId);
  if (blob === undefined && content === null) return no(404, 'Blob object not found');
  if (blob !== undefined && blob.type !== 'blob') return no(409, CONFLICT);
  if (blob !== undefined && blob.owner !== user) return no(403, 'Forbidden');
  const lost = state.bytes.get(blobId)?.lost === true;
  if (content === null && lost) return no(404, 'Blob object not found');
  const known = blob === undefined ? null : memory.contentOf(blobId);
  if (content !== null && known !== null && known !== content) return no(409, CONFLICT);
  const stagingId = textOf(given.stagingId) ?? '';
  const staged = state.stagings.get(stagingId);
  const isAgain =
    staged !== undefined &&
    state.entries.get(stagingId)?.owner === user &&
    staged.blobId === blobId &&
    staged.expiresMs === expiresMs;
  if (isAgain) {
    const times = {stagedAt: staged.stagedAt, expiresAt: formatTime(expiresMs)};
    return yes(201, {stagingId, blobId, status: 'staged', ...times});
  }
  if (state.entries.has(stagingId)) return no(409, 'Blob staging already exists');
  const brings = content !== null && (!state.bytes.has(blobId) || lost);
  const change = {kind: 'staged', stagingId, blobId, user, expiresMs} as const;
  return {kind: 'change', change: {...change, content: brings ? content : null}};
}

function expectAttach(
  request: Told<'attach'>,
  state: BlobState,
  memory: BlobMemory,
  nowMs: number,
): BlobOutcome {
  const read = readAttach(request);
  if ('kind' in read) return read;
  const {stagingId, itemId, relationKind, required, payload} = read;
  const staging = state.stagings.get(stagingId);
  if (staging === undefined) return no(404, 'Blob staging not found');
  const owner = state.entries.get(stagingId)?.owner ?? null;
  if (owner === null || textOf(staging.blobId) === null) return no(500, ATTACH_FAILED);
  if (owner !== request.user) return no(403, 'Forbidden');
  const {blobId, expiresMs} = staging;
  const linked = state.links.get(keyOf(itemId, blobId));
  if (staging.status === 'attached' && memory.attachedBy(stagingId) === payload && linked !== undefined) {
    const {refId, attachedAt} = linked;
    return yes(200, {attached: true, stagingId, blobId, itemId, relationKind, refId, attachedAt});
  }
  if (staging.status !== 'staged') return no(409, 'Blob staging is no longer attachable');
  if (expiresMs === null) return no(500, ATTACH_FAILED);
  if (expiresMs <= nowMs) return no(409, 'Blob staging has expired');
  const behind = required === null ? null : judgeCheckpoint(request.user, required, state);
  if (behind !== null) return behind;
  const item = state.entries.get(itemId);
  if (item === undefined) return no(500, ATTACH_FAILED);
  const isItem = item.type !== 'blob' && item.type !== 'blobStage';
  if (!isItem || !mayWrite(request.user, itemId, state, nowMs)) return no(403, 'Forbidden');
  const blob = state.entries.get(blobId);
  if (blob === undefined) return no(500, ATTACH_FAILED);
  if (blob.type !== 'blob') return no(409, CONFLICT);
  if (state.bytes.get(blobId)?.lost === true || linked?.relationKind === null) return no(500, ATTACH_FAILED);
  if (linked !== undefined && linked.relationKind !== relationKind)
    return no(409, 'Blob is already attached with a different relation kind');
  const change = {kind: 'attached', stagingId, blobId, itemId, relationKind, payload} as const;
  return {kind: 'change', change: {...change, linked: linked !== undefined}};
}

/** An attach as far as it can be read without looking at any state. */
interface ReadAttach {
  readonly stagingId: string;
  readonly itemId: string;
  readonly relationKind: BlobRelation;
  readonly required: {readonly clientId: string; readonly cursor: Cursor; readonly writeIds: WriteIds} | null;
  readonly payload: string;
}

function readAttach({stagingId: path, body}: Told<'attach'>): ReadAttach | BlobOutcome {
  const stagingId = textOf(path);
  if (stagingId === null) return no(400, 'stagingId is required');
  const given = isObject(body) ? body : {};
  const itemId = textOf(given.itemId);
  const relationKind = given.relationKind === undefined ? 'file' : given.relationKind;
  if (itemId === null || !RELATIONS.includes(relationKind)) return no(400, 'itemId is required');
  const kind = relationKind as BlobRelation;
  const tuple = [given.clientId, given.requiredCursor, given.requiredLastReconciledWriteIds];
  const asked = {stagingId, itemId, relationKind: kind};
  if (tuple.every(part => part === undefined))
    return {...asked, required: null, payload: JSON.stringify([itemId, kind])};
  const clientId = textOf(given.clientId);
  if (clientId === null) return no(400, 'clientId is required when reconcile guardrails are provided');
  if (clientId.includes(':')) return no(400, 'clientId must not contain ":"');
  const text = textOf(given.requiredCursor);
  if (text === null) return no(400, 'requiredCursor is required when reconcile guardrails are provided');
  const cursor = decodeCursor(text);
  if (cursor === null) return no(400, 'Invalid requiredCursor');
  const writeIds = mapOf(given.requiredLastReconciledWriteIds);
  if (typeof writeIds === 'string') return no(400, writeIds);
  const payload = JSON.stringify([itemId, kind, clientId, cursor, writeIds]);
  return {...asked, required: {clientId, cursor, writeIds}, payload};
}

function mapOf(value: unknown): WriteIds | string {
  try {
    return parseWriteIds(value);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

/** Dominance: null if what is stored is at least what is required; equal is enough. */
function judgeCheckpoint(
  user: string,
  {clientId, cursor, writeIds}: NonNullable<ReadAttach['required']>,
  {checkpoints}: BlobState,
): BlobOutcome | null {
  const stored = checkpoints.get(keyOf(user, `crdt:${clientId}`));
  if (stored === undefined) return no(409, BEHIND);
  if (stored === null) return no(500, ATTACH_FAILED);
  const reached = Object.entries(writeIds).every(
    ([replica, id]) => writeIdOf(stored.writeIds, replica) >= id,
  );
  return compareCursors(stored.cursor, cursor) >= 0 && reached ? null : no(409, BEHIND);
}

function mayWrite(user: string, itemId: string, state: BlobState, nowMs: number): boolean {
  if (state.entries.get(itemId)?.owner === user) return true;
  const names = [`user:${user}`, ...(state.groups.get(user) ?? [])];
  return state.grants.some(
    grant =>
      grant.itemId === itemId &&
      grant.level !== 'read' &&
      names.includes(grant.principal) &&
      (grant.expiresMs === null || grant.expiresMs > nowMs),
  );
}

function expectAbandon({user, stagingId: path}: Told<'abandon'>, state: BlobState): BlobOutcome {
  const stagingId = textOf(path);
  if (stagingId === null) return no(400, 'stagingId is required');
  const staging = state.stagings.get(stagingId);
  if (staging === undefined) return no(404, 'Blob staging not found');
  const owner = state.entries.get(stagingId)?.owner ?? null;
  if (owner === null || textOf(staging.blobId) === null) return no(500, 'Failed to abandon staged blob');
  if (owner !== user) return no(403, 'Forbidden');
  if (staging.status === 'abandoned' && staging.abandonedBy === 'request')
    return yes(200, {abandoned: true, stagingId, status: 'abandoned'});
  if (staging.status !== 'staged') return no(409, 'Blob staging is no longer abandonable');
  return {kind: 'change', change: {kind: 'abandoned', stagingId}};
}

function expectOwnBlob(
  {kind, user, blobId: path}: Told<'read'> | Told<'delete'>,
  state: BlobState,
  memory: BlobMemory,
): BlobOutcome {
  const blobId = textOf(path);
  if (blobId === null) return no(400, 'blobId is required');
  const blob = state.entries.get(blobId);
  if (blob === undefined) return no(404, 'Blob object not found');
  if (blob.type !== 'blob') return no(409, CONFLICT);
  if (blob.owner !== user) return no(403, 'Forbidden');
  if (kind === 'read') return {kind: 'bytes', blobId, content: memory.contentOf(blobId)};
  if ([...state.links.values()].some(link => link.blobId === blobId))
    return no(409, 'Blob is attached and cannot be deleted');
  return {kind: 'change', change: {kind: 'deleted', blobId}};
}
