/**
 * Reads a whole state that was kept somewhere: a persisted one (3.10), or the snapshot that rematerializes a
 * client (3.12).
 */
import type {
  AclEntry,
  ContainerClock,
  Cursor,
  ExportedState,
  Link,
  Operation,
  ReconcileState,
  ReplaySnapshot,
} from '../../model/vfs/types.ts';
import {VfsSyncError} from './client-errors.ts';
import {normalizeOperations} from './client-normalize-operation.ts';
import {nextWriteId, writeIdOf} from './client-position.ts';
import {compareCursors, normalizeCursor} from './cursor.ts';
import {isAccessLevel, isPrincipalType} from './operation.ts';
import {isRecord, trimmed} from './text.ts';
import {isWriteId, parseWriteIds} from './write-ids.ts';

/**
 * What to do with a queued opId that is also the id of a boundary: refuse what is handed in, keep what is
 * one's own.
 */
type BoundaryPolicy = 'refuse' | 'keep';

/**
 * Checks 5 to 25 of 3.10, in their order and with their messages, as {@link VfsSyncError}. The result is
 * normalised, and its `nextLocalWriteId` is raised above every write id in use.
 */
export function normalizeState(state: unknown, clientId: string, boundary: BoundaryPolicy): ExportedState {
  if (!isRecord(state)) throw new VfsSyncError('state must be a non-null object');
  const {pendingOperations: pending, containerClocks: clocks} = state;
  if (!Array.isArray(pending)) throw new VfsSyncError('state.pendingOperations must be an array');
  if (!Array.isArray(clocks)) throw new VfsSyncError('state.containerClocks must be an array');
  const replaySnapshot = normalizeReplaySnapshot(state['replaySnapshot']);
  const reconcileState = normalizeReconcileState(state['reconcileState']);
  const containerClocks = normalizeClocks(clocks);
  checkOrder({replaySnapshot, reconcileState, containerClocks}, PERSISTED);
  const pendingOperations = normalizeOperations(pending, clientId);
  if (boundary === 'refuse') refuseBoundaryCollision(pendingOperations, replaySnapshot, reconcileState);
  refuseDuplicates(replaySnapshot);
  const {nextLocalWriteId} = state;
  if (!isWriteId(nextLocalWriteId)) {
    throw new VfsSyncError('state.nextLocalWriteId must be a positive safe integer');
  }
  return {
    replaySnapshot,
    reconcileState,
    containerClocks,
    pendingOperations,
    nextLocalWriteId: Math.max(
      nextLocalWriteId,
      nextWriteId(pendingOperations.at(-1)?.writeId ?? 0),
      nextWriteId(writeIdOf(reconcileState?.lastReconciledWriteIds ?? {}, clientId)),
    ),
  };
}

/** Check 8; whether entries repeat is {@link refuseDuplicates}'s to say, much later. */
export function normalizeReplaySnapshot(snapshot: unknown): ReplaySnapshot {
  if (!isRecord(snapshot)) throw new VfsSyncError('state.replaySnapshot must be an object');
  const {acl, links, cursor} = snapshot;
  if (!Array.isArray(acl)) throw new VfsSyncError('state.replaySnapshot.acl must be an array');
  if (!Array.isArray(links)) throw new VfsSyncError('state.replaySnapshot.links must be an array');
  return {
    acl: Array.from(acl, (entry: unknown, index) => normalizeAclEntry(entry, index)),
    links: Array.from(links, (entry: unknown, index) => normalizeLink(entry, index)),
    cursor: cursor === null ? null : normalizedCursor(cursor, 'replay'),
  };
}

function normalizeAclEntry(entry: unknown, index: number): AclEntry {
  const {itemId, principalType, principalId, accessLevel} = isRecord(entry) ? entry : {};
  const item = trimmed(itemId);
  const principal = trimmed(principalId);
  if (item === null || principal === null || !isPrincipalType(principalType) || !isAccessLevel(accessLevel)) {
    throw new VfsSyncError(`state.replaySnapshot.acl[${index}] is invalid`);
  }
  return {itemId: item, principalType, principalId: principal, accessLevel};
}

function normalizeLink(entry: unknown, index: number): Link {
  const parentId = isRecord(entry) ? trimmed(entry['parentId']) : null;
  const childId = isRecord(entry) ? trimmed(entry['childId']) : null;
  if (parentId === null || childId === null) {
    throw new VfsSyncError(`state.replaySnapshot.links[${index}] is invalid`);
  }
  return {parentId, childId};
}

function normalizedCursor(value: unknown, which: 'replay' | 'reconcile'): Cursor {
  const cursor = normalizeCursor(value);
  if (cursor === null) throw new VfsSyncError(`transport returned invalid persisted ${which} cursor`);
  return cursor;
}

/** Check 9: null is a client that never reconciled. */
export function normalizeReconcileState(state: unknown): ReconcileState | null {
  if (state === null) return null;
  const cursor = normalizedCursor(isRecord(state) ? state['cursor'] : undefined, 'reconcile');
  const parsed = parseWriteIds(isRecord(state) ? state['lastReconciledWriteIds'] : undefined);
  if (!parsed.ok) throw new VfsSyncError(parsed.error);
  return {cursor, lastReconciledWriteIds: parsed.ids};
}

/** Check 10. */
export function normalizeClocks(clocks: readonly unknown[]): readonly ContainerClock[] {
  const seen = new Set<string>();
  return Array.from(clocks, (entry, index) => {
    const containerId = isRecord(entry) ? trimmed(entry['containerId']) : null;
    const cursor = normalizeCursor(entry);
    if (containerId === null || cursor === null) {
      throw new VfsSyncError(`state.containerClocks[${index}] is invalid`);
    }
    if (seen.has(containerId)) {
      throw new VfsSyncError(`state.containerClocks has duplicate containerId ${containerId}`);
    }
    seen.add(containerId);
    return {containerId, ...cursor};
  });
}

/** The parts of a state that must agree on how far it has got. */
export interface Boundaries {
  readonly replaySnapshot: ReplaySnapshot;
  readonly reconcileState: ReconcileState | null;
  readonly containerClocks: readonly ContainerClock[];
}

/** How a disagreement is told; persisted and rematerialized states have their own words. */
export interface BoundaryWords {
  readonly regressed: string;
  readonly clocksWithoutCursor: string;
  readonly clockAhead: (index: number) => string;
}

const PERSISTED: BoundaryWords = {
  regressed: 'persisted reconcile cursor regressed persisted replay cursor',
  clocksWithoutCursor: 'state.containerClocks requires persisted replay or reconcile cursor',
  clockAhead: index => `state.containerClocks[${index}] is ahead of persisted sync cursor`,
};

/** Checks 11 to 13: applied <= acknowledged, and no clock beyond what the state has seen. */
export function checkOrder(
  {replaySnapshot, reconcileState, containerClocks}: Boundaries,
  words: BoundaryWords,
): void {
  const replayed = replaySnapshot.cursor;
  const reconciled = reconcileState?.cursor ?? null;
  if (replayed !== null && reconciled !== null && compareCursors(reconciled, replayed) < 0) {
    throw new VfsSyncError(words.regressed);
  }
  const seen = reconciled ?? replayed;
  if (containerClocks.length > 0 && seen === null) throw new VfsSyncError(words.clocksWithoutCursor);
  for (const [index, clock] of containerClocks.entries()) {
    if (seen !== null && compareCursors(clock, seen) > 0) throw new VfsSyncError(words.clockAhead(index));
  }
}

/** Check 23: such an operation has been seen in the feed, so pushing it again could apply it twice. */
function refuseBoundaryCollision(
  operations: readonly Operation[],
  {cursor}: ReplaySnapshot,
  reconcileState: ReconcileState | null,
): void {
  for (const {opId} of operations) {
    if (opId === cursor?.changeId || opId === reconcileState?.cursor.changeId) {
      throw new VfsSyncError(
        `state.pendingOperations contains opId ${opId} that collides with persisted cursor boundary`,
      );
    }
  }
}

/** Check 24. */
export function refuseDuplicates({acl, links}: ReplaySnapshot): void {
  const principals = new Set(
    acl.map(entry => JSON.stringify([entry.itemId, entry.principalType, entry.principalId])),
  );
  if (principals.size < acl.length) throw new VfsSyncError('snapshot acl contains duplicate principal entry');
  const edges = new Set(links.map(link => JSON.stringify([link.parentId, link.childId])));
  if (edges.size < links.length) throw new VfsSyncError('snapshot links contain duplicate edge');
}
