/** Pulls page after page until the server has no more, then agrees with it on where they stand (3.6, 3.7). */
import type {ContainerClock, Cursor, ReconcileState} from '../../model/vfs/types.ts';
import {advanceClocks} from './client-clocks.ts';
import type {ClientCore} from './client-core.ts';
import {isRematerializationRequired, VfsSyncError} from './client-errors.ts';
import {boundaryLagged, reconcileCursorRegression, rematerializationRequired} from './client-guardrails.ts';
import {type JudgedPage, judgePage, type PullCycle, refuseWriteIdRegression} from './client-page.ts';
import {afterReconcile, afterWriteIds, type Position, samePosition} from './client-position.ts';
import {type ReplayedPage, replayPage} from './client-replay.ts';
import type {Change, ClientState} from './client-state.ts';
import {compareCursors, normalizeCursor} from './cursor.ts';
import {isRecord} from './text.ts';
import {parseWriteIds} from './write-ids.ts';

/** What one pull-until-settled cycle brought. */
export interface PullResult {
  readonly pulledOperations: number;
  readonly pullPages: number;
}

/**
 * Applies page after page, each in one durable step, then reconciles. Rejects at the first page that is
 * refused, leaving exactly what the pages before it made.
 */
export async function pullUntilSettled(core: ClientCore): Promise<PullResult> {
  const reconciled = core.state.position.reconcileState;
  const cycle: PullCycle = {observed: reconciled?.lastReconciledWriteIds ?? {}, seenOpIds: new Set()};
  let pulledOperations = 0;
  for (let pullPages = 1; ; pullPages += 1) {
    const before = core.state.position.replayCursor;
    const answer = await askForPage(core, before);
    const page = judgePage(answer, {before, cycle, stalePages: core.stalePages}, core.report);
    await applyPage(core, page, before);
    pulledOperations += page.items.length;
    core.happened('PAGE');
    if (!page.hasMore) {
      core.happened('PAGES_SETTLED');
      await reconcile(core);
      return {pulledOperations, pullPages};
    }
  }
}

async function askForPage(
  {userId, clientId, transport, pullLimit, report}: ClientCore,
  cursor: Cursor | null,
): Promise<unknown> {
  try {
    return await transport.pullOperations({userId, clientId, cursor, limit: pullLimit});
  } catch (error) {
    if (isRematerializationRequired(error)) {
      const {requestedCursor, oldestAvailableCursor} = error;
      report(
        rematerializationRequired({
          requestedCursor: typeof requestedCursor === 'string' ? requestedCursor : null,
          oldestAvailableCursor: typeof oldestAvailableCursor === 'string' ? oldestAvailableCursor : null,
        }),
      );
    }
    throw error;
  }
}

/**
 * Replays the whole page and moves the clocks on paper; only then does anything change, and everything at
 * once.
 */
async function applyPage(core: ClientCore, page: JudgedPage, before: Cursor | null): Promise<void> {
  const replayed = replayPage(page.items, before);
  const clocks = advanceClocks(core.state.clocks, page.items);
  const boundary = settleLag(core, replayed.cursor, page.boundary);
  await core.progress(state => pageChange(state, core.clientId, {page, boundary, replayed, clocks}));
}

/**
 * With `soften`, a page that ends before its own last item ends there all the same, and that is told (3.6 d).
 */
function settleLag(core: ClientCore, replayed: Cursor | null, boundary: Cursor | null): Cursor | null {
  if (core.stalePages !== 'soften' || replayed === null) return boundary;
  if (boundary !== null && compareCursors(boundary, replayed) >= 0) return boundary;
  core.report(boundaryLagged(replayed, boundary));
  return replayed;
}

function pageChange(
  {position}: ClientState,
  clientId: string,
  applied: {
    readonly page: JudgedPage;
    readonly boundary: Cursor | null;
    readonly replayed: ReplayedPage;
    readonly clocks: readonly ContainerClock[];
  },
): Change | null {
  const {page, boundary, replayed, clocks} = applied;
  const moved: Position = {...position, replayCursor: replayed.cursor};
  const next =
    boundary === null
      ? afterWriteIds(moved, page.writeIds, clientId)
      : afterReconcile(moved, {cursor: boundary, ids: page.writeIds}, clientId);
  if (page.items.length === 0 && samePosition(position, next)) return null;
  return {acl: replayed.acl, links: replayed.links, clocks, position: next};
}

/** Tells the server where this client stands and takes over what it answers, if that is not less (3.7). */
async function reconcile(core: ClientCore): Promise<void> {
  const {userId, clientId, transport} = core;
  const local = core.state.position.reconcileState;
  if (transport.reconcileState === undefined || local === null) {
    core.happened('RECONCILE_SKIPPED');
    return;
  }
  const {cursor, lastReconciledWriteIds} = local;
  const answer = await transport.reconcileState({userId, clientId, cursor, lastReconciledWriteIds});
  const acknowledged = judgeAcknowledgement(core, local, answer);
  await core.progress(({position}) => {
    const next = afterReconcile(position, acknowledged, clientId);
    return samePosition(position, next) ? null : {position: next};
  });
  core.happened('RECONCILED');
}

function judgeAcknowledgement(
  {report}: ClientCore,
  local: ReconcileState,
  answer: unknown,
): {readonly cursor: Cursor; readonly ids: ReconcileState['lastReconciledWriteIds']} {
  if (!isRecord(answer)) throw new VfsSyncError('transport returned invalid reconcile response payload');
  const cursor = normalizeCursor(answer['cursor']);
  if (cursor === null) throw new VfsSyncError('transport returned invalid reconcile cursor');
  const parsed = parseWriteIds(answer['lastReconciledWriteIds']);
  if (!parsed.ok) throw new VfsSyncError(parsed.error);
  if (compareCursors(cursor, local.cursor) < 0) {
    report(reconcileCursorRegression(local.cursor, cursor));
    throw new VfsSyncError('transport reconcile regressed sync cursor');
  }
  refuseWriteIdRegression('reconcile', local.lastReconciledWriteIds, parsed.ids, report);
  return {cursor, ids: parsed.ids};
}
