/**
 * Compaction: drops feed rows that no active client can still ask for, and remembers up to where (spec 2.6).
 */
import type {Sql, SqlRow} from '../../host.ts';
import {normalizeCursor} from './cursor.ts';
import {comparePositions, type Position, positionOf, readHistory} from './server-history.ts';
import {CHECKPOINT_PREFIX, readWriteIds} from './server-reconcile.ts';

/** Durations in ms. */
export interface CompactionOptions {
  /** Between the end of one run and the start of the next. */
  readonly everyMs: number;
  /** Rows younger than this always stay. */
  readonly hotRetentionMs: number;
  /** A client that has not reconciled for longer holds nothing back; it rematerializes when it returns. */
  readonly inactiveClientMs: number;
  /** How far behind the slowest active client's cursor rows stay. */
  readonly safetyBufferMs: number;
  /** Most rows that one run deletes; the oldest go first. */
  readonly maxRows: number;
}

export const DEFAULT_COMPACTION: CompactionOptions = {
  everyMs: 24 * 3_600_000,
  hotRetentionMs: 30 * 24 * 3_600_000,
  inactiveClientMs: 90 * 24 * 3_600_000,
  safetyBufferMs: 6 * 3_600_000,
  maxRows: 10_000,
};

/** One stored checkpoint; `cursorMs` is null if any part of it is malformed. */
export interface ClientCheckpoint {
  readonly cursorMs: number | null;
  readonly updatedMs: number;
}

export interface CompactionState {
  readonly nowMs: number;
  /** Time of the newest feed row, or null if there is none. */
  readonly latestMs: number | null;
  readonly clients: readonly ClientCheckpoint[];
}

export type CompactionPlan =
  | {readonly kind: 'compact'; readonly cutoffMs: number}
  | {readonly kind: 'idle'}
  | {readonly kind: 'blocked'; readonly blockedReason: 'malformedClientState'};

export interface CompactionReport {
  readonly plan: CompactionPlan;
  readonly deletedRows: number;
}

const READ_LATEST = `SELECT MAX(occurred_ms) AS latest_ms FROM vfs_crdt_ops`;
const READ_CLIENTS = `
  SELECT last_reconciled_at, last_reconciled_change_id, last_reconciled_write_ids, updated_at
  FROM vfs_sync_client_state
  WHERE substr(client_id, 1, ${CHECKPOINT_PREFIX.length}) = '${CHECKPOINT_PREFIX}'`;
const READ_LAST_TO_DELETE = `
  SELECT occurred_ms AS ms, id FROM (
    SELECT occurred_ms, id FROM vfs_crdt_ops WHERE occurred_ms < ? ORDER BY occurred_ms, id LIMIT ?)
  ORDER BY occurred_ms DESC, id DESC LIMIT 1`;
const DELETE_UP_TO = `DELETE FROM vfs_crdt_ops WHERE (occurred_ms, id) <= (?, ?)`;
const SET_FLOOR = `UPDATE vfs_feed_state SET floor_ms = ?, floor_id = ? WHERE id = 1`;

/**
 * Decides what may go: rows before the cutoff, which lies `hotRetentionMs` behind the newest row and
 * `safetyBufferMs` behind the slowest active client. A newest row or a cursor from the future counts as now.
 * One malformed client blocks the run, since nobody knows what it still needs.
 */
export function planCompaction(
  {nowMs, latestMs, clients}: CompactionState,
  options: CompactionOptions,
): CompactionPlan {
  if (clients.some(client => client.cursorMs === null))
    return {kind: 'blocked', blockedReason: 'malformedClientState'};
  if (latestMs === null) return {kind: 'idle'};
  let cutoffMs = Math.min(latestMs, nowMs) - options.hotRetentionMs;
  for (const {cursorMs, updatedMs} of clients) {
    const isActive = updatedMs >= nowMs - options.inactiveClientMs;
    if (isActive) cutoffMs = Math.min(cutoffMs, Math.min(cursorMs ?? nowMs, nowMs) - options.safetyBufferMs);
  }
  return cutoffMs >= latestMs ? {kind: 'idle'} : {kind: 'compact', cutoffMs};
}

/** Plans and deletes, within the caller's transaction. Registers, heads and applied op ids stay. */
export async function compactFeed(
  sql: Sql,
  nowMs: number,
  options: CompactionOptions,
): Promise<CompactionReport> {
  const latest = (await sql.get(READ_LATEST))?.['latest_ms'];
  const latestMs = typeof latest === 'number' ? latest : null;
  const clients = (await sql.all(READ_CLIENTS)).map(readClient);
  const plan = planCompaction({nowMs, latestMs, clients}, options);
  if (plan.kind !== 'compact') return {plan, deletedRows: 0};
  const row = await sql.get(READ_LAST_TO_DELETE, [plan.cutoffMs, options.maxRows]);
  if (row === undefined) return {plan, deletedRows: 0};
  const last = {ms: Number(row['ms']), id: String(row['id'])};
  const {changes} = await sql.run(DELETE_UP_TO, [last.ms, last.id]);
  await raiseFloor(sql, last);
  return {plan, deletedRows: changes};
}

/** Puts the history floor at `position`, unless it is there or above already. It never comes down. */
export async function raiseFloor(sql: Sql, position: Position): Promise<void> {
  const {floor} = await readHistory(sql, null);
  if (floor !== null && comparePositions(floor, position) >= 0) return;
  await sql.run(SET_FLOOR, [position.ms, position.id]);
}

function readClient(row: SqlRow): ClientCheckpoint {
  const cursor = normalizeCursor({
    changedAt: row['last_reconciled_at'],
    changeId: row['last_reconciled_change_id'],
  });
  const updatedMs = row['updated_at'];
  const isWhole = cursor !== null && readWriteIds(row) !== null && typeof updatedMs === 'number';
  return isWhole ? {cursorMs: positionOf(cursor).ms, updatedMs} : {cursorMs: null, updatedMs: 0};
}
