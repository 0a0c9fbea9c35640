/**
 * Reading the parts of a stored or served state: each throws a plain refusal with the contract's own words
 * (3.10).
 */

import {compareClocks} from './clocks.ts';
import {cursorOf} from './cursor.ts';
import {isAccessLevel, isObject, isPrincipalType, textOf} from './fields.ts';
import {plain} from './refusal.ts';
import {aclKey, compareAcl, compareLinks, linkKey} from './replay.ts';
import type {AclEntry, ContainerClock, Link, ReconcileState, ReplaySnapshot} from './types.ts';
import {parseWriteIds} from './write-ids.ts';

function aclEntryOf(value: unknown, index: number): AclEntry {
  const {principalType, accessLevel, ...fields} = isObject(value) ? value : {};
  const itemId = textOf(fields.itemId);
  const principalId = textOf(fields.principalId);
  const named = itemId !== null && principalId !== null;
  if (!named || !isPrincipalType(principalType) || !isAccessLevel(accessLevel)) {
    throw plain(`state.replaySnapshot.acl[${index}] is invalid`);
  }
  return {itemId, principalType, principalId, accessLevel};
}

function linkOf(value: unknown, index: number): Link {
  const parentId = isObject(value) ? textOf(value.parentId) : null;
  const childId = isObject(value) ? textOf(value.childId) : null;
  if (parentId === null || childId === null) {
    throw plain(`state.replaySnapshot.links[${index}] is invalid`);
  }
  return {parentId, childId};
}

/** The replay part, sorted. Repeated entries are left for {@link refuseRepeats}: that check comes last. */
export function readReplaySnapshot(value: unknown): ReplaySnapshot {
  if (!isObject(value)) throw plain('state.replaySnapshot must be an object');
  if (!Array.isArray(value.acl)) throw plain('state.replaySnapshot.acl must be an array');
  if (!Array.isArray(value.links)) throw plain('state.replaySnapshot.links must be an array');
  const acl = value.acl.map(aclEntryOf).sort(compareAcl);
  const links = value.links.map(linkOf).sort(compareLinks);
  const cursor = value.cursor === null ? null : cursorOf(value.cursor);
  if (cursor === null && value.cursor !== null) {
    throw plain('transport returned invalid persisted replay cursor');
  }
  return {acl, links, cursor};
}

/** The checkpoint part; null is none. */
export function readReconcileState(value: unknown): ReconcileState | null {
  if (value === null) return null;
  const cursor = isObject(value) ? cursorOf(value.cursor) : null;
  if (!isObject(value) || cursor === null) {
    throw plain('transport returned invalid persisted reconcile cursor');
  }
  return {cursor, lastReconciledWriteIds: parseWriteIds(value.lastReconciledWriteIds)};
}

/** The clocks, in the order in which they were stored: later checks name them by index. */
export function readClocks(values: readonly unknown[]): readonly ContainerClock[] {
  const known = new Set<string>();
  return values.map((value, index) => {
    const cursor = cursorOf(value);
    const containerId = isObject(value) ? textOf(value.containerId) : null;
    if (cursor === null || containerId === null) {
      throw plain(`state.containerClocks[${index}] is invalid`);
    }
    if (known.has(containerId)) {
      throw plain(`state.containerClocks has duplicate containerId ${containerId}`);
    }
    known.add(containerId);
    return {containerId, ...cursor};
  });
}

/** A register may be there once. */
export function refuseRepeats({acl, links}: ReplaySnapshot): void {
  if (new Set(acl.map(aclKey)).size < acl.length) {
    throw plain('snapshot acl contains duplicate principal entry');
  }
  if (new Set(links.map(linkKey)).size < links.length) {
    throw plain('snapshot links contain duplicate edge');
  }
}

export function sortClocks(clocks: readonly ContainerClock[]): readonly ContainerClock[] {
  return [...clocks].sort(compareClocks);
}
