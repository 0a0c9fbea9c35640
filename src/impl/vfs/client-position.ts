/** Where a client stands, and the only ways in which it moves on: joins, which never go back. */
import type {Cursor, ReconcileState, WriteIds} from '../../model/vfs/types.ts';
import {VfsSyncError} from './client-errors.ts';
import {compareCursors, maxCursor} from './cursor.ts';
import {joinWriteIds, parseWriteIds} from './write-ids.ts';

export interface Position {
  /** Everything up to here has been applied; the next pull asks from here. */
  readonly replayCursor: Cursor | null;
  /** What client and server agreed on; its cursor may be ahead of what has been applied, never behind. */
  readonly reconcileState: ReconcileState | null;
  /** Above every write id of the queue and every one that was acknowledged. */
  readonly nextLocalWriteId: number;
}

/** Half of all integers: more than any replica ever writes. */
const MAX_CREDIBLE_WRITE_ID = 2 ** 52;

export const EMPTY_POSITION: Position = {replayCursor: null, reconcileState: null, nextLocalWriteId: 1};

/** The highest position known, applied or acknowledged (3.3): what is pushed must lie after it. */
export const effectiveCursor = ({replayCursor, reconcileState}: Position): Cursor | null =>
  maxCursor(reconcileState?.cursor ?? null, replayCursor);

/** The id after `writeId`. At the end of the integers it stays where it is, and no write gets an id any more. */
export const nextWriteId = (writeId: number): number => Math.min(writeId + 1, Number.MAX_SAFE_INTEGER);

/** A replica's write id in a map; 0 where it has none. */
export const writeIdOf = (ids: WriteIds, replicaId: string): number =>
  Object.hasOwn(ids, replicaId) ? (ids[replicaId] ?? 0) : 0;

/**
 * The position once the server was heard to know `ids`: a client that was restored learns how far it had
 * written. Throws {@link VfsSyncError} for an own id that is news to the replica and more than any replica ever
 * writes: believing it would use up its ids, and leave it mute for ever.
 */
export function afterWriteIds(position: Position, ids: WriteIds, clientId: string): Position {
  const known = writeIdOf(ids, clientId);
  if (known < position.nextLocalWriteId) return position;
  if (known > MAX_CREDIBLE_WRITE_ID) {
    throw new VfsSyncError('lastReconciledWriteIds contains invalid writeId (must be a positive integer)');
  }
  return {...position, nextLocalWriteId: nextWriteId(known)};
}

/**
 * The position once `cursor` and `ids` were joined into the reconcile state. Throws {@link VfsSyncError} if
 * the joined map has more entries than any peer would take back.
 */
export function afterReconcile(
  position: Position,
  reconciled: {readonly cursor: Cursor; readonly ids: WriteIds},
  clientId: string,
): Position {
  const state = position.reconcileState;
  const joined = parseWriteIds(joinWriteIds(state?.lastReconciledWriteIds ?? {}, reconciled.ids));
  if (!joined.ok) throw new VfsSyncError(joined.error);
  const cursor = maxCursor(state?.cursor ?? null, reconciled.cursor);
  const reconcileState = {cursor, lastReconciledWriteIds: joined.ids};
  return afterWriteIds({...position, reconcileState}, joined.ids, clientId);
}

/** Whether two positions are the same, so that nothing needs to be written. */
export function samePosition(a: Position, b: Position): boolean {
  return (
    a.nextLocalWriteId === b.nextLocalWriteId &&
    sameCursor(a.replayCursor, b.replayCursor) &&
    sameCursor(a.reconcileState?.cursor ?? null, b.reconcileState?.cursor ?? null) &&
    sameWriteIds(
      a.reconcileState?.lastReconciledWriteIds ?? {},
      b.reconcileState?.lastReconciledWriteIds ?? {},
    )
  );
}

function sameCursor(a: Cursor | null, b: Cursor | null): boolean {
  return a === null || b === null ? a === b : compareCursors(a, b) === 0;
}

function sameWriteIds(a: WriteIds, b: WriteIds): boolean {
  const replicas = Object.keys(a);
  return (
    replicas.length === Object.keys(b).length &&
    replicas.every(replicaId => writeIdOf(a, replicaId) === writeIdOf(b, replicaId))
  );
}
