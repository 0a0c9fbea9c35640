/**
 * Who may see which item, and since which position of the feed without a break (rows, pages and claims build
 * on it).
 */

import {keyOf} from './order.ts';
import type {PrincipalType} from './types.ts';

/** An item that a user has just begun or ceased to see. */
export interface Sight {
  readonly userId: string;
  readonly itemId: string;
  readonly visible: boolean;
}

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/**
 * An item is visible to its owner, to users with an active grant, and to members of groups with one. A grant
 * to an organization shows the item to nobody.
 */
export class Visibility {
  readonly #owners = new Map<string, string>();
  /** Item to the keys of the principals with an active grant. */
  readonly #grantees = new Map<string, Set<string>>();
  /** Group to the items granted to it. */
  readonly #grantedTo = new Map<string, Set<string>>();
  readonly #members = new Map<string, Set<string>>();
  /** User to group to the feed position from which on the user is in it. */
  readonly #groups = new Map<string, Map<string, number>>();
  /** User to item to position; owners see their own items from the start and are not listed. */
  readonly #since = new Map<string, Map<string, number>>();
  readonly #narrowed = new Set<string>();

  register(itemId: string, ownerId: string): void {
    const owner = this.#owners.get(itemId);
    if (owner !== undefined && owner !== ownerId) throw new Error(`item ${itemId} already has another owner`);
    this.#owners.set(itemId, ownerId);
  }

  ownerOf(itemId: string): string | null {
    return this.#owners.get(itemId) ?? null;
  }

  /**
   * From which feed index on the item is visible to the user without a break; -1 for the owner, null if it is
   * not.
   */
  sinceOf(userId: string, itemId: string): number | null {
    if (this.#owners.get(itemId) === userId) return -1;
    return this.#since.get(userId)?.get(itemId) ?? null;
  }

  memberSince(userId: string, groupId: string): number | null {
    return this.#groups.get(userId)?.get(groupId) ?? null;
  }

  /** Whether something that the user once saw has been hidden from it. */
  narrowed(userId: string): boolean {
    return this.#narrowed.has(userId);
  }

  /** Takes in what the feed row at index `at` does to a grant. */
  grant(
    itemId: string,
    principal: {readonly type: PrincipalType; readonly id: string},
    active: boolean,
    at: number,
  ): readonly Sight[] {
    if (principal.type === 'organization') return [];
    const grantees = entryOf(this.#grantees, itemId, () => new Set<string>());
    const key = keyOf(principal.type, principal.id);
    if (grantees.has(key) === active) return [];
    if (active) grantees.add(key);
    else grantees.delete(key);
    if (principal.type === 'user') return this.#look([principal.id], [itemId], at);
    const granted = entryOf(this.#grantedTo, principal.id, () => new Set<string>());
    if (active) granted.add(itemId);
    else granted.delete(itemId);
    return this.#look(this.#members.get(principal.id) ?? [], [itemId], at);
  }

  /** Takes in that a user joined or left a group when the feed had `at` rows. */
  membership(userId: string, groupId: string, member: boolean, at: number): readonly Sight[] {
    const groups = entryOf(this.#groups, userId, () => new Map<string, number>());
    if (groups.has(groupId) === member) return [];
    const members = entryOf(this.#members, groupId, () => new Set<string>());
    if (member) {
      groups.set(groupId, at);
      members.add(userId);
    } else {
      groups.delete(groupId);
      members.delete(userId);
      // the grants that name the group are hidden from it as well, even of items that it never saw
      this.#narrowed.add(userId);
    }
    return this.#look([userId], this.#grantedTo.get(groupId) ?? [], at);
  }

  #granted(userId: string, itemId: string): boolean {
    const grantees = this.#grantees.get(itemId);
    if (grantees === undefined) return false;
    if (grantees.has(keyOf('user', userId))) return true;
    const groups = [...(this.#groups.get(userId)?.keys() ?? [])];
    return groups.some(groupId => grantees.has(keyOf('group', groupId)));
  }

  /** What has changed, of these items, for these users. */
  #look(userIds: Iterable<string>, itemIds: Iterable<string>, at: number): readonly Sight[] {
    const sights: Sight[] = [];
    const items = [...itemIds];
    for (const userId of userIds) {
      const since = entryOf(this.#since, userId, () => new Map<string, number>());
      for (const itemId of items) {
        const visible = this.#granted(userId, itemId);
        if (since.has(itemId) === visible) continue;
        if (visible) since.set(itemId, at);
        else since.delete(itemId);
        if (this.#owners.get(itemId) === userId) continue;
        if (!visible) this.#narrowed.add(userId);
        sights.push({userId, itemId, visible});
      }
    }
    return sights;
  }
}
