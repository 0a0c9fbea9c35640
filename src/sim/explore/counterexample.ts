/** A counterexample as a person reads it: the operations, the orders in which they arrive, and what each order shows. */
import {canonicalJson, type Json} from '../json.ts';
import {namesOf, type Breach} from './judge.ts';
import type {History, Law, SmallScope} from './scope.ts';

export interface ToldOperation {
  readonly name: string;
  /** What it does, in columns. */
  readonly cells: readonly string[];
  /** The operations that its writer had observed, and not just what these knew. */
  readonly knows: readonly string[];
  readonly arrives: boolean;
}

/** Orders of arrival that show the same. */
export interface ToldResult {
  readonly cells: readonly string[];
  readonly orders: readonly (readonly string[])[];
  /** Whether it is not as expected. */
  readonly isWrong: boolean;
}

export interface Counterexample {
  readonly operations: readonly ToldOperation[];
  readonly devices: number;
  readonly results: readonly ToldResult[];
  readonly expected: readonly string[];
}

/** The whole of what `breach` found in `history`. */
export function tell<Act, Operation, State, Expected extends Json>(
  scope: SmallScope<Act, Operation, State, Expected>,
  history: History<Act>,
  {law: id, arrived}: Breach,
): Counterexample {
  const names = namesOf(history);
  const operations = scope.operations(history, names);
  const isPresent = (index: number): boolean => ((arrived >> index) & 1) === 1;
  const present = history.flatMap((_, index) => (isPresent(index) ? [index] : []));
  const law = scope.laws.find(one => one.id === id);
  const at = (index: number): Operation => operations[index] as Operation;
  const expected = scope.expected(present.map(at));
  const results = new Map<string, {cells: readonly string[]; orders: string[][]; isWrong: boolean}>();
  for (const order of sequencesOf(present, law)) {
    const shown = scope.shown(order.reduce((state, index) => scope.deliver(state, at(index)), scope.empty));
    const text = canonicalJson(shown);
    const result = results.get(text) ?? {
      cells: scope.shownCells(shown),
      orders: [],
      isWrong: text !== canonicalJson(expected),
    };
    result.orders.push(order.map(index => names[index] ?? ''));
    results.set(text, result);
  }
  return {
    operations: history.map((_, index) => ({
      name: names[index] ?? '',
      cells: scope.cells(at(index)),
      knows: directlySeen(history, index).map(other => names[other] ?? ''),
      arrives: isPresent(index),
    })),
    devices: new Set(history.map(({device}) => device)).size,
    results: [...results.values()],
    expected: scope.expectedCells(expected),
  };
}

/** All orders; where the law is about repetition, each also with each of its operations once more. */
function sequencesOf(present: readonly number[], law: Law<never> | undefined): number[][] {
  const orders = permutationsOf(present);
  if (law?.kind !== 'repetition') return orders;
  return orders.flatMap(order => [order, ...order.map(again => [...order, again])]);
}

/** Every order of the items, in the order of their places. */
function permutationsOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutationsOf(items.toSpliced(index, 1)).map(rest => [item, ...rest]),
  );
}

/** What an operation knew of, without what it knew through others. */
function directlySeen(history: History<unknown>, index: number): number[] {
  const seen = history[index]?.seen ?? 0;
  const isSeen = (other: number): boolean => ((seen >> other) & 1) === 1;
  const through = history.reduce((bits, one, other) => (isSeen(other) ? bits | one.seen : bits), 0);
  return history.flatMap((_, other) => (isSeen(other) && ((through >> other) & 1) === 0 ? [other] : []));
}
