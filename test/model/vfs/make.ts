/** Short hands for the tests of the model: instants of one day, answers, items, rows and operations. */

import {encodeCursor} from '../../../src/model/vfs/cursor.ts';
import {pristine} from '../../../src/model/vfs/client.ts';
import type {Answer} from '../../../src/model/vfs/decode.ts';
import type {FeedRow} from '../../../src/model/vfs/feed-row.ts';
import {parseTime} from '../../../src/model/vfs/time.ts';
import type {Cursor, ExportedState, FeedItem, Operation} from '../../../src/model/vfs/types.ts';

/** `at('12:00:01')` is that second of 2026-02-14, UTC; a fraction may follow. */
export function at(time: string): string {
  return `2026-02-14T${time.includes('.') ? time : `${time}.000`}Z`;
}

export function ms(time: string): number {
  return parseTime(at(time)) ?? Number.NaN;
}

export function cursor(time: string, changeId: string): Cursor {
  return {changedAt: at(time), changeId};
}

export function ok(body: unknown, status = 200): Answer {
  return {kind: 'http', status, body: JSON.stringify(body)};
}

/** A link item, `root` to `item-1` unless told otherwise. */
export function item(opId: string, time: string, more: Partial<FeedItem> = {}): FeedItem {
  return {
    opId,
    itemId: 'item-1',
    opType: 'link_add',
    principalType: null,
    principalId: null,
    accessLevel: null,
    parentId: 'root',
    childId: more.itemId ?? 'item-1',
    actorId: 'user-1',
    sourceTable: 'vfs_crdt_client_push',
    sourceId: `source-${opId}`,
    occurredAt: at(time),
    ...more,
  };
}

export function grant(opId: string, time: string, more: Partial<FeedItem> = {}): FeedItem {
  return item(opId, time, {
    opType: 'acl_add',
    principalType: 'group',
    principalId: 'group-1',
    accessLevel: 'read',
    parentId: null,
    childId: null,
    ...more,
  });
}

export interface PageParts {
  readonly items?: readonly unknown[];
  readonly nextCursor?: Cursor | null;
  readonly hasMore?: boolean;
  readonly ids?: unknown;
}

export function page({items = [], nextCursor = null, hasMore = false, ids = {}}: PageParts): Answer {
  const encoded = nextCursor === null ? null : encodeCursor(nextCursor);
  return ok({items, nextCursor: encoded, hasMore, lastReconciledWriteIds: ids});
}

export function ack(position: Cursor, ids: unknown = {}, clientId = 'desktop'): Answer {
  return ok({clientId, cursor: encodeCursor(position), lastReconciledWriteIds: ids});
}

/** An ACL operation of replica `desktop`. */
export function operation(
  opId: string,
  writeId: number,
  time: string,
  more: Partial<Operation> = {},
): Operation {
  return {
    opId,
    opType: 'acl_add',
    itemId: 'item-1',
    replicaId: 'desktop',
    writeId,
    occurredAt: at(time),
    principalType: 'group',
    principalId: 'group-1',
    accessLevel: 'read',
    ...more,
  };
}

export function linkOperation(opId: string, writeId: number, time: string): Operation {
  const base = {opId, opType: 'link_add', itemId: 'item-1', replicaId: 'desktop', writeId} as const;
  return {...base, occurredAt: at(time), parentId: 'root', childId: 'item-1'};
}

export function stateWith(more: Partial<ExportedState>): ExportedState {
  return {...pristine(), ...more};
}

export function caughtUp(position: Cursor, ids: Readonly<Record<string, number>> = {}): ExportedState {
  return stateWith({
    replaySnapshot: {acl: [], links: [], cursor: position},
    reconcileState: {cursor: position, lastReconciledWriteIds: ids},
    nextLocalWriteId: (ids.desktop ?? 0) + 1,
  });
}

/** A pushed link row, `root` to `item-1`, of `user-1` on `desktop`; its op id follows from its id. */
export function row(id: string, time: string, writeId: number, more: Partial<FeedRow> = {}): FeedRow {
  return {
    id,
    occurredMs: ms(time),
    userId: 'user-1',
    replicaId: 'desktop',
    writeId,
    clientOpId: `op-${id}`,
    itemId: 'item-1',
    opType: 'link_add',
    principalType: null,
    principalId: null,
    accessLevel: null,
    parentId: 'root',
    childId: more.itemId ?? 'item-1',
    sourceTable: 'vfs_crdt_client_push',
    ...more,
  };
}

export function grantRow(id: string, time: string, writeId: number, more: Partial<FeedRow> = {}): FeedRow {
  return row(id, time, writeId, {
    opType: 'acl_add',
    principalType: 'user',
    principalId: 'user-2',
    accessLevel: 'read',
    parentId: null,
    childId: null,
    ...more,
  });
}

/** The same register again, in nobody's name. */
export function repeat(original: FeedRow, id: string, time: string): FeedRow {
  const nobody = {userId: null, replicaId: null, writeId: null, clientOpId: null} as const;
  return {...original, ...nobody, id, occurredMs: ms(time), sourceTable: 'vfs_visibility'};
}
