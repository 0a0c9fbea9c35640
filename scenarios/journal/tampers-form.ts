/** The form of a tamper of the journal's answers: what the lie is, who can see through it, and how one is made of an honest answer. */
import type {HttpResponse, Tamper, TamperContext} from '../../src/index.ts';
import {sameResponse} from '../../src/sim/bodies.ts';
import {bodyOf, routeOf} from './wire.ts';

export interface JournalTamper extends Tamper {
  /** What the peer does. */
  readonly sentence: string;
  /**
   * `refused`: every client must refuse it, whatever it knows. `harmless`: it may be believed, and what is true comes to the
   * client in time. `harmful`: nobody can see through it, and what it says stays until the client starts over.
   */
  readonly detection: 'refused' | 'harmless' | 'harmful';
}

export type Results = {readonly results: readonly Fields[]; readonly [more: string]: unknown};
export type Page = {
  readonly objects: readonly Fields[];
  readonly serverCursor: string;
  readonly hasMore: boolean;
  readonly fromSeq: number;
  readonly toSeq: number;
};
export type Fields = {readonly [field: string]: unknown};

interface Telling<Honest> {
  readonly id: string;
  readonly sentence: string;
  readonly detection?: JournalTamper['detection'];
  /** The body of the changed answer; undefined where this answer gives it nothing to change. */
  readonly change: (honest: Honest, about: TamperContext) => unknown;
}

function makerOf<Honest>(route: 'push' | 'pull', read: (answer: HttpResponse) => Honest | null) {
  return ({id, sentence, detection = 'refused', change}: Telling<Honest>): JournalTamper => ({
    id,
    sentence,
    detection,
    matches: request => routeOf(request) === route,
    apply: (answer, about) => {
      const honest = read(answer);
      const body = honest === null ? undefined : change(honest, about);
      if (body === undefined) return null;
      const changed = {...answer, body: JSON.stringify(body)};
      return sameResponse(changed, answer) ? null : changed;
    },
  });
}

const readResults = (answer: HttpResponse): Results | null =>
  answer.status === 200 ? ((bodyOf(answer) as Results | undefined) ?? null) : null;

export const readPage = (answer: HttpResponse): Page | null =>
  answer.status === 200 ? ((bodyOf(answer) as Page | undefined) ?? null) : null;

/** Makers of tampers that need a well-formed answer of their kind to start from. */
export const resultsTamper = makerOf('push', readResults);
export const pageTamper = makerOf('pull', readPage);

/** `list` with another element at `index`, or without it. */
export function replaced<T>(list: readonly T[], index: number, ...by: readonly T[]): readonly T[] {
  return [...list.slice(0, index), ...by, ...list.slice(index + 1)];
}

/** An index of `list` that fits, drawn; null if none does. */
export function drawIndex<T>(
  list: readonly T[],
  {random}: TamperContext,
  fits: (element: T) => boolean = () => true,
): number | null {
  const fitting = list.flatMap((element, index) => (fits(element) ? [index] : []));
  return fitting.length === 0 ? null : random.pick(fitting);
}

/** Values that are no list. */
export const NO_LIST: readonly unknown[] = [undefined, null, {}, '[]', 0, true];

/** Values that are no count. */
export const NO_COUNT: readonly unknown[] = [undefined, null, -1, 1.5, '1', {}];
