/** Fills a pristine client from a persisted state: everything is checked before anything changes (3.10). */
import type {ClientCore} from './client-core.ts';
import {VfsSyncError} from './client-errors.ts';
import {normalizeState} from './client-normalize.ts';
import {type Change, changeTo, type ClientState} from './client-state.ts';

/**
 * Checks 3 to 25, then one durable step. Throws {@link VfsSyncError} for the first check that fails, or the
 * disk's error.
 */
export function hydrate(core: ClientCore, state: unknown): Promise<void> {
  return core.progress(current => {
    refuseUnlessPristine(current);
    const change: Change = changeTo(normalizeState(state, core.clientId, 'refuse'));
    return change;
  });
}

function refuseUnlessPristine(state: ClientState): void {
  if (state.pending.size > 0) {
    throw new VfsSyncError('cannot hydrate state on a non-empty pending queue');
  }
  if (!state.pristine) throw new VfsSyncError('cannot hydrate state on a non-empty client');
}
