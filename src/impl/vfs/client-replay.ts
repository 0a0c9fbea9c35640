/** Replays a page of the feed: feed order is last-writer-wins, so each item overwrites its register (1.5). */
import type {AccessLevel, Cursor, PrincipalType} from '../../model/vfs/types.ts';
import {VfsFeedReplayError} from './client-errors.ts';
import {compareCursors, normalizeCursor} from './cursor.ts';
import {isAccessLevel, isPrincipalType} from './operation.ts';
import {isRecord, trimmed} from './text.ts';

/** Who may do what with an item; null once it was revoked. */
export interface AclRegister {
  readonly itemId: string;
  readonly principalType: PrincipalType;
  readonly principalId: string;
  readonly accessLevel: AccessLevel | null;
}

/** Whether an edge is there. */
export interface LinkRegister {
  readonly parentId: string;
  readonly childId: string;
  readonly present: boolean;
}

/** The last word on each register that a page touches, and where the page ends. */
export interface ReplayedPage {
  readonly acl: readonly AclRegister[];
  readonly links: readonly LinkRegister[];
  readonly cursor: Cursor | null;
}

/** A feed item's position; null where its id or its time is none. */
export function itemCursor(item: unknown): Cursor | null {
  if (!isRecord(item)) return null;
  const changeId = trimmed(item['opId']);
  return changeId === null ? null : normalizeCursor({changedAt: item['occurredAt'], changeId});
}

/**
 * Folds `items` into the registers they leave behind, changing nothing: a page is applied whole or not at
 * all. Each must lie strictly after the one before it, and the first after `after`. Operations of unknown
 * type only move the cursor. Throws {@link VfsFeedReplayError} with the index of the first bad item in its
 * message.
 */
export function replayPage(items: readonly unknown[], after: Cursor | null): ReplayedPage {
  const acl = new Map<string, AclRegister>();
  const links = new Map<string, LinkRegister>();
  let cursor = after;
  for (const [index, item] of items.entries()) {
    const next = itemCursor(item);
    if (next === null || !isRecord(item)) {
      throw new VfsFeedReplayError('invalidCursor', `CRDT feed item ${index} has invalid cursor fields`);
    }
    if (cursor !== null && compareCursors(next, cursor) <= 0) {
      throw new VfsFeedReplayError(
        'nonMonotonicCursor',
        `CRDT feed item ${index} is not strictly newer than local cursor`,
      );
    }
    switch (item['opType']) {
      case 'acl_add':
      case 'acl_remove': {
        const register = aclRegister(item, index);
        acl.set(JSON.stringify([register.itemId, register.principalType, register.principalId]), register);
        break;
      }
      case 'link_add':
      case 'link_remove': {
        const register = linkRegister(item, index);
        links.set(JSON.stringify([register.parentId, register.childId]), register);
        break;
      }
      default:
    }
    cursor = next;
  }
  return {acl: [...acl.values()], links: [...links.values()], cursor};
}

function aclRegister(item: Readonly<Record<string, unknown>>, index: number): AclRegister {
  const {opType, principalType, accessLevel} = item;
  const principalId = trimmed(item['principalId']);
  if (!isPrincipalType(principalType) || principalId === null) {
    throw new VfsFeedReplayError(
      'invalidAclOperation',
      `CRDT feed item ${index} is missing principal fields`,
    );
  }
  // A page with a blank item id does not get past the container clocks, which judge it after its replay.
  const itemId = trimmed(item['itemId']) ?? '';
  if (opType === 'acl_remove') return {itemId, principalType, principalId, accessLevel: null};
  if (!isAccessLevel(accessLevel)) {
    throw new VfsFeedReplayError('invalidAclOperation', `CRDT feed item ${index} is missing access level`);
  }
  return {itemId, principalType, principalId, accessLevel};
}

function linkRegister(item: Readonly<Record<string, unknown>>, index: number): LinkRegister {
  const parentId = trimmed(item['parentId']);
  const childId = trimmed(item['childId']);
  if (parentId === null || childId === null) {
    throw new VfsFeedReplayError('invalidLinkOperation', `CRDT feed item ${index} is missing link fields`);
  }
  return {parentId, childId, present: item['opType'] === 'link_add'};
}
