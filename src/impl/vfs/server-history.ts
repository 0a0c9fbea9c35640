/** What the server still knows of its own feed: positions, the history floor, replica heads (spec 2.6). */
import type {Sql, SqlRow} from '../../host.ts';
import type {Cursor, WriteIds} from '../../model/vfs/types.ts';
import {encodeCursor} from './cursor.ts';
import type {Reply} from './server-http.ts';
import {compareText} from './text.ts';
import {formatTime, parseTime} from './time.ts';
import {MAX_WRITE_ID_ENTRIES, sortedWriteIds} from './write-ids.ts';

/** A place in the feed as its rows hold it: a cursor with the time in ms. */
export interface Position {
  readonly ms: number;
  readonly id: string;
}

/** Everything up to the floor, inclusive, is gone as rows: compacted away, or cut off by a restore. */
export interface History {
  readonly floor: Position | null;
  /** Whether reading may go on from the position asked about: nothing after it is missing. */
  readonly continues: boolean;
}

const READ_HISTORY = `
  SELECT floor_ms, floor_id, EXISTS (SELECT 1 FROM vfs_crdt_ops WHERE occurred_ms = ? AND id = ?) AS known
  FROM vfs_feed_state WHERE id = 1`;
const READ_HEADS = `SELECT replica_id, max_write_id, feed_id FROM vfs_crdt_replica_heads WHERE user_id = ?`;
const READ_TOP = `SELECT occurred_ms AS ms, id FROM vfs_crdt_ops ORDER BY occurred_ms DESC, id DESC LIMIT 1`;

export function comparePositions(a: Position, b: Position): number {
  return a.ms - b.ms || compareText(a.id, b.id);
}

export function cursorAt(position: Position): Cursor {
  return {changedAt: formatTime(position.ms), changeId: position.id};
}

/** The position of a cursor that was decoded or normalised. */
export function positionOf(cursor: Cursor): Position {
  const ms = parseTime(cursor.changedAt);
  if (ms === null) throw new Error('a decoded cursor has a valid time');
  return {ms, id: cursor.changeId};
}

/**
 * Judges a position: null (the beginning) continues if nothing was ever cut off; another if it is the floor,
 * or a row above it that this very feed holds. One that the feed never gave out, or has lost, does not.
 */
export async function readHistory(sql: Sql, position: Position | null): Promise<History> {
  const row = await sql.get(READ_HISTORY, [position?.ms ?? null, position?.id ?? null]);
  if (row === undefined) throw new Error('the feed state has its row');
  const floor = floorOf(row);
  if (position === null) return {floor, continues: floor === null};
  const beyondFloor = floor === null ? 1 : comparePositions(position, floor);
  return {floor, continues: beyondFloor === 0 || (beyondFloor > 0 && row['known'] === 1)};
}

/**
 * Highest accepted write id of each of the user's replicas: of the last active ones, if there are more than a
 * map may hold.
 */
export async function readHeads(sql: Sql, userId: string): Promise<WriteIds> {
  const rows = await sql.all(READ_HEADS, [userId]);
  const kept = rows.length <= MAX_WRITE_ID_ENTRIES ? rows : lastActive(rows);
  return sortedWriteIds(kept.map(row => [String(row['replica_id']), Number(row['max_write_id'])]));
}

/** The newest position: the last row's, or the floor if that is later; null if nothing was ever written. */
export async function readTop(sql: Sql): Promise<Position | null> {
  const {floor} = await readHistory(sql, null);
  const row = await sql.get(READ_TOP);
  if (row === undefined) return floor;
  const last = {ms: Number(row['ms']), id: String(row['id'])};
  return floor !== null && comparePositions(floor, last) > 0 ? floor : last;
}

/** The 409 that sends a client to the snapshot (2.6). */
export function rematerializationRequired(requested: Cursor | null, floor: Position | null): Reply {
  return {
    status: 409,
    body: {
      error: 'CRDT cursor is older than retained history; re-materialization required',
      code: 'crdt_rematerialization_required',
      requestedCursor: requested === null ? null : encodeCursor(requested),
      oldestAvailableCursor: floor === null ? null : encodeCursor(cursorAt(floor)),
    },
  };
}

function floorOf(row: SqlRow): Position | null {
  const {floor_ms: ms, floor_id: id} = row;
  return typeof ms === 'number' && typeof id === 'string' ? {ms, id} : null;
}

/** Feed ids ascend, so the id of a replica's last accepted operation tells how long ago that was. */
function lastActive(rows: readonly SqlRow[]): readonly SqlRow[] {
  const byAge = rows.toSorted((a, b) => compareText(String(b['feed_id']), String(a['feed_id'])));
  return byAge.slice(0, MAX_WRITE_ID_ENTRIES);
}
