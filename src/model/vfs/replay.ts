/** Feed replay: the later item overwrites its register; removals leave nothing behind (1.5). */

import {compareCursors} from './cursor.ts';
import {isAcl} from './fields.ts';
import {compareText, keyOf} from './order.ts';
import {Refusal} from './refusal.ts';
import {normaliseTime} from './time.ts';
import type {AclEntry, Cursor, FeedItem, Link} from './types.ts';

/** What replay leaves: grants and edges that stand, each list in its order. */
export interface Replica {
  readonly acl: readonly AclEntry[];
  readonly links: readonly Link[];
}

export function compareAcl(a: AclEntry, b: AclEntry): number {
  return (
    compareText(a.itemId, b.itemId) ||
    compareText(a.principalType, b.principalType) ||
    compareText(a.principalId, b.principalId)
  );
}

export function compareLinks(a: Link, b: Link): number {
  return compareText(a.parentId, b.parentId) || compareText(a.childId, b.childId);
}

export function aclKey(entry: Omit<AclEntry, 'accessLevel'>): string {
  return keyOf(entry.itemId, entry.principalType, entry.principalId);
}

export function linkKey(link: Link): string {
  return keyOf(link.parentId, link.childId);
}

/** Folds items, in feed order, over what was there. Items must be well formed (see {@link checkItems}). */
export function replay(items: readonly FeedItem[], from: Replica = {acl: [], links: []}): Replica {
  const acl = new Map(from.acl.map(entry => [aclKey(entry), entry]));
  const links = new Map(from.links.map(link => [linkKey(link), link]));
  for (const {opType, itemId, principalType, principalId, accessLevel, parentId, childId} of items) {
    if (isAcl(opType) && principalType !== null && principalId !== null) {
      const key = aclKey({itemId, principalType, principalId});
      if (opType === 'acl_remove') acl.delete(key);
      else if (accessLevel !== null) acl.set(key, {itemId, principalType, principalId, accessLevel});
    } else if (!isAcl(opType) && parentId !== null && childId !== null) {
      const link = {parentId, childId};
      if (opType === 'link_remove') links.delete(linkKey(link));
      else links.set(linkKey(link), link);
    }
  }
  return {acl: [...acl.values()].sort(compareAcl), links: [...links.values()].sort(compareLinks)};
}

/** An item's position in the feed, or null if its time is none. */
export function itemCursor(item: FeedItem): Cursor | null {
  const changedAt = normaliseTime(item.occurredAt);
  return changedAt === null || item.opId.trim() === '' ? null : {changedAt, changeId: item.opId};
}

function checkFields(item: FeedItem, index: number): string | null {
  if (isAcl(item.opType)) {
    if (item.principalType === null || item.principalId === null) {
      return `CRDT feed item ${index} is missing principal fields`;
    }
    const levelMissing = item.opType === 'acl_add' && item.accessLevel === null;
    return levelMissing ? `CRDT feed item ${index} is missing access level` : null;
  }
  const linkMissing = item.parentId === null || item.childId === null;
  return linkMissing ? `CRDT feed item ${index} is missing link fields` : null;
}

/**
 * Checks a whole page before any of it is applied: each item well formed and strictly newer than the one
 * before it. Returns the position of the last; throws a replay refusal at the first wrong item.
 */
export function checkItems(items: readonly FeedItem[], after: Cursor | null): Cursor | null {
  let last = after;
  items.forEach((item, index) => {
    const refuse = (message: string): Refusal => new Refusal('VfsCrdtFeedReplayError', message);
    const cursor = itemCursor(item);
    if (cursor === null) throw refuse(`CRDT feed item ${index} has invalid cursor fields`);
    if (last !== null && compareCursors(cursor, last) <= 0) {
      throw refuse(`CRDT feed item ${index} is not strictly newer than local cursor`);
    }
    const wrong = checkFields(item, index);
    if (wrong !== null) throw refuse(wrong);
    last = cursor;
  });
  return last;
}
