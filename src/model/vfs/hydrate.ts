/**
 * The hydrate contract: which stored states a fresh client takes up, and the words with which it refuses
 * (3.10).
 */

import {hydrated, pristine} from './client.ts';
import {sameState} from './compare.ts';
import {compareCursors} from './cursor.ts';
import {isAccessLevel, isAcl, isOpType, isPrincipalType, isWriteId, textOf} from './fields.ts';
import {readClocks, readReconcileState, readReplaySnapshot, refuseRepeats, sortClocks} from './persisted.ts';
import {plain, Refusal} from './refusal.ts';
import {normaliseTime} from './time.ts';
import type {ContainerClock, Cursor, ExportedState, Operation} from './types.ts';

/** What else the client is at. A sync counts as a flush. */
export interface Busy {
  readonly flush: boolean;
  readonly background: boolean;
}

export type HydrateExpectation =
  | {readonly kind: 'accept'; readonly state: ExportedState}
  | {readonly kind: 'refuse'; readonly message: string};

type Fields = Readonly<Record<string, unknown>>;

function refuseUnready(current: ExportedState, busy: Busy): void {
  if (busy.flush) throw plain('cannot hydrate state while flush is in progress');
  if (busy.background) throw plain('cannot hydrate state while background flush is active');
  if (current.pendingOperations.length > 0) throw plain('cannot hydrate state on a non-empty pending queue');
  if (!sameState(current, pristine())) throw plain('cannot hydrate state on a non-empty client');
}

function refuseForeignClocks(clocks: readonly ContainerClock[], reached: Cursor | null): void {
  if (clocks.length > 0 && reached === null) {
    throw plain('state.containerClocks requires persisted replay or reconcile cursor');
  }
  clocks.forEach((clock, index) => {
    if (reached !== null && compareCursors(clock, reached) > 0) {
      throw plain(`state.containerClocks[${index}] is ahead of persisted sync cursor`);
    }
  });
}

type Base = Pick<Operation, 'opId' | 'opType' | 'itemId' | 'replicaId' | 'writeId' | 'occurredAt'>;

function readBase(fields: Fields, at: string, clientId: string): Base {
  const {opType, writeId} = fields;
  if (!isOpType(opType)) throw plain(`${at}.opType is invalid`);
  const opId = textOf(fields.opId);
  const itemId = textOf(fields.itemId);
  const replicaId = textOf(fields.replicaId);
  const occurredAt = normaliseTime(fields.occurredAt);
  if (opId === null || itemId === null || replicaId === null || occurredAt === null) {
    throw plain(`${at} is invalid`);
  }
  if (replicaId !== clientId) throw plain(`${at} has replicaId that does not match clientId`);
  if (!isWriteId(writeId)) throw plain(`${at}.writeId must be a positive safe integer`);
  return {opId, opType, itemId, replicaId, writeId, occurredAt};
}

function readOperation(value: unknown, at: string, clientId: string): Operation {
  if (!value) throw plain(`${at} is invalid`);
  const fields = value as Fields;
  const base = readBase(fields, at, clientId);
  if (isAcl(base.opType)) {
    const {principalType, accessLevel} = fields;
    const principalId = textOf(fields.principalId);
    if (!isPrincipalType(principalType) || principalId === null) {
      throw plain(`${at} is missing acl principal fields`);
    }
    if (base.opType === 'acl_remove') return {...base, principalType, principalId};
    if (!isAccessLevel(accessLevel)) throw plain(`${at} is missing acl accessLevel`);
    return {...base, principalType, principalId, accessLevel};
  }
  const parentId = textOf(fields.parentId);
  const childId = textOf(fields.childId);
  if (parentId === null || childId === null) throw plain(`${at} is missing link fields`);
  if (childId !== base.itemId) throw plain(`${at} has link childId that does not match itemId`);
  return {...base, parentId, childId};
}

/**
 * Op by op, all checks of one before any of the next: the earliest wrong operation is the one that is told.
 */
function readQueue(values: readonly unknown[], clientId: string): readonly Operation[] {
  const known = new Set<string>();
  let last = 0;
  return values.map((value, index) => {
    const operation = readOperation(value, `state.pendingOperations[${index}]`, clientId);
    const {opId, writeId} = operation;
    if (known.has(opId)) throw plain(`state.pendingOperations has duplicate opId ${opId}`);
    if (writeId <= last) throw plain('state.pendingOperations writeIds must be strictly increasing');
    known.add(opId);
    last = writeId;
    return operation;
  });
}

function readState(value: unknown, clientId: string): ExportedState {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw plain('state must be a non-null object');
  }
  const fields = value as Fields;
  if (!Array.isArray(fields.pendingOperations)) throw plain('state.pendingOperations must be an array');
  if (!Array.isArray(fields.containerClocks)) throw plain('state.containerClocks must be an array');
  const replaySnapshot = readReplaySnapshot(fields.replaySnapshot);
  const reconcileState = readReconcileState(fields.reconcileState);
  const clocks = readClocks(fields.containerClocks);
  const replayed = replaySnapshot.cursor;
  const reconciled = reconcileState?.cursor ?? null;
  if (replayed !== null && reconciled !== null && compareCursors(reconciled, replayed) < 0) {
    throw plain('persisted reconcile cursor regressed persisted replay cursor');
  }
  refuseForeignClocks(clocks, reconciled ?? replayed);
  const pendingOperations = readQueue(fields.pendingOperations, clientId);
  const boundary = [replayed?.changeId, reconciled?.changeId];
  const collision = pendingOperations.find(({opId}) => boundary.includes(opId));
  if (collision !== undefined) {
    throw plain(
      `state.pendingOperations contains opId ${collision.opId} that collides with persisted cursor boundary`,
    );
  }
  refuseRepeats(replaySnapshot);
  const {nextLocalWriteId} = fields;
  if (!isWriteId(nextLocalWriteId)) throw plain('state.nextLocalWriteId must be a positive safe integer');
  const containerClocks = sortClocks(clocks);
  return {replaySnapshot, reconcileState, containerClocks, pendingOperations, nextLocalWriteId};
}

/**
 * What a client must make of a stored state. A refusal tells `hydrate:hydrateGuardrailViolation` and changes
 * nothing.
 */
export function expectHydrate(
  clientId: string,
  current: ExportedState,
  state: unknown,
  busy: Busy = {flush: false, background: false},
): HydrateExpectation {
  try {
    refuseUnready(current, busy);
    return {kind: 'accept', state: hydrated(readState(state, clientId), clientId)};
  } catch (error) {
    if (error instanceof Refusal) return {kind: 'refuse', message: error.message};
    throw error;
  }
}
