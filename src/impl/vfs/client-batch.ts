/** What one push carries, and what its answer means: pure functions over the queue (3.4, 3.5). */
import type {Operation, PushResult, PushStatus} from '../../model/vfs/types.ts';
import {VfsSyncError} from './client-errors.ts';
import type {Flight} from './client-core.ts';
import {effectiveCursor, nextWriteId, type Position, writeIdOf} from './client-position.ts';
import {isRecord, trimmed} from './text.ts';
import {formatTime, MAX_TIME_MS, parseTime} from './time.ts';

/** Most operations of one push; a server takes no more (0.3). */
const MAX_BATCH = 500;

/** How a flush writes its batches: as queued, or with fresh write ids once the server called some stale. */
export type Numbering = 'queued' | 'rebased';

/**
 * The next operations to push, as copies that lie after everything known: times strictly after the effective
 * cursor and each other, and with `rebased` also write ids above all that were ever used. The queue itself
 * keeps what it has.
 */
export function prepareBatch(
  queue: Iterable<Operation>,
  position: Position,
  how: {readonly numbering: Numbering; readonly flight: Flight; readonly clientId: string},
): readonly Operation[] {
  const batch: Operation[] = [];
  const cursor = effectiveCursor(position);
  const rewriteTimes = cursor !== null || how.numbering === 'rebased';
  let latest = cursor === null ? -Infinity : timeOf(cursor.changedAt);
  let writeId = how.numbering === 'rebased' ? firstFreshWriteId(position, how) : 0;
  for (const operation of queue) {
    if (batch.length === MAX_BATCH) break;
    const own = timeOf(operation.occurredAt);
    latest = own > latest ? own : Math.min(latest + 1, MAX_TIME_MS);
    const occurredAt = rewriteTimes ? formatTime(latest) : operation.occurredAt;
    if (how.numbering === 'queued') {
      batch.push({...operation, occurredAt});
      continue;
    }
    if (writeId >= Number.MAX_SAFE_INTEGER) throw new VfsSyncError('write ids are exhausted');
    batch.push({...operation, occurredAt, writeId});
    writeId += 1;
  }
  return batch;
}

function firstFreshWriteId(
  position: Position,
  {flight, clientId}: {readonly flight: Flight; readonly clientId: string},
): number {
  const known = writeIdOf(position.reconcileState?.lastReconciledWriteIds ?? {}, clientId);
  return Math.max(position.nextLocalWriteId, nextWriteId(flight.highestWriteId), nextWriteId(known));
}

function timeOf(text: string): number {
  const ms = parseTime(text);
  if (ms === null) throw new Error('times of the queue and of cursors were normalised when they came in');
  return ms;
}

/** The answer to a push, taken apart. */
export interface PushAnswer {
  /** The operations that the server has, or needs no more: they leave the queue. */
  readonly settled: readonly Operation[];
  readonly invalid: readonly PushResult[];
  readonly stale: readonly PushResult[];
}

/**
 * Matches the answer to the batch by opId (of several results for one operation the last counts). Throws
 * {@link VfsSyncError}.
 */
export function readPushAnswer(batch: readonly Operation[], answer: unknown): PushAnswer {
  const results = isRecord(answer) ? answer['results'] : null;
  if (!Array.isArray(results)) throw new VfsSyncError('transport returned invalid push response');
  if (results.length !== batch.length) {
    throw new VfsSyncError('transport returned mismatched push response size');
  }
  const statuses = new Map<string, PushStatus>();
  for (const result of results) {
    const opId = isRecord(result) ? trimmed(result['opId']) : null;
    const status: unknown = isRecord(result) ? result['status'] : null;
    if (opId === null || !isPushStatus(status)) {
      throw new VfsSyncError('transport returned invalid push result');
    }
    statuses.set(opId, status);
  }
  const settled: Operation[] = [];
  const invalid: PushResult[] = [];
  const stale: PushResult[] = [];
  for (const operation of batch) {
    const {opId} = operation;
    const status = statuses.get(opId);
    if (status === undefined) {
      throw new VfsSyncError(`transport push response missing result for opId ${opId}`);
    }
    if (status === 'invalidOp') invalid.push({opId, status});
    else if (status === 'staleWriteId') stale.push({opId, status});
    else settled.push(operation);
  }
  return {settled, invalid, stale};
}

export function isPushStatus(value: unknown): value is PushStatus {
  return (
    value === 'applied' ||
    value === 'alreadyApplied' ||
    value === 'staleWriteId' ||
    value === 'outdatedOp' ||
    value === 'invalidOp'
  );
}
