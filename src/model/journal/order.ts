/** The order of operations on one object, told as plainly as possible: who saw whom, who is shown, what a set of them comes to. */
import type {Clock, Operation, Value} from './types.ts';

const entry = (clock: Clock, device: string): number =>
  Object.hasOwn(clock, device) ? (clock[device] ?? 0) : 0;

/** Whether whoever has `b` has seen everything that `a` tells of. */
export const within = (a: Clock, b: Clock): boolean =>
  Object.keys(a).every(device => entry(a, device) <= entry(b, device));

export const sameClock = (a: Clock, b: Clock): boolean => within(a, b) && within(b, a);

/** The least clock that all of them are within. */
export function joined(clocks: readonly Clock[]): Clock {
  const all: Record<string, number> = {};
  for (const clock of clocks) {
    for (const device of Object.keys(clock)) all[device] = Math.max(all[device] ?? 0, entry(clock, device));
  }
  return all;
}

/** Text order by code points, which is also that of the texts' bytes in UTF-8. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [[...a], [...b]];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(left.length - right.length);
}

/** The one text of a value: members in text order, no blanks, no minus before a zero. */
export function canonicalValue(value: Value): string {
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(canonicalValue).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = value as {readonly [key: string]: Value};
  const keys = Object.keys(members).sort(compareText);
  return `{${keys.map(key => `${JSON.stringify(key)}:${canonicalValue(members[key] ?? null)}`).join(',')}}`;
}

/** Tags as a set: in text order, each once. */
export const canonicalTags = (tags: readonly string[]): readonly string[] =>
  [...new Set(tags)].sort(compareText);

/** What decides between operations of which none has seen the other: compared from the left (spec section 4). */
export interface Rank {
  readonly isTombstone: boolean;
  readonly payload: string;
  readonly tags: string;
  readonly opId: string;
}

export const rankOf = ({isTombstone, payload, tags, opId}: Operation): Rank => ({
  isTombstone,
  payload: isTombstone ? '' : canonicalValue(payload),
  tags: canonicalValue(canonicalTags(tags)),
  opId,
});

/** Above zero if `a` is shown rather than `b`: a deletion, then the greater payload, tags, operation id. */
export const compareRanks = (a: Rank, b: Rank): number =>
  Number(a.isTombstone) - Number(b.isTombstone) ||
  compareText(a.payload, b.payload) ||
  compareText(a.tags, b.tags) ||
  compareText(a.opId, b.opId);
