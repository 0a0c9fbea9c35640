/** What a server may append to its feed: order, ownership, write ids, and honest repetitions (I2, I3, I5). */

import {
  compareRows,
  PUSH_SOURCE,
  registerOf,
  VISIBILITY_SOURCE,
  type FeedRow,
  type Register,
} from './feed-row.ts';
import type {LedgerView} from './push.ts';
import {writeIdOf} from './write-ids.ts';

/** The feed as it stood before the row. */
export interface FeedView extends LedgerView {
  readonly rows: readonly FeedRow[];
  has(id: string): boolean;
  lastRowOf(register: Register): FeedRow | null;
}

function judgePush(feed: FeedView, row: FeedRow): string | null {
  const {userId, replicaId, writeId, clientOpId} = row;
  if (userId === null || replicaId === null || writeId === null || clientOpId === null) {
    return `row ${row.id} does not say who pushed it`;
  }
  if (feed.ownerOf(row.itemId) !== userId) return `row ${row.id} was pushed by ${userId}, not by the owner`;
  if (feed.appliedOp(userId, replicaId, clientOpId) !== null) {
    return `row ${row.id} applies ${clientOpId} of ${userId}/${replicaId} a second time`;
  }
  const head = writeIdOf(feed.heads(userId), replicaId);
  return writeId <= head ? `row ${row.id} has write id ${writeId}, not above head ${head}` : null;
}

function judgeRepetition(feed: FeedView, row: FeedRow, register: Register): string | null {
  if (row.userId !== null) return `row ${row.id} repeats a register in somebody's name`;
  const current = feed.lastRowOf(register);
  const same = current?.opType === row.opType && current.accessLevel === row.accessLevel;
  return same ? null : `row ${row.id} does not repeat its register's value`;
}

/** Judges the next row of a feed: null if it is legal, else what is wrong. */
export function judgeRow(feed: FeedView, row: FeedRow): string | null {
  const last = feed.rows.at(-1);
  const register = registerOf(row);
  if (register === null) return `row ${row.id} is malformed`;
  if (last !== undefined && compareRows(row, last) <= 0) return `row ${row.id} is not after row ${last.id}`;
  if (feed.has(row.id)) return `row ${row.id} has an id that is taken`;
  if (feed.ownerOf(row.itemId) === null) return `row ${row.id} is about an item that nobody registered`;
  if (row.sourceTable === PUSH_SOURCE) return judgePush(feed, row);
  if (row.sourceTable === VISIBILITY_SOURCE) return judgeRepetition(feed, row, register);
  return `row ${row.id} comes from ${row.sourceTable}, which writes no rows`;
}
