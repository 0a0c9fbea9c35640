/**
 * What a client holds between answers: its effective cursor, its queue, its next write id, and what it may
 * push.
 */

import {laterCursor} from './cursor.ts';
import {parseTime, TIME_MAX} from './time.ts';
import {plain} from './refusal.ts';
import type {Cursor, ExportedState, Operation, ReconcileState, WriteIds} from './types.ts';
import {writeIdOf} from './write-ids.ts';

/** The most operations that one push may carry. */
const BATCH_MAX = 500;

/** More than any replica ever writes. */
const CREDIBLE_WRITE_ID = 2 ** 52;

/** A client that never did anything. */
export function pristine(): ExportedState {
  return {
    replaySnapshot: {acl: [], links: [], cursor: null},
    reconcileState: null,
    containerClocks: [],
    pendingOperations: [],
    nextLocalWriteId: 1,
  };
}

/** The later of what was applied and what was reconciled: pushed operations must lie after it. */
export function effectiveCursor(state: ExportedState): Cursor | null {
  return laterCursor(state.replaySnapshot.cursor, state.reconcileState?.cursor ?? null);
}

/**
 * The next own write id once `told` and the checkpoint are known: never one that the server has seen. An own id
 * beyond half of all integers, and beyond what this client itself has used, is refused: it can only be a lie, and would
 * end all writing.
 */
export function nextWriteIdAfter(
  next: number,
  clientId: string,
  told: WriteIds,
  reconcileState: ReconcileState | null,
): number {
  const known = reconcileState?.lastReconciledWriteIds ?? {};
  const highest = Math.max(writeIdOf(told, clientId), writeIdOf(known, clientId));
  if (highest > CREDIBLE_WRITE_ID && highest >= next) {
    throw plain('lastReconciledWriteIds contains invalid writeId (must be a positive integer)');
  }
  return Math.max(next, highest + 1);
}

/** The lowest next write id that a state allows: above its queue and above what is reconciled. */
export function writeIdFloor(state: ExportedState, clientId: string): number {
  const queued = state.pendingOperations.reduce((highest, {writeId}) => Math.max(highest, writeId), 0);
  return nextWriteIdAfter(Math.max(state.nextLocalWriteId, queued + 1), clientId, {}, state.reconcileState);
}

/**
 * What a legal export becomes in a fresh client: itself, with the next write id raised to its floor (I15).
 */
export function hydrated(state: ExportedState, clientId: string): ExportedState {
  return {...state, nextLocalWriteId: writeIdFloor(state, clientId)};
}

/** What queueing leaves: the operation at the end, its write id used up. */
export function stateAfterQueue(state: ExportedState, operation: Operation): ExportedState {
  return {
    ...state,
    pendingOperations: [...state.pendingOperations, operation],
    nextLocalWriteId: Math.max(state.nextLocalWriteId, operation.writeId + 1),
  };
}

export function withoutOperations(state: ExportedState, opIds: ReadonlySet<string>): ExportedState {
  if (opIds.size === 0) return state;
  return {...state, pendingOperations: state.pendingOperations.filter(({opId}) => !opIds.has(opId))};
}

/** What discarding leaves: the operation gone, its write id used up all the same. */
export function stateAfterDiscard(state: ExportedState, opId: string): ExportedState {
  return withoutOperations(state, new Set([opId]));
}

const CONTENT = [
  'opId',
  'opType',
  'itemId',
  'replicaId',
  'principalType',
  'principalId',
  'accessLevel',
  'parentId',
  'childId',
] as const;

function judgeContent(queued: readonly Operation[], sent: readonly Operation[]): string | null {
  for (const [index, operation] of sent.entries()) {
    const original = queued[index];
    if (original === undefined) return `operation ${index} (${operation.opId}) is not in the queue`;
    const other = CONTENT.find(field => operation[field] !== original[field]);
    if (other !== undefined) return `operation ${index} differs from the queue in ${other}`;
  }
  return null;
}

function judgeWriteIds(state: ExportedState, sent: readonly Operation[], rebased: boolean): string | null {
  const replicaId = sent[0]?.replicaId ?? '';
  const reconciled = writeIdOf(state.reconcileState?.lastReconciledWriteIds ?? {}, replicaId);
  let last = rebased ? reconciled : 0;
  for (const [index, {writeId}] of sent.entries()) {
    if (writeId <= last) return `operation ${index} has write id ${writeId}, not above ${last}`;
    const own = state.pendingOperations[index]?.writeId;
    if (!rebased && writeId !== own) return `operation ${index} has write id ${writeId}, not its own ${own}`;
    last = writeId;
  }
  return null;
}

/**
 * Without any cursor, times go out as they were queued, in whatever order; after a rebase they ascend all the
 * same.
 */
function judgeTimes(state: ExportedState, sent: readonly Operation[], rebased: boolean): string | null {
  const cursor = effectiveCursor(state);
  const ascending = rebased || cursor !== null;
  let last = cursor === null ? null : parseTime(cursor.changedAt);
  for (const [index, {occurredAt}] of sent.entries()) {
    const ms = parseTime(occurredAt);
    if (ms === null) return `operation ${index} has no valid time`;
    const own = parseTime(state.pendingOperations[index]?.occurredAt ?? '');
    if (own !== null && ms < own) return `operation ${index} is dated before the time it was queued with`;
    if (ascending && last !== null && ms <= last && ms !== TIME_MAX) {
      return `operation ${index} is not dated after what comes before it`;
    }
    last = ms;
  }
  return null;
}

/**
 * Judges a push request against the queue that it was made from: null, or what is wrong. It must be the first
 * of the queue, at most {@link BATCH_MAX}, with content and op ids as queued; write ids ascend, and are the
 * queue's own until a stale answer made the client rebase; times ascend, lie after the effective cursor and
 * are never moved back (3.4, 3.5).
 */
export function judgeBatch(
  state: ExportedState,
  sent: readonly Operation[],
  rebased: boolean,
): string | null {
  if (sent.length === 0) return 'the batch is empty';
  if (sent.length > BATCH_MAX) return `the batch has ${sent.length} operations`;
  return (
    judgeContent(state.pendingOperations, sent) ??
    judgeWriteIds(state, sent, rebased) ??
    judgeTimes(state, sent, rebased)
  );
}
