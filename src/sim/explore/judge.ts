/** Judges one history: whatever of it has arrived, in every order, against all laws. */
import {UsageError} from '../assert.ts';
import {sameJson, type Json} from '../json.ts';
import {arrivalsOf, factorial, sizeOf, type Arrivals, type Reached} from './arrivals.ts';
import type {History, Law, SmallScope} from './scope.ts';

/** A law that a history breaks, and the first set of operations whose arrival shows it. */
export interface Breach {
  readonly law: string;
  readonly arrived: number;
  readonly message: string;
}

export interface Judged {
  readonly breaches: readonly Breach[];
  /** Orders in which all operations arrive. */
  readonly orders: number;
  /** Orders in which some arrive while others are missing that these knew of. */
  readonly gapped: number;
  /** How often an operation was taken in. */
  readonly deliveries: number;
}

/** The letters of devices, as reports call them. */
const DEVICES = 'ABCDEFGH';

/** What reports call the operations: the letter of the device, and how many it has written. */
export function namesOf(history: History<unknown>): string[] {
  return history.map(({device}, index) => {
    const earlier = history.slice(0, index).filter(one => one.device === device).length;
    return `${DEVICES.charAt(device)}${earlier + 1}`;
  });
}

/**
 * Sets of operations in which nothing is missing that one of them knew of are histories of their own, and judged as such:
 * here it is the whole, first, and what has gaps.
 */
function setsToJudge(history: History<unknown>): number[] {
  const all = (1 << history.length) - 1;
  const sets = [all];
  for (let arrived = 1; arrived < all; arrived += 1) {
    const isGapped = history.some(
      ({seen}, index) => ((arrived >> index) & 1) === 1 && (seen & ~arrived) !== 0,
    );
    if (isGapped) sets.push(arrived);
  }
  return sets;
}

/** Judges a history, all of its arrivals. */
export function judgeHistory<Act, Operation, State, Expected extends Json>(
  scope: SmallScope<Act, Operation, State, Expected>,
  history: History<Act>,
): Judged {
  const operations = scope.operations(history, namesOf(history));
  const arrivals = arrivalsOf(scope, operations);
  const breaches: Breach[] = [];
  const add = (law: string, arrived: number, message: string): void => {
    if (breaches.every(known => known.law !== law)) breaches.push({law, arrived, message});
  };
  let [orders, gapped, deliveries] = [0, 0, firstDeliveries(arrivals, operations.length)];
  for (const arrived of setsToJudge(history)) {
    const reached = arrivals[arrived] ?? [];
    if (arrived === arrivals.length - 1) orders += factorial(operations.length);
    else gapped += factorial(sizeOf(arrived));
    const present = operations.filter((_, index) => ((arrived >> index) & 1) === 1);
    deliveries += reached.length * present.length;
    judgeRepetition(scope, present, reached, (law, message) => add(law, arrived, message));
    judgeResults(scope, present, reached, (law, message) => add(law, arrived, message));
  }
  return {breaches, orders, gapped, deliveries};
}

/** Each state takes in each operation that has not arrived yet. */
const firstDeliveries = (arrivals: Arrivals<unknown>, operations: number): number =>
  arrivals.reduce((sum, reached, arrived) => sum + reached.length * (operations - sizeOf(arrived)), 0);

type Add = (law: string, message: string) => void;

function judgeRepetition<Operation, State, Expected extends Json>(
  scope: SmallScope<unknown, Operation, State, Expected>,
  present: readonly Operation[],
  reached: readonly Reached<State>[],
  add: Add,
): void {
  const law = scope.laws.find(({kind}) => kind === 'repetition');
  if (law === undefined) return;
  for (const {state, plain} of reached) {
    for (const operation of present) {
      const again = scope.deliver(state, operation);
      if (again !== state && !sameJson(scope.plain(again), plain))
        add(law.id, 'an operation that had arrived before changed the state when it arrived again');
    }
  }
}

function judgeResults<Operation, State, Expected extends Json>(
  scope: SmallScope<unknown, Operation, State, Expected>,
  present: readonly Operation[],
  reached: readonly Reached<State>[],
  add: Add,
): void {
  const expected = scope.expected(present);
  const results: Json[] = [];
  for (const {state} of reached) {
    const shown = scope.shown(state);
    if (!results.some(known => sameJson(known, shown))) results.push(shown);
  }
  if (results.length === 1 && results.every(shown => sameJson(shown, expected))) return;
  let isTold = false;
  for (const law of scope.laws) {
    const found =
      law.kind === 'order'
        ? differing(results)
        : law.kind === 'result'
          ? wrongOf(law, results, expected)
          : null;
    if (found === null) continue;
    isTold = true;
    add(law.id, found);
  }
  if (!isTold)
    throw new UsageError(
      'a small scope shows something else than it expects, and none of its laws says what is wrong',
    );
}

const differing = (results: readonly Json[]): string | null =>
  results.length > 1 ? `${results.length} different results, depending on the order of arrival` : null;

/** What is wrong with the first result that a law does not allow. */
function wrongOf<Expected>(
  law: Law<Expected> & {kind: 'result'},
  results: readonly Json[],
  expected: Expected,
): string | null {
  for (const shown of results) {
    const wrong = law.wrong(shown, expected);
    if (wrong !== null) return wrong;
  }
  return null;
}
