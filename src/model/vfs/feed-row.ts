/** One row of the server's feed, the register that it writes, and how a reader sees it (1.1, 1.4). */

import {compareCursors} from './cursor.ts';
import {isAcl} from './fields.ts';
import {compareText} from './order.ts';
import {aclKey, linkKey} from './replay.ts';
import {formatTime, parseTime, TIME_MAX} from './time.ts';
import type {AccessLevel, Cursor, FeedItem, OpType, PrincipalType} from './types.ts';

/** Rows that a client pushed. */
export const PUSH_SOURCE = 'vfs_crdt_client_push';
/** Rows that repeat a register for somebody who has just begun to see its item. */
export const VISIBILITY_SOURCE = 'vfs_visibility';

/** Positions that an operator set: no row of the server's table. */
const MARKER_SOURCE = 'marker';

export interface FeedRow {
  readonly id: string;
  readonly occurredMs: number;
  /**
   * Who pushed it, with which replica, write id and op id; all null for a row that the server itself wrote.
   */
  readonly userId: string | null;
  readonly replicaId: string | null;
  readonly writeId: number | null;
  readonly clientOpId: string | null;
  readonly itemId: string;
  readonly opType: OpType;
  readonly principalType: PrincipalType | null;
  readonly principalId: string | null;
  readonly accessLevel: AccessLevel | null;
  readonly parentId: string | null;
  readonly childId: string | null;
  readonly sourceTable: string;
}

/** What one row overwrites: a principal's grant on an item, or an edge. */
export type Register =
  | {
      readonly kind: 'acl';
      readonly itemId: string;
      readonly principalType: PrincipalType;
      readonly principalId: string;
    }
  | {readonly kind: 'link'; readonly parentId: string; readonly childId: string};

export function registerKey(register: Register): string {
  return register.kind === 'acl' ? `acl ${aclKey(register)}` : `link ${linkKey(register)}`;
}

/**
 * The register of a row, or null if the row is malformed: fields missing, a self-link, a child that is not
 * the item.
 */
export function registerOf(row: FeedRow): Register | null {
  const {itemId, principalType, principalId, parentId, childId} = row;
  if (isAcl(row.opType)) {
    const levelFits = (row.opType === 'acl_add') === (row.accessLevel !== null);
    if (principalType === null || principalId === null || !levelFits) return null;
    return {kind: 'acl', itemId, principalType, principalId};
  }
  if (parentId === null || childId === null || childId !== itemId || parentId === childId) return null;
  return {kind: 'link', parentId, childId};
}

export function rowCursor(row: FeedRow): Cursor {
  return {changedAt: formatTime(row.occurredMs), changeId: row.id};
}

/** A row that stands for a position and says nothing: no item, no register, nobody who sees it. */
export function markerRow({changedAt, changeId}: Cursor): FeedRow {
  return {
    id: changeId,
    occurredMs: parseTime(changedAt) ?? TIME_MAX,
    userId: null,
    replicaId: null,
    writeId: null,
    clientOpId: null,
    itemId: '',
    opType: 'link_remove',
    principalType: null,
    principalId: null,
    accessLevel: null,
    parentId: null,
    childId: null,
    sourceTable: MARKER_SOURCE,
  };
}

/** Feed order: by time, then by id. */
export function compareRows(a: FeedRow, b: FeedRow): number {
  return a.occurredMs - b.occurredMs || compareText(a.id, b.id);
}

/** Whether a row lies at exactly this position. */
export function isAt(row: FeedRow, cursor: Cursor): boolean {
  return compareCursors(rowCursor(row), cursor) === 0;
}

/** The row as a pull answers it (7.1). */
export function feedItemOf(row: FeedRow): FeedItem {
  const source = row.sourceTable === PUSH_SOURCE;
  return {
    opId: row.id,
    itemId: row.itemId,
    opType: row.opType,
    principalType: row.principalType,
    principalId: row.principalId,
    accessLevel: row.accessLevel,
    parentId: row.parentId,
    childId: row.childId,
    actorId: row.userId,
    sourceTable: row.sourceTable,
    sourceId: source ? `${row.userId}:${row.replicaId}:${row.writeId}:${row.clientOpId}` : row.id,
    occurredAt: formatTime(row.occurredMs),
  };
}
