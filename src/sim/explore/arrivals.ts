/**
 * Every order in which the operations of one history can arrive. Orders that have brought the same operations to the same
 * state have the same future, since taking in is a pure function: they go on as one, and are counted.
 */
import {assert} from '../assert.ts';
import {sameJson, type Json} from '../json.ts';
import type {SmallScope} from './scope.ts';

/** A state that some orders of the same operations lead to. */
export interface Reached<State> {
  readonly state: State;
  readonly plain: Json;
  /** How many orders end here. */
  orders: number;
  /** One of them. */
  readonly order: readonly number[];
}

/** By the set of what has arrived (bit i is operation i): the states that its orders lead to. */
export type Arrivals<State> = readonly (readonly Reached<State>[])[];

type Taking<Operation, State> = Pick<SmallScope<unknown, Operation, State>, 'empty' | 'deliver' | 'plain'>;

/** Takes in all operations in every order. */
export function arrivalsOf<Operation, State>(
  scope: Taking<Operation, State>,
  operations: readonly Operation[],
): Arrivals<State> {
  const sets = 1 << operations.length;
  const reached: Reached<State>[][] = Array.from({length: sets}, () => []);
  reached[0] = [{state: scope.empty, plain: scope.plain(scope.empty), orders: 1, order: []}];
  for (let arrived = 0; arrived < sets; arrived += 1) {
    for (const from of reached[arrived] ?? []) {
      for (const [index, operation] of operations.entries()) {
        if (((arrived >> index) & 1) === 1) continue;
        const state = scope.deliver(from.state, operation);
        join(reached[arrived | (1 << index)] ?? [], from, index, state, scope.plain(state));
      }
    }
  }
  assertAllOrders(reached, operations.length);
  return reached;
}

function join<State>(
  reached: Reached<State>[],
  from: Reached<State>,
  index: number,
  state: State,
  plain: Json,
): void {
  const same = reached.find(other => sameJson(other.plain, plain));
  if (same === undefined) reached.push({state, plain, orders: from.orders, order: [...from.order, index]});
  else same.orders += from.orders;
}

/** What is told of all orders has to be told of all orders. */
function assertAllOrders(reached: readonly (readonly Reached<unknown>[])[], operations: number): void {
  const all = reached.at(-1) ?? [];
  const orders = all.reduce((sum, one) => sum + one.orders, 0);
  assert(orders === factorial(operations), 'every order of arrival leads to one of the states');
}

/** In how many orders so many operations can arrive. */
export function factorial(operations: number): number {
  let product = 1;
  for (let n = 2; n <= operations; n += 1) product *= n;
  return product;
}

/** How many of the operations are in a set. */
export function sizeOf(arrived: number): number {
  let size = 0;
  for (let rest = arrived; rest !== 0; rest &= rest - 1) size += 1;
  return size;
}
