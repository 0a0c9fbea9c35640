/** Pages through a client's list of changed containers, as a user interface does, and holds it against its export (I14). */
import type {ChangedContainers} from '../../src/impl/vfs/client-clocks.ts';
import {sameValue} from '../../src/model/vfs/compare.ts';
import {compareCursors} from '../../src/model/vfs/cursor.ts';
import type {ContainerClock, Cursor} from '../../src/model/vfs/types.ts';

export type ListChanged = (cursor: Cursor | null, limit: number) => ChangedContainers;

/**
 * What is wrong with the pages after `from` (null: from the beginning), `limit` entries each; null if nothing. Together
 * they must be the clocks after `from`, in their order, each page full but for the last, which says that it is. A page is
 * fuller than full where a lie gave several containers one position: the next page begins behind all of them.
 */
export function judgePaging(
  list: ListChanged,
  clocks: readonly ContainerClock[],
  {from, limit}: {readonly from: Cursor | null; readonly limit: number},
): string | null {
  const owed = clocks.filter(clock => from === null || compareCursors(clock, from) > 0);
  let cursor = from;
  let left = owed;
  for (let number = 0; ; number += 1) {
    const {items, hasMore, nextCursor} = list(cursor, limit);
    const full = left[limit - 1];
    const page = full === undefined ? left : left.filter(clock => compareCursors(clock, full) <= 0);
    if (!sameValue(items, page)) return `page ${number} of ${limit} has other entries`;
    const last = page.at(-1);
    const tail = last === undefined ? null : {changedAt: last.changedAt, changeId: last.changeId};
    if (!sameValue(nextCursor, tail)) return `page ${number} of ${limit} ends elsewhere`;
    left = left.slice(page.length);
    if (hasMore !== left.length > 0) return `page ${number} of ${limit} says the wrong thing of more`;
    if (!hasMore) return null;
    cursor = nextCursor;
  }
}
