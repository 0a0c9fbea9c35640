/** What a caller gives to the blob queue, judged before anything is stored: the queue's own errors, in their words (spec 5.8). */
import type {BlobConsistency, BlobOperation, BlobRelation} from '../../../model/vfs/blob-types.ts';
import type {ClientSnapshot} from '../../../model/vfs/types.ts';
import {VfsSyncError} from '../client-errors.ts';
import {normalizeCursor} from '../cursor.ts';
import {clientIdProblem, isRecord, trimmed} from '../text.ts';
import {normalizeTime} from '../time.ts';
import {parseWriteIds} from '../write-ids.ts';
import {decodeBase64} from './base64.ts';
import {isRelation} from './rows.ts';

export interface StageInput {
  readonly blobId: string;
  readonly expiresAt: string;
  /** Drawn if it is left out. */
  readonly stagingId?: string;
  readonly dataBase64?: string;
  readonly contentType?: string;
}

export interface AttachInput {
  readonly stagingId: string;
  readonly itemId: string;
  /** `file` unless told. */
  readonly relationKind?: BlobRelation;
  /** See {@link consistencyOf}; left out, the server asks for no checkpoint. */
  readonly consistency?: BlobConsistency;
}

/** What a client knows of the feed just now; undefined for one that knows nothing yet, and so can require nothing. */
export function consistencyOf(
  clientId: string,
  {cursor, lastReconciledWriteIds}: Pick<ClientSnapshot, 'cursor' | 'lastReconciledWriteIds'>,
): BlobConsistency | undefined {
  if (cursor === null) return undefined;
  return {clientId, requiredCursor: cursor, requiredLastReconciledWriteIds: lastReconciledWriteIds};
}

/** Throws {@link VfsSyncError}. */
export function stageOperation(input: StageInput, drawId: () => string): BlobOperation {
  const blobId = required(input.blobId, 'blobId is required');
  const expiresAt = normalizeTime(trimmed(input.expiresAt));
  if (expiresAt === null) throw new VfsSyncError('expiresAt must be a valid ISO timestamp');
  const {dataBase64, contentType} = input;
  const stagingId =
    input.stagingId === undefined ? drawId() : required(input.stagingId, 'stagingId is required');
  if (dataBase64 !== undefined && (typeof dataBase64 !== 'string' || decodeBase64(dataBase64) === null))
    throw new VfsSyncError('dataBase64 must be valid base64');
  const type =
    contentType === undefined ? {} : {contentType: required(contentType, 'contentType is invalid')};
  return {
    ...{kind: 'stage', stagingId, blobId, expiresAt, ...type},
    ...(dataBase64 === undefined ? {} : {dataBase64}),
  };
}

/** Throws {@link VfsSyncError}. */
export function attachOperation(input: AttachInput): BlobOperation {
  const stagingId = required(input.stagingId, 'stagingId is required');
  const itemId = required(input.itemId, 'itemId is required');
  const {relationKind = 'file', consistency} = input;
  if (!isRelation(relationKind)) throw new VfsSyncError('relationKind is invalid');
  const attach = {kind: 'attach', stagingId, itemId, relationKind} as const;
  return consistency === undefined ? attach : {...attach, consistency: checkedConsistency(consistency)};
}

/** Throws {@link VfsSyncError}. */
export const abandonOperation = (stagingId: string): BlobOperation => ({
  kind: 'abandon',
  stagingId: required(stagingId, 'stagingId is required'),
});

function checkedConsistency(value: unknown): BlobConsistency {
  const fields = isRecord(value) ? value : {};
  const clientId = trimmed(fields['clientId']);
  if (clientId === null || clientIdProblem(clientId) !== null)
    throw new VfsSyncError('consistency.clientId is invalid');
  const requiredCursor = normalizeCursor(fields['requiredCursor']);
  if (requiredCursor === null) throw new VfsSyncError('consistency.requiredCursor is invalid');
  const ids = parseWriteIds(fields['requiredLastReconciledWriteIds']);
  if (!ids.ok) throw new VfsSyncError('consistency.requiredLastReconciledWriteIds is invalid');
  return {clientId, requiredCursor, requiredLastReconciledWriteIds: ids.ids};
}

function required(value: unknown, problem: string): string {
  const text = trimmed(value);
  if (text === null) throw new VfsSyncError(problem);
  return text;
}
