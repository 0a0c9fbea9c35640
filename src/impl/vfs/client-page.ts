/**
 * Judges one answer to a pull: which of it may be applied, and up to where; or the refusal (3.6 steps 1 to 5,
 * 4.4).
 */
import type {Cursor, StalePagePolicy, WriteIds} from '../../model/vfs/types.ts';
import {VfsRematerializationRequiredError, VfsSyncError} from './client-errors.ts';
import * as guardrail from './client-guardrails.ts';
import type {Report} from './client-guardrails.ts';
import {writeIdOf} from './client-position.ts';
import {itemCursor} from './client-replay.ts';
import {compareCursors, normalizeCursor} from './cursor.ts';
import {compareText, isRecord, trimmed} from './text.ts';
import {joinWriteIds, parseWriteIds} from './write-ids.ts';

/**
 * What was heard so far in one pull-until-settled cycle. It grows with each page, and dies with the cycle or
 * its first refusal.
 */
export interface PullCycle {
  observed: WriteIds;
  readonly seenOpIds: Set<string>;
}

export interface JudgedPage {
  /** What is to be applied, in order; replay and clocks have yet to agree. */
  readonly items: readonly unknown[];
  readonly writeIds: WriteIds;
  /** Where the page ends; null only if nothing was ever pulled. */
  readonly boundary: Cursor | null;
  readonly hasMore: boolean;
}

/**
 * Judges `answer` to a pull from `before`. Reports a violation and throws {@link VfsSyncError} for the first
 * thing wrong, in the order of 4.4; with `soften`, pages at or behind the cursor are cut down and reported
 * instead (3.6 a to c).
 */
export function judgePage(
  answer: unknown,
  asked: {readonly before: Cursor | null; readonly cycle: PullCycle; readonly stalePages: StalePagePolicy},
  report: Report,
): JudgedPage {
  const {before, cycle, stalePages} = asked;
  if (!isRecord(answer)) throw new VfsSyncError('transport returned invalid pull response payload');
  const {items, hasMore} = answer;
  const fresh = stalePages === 'soften' ? withoutStale(items, before, report) : items;
  const parsed = parseWriteIds(answer['lastReconciledWriteIds']);
  if (!parsed.ok) throw new VfsSyncError(parsed.error);
  refuseWriteIdRegression('pull', cycle.observed, parsed.ids, report);
  if (!Array.isArray(items) || !Array.isArray(fresh)) {
    throw new VfsSyncError('transport returned invalid pull response items');
  }
  if (typeof hasMore !== 'boolean') throw new VfsSyncError('transport returned invalid hasMore');
  if (hasMore && items.length === 0) {
    report(guardrail.emptyPageWithMore());
    throw new VfsSyncError('transport returned hasMore=true with an empty pull page');
  }
  refuseReplay(fresh, cycle.seenOpIds, report);
  const pageCursor = pageEnd(items, answer['nextCursor'], report) ?? before;
  const boundary = settleRegression(pageCursor, {before, stalePages, fresh: fresh.length}, report);
  if (stalePages === 'soften' && hasMore && fresh.length === 0) {
    report(guardrail.cannotAdvance(before));
    throw new VfsRematerializationRequiredError(
      'CRDT pull page did not contain items newer than local cursor',
      {requestedCursor: null, oldestAvailableCursor: null},
    );
  }
  cycle.observed = joinWriteIds(cycle.observed, parsed.ids);
  return {items: fresh, writeIds: parsed.ids, boundary, hasMore};
}

/**
 * Throws if a replica's write id in `incoming` is below the one in `known`; of several, the first by name is
 * told.
 */
export function refuseWriteIdRegression(
  stage: 'pull' | 'reconcile',
  known: WriteIds,
  incoming: WriteIds,
  report: Report,
): void {
  for (const replicaId of Object.keys(incoming).sort(compareText)) {
    const previousWriteId = writeIdOf(known, replicaId);
    const incomingWriteId = writeIdOf(incoming, replicaId);
    if (incomingWriteId < previousWriteId) {
      report(guardrail.lastWriteIdRegression(stage, {replicaId, previousWriteId, incomingWriteId}));
      throw new VfsSyncError(`transport regressed lastReconciledWriteIds for replica ${replicaId}`);
    }
  }
}

/**
 * The items after `before`, reporting those that are not; items without a position stay, to be refused by
 * name later.
 */
function withoutStale(items: unknown, before: Cursor | null, report: Report): unknown {
  if (!Array.isArray(items) || before === null) return items;
  const fresh = items.filter(item => {
    const cursor = itemCursor(item);
    return cursor === null || compareCursors(cursor, before) > 0;
  });
  if (fresh.length < items.length) report(guardrail.staleItemsDropped(items.length - fresh.length, before));
  return fresh;
}

/**
 * Throws for an operation that came before in this cycle, in this page or an earlier one; remembers the
 * others.
 */
function refuseReplay(items: readonly unknown[], seen: Set<string>, report: Report): void {
  for (const item of items) {
    const opId = isRecord(item) ? trimmed(item['opId']) : null;
    if (opId === null) throw new VfsSyncError('transport returned item with missing opId');
    if (seen.has(opId)) {
      report(guardrail.duplicateOpReplay(opId));
      throw new VfsSyncError(`transport replayed opId ${opId} during pull pagination`);
    }
    seen.add(opId);
  }
}

/**
 * Where the answer says that its page ends: at its last item, or for an empty page where `nextCursor` says;
 * null if nowhere.
 */
function pageEnd(items: readonly unknown[], given: unknown, report: Report): Cursor | null {
  if (items.length === 0) return nextCursorOf(given);
  const tail = itemCursor(items.at(-1));
  if (tail === null) throw new VfsSyncError('transport returned item with invalid occurredAt');
  const nextCursor = nextCursorOf(given);
  if (nextCursor !== null && compareCursors(nextCursor, tail) !== 0) {
    report(guardrail.tailMismatch(nextCursor, tail));
    throw new VfsSyncError('transport returned nextCursor that does not match pull page tail');
  }
  return tail;
}

function nextCursorOf(given: unknown): Cursor | null {
  if (given === null || given === undefined) return null;
  const cursor = normalizeCursor(given);
  if (cursor === null) throw new VfsSyncError('transport returned invalid nextCursor');
  return cursor;
}

/** The page's end, unless it lies before where the pull started from. */
function settleRegression(
  pageCursor: Cursor | null,
  asked: {readonly before: Cursor | null; readonly stalePages: StalePagePolicy; readonly fresh: number},
  report: Report,
): Cursor | null {
  const {before, stalePages, fresh} = asked;
  if (before === null || pageCursor === null || compareCursors(pageCursor, before) >= 0) return pageCursor;
  if (stalePages === 'soften' && fresh === 0) {
    report(guardrail.cursorPreserved(before, pageCursor));
    return before;
  }
  report(guardrail.pullCursorRegression(before, pageCursor));
  throw new VfsSyncError('transport returned regressing sync cursor');
}
