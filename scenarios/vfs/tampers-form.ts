/** The form of a tamper of this system: what the lie is, what must answer it, and how one is made of an honest answer. */
import type {HttpResponse} from '../../src/host.ts';
import {sameResponse} from '../../src/sim/bodies.ts';
import type {Tamper, TamperContext} from '../../src/sim/system.ts';
import {
  readAcknowledgement,
  readPage,
  readResults,
  readSnapshot,
  routeOf,
  type Checkpoint,
  type Page,
  type Results,
  type Route,
  type Snapshot,
} from './tampers-reading.ts';

export interface VfsTamper extends Tamper {
  /** What the peer does. */
  readonly sentence: string;
  /**
   * What must answer it, one of these: a guardrail's signature (`pull:pullCursorRegression`), or the message of a silent
   * check, with `*` for what varies. Empty for a lie that no client can notice, and for one that does no harm.
   */
  readonly refusedBy: readonly string[];
  /** Whether every client whose cursor and queue are those of the request refuses it, or only one that knows better. */
  readonly detection: 'always' | 'sometimes' | 'never';
  /** How many answers in a row must be tampered with before it is refused. */
  readonly answersNeeded: number;
}

/** What a table says of a tamper. Without `refusedBy` it is accepted; a refusal is certain unless `detection` says else. */
export interface Telling {
  readonly id: string;
  readonly sentence: string;
  readonly refusedBy?: readonly string[];
  readonly detection?: 'sometimes';
  readonly answersNeeded?: number;
  /** How much likelier a stubborn peer is to tell just this; 1 unless told. For lies that few moments give a chance to. */
  readonly stubbornWeight?: number;
}

/** Stands in a body for a JSON number that no JavaScript number can hold. */
export const BEYOND_NUMBERS = 'beyond all numbers';

/** The same answer with another JSON value for its body. */
export function withBody(answer: HttpResponse, value: unknown): HttpResponse {
  const text = JSON.stringify(value) ?? '';
  return {...answer, body: text.replaceAll(`"${BEYOND_NUMBERS}"`, '1e400')};
}

/** A tamper of any answer to one of the `routes`. A change that changes nothing counts as none. */
export function tamperOf(
  routes: readonly Route[],
  telling: Telling,
  change: (answer: HttpResponse, about: TamperContext) => HttpResponse | null,
): VfsTamper {
  const {id, sentence, refusedBy = [], answersNeeded = 1} = telling;
  return {
    id,
    sentence,
    refusedBy,
    detection: telling.detection ?? (refusedBy.length === 0 ? 'never' : 'always'),
    answersNeeded,
    ...(telling.stubbornWeight === undefined ? {} : {stubbornWeight: telling.stubbornWeight}),
    matches: request => {
      const route = routeOf(request);
      return route !== null && routes.includes(route);
    },
    apply: (answer, about) => {
      const changed = change(answer, about);
      return changed === null || sameResponse(changed, answer) ? null : changed;
    },
  };
}

/** Gives the body of the changed answer; undefined where this answer gives it nothing to change. */
export type Change<Honest> = (honest: Honest, about: TamperContext) => unknown;

type Maker<Honest> = (telling: Telling & {readonly change: Change<Honest>}) => VfsTamper;

function makerOf<Honest>(route: Route, read: (answer: HttpResponse) => Honest | null): Maker<Honest> {
  return ({change, ...telling}) =>
    tamperOf([route], telling, (answer, about) => {
      const honest = read(answer);
      const body = honest === null ? undefined : change(honest, about);
      return body === undefined ? null : withBody(answer, body);
    });
}

/** Makers of tampers that need a well-formed answer of their kind to start from. */
export const pageTamper: Maker<Page> = makerOf('pull', readPage);
export const resultsTamper: Maker<Results> = makerOf('push', readResults);
export const acknowledgementTamper: Maker<Checkpoint> = makerOf('reconcile', readAcknowledgement);
export const snapshotTamper: Maker<Snapshot> = makerOf('snapshot', readSnapshot);

/** Values that are no text: missing, null, blank, or of another type. */
export const NO_TEXT: readonly unknown[] = [undefined, null, '', ' \t', 7, false, {}, ['text']];

/** Values that are neither text nor absence. */
export const NOT_EVEN_NULL: readonly unknown[] = [7, 0, false, {}, ['text']];

/** Values that are no list. */
export const NO_LIST: readonly unknown[] = [undefined, null, {}, {length: 1}, '[]', 0, true];

/** Values that are no object. */
export const NO_OBJECT: readonly unknown[] = [null, [], [{}], '{}', 0, true];

const wire = (payload: unknown): string => Buffer.from(JSON.stringify(payload), 'utf8').toString('base64url');

const NOON = '2026-02-14T12:00:00.000Z';

/** Texts that look like a cursor's wire form and are none. */
export const UNDECODABLE_CURSORS: readonly string[] = [
  'no cursor!',
  'A',
  `${wire({version: 1, changedAt: NOON, changeId: 'a'})}=`,
  Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('base64url'),
  wire(null),
  wire([1, NOON, 'a']),
  wire({changedAt: NOON, changeId: 'a'}),
  wire({version: 2, changedAt: NOON, changeId: 'a'}),
  wire({version: '1', changedAt: NOON, changeId: 'a'}),
  wire({version: 1, changedAt: '2026-02-30T12:00:00.000Z', changeId: 'a'}),
  wire({version: 1, changedAt: '2026-02-14T12:00:00.000', changeId: 'a'}),
  wire({version: 1, changedAt: 'Sat, 14 Feb 2026 12:00:00 GMT', changeId: 'a'}),
  wire({version: 1, changedAt: 1_771_070_400_000, changeId: 'a'}),
  wire({version: 1, changedAt: NOON}),
  wire({version: 1, changedAt: NOON, changeId: '  '}),
  wire({version: 1, changedAt: NOON, changeId: 12}),
  wire({version: 1, changedAt: NOON, changeId: 'half a pair: \ud83d'}),
  wire({version: 1, changedAt: NOON, changeId: 'zero: \u0000'}),
];

/** `list` with another element at `index`, or without it. */
export function replaced<T>(list: readonly T[], index: number, ...by: readonly T[]): readonly T[] {
  return [...list.slice(0, index), ...by, ...list.slice(index + 1)];
}

/** An index of `list` that fits, drawn; null if none does. */
export function drawIndex<T>(
  list: readonly T[],
  {random}: TamperContext,
  fits: (element: T, index: number) => boolean = () => true,
): number | null {
  const fitting = list.flatMap((element, index) => (fits(element, index) ? [index] : []));
  return fitting.length === 0 ? null : random.pick(fitting);
}
