/**
 * Container clocks: the newest feed position among each container's operations, and paging through what
 * changed (1.6).
 */
import type {ContainerClock, Cursor} from '../../model/vfs/types.ts';
import {VfsSyncError} from './client-errors.ts';
import {itemCursor} from './client-replay.ts';
import {compareCursors, normalizeCursor} from './cursor.ts';
import {compareText, isRecord, trimmed} from './text.ts';

const MAX_LIST_LIMIT = 500;
const DEFAULT_LIST_LIMIT = 100;

/** One page of changed containers; `nextCursor` is that of its last entry, and null for an empty page. */
export interface ChangedContainers {
  readonly items: readonly ContainerClock[];
  readonly hasMore: boolean;
  readonly nextCursor: Cursor | null;
}

/**
 * The clocks that a page of feed items moves, newest position of each container; `current` is left as it is.
 * A link's container is its parent, any other operation's is its item. Throws {@link VfsSyncError} for an
 * item without a position or a container.
 */
export function advanceClocks(
  current: ReadonlyMap<string, ContainerClock>,
  items: readonly unknown[],
): readonly ContainerClock[] {
  const moved = new Map<string, ContainerClock>();
  for (const [index, item] of items.entries()) {
    const cursor = itemCursor(item);
    if (cursor === null) throw new VfsSyncError(`CRDT feed item ${index} has invalid cursor fields`);
    const containerId = containerOf(item);
    if (containerId === null) throw new VfsSyncError(`CRDT feed item ${index} has invalid container fields`);
    const clock = moved.get(containerId) ?? current.get(containerId);
    if (clock === undefined || compareCursors(cursor, clock) > 0) {
      moved.set(containerId, {containerId, changedAt: cursor.changedAt, changeId: cursor.changeId});
    }
  }
  return [...moved.values()];
}

function containerOf(item: unknown): string | null {
  if (!isRecord(item)) return null;
  const isLink = item['opType'] === 'link_add' || item['opType'] === 'link_remove';
  return trimmed(isLink ? item['parentId'] : item['itemId']);
}

/** The order of clocks wherever they are listed: by position, then by container. */
export function compareClocks(a: ContainerClock, b: ContainerClock): number {
  return compareCursors(a, b) || compareText(a.containerId, b.containerId);
}

/**
 * Lists the containers that changed strictly after `cursor` (null: all), oldest change first, `limit` of them (1 to
 * 500, 100 unless told), and those that share the position of the last one with it: the next page begins after that
 * position, so that a page that ended between them would lose the rest. `clocks` must be in the order of {@link
 * compareClocks}. Throws {@link VfsSyncError}.
 */
export function listChangedSince(
  clocks: readonly ContainerClock[],
  cursor: Cursor | null,
  limit: number = DEFAULT_LIST_LIMIT,
): ChangedContainers {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIST_LIMIT) {
    throw new VfsSyncError(`limit must be an integer between 1 and ${MAX_LIST_LIMIT}`);
  }
  const start = cursor === null ? 0 : firstAfter(clocks, cursor);
  const items = clocks.slice(start, endOfPage(clocks, start + limit));
  const last = items.at(-1);
  return {
    items,
    hasMore: start + items.length < clocks.length,
    nextCursor: last === undefined ? null : {changedAt: last.changedAt, changeId: last.changeId},
  };
}

/** Where a page ends that should have ended at an index: never between clocks of one position. */
function endOfPage(clocks: readonly ContainerClock[], wanted: number): number {
  const last = clocks[wanted - 1];
  if (last === undefined) return clocks.length;
  let end = wanted;
  for (let clock = clocks[end]; clock !== undefined && compareCursors(clock, last) === 0; clock = clocks[end])
    end += 1;
  return end;
}

/** Index of the first clock strictly after `cursor`, by bisection. */
function firstAfter(clocks: readonly ContainerClock[], cursor: Cursor): number {
  const position = normalizeCursor(cursor);
  if (position === null) throw new VfsSyncError('cursor is invalid');
  let low = 0;
  let high = clocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const clock = clocks[middle];
    if (clock !== undefined && compareCursors(clock, position) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
