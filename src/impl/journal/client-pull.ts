/** Pulling to exhaustion: page by page, each applied with its cursor in one step, or not at all (spec 7). */
import type {ClientCore} from './client-core.ts';
import {JournalAnswerError, JournalRefusedError} from './client-errors.ts';
import {finish} from './client-restart.ts';
import {type Base, type Change, type ClientState, nameOfRow, type Standing} from './client-state.ts';
import type {Transport} from './client-transport.ts';
import type {PullAnswer} from './protocol.ts';

export interface PullReport {
  readonly pages: number;
  readonly rows: number;
  /** How often it had to start over. */
  readonly restarts: number;
}

export interface PullOptions {
  readonly pageSize: number;
  /** Draws the id of an operation that is made anew. */
  readonly drawOpId: () => string;
  /** Called when a page, or the way back to the beginning, is durable. */
  readonly onStep: (step: 'PAGE' | 'RESTART') => void;
}

/** How often a pull starts over before it gives up. */
const MAX_RESTARTS = 3;

/**
 * Pulls until the server has no more. Rejects as the transport does, or with {@link JournalAnswerError}; then the state is
 * as its last complete page left it.
 */
export async function pullAll(
  core: ClientCore,
  transport: Transport,
  options: PullOptions,
): Promise<PullReport> {
  let [pages, rows, restarts] = [0, 0, 0];
  for (;;) {
    const page = await nextPage(core, transport, options.pageSize);
    if (page === null) {
      options.onStep('RESTART');
      restarts += 1;
      if (restarts > MAX_RESTARTS) {
        throw new JournalAnswerError('UNSTABLE', 'the server took no cursor that it had given');
      }
      continue;
    }
    await core.change(state => ({change: applied(state, page, options.drawOpId), result: null}));
    options.onStep('PAGE');
    pages += 1;
    rows += page.objects.length;
    if (!page.hasMore) return {pages, rows, restarts};
  }
}

/** The next page, checked; null where the client had to go back to the beginning instead. */
async function nextPage(core: ClientCore, transport: Transport, limit: number): Promise<PullAnswer | null> {
  const {cursor, seq, scope} = core.state.standing;
  try {
    const page = await transport.pull({sinceCursor: cursor, limit, scope});
    checkPage(page, seq, limit);
    return page;
  } catch (error) {
    const cause = cursor === null ? null : restartCause(error);
    if (cause === null) throw error;
    await core.change(({standing}) => ({change: {standing: restarted(standing, cause)}, result: null}));
    return null;
  }
}

function restartCause(error: unknown): 'scope' | 'history' | null {
  if (!(error instanceof JournalRefusedError)) return null;
  if (error.code === 'CURSOR_INVALID') return 'history';
  return error.code === 'SCOPE_CHANGED' ? 'scope' : null;
}

/** Back to the beginning: at its end, what was not sent again goes. A lost history outweighs another scope. */
export function restarted(standing: Standing, cause: 'scope' | 'history'): Standing {
  const restarting = standing.restarting === 'history' ? 'history' : cause;
  return {...standing, cursor: null, seq: 0, round: standing.round + 1, restarting};
}

/** The page continues from where the client stands, in order, and ends where it says; an older answer does not. */
function checkPage({objects, hasMore, fromSeq, toSeq}: PullAnswer, seq: number, limit: number): void {
  if (fromSeq !== seq)
    throw new JournalAnswerError('MISMATCH', 'the page starts where the client does not stand');
  let last = fromSeq;
  for (const {changeSeq} of objects) {
    if (changeSeq <= last)
      throw new JournalAnswerError('DISORDER', 'rows come in the order of their changes');
    last = changeSeq;
  }
  const ends = hasMore ? objects.length === limit && toSeq === last : toSeq >= last;
  if (!ends || objects.length > limit) throw new JournalAnswerError('DISORDER', 'a page ends where it says');
}

function applied(state: ClientState, page: PullAnswer, drawOpId: () => string): Change {
  const {standing} = state;
  const bases: Base[] = [];
  const left = page.objects.filter(row => row.kind === 'left').map(nameOfRow);
  for (const row of page.objects) if (row.kind !== 'left') bases.push({row, round: standing.round});
  const moved: Standing = {...standing, cursor: page.serverCursor, seq: page.toSeq};
  const change = {standing: moved, bases, dropBases: left};
  return page.hasMore ? change : finish(state, change, drawOpId);
}
