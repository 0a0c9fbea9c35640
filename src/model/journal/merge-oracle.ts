/**
 * What an object is, told from the plain set of its operations: the greatest of those that none supersedes (spec 4). It
 * looks at every pair, keeps nothing, and knows no order of arrival.
 */

type Value = null | boolean | number | string | readonly Value[] | {readonly [key: string]: Value};

/** A device's counts: how many operations of each device it knew of, itself included. */
type Counts = Readonly<Record<string, number>>;

/** An operation as the journal holds it. */
export interface Written {
  readonly opId: string;
  readonly payload: Value | null;
  readonly clock: Counts;
  readonly isTombstone: boolean;
  readonly tags: readonly string[];
}

/** What is to be shown of an object. */
export interface Shown {
  readonly payload: Value | null;
  readonly tags: readonly string[];
  readonly isTombstone: boolean;
  readonly lastOpId: string;
  readonly clock: Counts;
  readonly winnerClock: Counts;
}

/** What is to be shown of an object with these operations, repeated or not, in any order; null if there are none. */
export function shownOf(operations: readonly Written[]): Shown | null {
  const winner = maximalOf(operations).sort(byKey).at(-1);
  if (winner === undefined) return null;
  return {
    payload: winner.isTombstone ? null : winner.payload,
    tags: winner.tags,
    isTombstone: winner.isTombstone,
    lastOpId: winner.opId,
    clock: contextOf(operations),
    winnerClock: winner.clock,
  };
}

/** The operations that no other supersedes, each once. */
export function maximalOf(operations: readonly Written[]): Written[] {
  const each = [...new Map(operations.map(one => [one.opId, one])).values()];
  return each.filter(one => !each.some(other => supersedes(other, one)));
}

/** Every two operations that neither knew of the other: the most that may ever be told as conflicts. */
export function concurrentPairs(operations: readonly Written[]): (readonly [Written, Written])[] {
  const each = [...new Map(operations.map(one => [one.opId, one])).values()];
  return each.flatMap((one, index) =>
    each
      .slice(index + 1)
      .filter(other => knows(one, other) === knows(other, one))
      .map(other => [one, other] as const),
  );
}

/** Whether `one` takes the place of `other`: it knew of it, or both claim to know the same and its key is greater. */
function supersedes(one: Written, other: Written): boolean {
  if (!knows(one, other)) return false;
  return knows(other, one) ? byKey(one, other) > 0 : true;
}

/** Whether all that `other` knew of was known to `one`. */
const knows = (one: Written, other: Written): boolean =>
  Object.entries(other.clock).every(([device, count]) => count <= countOf(one.clock, device));

const countOf = (counts: Counts, device: string): number =>
  Object.hasOwn(counts, device) ? (counts[device] ?? 0) : 0;

/** The largest count of each device, as in all operations together. */
function contextOf(operations: readonly Written[]): Counts {
  const devices = [...new Set(operations.flatMap(({clock}) => Object.keys(clock)))].sort(byCodePoints);
  const largest = (device: string): number =>
    Math.max(...operations.map(({clock}) => countOf(clock, device)));
  return Object.fromEntries(
    devices.map(device => [device, largest(device)] as const).filter(([, count]) => count > 0),
  );
}

/** Deletes above writes; then the payload's text, the tags' text, the id. */
function byKey(a: Written, b: Written): number {
  if (a.isTombstone !== b.isTombstone) return Number(a.isTombstone) - Number(b.isTombstone);
  const payloads = a.isTombstone ? 0 : byCodePoints(textOf(a.payload), textOf(b.payload));
  if (payloads !== 0) return payloads;
  const tags = byCodePoints(textOf(setOf(a.tags)), textOf(setOf(b.tags)));
  return tags === 0 ? byCodePoints(a.opId, b.opId) : tags;
}

const setOf = (tags: readonly string[]): readonly string[] => [...new Set(tags)].sort(byCodePoints);

/** The value's JSON without white space, with every object's members in the order of their names. */
function textOf(value: Value): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(textOf).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => byCodePoints(a, b));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${textOf(member)}`).join(',')}}`;
}

const isList = (value: object): value is readonly Value[] => Array.isArray(value);

/** By the numbers of their characters, one after the other; what is only longer is greater. */
function byCodePoints(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}

const numbersOf = (text: string): number[] => [...text].map(character => character.codePointAt(0) ?? 0);
