/** Container clocks: the newest feed position among a container's operations (1.6). */

import {compareCursors} from './cursor.ts';
import {isAcl} from './fields.ts';
import {compareText} from './order.ts';
import {itemCursor} from './replay.ts';
import type {ContainerClock, FeedItem} from './types.ts';

/** By position, then by container. */
export function compareClocks(a: ContainerClock, b: ContainerClock): number {
  return compareCursors(a, b) || compareText(a.containerId, b.containerId);
}

/** The container that an operation touches: a link's parent, or else the item itself. */
export function containerOf(item: Pick<FeedItem, 'opType' | 'itemId' | 'parentId'>): string {
  return isAcl(item.opType) ? item.itemId : (item.parentId ?? item.itemId);
}

/** The clocks after the items were applied, sorted. A clock moves only forward. */
export function clocksOf(
  items: readonly FeedItem[],
  from: readonly ContainerClock[] = [],
): readonly ContainerClock[] {
  const clocks = new Map(from.map(clock => [clock.containerId, clock]));
  for (const item of items) {
    const cursor = itemCursor(item);
    const containerId = containerOf(item);
    const known = clocks.get(containerId);
    if (cursor !== null && (known === undefined || compareCursors(cursor, known) > 0)) {
      clocks.set(containerId, {containerId, ...cursor});
    }
  }
  return [...clocks.values()].sort(compareClocks);
}
