/**
 * The pull guardrails: what one answer to a pull must do to a client, check by check in their order (3.6,
 * 4.4).
 */

import {nextWriteIdAfter} from './client.ts';
import {clocksOf} from './clocks.ts';
import {compareCursors} from './cursor.ts';
import {decodePull, type Answer, type PullBody} from './decode.ts';
import {judge, type Expectation} from './expect.ts';
import {joinTold} from './reconcile.ts';
import {plain, Refusal} from './refusal.ts';
import {checkItems, itemCursor, replay} from './replay.ts';
import type {
  Cursor,
  ExportedState,
  FeedItem,
  GuardrailViolation,
  StalePagePolicy,
  WriteIds,
} from './types.ts';
import {firstRegression, joinWriteIds, parseWriteIds} from './write-ids.ts';

/** What one pull-until-settled cycle remembers besides the state. */
export interface PullCycle {
  readonly observed: WriteIds;
  readonly seen: ReadonlySet<string>;
}

export function newPullCycle(state: ExportedState): PullCycle {
  return {observed: state.reconcileState?.lastReconciledWriteIds ?? {}, seen: new Set()};
}

export interface PullInput {
  readonly clientId: string;
  /** What the client asked for. Never judged: a page may be longer. */
  readonly limit: number;
  readonly policy: StalePagePolicy;
  readonly state: ExportedState;
  readonly cycle: PullCycle;
  readonly answer: Answer;
}

/** `done`: the cycle ends without a handshake, for there is nothing to reconcile. */
export interface PullStep {
  readonly cycle: PullCycle;
  readonly next: 'pull' | 'reconcile' | 'done';
  readonly applied: readonly FeedItem[];
}

type Tell = (soft: GuardrailViolation) => void;

function invariant(
  message: string,
  details?: NonNullable<GuardrailViolation['details']>,
): GuardrailViolation {
  const violation = {code: 'pullPageInvariantViolation', stage: 'pull', message} as const;
  return details === undefined ? violation : {...violation, details};
}

/** How violations name two positions. */
export function cursorStep(previous: Cursor, incoming: Cursor): NonNullable<GuardrailViolation['details']> {
  return {
    previousChangedAt: previous.changedAt,
    previousChangeId: previous.changeId,
    incomingChangedAt: incoming.changedAt,
    incomingChangeId: incoming.changeId,
  };
}

function observe(observed: WriteIds, ids: WriteIds): WriteIds {
  const regression = firstRegression(observed, ids);
  if (regression === null) return joinWriteIds(observed, ids);
  throw plain(`transport regressed lastReconciledWriteIds for replica ${regression.replicaId}`, {
    code: 'lastWriteIdRegression',
    stage: 'pull',
    message: 'pull response regressed replica write-id state',
    details: regression,
  });
}

/**
 * Rule (a) of the soft policy: what lies at or before the cursor is dropped. A bad time is left for later
 * checks.
 */
function dropStale(items: readonly FeedItem[], before: Cursor | null, tell: Tell): readonly FeedItem[] {
  if (before === null) return items;
  const forward = items.filter(item => {
    const cursor = itemCursor(item);
    return cursor === null || compareCursors(cursor, before) > 0;
  });
  if (forward.length < items.length) {
    tell(
      invariant('pull response included stale items at or before local cursor', {
        droppedItems: items.length - forward.length,
        previousChangedAt: before.changedAt,
        previousChangeId: before.changeId,
      }),
    );
  }
  return forward;
}

/** A page that promises more but brings nothing would be asked for again for ever. */
function refuseEmptyWithMore(): never {
  throw plain(
    'transport returned hasMore=true with an empty pull page',
    invariant('pull response hasMore=true with an empty page', {hasMore: true, itemsLength: 0}),
  );
}

/** Rule (c) of the soft policy: more is promised, but nothing newer than the cursor was brought. */
function refuseEndless(before: Cursor | null): never {
  const violation: GuardrailViolation = {
    code: 'pullRematerializationRequired',
    stage: 'pull',
    message: 'pull response could not advance beyond local cursor while reporting hasMore',
  };
  const details =
    before === null ? null : {previousChangedAt: before.changedAt, previousChangeId: before.changeId};
  throw new Refusal(
    'VfsCrdtRematerializationRequiredError',
    'CRDT pull page did not contain items newer than local cursor',
    {violation: details === null ? violation : {...violation, details}},
  );
}

function seeOnce(items: readonly FeedItem[], earlier: ReadonlySet<string>): ReadonlySet<string> {
  const seen = new Set(earlier);
  for (const {opId} of items) {
    if (opId.trim() === '') throw plain('transport returned item with missing opId');
    if (seen.has(opId)) {
      throw plain(`transport replayed opId ${opId} during pull pagination`, {
        code: 'pullDuplicateOpReplay',
        stage: 'pull',
        message: 'pull response replayed an opId within one pull-until-settled cycle',
        details: {opId},
      });
    }
    seen.add(opId);
  }
  return seen;
}

/** The position of the page's last item, which the page's own cursor must name; null for an empty page. */
function tailOf({items, nextCursor}: PullBody): Cursor | null {
  const last = items.at(-1);
  if (last === undefined) return null;
  const tail = itemCursor(last);
  if (tail === null) throw plain('transport returned item with invalid occurredAt');
  if (nextCursor !== null && compareCursors(nextCursor, tail) !== 0) {
    throw plain(
      'transport returned nextCursor that does not match pull page tail',
      invariant('pull response nextCursor does not match page tail cursor', {
        nextCursorChangedAt: nextCursor.changedAt,
        nextCursorChangeId: nextCursor.changeId,
        pageCursorChangedAt: tail.changedAt,
        pageCursorChangeId: tail.changeId,
      }),
    );
  }
  return tail;
}

/** How far the page says it reaches; never behind the cursor it was asked from. */
function boundaryOf(
  page: PullBody,
  forward: readonly FeedItem[],
  input: PullInput,
  tell: Tell,
): Cursor | null {
  const before = input.state.replaySnapshot.cursor;
  const incoming = tailOf(page) ?? page.nextCursor ?? before;
  if (before === null || incoming === null || compareCursors(incoming, before) >= 0) return incoming;
  const details = cursorStep(before, incoming);
  if (input.policy === 'soften' && forward.length === 0) {
    tell(
      invariant(
        'pull response regressed cursor without newer items; preserving local cursor boundary',
        details,
      ),
    );
    return before;
  }
  throw plain('transport returned regressing sync cursor', {
    code: 'pullCursorRegression',
    stage: 'pull',
    message: 'pull response regressed local sync cursor',
    details,
  });
}

/** Rule (d) of the soft policy: what was applied may reach further than the page's own tail. */
function catchUp(boundary: Cursor | null, applied: Cursor | null, tell: Tell): Cursor | null {
  if (boundary === null || applied === null || compareCursors(boundary, applied) >= 0) return boundary;
  tell(
    invariant('pull response cursor boundary lagged applied replay cursor; advancing reconcile boundary', {
      replayChangedAt: applied.changedAt,
      replayChangeId: applied.changeId,
      boundaryChangedAt: boundary.changedAt,
      boundaryChangeId: boundary.changeId,
    }),
  );
  return applied;
}

function applyItems(state: ExportedState, items: readonly FeedItem[]): ExportedState {
  if (items.length === 0) return state;
  const {replaySnapshot, containerClocks} = state;
  const cursor = checkItems(items, replaySnapshot.cursor);
  return {
    ...state,
    replaySnapshot: {...replay(items, replaySnapshot), cursor},
    containerClocks: clocksOf(items, containerClocks),
  };
}

/** What a client must make of one answer within a cycle. */
export function expectPull(input: PullInput): Expectation<PullStep> {
  const {clientId, policy, state, cycle, answer} = input;
  return judge(state, tell => {
    const page = decodePull(answer);
    const before = state.replaySnapshot.cursor;
    const items = policy === 'soften' ? dropStale(page.items, before, tell) : page.items;
    const ids = parseWriteIds(page.lastReconciledWriteIds);
    const observed = observe(cycle.observed, ids);
    if (page.hasMore && page.items.length === 0) refuseEmptyWithMore();
    const seen = seeOnce(items, cycle.seen);
    const boundary = boundaryOf(page, items, input, tell);
    if (page.hasMore && items.length === 0) refuseEndless(before);
    const applied = applyItems(state, items);
    const reached = catchUp(boundary, applied.replaySnapshot.cursor, tell);
    const reconcileState =
      reached === null
        ? state.reconcileState
        : joinTold(state.reconcileState, {cursor: reached, lastReconciledWriteIds: ids});
    const nextLocalWriteId = nextWriteIdAfter(state.nextLocalWriteId, clientId, ids, reconcileState);
    const next = page.hasMore ? 'pull' : reconcileState === null ? 'done' : 'reconcile';
    return {
      state: {...applied, reconcileState, nextLocalWriteId},
      then: {cycle: {observed, seen}, next, applied: items},
    };
  });
}
