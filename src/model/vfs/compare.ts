/** Whether two exported states are the same, and where they first differ. */

import {isObject} from './fields.ts';
import {compareText} from './order.ts';
import type {AclEntry, ContainerClock, Cursor, ExportedState, Link, Operation, WriteIds} from './types.ts';

function sameList<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    const [one, other] = [a[index], b[index]];
    if (one === undefined || other === undefined || !same(one, other)) return false;
  }
  return true;
}

function sameCursor(a: Cursor | null, b: Cursor | null): boolean {
  if (a === null || b === null) return a === b;
  return a.changedAt === b.changedAt && a.changeId === b.changeId;
}

function sameWriteIds(a: WriteIds, b: WriteIds): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(key => Object.hasOwn(b, key) && a[key] === b[key]);
}

function sameAcl(a: AclEntry, b: AclEntry): boolean {
  return (
    a.itemId === b.itemId &&
    a.principalType === b.principalType &&
    a.principalId === b.principalId &&
    a.accessLevel === b.accessLevel
  );
}

function sameLink(a: Link, b: Link): boolean {
  return a.parentId === b.parentId && a.childId === b.childId;
}

function sameClock(a: ContainerClock, b: ContainerClock): boolean {
  return a.containerId === b.containerId && sameCursor(a, b);
}

function sameOperation(a: Operation, b: Operation): boolean {
  return (
    a.opId === b.opId &&
    a.opType === b.opType &&
    a.itemId === b.itemId &&
    a.replicaId === b.replicaId &&
    a.writeId === b.writeId &&
    a.occurredAt === b.occurredAt &&
    a.principalType === b.principalType &&
    a.principalId === b.principalId &&
    a.accessLevel === b.accessLevel &&
    a.parentId === b.parentId &&
    a.childId === b.childId
  );
}

/**
 * Whether two exports say the same, lists in the same order. Quick, for it is asked after every happening; it
 * looks at the fields that a state has, so use {@link describeDifference} where a stray field must show.
 */
export function sameState(a: ExportedState, b: ExportedState): boolean {
  if (a === b) return true;
  if (a.nextLocalWriteId !== b.nextLocalWriteId) return false;
  if (!sameList(a.pendingOperations, b.pendingOperations, sameOperation)) return false;
  const [ours, theirs] = [a.reconcileState, b.reconcileState];
  if (ours === null || theirs === null ? ours !== theirs : !sameCursor(ours.cursor, theirs.cursor))
    return false;
  if (!sameWriteIds(ours?.lastReconciledWriteIds ?? {}, theirs?.lastReconciledWriteIds ?? {})) return false;
  return (
    sameCursor(a.replaySnapshot.cursor, b.replaySnapshot.cursor) &&
    sameList(a.replaySnapshot.acl, b.replaySnapshot.acl, sameAcl) &&
    sameList(a.replaySnapshot.links, b.replaySnapshot.links, sameLink) &&
    sameList(a.containerClocks, b.containerClocks, sameClock)
  );
}

/** JSON with the keys of every object in code-unit order: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    let text = '';
    for (const item of value) text += text === '' ? canonicalJson(item) : `,${canonicalJson(item)}`;
    return `[${text}]`;
  }
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  let text = '';
  for (const key of keysInOrder(value)) {
    const field = value[key];
    if (field === undefined) continue;
    if (text !== '') text += ',';
    text += `${JSON.stringify(key)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

/** Most objects have been written down in order already: that is seen sooner than it is made. */
function keysInOrder(value: object): readonly string[] {
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index += 1) {
    if (compareText(keys[index - 1] ?? '', keys[index] ?? '') > 0) return keys.sort(compareText);
  }
  return keys;
}

/** Whether two values have the same {@link canonicalJson}, without writing it down. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => sameValue(item, other[index]));
  }
  if (isObject(one) && isObject(other)) {
    const fields = definedFields(one);
    return (
      fields.length === definedFields(other).length &&
      fields.every(key => Object.hasOwn(other, key) && sameValue(one[key], other[key]))
    );
  }
  return canonicalJson(one) === canonicalJson(other);
}

const definedFields = (value: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.keys(value).filter(key => value[key] !== undefined);

/**
 * Where two values part: `path` as in `pendingOperations[2].writeId`, both sides as canonical JSON or
 * `absent`.
 */
export interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

function describe(value: unknown): string {
  return value === undefined ? 'absent' : canonicalJson(value);
}

function childrenOf(value: object): readonly string[] {
  return Array.isArray(value) ? [...value.keys()].map(String) : Object.keys(value);
}

function differ(expected: unknown, actual: unknown, path: string): Difference | null {
  if (Object.is(expected, actual)) return null;
  const both = [expected, actual];
  const comparable = both.every(Array.isArray) || both.every(isObject);
  if (!comparable) return {path, expected: describe(expected), actual: describe(actual)};
  const [one, other] = both as [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>];
  const keys = new Set([...childrenOf(one), ...childrenOf(other)]);
  for (const key of keys) {
    const step = Array.isArray(expected) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const ownOf = (holder: object): unknown =>
      Object.hasOwn(holder, key) ? Reflect.get(holder, key) : undefined;
    const difference = differ(ownOf(one), ownOf(other), step);
    if (difference !== null) return difference;
  }
  return null;
}

/**
 * The first place where two states (or any two JSON values) differ, or null. Absent and undefined are one.
 */
export function describeDifference(expected: unknown, actual: unknown): Difference | null {
  return differ(expected, actual, '');
}
