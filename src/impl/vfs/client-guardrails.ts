/**
 * The guardrails that are told to the outside (section 4): one maker of a violation each, codes, words and
 * details exact.
 */
import type {Cursor, GuardrailViolation} from '../../model/vfs/types.ts';

/** Receives each violation before the refusal that it belongs to is thrown. */
export type Report = (violation: GuardrailViolation) => void;

interface WriteIdRegression {
  readonly replicaId: string;
  readonly previousWriteId: number;
  readonly incomingWriteId: number;
}

/** A peer says less of what a replica wrote than it, or another, said before. */
export function lastWriteIdRegression(
  stage: 'pull' | 'reconcile',
  {replicaId, previousWriteId, incomingWriteId}: WriteIdRegression,
): GuardrailViolation {
  return {
    stage,
    code: 'lastWriteIdRegression',
    message: `${subject[stage]} regressed replica write-id state`,
    details: {replicaId, previousWriteId, incomingWriteId},
  };
}

const subject = {pull: 'pull response', reconcile: 'reconcile acknowledgement'} as const;

const inPage = (
  message: string,
  details: Readonly<Record<string, string | number | boolean | null>>,
): GuardrailViolation => ({stage: 'pull', code: 'pullPageInvariantViolation', message, details});

export const emptyPageWithMore = (): GuardrailViolation =>
  inPage('pull response hasMore=true with an empty page', {hasMore: true, itemsLength: 0});

export const tailMismatch = (nextCursor: Cursor, pageCursor: Cursor): GuardrailViolation =>
  inPage('pull response nextCursor does not match page tail cursor', {
    nextCursorChangedAt: nextCursor.changedAt,
    nextCursorChangeId: nextCursor.changeId,
    pageCursorChangedAt: pageCursor.changedAt,
    pageCursorChangeId: pageCursor.changeId,
  });

/** Soft: told, and the page is applied without them (3.6 a). */
export const staleItemsDropped = (droppedItems: number, previous: Cursor): GuardrailViolation =>
  inPage('pull response included stale items at or before local cursor', {
    droppedItems,
    previousChangedAt: previous.changedAt,
    previousChangeId: previous.changeId,
  });

/** Soft: told, and the local cursor stays (3.6 b). */
export const cursorPreserved = (previous: Cursor, incoming: Cursor): GuardrailViolation =>
  inPage(
    'pull response regressed cursor without newer items; preserving local cursor boundary',
    regression(previous, incoming),
  );

/** Soft: told, and the boundary moves up to what was applied (3.6 d). */
export const boundaryLagged = (replayed: Cursor, boundary: Cursor | null): GuardrailViolation =>
  inPage('pull response cursor boundary lagged applied replay cursor; advancing reconcile boundary', {
    replayChangedAt: replayed.changedAt,
    replayChangeId: replayed.changeId,
    boundaryChangedAt: boundary?.changedAt ?? null,
    boundaryChangeId: boundary?.changeId ?? null,
  });

export const duplicateOpReplay = (opId: string): GuardrailViolation => ({
  stage: 'pull',
  code: 'pullDuplicateOpReplay',
  message: 'pull response replayed an opId within one pull-until-settled cycle',
  details: {opId},
});

export const pullCursorRegression = (previous: Cursor, incoming: Cursor): GuardrailViolation => ({
  stage: 'pull',
  code: 'pullCursorRegression',
  message: 'pull response regressed local sync cursor',
  details: regression(previous, incoming),
});

export const reconcileCursorRegression = (previous: Cursor, incoming: Cursor): GuardrailViolation => ({
  stage: 'reconcile',
  code: 'reconcileCursorRegression',
  message: 'reconcile acknowledgement regressed sync cursor',
  details: regression(previous, incoming),
});

/** The server said that it no longer holds what lies after the client's cursor. */
export const rematerializationRequired = (cursors: {
  readonly requestedCursor: string | null;
  readonly oldestAvailableCursor: string | null;
}): GuardrailViolation => ({
  stage: 'pull',
  code: 'pullRematerializationRequired',
  message: 'pull requires re-materialization from canonical state',
  details: {
    requestedCursor: cursors.requestedCursor,
    oldestAvailableCursor: cursors.oldestAvailableCursor,
  },
});

/** The server promised more, and gave nothing new: asking again would give the same. */
export const cannotAdvance = (previous: Cursor | null): GuardrailViolation => ({
  stage: 'pull',
  code: 'pullRematerializationRequired',
  message: 'pull response could not advance beyond local cursor while reporting hasMore',
  ...(previous === null
    ? {}
    : {details: {previousChangedAt: previous.changedAt, previousChangeId: previous.changeId}}),
});

export const staleWriteRecoveryExhausted = (details: {
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly staleResults: number;
}): GuardrailViolation => ({
  stage: 'flush',
  code: 'staleWriteRecoveryExhausted',
  message: 'stale write-id recovery exceeded max retry attempts without forward progress',
  details: {
    attempts: details.attempts,
    maxAttempts: details.maxAttempts,
    staleResults: details.staleResults,
  },
});

/** A persisted state was refused; the message is that of the error that is thrown. */
export const hydrateRefused = (error: unknown): GuardrailViolation => ({
  stage: 'hydrate',
  code: 'hydrateGuardrailViolation',
  message: error instanceof Error ? error.message : 'state hydration failed',
});

function regression(previous: Cursor, incoming: Cursor): Readonly<Record<string, string>> {
  return {
    previousChangedAt: previous.changedAt,
    previousChangeId: previous.changeId,
    incomingChangedAt: incoming.changedAt,
    incomingChangeId: incoming.changeId,
  };
}
