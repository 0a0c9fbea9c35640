/**
 * What a client's transport makes of an answer before any guardrail looks at it (7.4): a shape, or a refusal.
 */

import {decodeCursor} from './cursor.ts';
import {isAccessLevel, isAcl, isObject, isOpType, isPrincipalType, isStorable, textOf} from './fields.ts';
import {Refusal, transport} from './refusal.ts';
import {normaliseTime} from './time.ts';
import type {Cursor, FeedItem, PushResult, PushStatus} from './types.ts';

/** How one request ended, as the client's side of the network saw it. */
export type Answer =
  | {readonly kind: 'http'; readonly status: number; readonly body: string}
  | {readonly kind: 'failure'; readonly code: 'timeout' | 'refused' | 'reset' | 'unreachable'};

const BODY_LENGTH_MAX = 4 * 1024 * 1024;
const DEPTH_MAX = 64;
const REMATERIALIZATION_CODE = 'crdt_rematerialization_required';
const NO_SNAPSHOT_TEXT = 'No CRDT snapshot is available';

type JsonObject = Readonly<Record<string, unknown>>;

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125];

/** How deep objects and lists nest in a JSON text; brackets within strings do not count. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === QUOTE) quoted = !quoted;
    else if (quoted) index += unit === BACKSLASH ? 1 : 0;
    else if (unit === OPEN_LIST || unit === OPEN_OBJECT) deepest = Math.max(deepest, (depth += 1));
    else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) depth -= 1;
  }
  return deepest;
}

function parseJson(body: string): unknown {
  try {
    if (body.length <= BODY_LENGTH_MAX && depthOf(body) <= DEPTH_MAX) return JSON.parse(body);
  } catch {
    // Told below, together with what is too long or too deep to be looked at.
  }
  throw transport('transport returned non-JSON response');
}

function readAnswer(answer: Answer): {readonly status: number; readonly body: unknown} {
  if (answer.kind === 'failure') throw transport(`network ${answer.code}`);
  return {status: answer.status, body: parseJson(answer.body)};
}

function errorTextOf(body: unknown): string | null {
  return isObject(body) ? textOf(body.error) : null;
}

function requireSuccess(status: number, body: unknown): void {
  if (status >= 200 && status <= 299) return;
  throw transport(errorTextOf(body) ?? `request failed with status ${status}`);
}

function requireText(value: unknown, field: string): string {
  const text = textOf(value);
  if (text === null) throw transport(`transport returned invalid ${field}`);
  return text;
}

export function requireTime(value: unknown, field: string): string {
  const time = normaliseTime(value);
  if (time === null) throw transport(`transport returned invalid ${field}`);
  return time;
}

/** A missing or blank text is none; anything but a text is wrong. */
function optionalText(value: unknown, field: string): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string' || !isStorable(value)) throw transport(`transport returned invalid ${field}`);
  return textOf(value);
}

function optionalOf<T>(value: unknown, is: (value: unknown) => value is T, field: string): T | null {
  if (value === null || value === undefined) return null;
  if (!is(value)) throw transport(`transport returned invalid ${field}`);
  return value;
}

function feedItemOf(value: unknown, index: number): FeedItem {
  const at = `items[${index}]`;
  if (!isObject(value)) throw transport(`transport returned invalid ${at}`);
  const opId = requireText(value.opId, `${at}.opId`);
  const itemId = requireText(value.itemId, `${at}.itemId`);
  const {opType} = value;
  if (!isOpType(opType)) throw transport(`transport returned invalid ${at}.opType`);
  const item: FeedItem = {
    opId,
    itemId,
    opType,
    principalType: optionalOf(value.principalType, isPrincipalType, `${at}.principalType`),
    principalId: optionalText(value.principalId, `${at}.principalId`),
    accessLevel: optionalOf(value.accessLevel, isAccessLevel, `${at}.accessLevel`),
    parentId: optionalText(value.parentId, `${at}.parentId`),
    childId: optionalText(value.childId, `${at}.childId`),
    actorId: optionalText(value.actorId, `${at}.actorId`),
    sourceTable: requireText(value.sourceTable, `${at}.sourceTable`),
    sourceId: requireText(value.sourceId, `${at}.sourceId`),
    occurredAt: requireTime(value.occurredAt, `${at}.occurredAt`),
  };
  const linked = item.parentId !== null && item.childId === itemId && item.parentId !== itemId;
  if (!isAcl(opType) && !linked) throw transport(`transport returned invalid link payload at ${at}`);
  return item;
}

/** A page as it crossed the wire; its write ids are not looked at yet. */
export interface PullBody {
  readonly items: readonly FeedItem[];
  readonly nextCursor: Cursor | null;
  readonly hasMore: boolean;
  readonly lastReconciledWriteIds: unknown;
}

function rematerializationRequired(body: JsonObject): Refusal {
  const given = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return new Refusal(
    'VfsCrdtRematerializationRequiredError',
    errorTextOf(body) ?? 'request failed with status 409',
    {
      violation: {
        code: 'pullRematerializationRequired',
        stage: 'pull',
        message: 'pull requires re-materialization from canonical state',
        details: {
          requestedCursor: given(body.requestedCursor),
          oldestAvailableCursor: given(body.oldestAvailableCursor),
        },
      },
    },
  );
}

/**
 * Reads the answer to a pull; throws a {@link Refusal}, typed for the 409 that asks for rematerialization
 * (2.6).
 */
export function decodePull(answer: Answer): PullBody {
  const {status, body} = readAnswer(answer);
  if (status === 409 && isObject(body) && body.code === REMATERIALIZATION_CODE) {
    throw rematerializationRequired(body);
  }
  requireSuccess(status, body);
  if (!isObject(body)) throw transport('transport returned invalid pull response payload');
  if (!Array.isArray(body.items)) throw transport('transport returned invalid pull response items');
  const items = body.items.map(feedItemOf);
  let nextCursor: Cursor | null = null;
  if (body.nextCursor !== null && body.nextCursor !== undefined) {
    nextCursor = typeof body.nextCursor === 'string' ? decodeCursor(body.nextCursor) : null;
    if (nextCursor === null) throw transport('transport returned invalid nextCursor');
  }
  if (typeof body.hasMore !== 'boolean') throw transport('transport returned invalid hasMore');
  return {items, nextCursor, hasMore: body.hasMore, lastReconciledWriteIds: body.lastReconciledWriteIds};
}

function isPushStatus(value: unknown): value is PushStatus {
  return (
    value === 'applied' ||
    value === 'alreadyApplied' ||
    value === 'staleWriteId' ||
    value === 'outdatedOp' ||
    value === 'invalidOp'
  );
}

function pushResultOf(value: unknown, index: number): PushResult {
  if (!isObject(value)) throw transport(`transport returned invalid push result at index ${index}`);
  const opId = requireText(value.opId, `results[${index}].opId`);
  const {status} = value;
  if (!isPushStatus(status)) throw transport(`transport returned invalid results[${index}].status`);
  return {opId, status};
}

/**
 * Reads the answer to a push; throws a {@link Refusal}. The client id in it must be one, but is not compared.
 */
export function decodePush(answer: Answer): readonly PushResult[] {
  const {status, body} = readAnswer(answer);
  requireSuccess(status, body);
  if (!isObject(body)) throw transport('transport returned invalid push response payload');
  requireText(body.clientId, 'clientId');
  if (!Array.isArray(body.results)) throw transport('transport returned invalid push response results');
  return body.results.map(pushResultOf);
}

/** An acknowledgement as it crossed the wire; its write ids are not looked at yet. */
export interface ReconcileBody {
  readonly cursor: Cursor;
  readonly lastReconciledWriteIds: unknown;
}

/** Reads the answer to a reconcile; throws a {@link Refusal}. */
export function decodeReconcile(answer: Answer, clientId: string): ReconcileBody {
  const {status, body} = readAnswer(answer);
  requireSuccess(status, body);
  if (!isObject(body)) throw transport('transport returned invalid reconcile response payload');
  const answeredId = requireText(body.clientId, 'clientId');
  const cursor = decodeCursor(requireText(body.cursor, 'cursor'));
  if (cursor === null) throw transport('transport returned invalid reconcile cursor');
  if (answeredId !== clientId) {
    throw transport('transport returned reconcile response for mismatched clientId');
  }
  return {cursor, lastReconciledWriteIds: body.lastReconciledWriteIds};
}

/** Reads the answer of the snapshot endpoint; null is the server's word that there is none (2.6). */
export function decodeSnapshot(answer: Answer): JsonObject | null {
  const {status, body} = readAnswer(answer);
  if (status === 404 && errorTextOf(body) === NO_SNAPSHOT_TEXT) return null;
  requireSuccess(status, body);
  if (!isObject(body)) throw transport('transport returned invalid snapshot response payload');
  return body;
}
