/** The checkpoint join: positions as pairs, write ids one by one, neither ever backwards (2.4, I9). */

import {compareCursors} from './cursor.ts';
import type {ReconcileState} from './types.ts';
import {joinWriteIds, parseWriteIds} from './write-ids.ts';

/**
 * What is stored after `b` was reconciled with the stored `a`: a join, so neither order nor repetition
 * matters. On equal positions the stored one stays.
 */
export function joinReconcile(a: ReconcileState | null, b: ReconcileState): ReconcileState {
  if (a === null) return b;
  return {
    cursor: compareCursors(b.cursor, a.cursor) > 0 ? b.cursor : a.cursor,
    lastReconciledWriteIds: joinWriteIds(a.lastReconciledWriteIds, b.lastReconciledWriteIds),
  };
}

/** The same for a client: a joined map that is larger than any peer may send is refused, since it could never be sent. */
export function joinTold(local: ReconcileState | null, told: ReconcileState): ReconcileState {
  const joined = joinReconcile(local, told);
  parseWriteIds(joined.lastReconciledWriteIds);
  return joined;
}
