/**
 * Reads what a server answered, field by field, failing closed with the name of the first that is not as
 * agreed (7.4).
 */
import type {Body} from '../../host.ts';
import type {Cursor, FeedItem, PushResult, Rematerialization, WriteIds} from '../../model/vfs/types.ts';
import {isPushStatus} from './client-batch.ts';
import {VfsRematerializationRequiredError, VfsSyncError} from './client-errors.ts';
import {normalizeClocks, normalizeReconcileState, normalizeReplaySnapshot} from './client-normalize.ts';
import {decodeCursor} from './cursor.ts';
import {parseJson, type ParsedJson} from './json.ts';
import {isAccessLevel, isOpType, isPrincipalType} from './operation.ts';
import {isRecord, isStorable, trimmed} from './text.ts';
import {normalizeTime} from './time.ts';
import type {PullResponse, PushResponse, ReconcileResponse} from './transport.ts';
import {parseWriteIds} from './write-ids.ts';

const utf8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/** The JSON value of a body. */
export function decodeBody(body: Body): ParsedJson {
  if (typeof body === 'string') return parseJson(body);
  try {
    return parseJson(utf8.decode(body));
  } catch {
    return {ok: false};
  }
}

/** What a refusal says for itself. */
export function refusalOf({status, body}: {readonly status: number; readonly body: unknown}): string {
  return (isRecord(body) ? trimmed(body['error']) : null) ?? `request failed with status ${status}`;
}

/**
 * The error that an answer to a pull stands for if it says that the feed no longer reaches back; null for all
 * others.
 */
export function rematerializationOf(status: number, body: unknown): VfsRematerializationRequiredError | null {
  if (status !== 409 || !isRecord(body) || body['code'] !== 'crdt_rematerialization_required') return null;
  return new VfsRematerializationRequiredError(refusalOf({status, body}), {
    requestedCursor: trimmed(body['requestedCursor']),
    oldestAvailableCursor: trimmed(body['oldestAvailableCursor']),
  });
}

export function decodePush(body: unknown): PushResponse {
  if (!isRecord(body)) throw new VfsSyncError('transport returned invalid push response payload');
  const clientId = requiredText(body['clientId'], 'clientId');
  const {results} = body;
  if (!Array.isArray(results)) throw new VfsSyncError('transport returned invalid push response results');
  return {clientId, results: Array.from(results, decodePushResult)};
}

function decodePushResult(result: unknown, index: number): PushResult {
  if (!isRecord(result)) throw new VfsSyncError(`transport returned invalid push result at index ${index}`);
  const opId = requiredText(result['opId'], `results[${index}].opId`);
  const {status} = result;
  if (!isPushStatus(status)) throw invalid(`results[${index}].status`);
  return {opId, status};
}

export function decodePull(body: unknown): PullResponse {
  if (!isRecord(body)) throw new VfsSyncError('transport returned invalid pull response payload');
  const {items, hasMore, nextCursor} = body;
  const lastReconciledWriteIds = decodeWriteIds(body['lastReconciledWriteIds']);
  if (!Array.isArray(items)) throw new VfsSyncError('transport returned invalid pull response items');
  const decoded = Array.from(items, decodeItem);
  if (typeof hasMore !== 'boolean') throw invalid('hasMore');
  return {items: decoded, hasMore, nextCursor: decodeNextCursor(nextCursor), lastReconciledWriteIds};
}

function decodeNextCursor(value: unknown): Cursor | null {
  if (value === null || value === undefined) return null;
  const cursor = decodeCursor(value);
  if (cursor === null) throw invalid('nextCursor');
  return cursor;
}

function decodeItem(item: unknown, index: number): FeedItem {
  const name = `items[${index}]`;
  if (!isRecord(item)) throw invalid(name);
  const opId = requiredText(item['opId'], `${name}.opId`);
  const itemId = requiredText(item['itemId'], `${name}.itemId`);
  const {opType} = item;
  if (!isOpType(opType)) throw invalid(`${name}.opType`);
  const decoded = {
    opId,
    itemId,
    opType,
    principalType: optional(item['principalType'], isPrincipalType, `${name}.principalType`),
    principalId: optionalText(item['principalId'], `${name}.principalId`),
    accessLevel: optional(item['accessLevel'], isAccessLevel, `${name}.accessLevel`),
    parentId: optionalText(item['parentId'], `${name}.parentId`),
    childId: optionalText(item['childId'], `${name}.childId`),
    actorId: optionalText(item['actorId'], `${name}.actorId`),
    sourceTable: requiredText(item['sourceTable'], `${name}.sourceTable`),
    sourceId: requiredText(item['sourceId'], `${name}.sourceId`),
    occurredAt: requiredTime(item['occurredAt'], `${name}.occurredAt`),
  };
  if ((opType === 'link_add' || opType === 'link_remove') && !isSoundLink(decoded)) {
    throw new VfsSyncError(`transport returned invalid link payload at ${name}`);
  }
  return decoded;
}

function isSoundLink({
  itemId,
  parentId,
  childId,
}: Pick<FeedItem, 'itemId' | 'parentId' | 'childId'>): boolean {
  return parentId !== null && childId === itemId && parentId !== childId;
}

export function decodeReconcile(body: unknown, clientId: string): ReconcileResponse {
  if (!isRecord(body)) throw new VfsSyncError('transport returned invalid reconcile response payload');
  if (requiredText(body['clientId'], 'clientId') !== clientId) {
    throw new VfsSyncError('transport returned reconcile response for mismatched clientId');
  }
  const cursor = decodeCursor(requiredText(body['cursor'], 'cursor'));
  if (cursor === null) throw new VfsSyncError('transport returned invalid reconcile cursor');
  return {cursor, lastReconciledWriteIds: decodeWriteIds(body['lastReconciledWriteIds'])};
}

/** Canonical state is read as a persisted one is, with the same words for what is wrong with it. */
export function decodeSnapshot(body: unknown): Rematerialization {
  if (!isRecord(body)) throw new VfsSyncError('transport returned invalid snapshot response payload');
  const {replaySnapshot, reconcileState, containerClocks, snapshotUpdatedAt} = body;
  if (!Array.isArray(containerClocks)) throw new VfsSyncError('state.containerClocks must be an array');
  return {
    replaySnapshot: normalizeReplaySnapshot(replaySnapshot),
    reconcileState: normalizeReconcileState(reconcileState),
    containerClocks: normalizeClocks(containerClocks),
    snapshotUpdatedAt: requiredTime(snapshotUpdatedAt, 'snapshotUpdatedAt'),
  };
}

function decodeWriteIds(value: unknown): WriteIds {
  const parsed = parseWriteIds(value);
  if (!parsed.ok) throw new VfsSyncError(parsed.error);
  return parsed.ids;
}

const invalid = (name: string): VfsSyncError => new VfsSyncError(`transport returned invalid ${name}`);

function requiredText(value: unknown, name: string): string {
  const text = trimmed(value);
  if (text === null) throw invalid(name);
  return text;
}

function requiredTime(value: unknown, name: string): string {
  const time = normalizeTime(value);
  if (time === null) throw invalid(name);
  return time;
}

/** Null where the field is absent, null or blank. */
function optionalText(value: unknown, name: string): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string' || !isStorable(value)) throw invalid(name);
  return trimmed(value);
}

function optional<T>(value: unknown, is: (value: unknown) => value is T, name: string): T | null {
  if (value === null || value === undefined) return null;
  if (!is(value)) throw invalid(name);
  return value;
}
