/** What changed from one state to the next, small enough that a page can carry every state of a long run. */
import type {Json} from '../../sim/json.ts';

export type Delta =
  /** Another value altogether. */
  | {readonly is: Json}
  /** Members that changed; null where one is gone. */
  | {readonly of: {readonly [key: string]: Delta | null}}
  /** `gone` elements from `at` on make room for `put`. */
  | {readonly at: number; readonly gone: number; readonly put: readonly Json[]}
  /** As many elements as before; from `from` on each changed so, or did not (null). */
  | {readonly from: number; readonly each: readonly (Delta | null)[]};

type Members = {readonly [key: string]: Json};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own members only: a state may have one that is called `constructor`. */
const member = (value: Members, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined;

/** True if two plain values are equal, whatever the order of their members. */
export function equalJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index] as Json));
  }
  if (!isMembers(a) || !isMembers(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(key => Object.hasOwn(b, key) && equalJson(a[key] as Json, b[key] as Json))
  );
}

/** How many elements two lists have in common at their start, and then at their end. */
export function commonEnds(a: readonly Json[], b: readonly Json[]): {start: number; end: number} {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && equalJson(a[start] as Json, b[start] as Json)) start += 1;
  let end = 0;
  while (end < most - start && equalJson(a[a.length - 1 - end] as Json, b[b.length - 1 - end] as Json)) {
    end += 1;
  }
  return {start, end};
}

/** What makes `before` into `after`; null if they are equal. */
export function deltaOf(before: Json, after: Json): Delta | null {
  if (before === after) return null;
  if (isList(before) && isList(after)) return listDelta(before, after);
  if (!isMembers(before) || !isMembers(after)) return {is: after};
  const changed: [string, Delta | null][] = [];
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) changed.push([key, null]);
  }
  for (const key of Object.keys(after)) {
    const was = member(before, key);
    const delta = was === undefined ? {is: after[key] as Json} : deltaOf(was, after[key] as Json);
    if (delta !== null) changed.push([key, delta]);
  }
  // fromEntries defines members, whatever they are called; an assignment to __proto__ would not
  return changed.length === 0 ? null : {of: Object.fromEntries(changed)};
}

function listDelta(before: readonly Json[], after: readonly Json[]): Delta | null {
  const {start, end} = commonEnds(before, after);
  const gone = before.length - start - end;
  const put = after.slice(start, after.length - end);
  if (gone === 0 && put.length === 0) return null;
  if (gone !== put.length) return {at: start, gone, put};
  return {from: start, each: put.map((item, index) => deltaOf(before[start + index] as Json, item))};
}

/** The state after a change. What did not change is shared with the state before. */
export function applyDelta(before: Json, delta: Delta): Json {
  if ('is' in delta) return delta.is;
  if ('of' in delta) {
    const members = new Map(Object.entries(before as Members));
    for (const [key, change] of Object.entries(delta.of)) {
      if (change === null) members.delete(key);
      else members.set(key, applyDelta(members.get(key) ?? null, change));
    }
    return Object.fromEntries(members);
  }
  const list = [...(before as readonly Json[])];
  if ('put' in delta) list.splice(delta.at, delta.gone, ...delta.put);
  else {
    delta.each.forEach((change, index) => {
      const at = delta.from + index;
      if (change !== null) list[at] = applyDelta(list[at] as Json, change);
    });
  }
  return list;
}
