/** What a system gives to be explored: what few operations may do, how they are taken in, and what must then be true. */
import type {Json} from '../json.ts';

/** How large a scope is: at most so many devices, which write at most so many operations together. */
export interface ScopeSize {
  readonly devices: number;
  readonly operations: number;
}

/** The largest sizes that can be asked for; long before them a scope is not exhausted in anybody's time. */
export const LARGEST: ScopeSize = {devices: 8, operations: 8};

/** One operation of a history: who wrote it, what its writer knew, and what it does. */
export interface Written<Act> {
  /** From 0, in the order in which devices first write. */
  readonly device: number;
  /** Which operations its writer had observed, and all that these knew: bit i is operation i, which comes before it. */
  readonly seen: number;
  readonly act: Act;
}

/** Operations in an order in which they may have been written. */
export type History<Act> = readonly Written<Act>[];

interface NamedLaw {
  /** The claim's id. */
  readonly id: string;
  readonly sentence: string;
}

/** What must be true of whatever has arrived. */
export type Law<Expected> =
  /** All orders of arrival show the same. */
  | (NamedLaw & {readonly kind: 'order'})
  /** What arrives once more changes nothing. */
  | (NamedLaw & {readonly kind: 'repetition'})
  /** Each result by itself: null, or what is wrong with what is shown. */
  | (NamedLaw & {
      readonly kind: 'result';
      wrong(shown: Json, expected: Expected): string | null;
    });

/** A system's small scope. It is explored as pure functions: no world, no clock, no network. */
export interface SmallScope<
  Act = unknown,
  Operation = unknown,
  State = unknown,
  Expected extends Json = Json,
> {
  /** What is left out because it stands for the same as something that is not, and why that is sound: a sentence each. */
  readonly symmetries: readonly string[];
  /** What so many operations may do, simplest first: lists of as many acts, which are given to the operations in every way. */
  palettes(operations: number): Iterable<readonly Act[]>;
  /** The operations as the system has them. `names` are what a report calls them: a letter for the device, and a count. */
  operations(history: History<Act>, names: readonly string[]): readonly Operation[];
  readonly empty: State;
  deliver(state: State, operation: Operation): State;
  /** The state as plain data: the same exactly for states that nothing that arrives later could tell apart. */
  plain(state: State): Json;
  /** What can be seen of a state. */
  shown(state: State): Json;
  /** What should be seen after `arrived`, told by the oracle. Where something else is shown, one of the laws has to say so. */
  expected(arrived: readonly Operation[]): Expected;
  /** The gravest first: the smallest counterexample to the first that is broken is what a report begins with. */
  readonly laws: readonly Law<Expected>[];
  /** An operation for a person, in columns. */
  cells(operation: Operation): readonly string[];
  /** What is seen for a person, in columns. */
  shownCells(shown: Json): readonly string[];
  /** What is expected for a person, in the same columns. */
  expectedCells(expected: Expected): readonly string[];
}
