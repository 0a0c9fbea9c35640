/** Two plain values as lines that a person compares: what was added, removed and changed, by path. */
import type {Json} from '../../sim/json.ts';
import {counted} from '../amounts.ts';
import {commonEnds, equalJson} from './delta.ts';

export type Mark = 'same' | 'added' | 'removed' | 'changed';

export interface DiffLine {
  readonly mark: Mark;
  /** How deep inside the value, from 0. */
  readonly depth: number;
  /** Name of the member or number of the element; empty for the value itself. */
  readonly name: string;
  /** The value, or how much is in it where its parts follow on lines of their own. */
  readonly text: string;
  /** What it was before, where it changed. */
  readonly was: string | null;
  /** True where `text` counts what follows, or what was left out. */
  readonly summary: boolean;
}

export interface DiffLines {
  readonly lines: readonly DiffLine[];
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** A value shorter than this stands on one line. */
const INLINE = 64;
/** Of a longer text only so much is shown on its line. */
const LONGEST = 600;
/** Lists whose lengths multiply to more than this are not aligned element by element. */
const MOST_CELLS = 40_000;

type Members = {readonly [key: string]: Json};
type Branch = readonly Json[] | Members;

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The lines of `after`, compared with `before` (undefined: there is nothing to compare with). `fold` leaves out the
 * parts of what did not change, unless nothing did.
 */
export function differenceLines(before: Json | undefined, after: Json | undefined, fold: boolean): DiffLines {
  const writer = new Writer(fold && before !== undefined && after !== undefined && !equalJson(before, after));
  if (before === undefined) writer.whole('same', '', after ?? null, 0);
  else writer.compare('', before, after, 0);
  return writer.result();
}

class Writer {
  readonly #fold: boolean;
  readonly #lines: DiffLine[] = [];
  readonly #counts = {same: 0, added: 0, removed: 0, changed: 0};

  constructor(fold: boolean) {
    this.#fold = fold;
  }

  result(): DiffLines {
    const {added, removed, changed} = this.#counts;
    // where the value has parts of its own, they say it all
    const [first, ...rest] = this.#lines;
    const lines = first?.summary === true && rest.length > 0 ? rest.map(lifted) : this.#lines;
    return {lines, added, removed, changed};
  }

  compare(name: string, before: Json | undefined, after: Json | undefined, depth: number): void {
    if (before === undefined && after === undefined) return;
    if (before === undefined) this.#count('added', name, after as Json, depth);
    else if (after === undefined) this.#count('removed', name, before, depth);
    else if (equalJson(before, after)) this.#same(name, after, depth);
    else if (isList(before) && isList(after)) this.#lists(name, before, after, depth);
    else if (isMembers(before) && isMembers(after)) this.#members(name, before, after, depth);
    else this.#changed(name, before, after, depth);
  }

  /** A value with all its parts. */
  whole(mark: Mark, name: string, value: Json, depth: number): void {
    const inline = compact(value);
    if (inline.length <= INLINE || !isBranch(value)) {
      this.#line(mark, name, clipped(inline), depth);
      return;
    }
    this.#branch(mark, name, value, depth);
    if (isList(value)) value.forEach((item, index) => this.whole(mark, String(index), item, depth + 1));
    else for (const [key, item] of Object.entries(value)) this.whole(mark, key, item, depth + 1);
  }

  #count(mark: 'added' | 'removed', name: string, value: Json, depth: number): void {
    this.#counts[mark] += 1;
    this.whole(mark, name, value, depth);
  }

  #same(name: string, value: Json, depth: number): void {
    if (this.#fold && isBranch(value) && compact(value).length > INLINE)
      this.#branch('same', name, value, depth);
    else this.whole('same', name, value, depth);
  }

  #changed(name: string, before: Json, after: Json, depth: number): void {
    const [was, text] = [compact(before), compact(after)];
    if ((isBranch(before) && was.length > INLINE) || (isBranch(after) && text.length > INLINE)) {
      this.#count('removed', name, before, depth);
      this.#count('added', name, after, depth);
      return;
    }
    this.#counts.changed += 1;
    this.#lines.push({mark: 'changed', depth, name, text: clipped(text), was: clipped(was), summary: false});
  }

  #members(name: string, before: Members, after: Members, depth: number): void {
    this.#branch('same', name, after, depth);
    const old = Object.keys(before);
    const places = new Map(old.map((key, place) => [key, place]));
    let next = 0;
    const gone = (until: number): void => {
      for (; next < until; next += 1) {
        const key = old[next] ?? '';
        if (!Object.hasOwn(after, key)) this.compare(key, before[key], undefined, depth + 1);
      }
    };
    // as the later value has them, with what is gone where it stood
    for (const [key, value] of Object.entries(after)) {
      gone(places.get(key) ?? next);
      this.compare(key, Object.hasOwn(before, key) ? before[key] : undefined, value, depth + 1);
    }
    gone(old.length);
  }

  #lists(name: string, before: readonly Json[], after: readonly Json[], depth: number): void {
    this.#branch('same', name, after, depth);
    const {start, end} = commonEnds(before, after);
    for (let index = 0; index < start; index += 1) this.#same(String(index), after[index] as Json, depth + 1);
    this.#middle(before, after, start, end, depth + 1);
    for (let index = after.length - end; index < after.length; index += 1) {
      this.#same(String(index), after[index] as Json, depth + 1);
    }
  }

  /** What is between the equal ends of two lists: kept elements are found, the rest is paired or told as gone and come. */
  #middle(before: readonly Json[], after: readonly Json[], start: number, end: number, depth: number): void {
    const old = before.slice(start, before.length - end);
    const now = after.slice(start, after.length - end);
    let [i, j] = [0, 0];
    for (const [nextOld, nextNow] of [...kept(old, now), [old.length, now.length] as const]) {
      const paired = nextOld - i === nextNow - j;
      while (i < nextOld) {
        const partner = paired ? now[j] : undefined;
        this.compare(String(start + (paired ? j : i)), old[i], partner, depth);
        i += 1;
        if (paired) j += 1;
      }
      for (; j < nextNow; j += 1) this.compare(String(start + j), undefined, now[j], depth);
      if (nextNow < now.length) this.#same(String(start + nextNow), now[nextNow] as Json, depth);
      i = nextOld + 1;
      j = nextNow + 1;
    }
  }

  #branch(mark: Mark, name: string, value: Branch, depth: number): void {
    const text = isList(value)
      ? counted(value.length, 'element')
      : counted(Object.keys(value).length, 'member');
    this.#lines.push({mark, depth, name, text, was: null, summary: true});
  }

  #line(mark: Mark, name: string, text: string, depth: number): void {
    this.#lines.push({mark, depth, name, text, was: null, summary: false});
  }
}

const isBranch = (value: Json): value is Branch => typeof value === 'object' && value !== null;

const lifted = (line: DiffLine): DiffLine => ({...line, depth: Math.max(0, line.depth - 1)});

const compact = (value: Json): string => JSON.stringify(value);

const clipped = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`;

/** Pairs of places at which two lists have the same elements, both rising: a longest common subsequence. */
function kept(old: readonly Json[], now: readonly Json[]): (readonly [number, number])[] {
  if (old.length * now.length === 0 || old.length * now.length > MOST_CELLS) return [];
  const width = now.length + 1;
  const longest = new Uint16Array((old.length + 1) * width);
  const texts = [old.map(compact), now.map(compact)] as const;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const here = i * width + j;
      longest[here] =
        texts[0][i] === texts[1][j]
          ? (longest[here + width + 1] ?? 0) + 1
          : Math.max(longest[here + width] ?? 0, longest[here + 1] ?? 0);
    }
  }
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < now.length) {
    const here = i * width + j;
    if (texts[0][i] === texts[1][j]) pairs.push([i++, j++]);
    else if ((longest[here + width] ?? 0) >= (longest[here + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return pairs;
}
