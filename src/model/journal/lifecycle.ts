/**
 * The life of a journal client as a statechart, and the same chart as a plain table for checking every step of a run.
 */

import {setup} from 'xstate';
import {compareText} from './order.ts';

export type ClientStep = 'PUSH' | 'BATCH' | 'PULL' | 'RESCOPE' | 'PAGE' | 'RESTART' | 'DONE' | 'FAILED';

export type LifecycleState = 'idle' | 'pushing' | 'pulling' | 'restarting';

type Edges = Readonly<Partial<Record<ClientStep, LifecycleState>>>;

/**
 * A push goes batch by batch, a pull page by page; whatever fails, ends in `idle` with what was completed. A pull whose
 * cursor is refused goes back to the beginning, and is over when it has read all of the new history or scope. One that
 * failed on the way goes on in the next pull, which begins as any other.
 */
const states = {
  idle: {on: {PUSH: 'pushing', PULL: 'pulling', RESCOPE: 'idle'}},
  pushing: {on: {BATCH: 'pushing', DONE: 'idle', FAILED: 'idle'}},
  pulling: {on: {PAGE: 'pulling', RESTART: 'restarting', DONE: 'idle', FAILED: 'idle'}},
  restarting: {on: {PAGE: 'restarting', RESTART: 'restarting', DONE: 'idle', FAILED: 'idle'}},
} as const satisfies Readonly<Record<LifecycleState, {readonly on: Edges}>>;

/** The statechart, for drawing, model-based tests and whoever wants to read it with xstate's tools. */
export const lifecycleMachine = setup({
  types: {events: {} as {readonly type: ClientStep}},
}).createMachine({id: 'journal-client', initial: 'idle', states});

type Table = ReadonlyMap<LifecycleState, ReadonlyMap<ClientStep, LifecycleState>>;

function compile(): Table {
  const entries = <K extends string, V>(record: Readonly<Partial<Record<K, V>>>): readonly [K, V][] =>
    Object.entries(record) as [K, V][];
  const rows = entries<LifecycleState, {readonly on: Edges}>(states);
  return new Map(rows.map(([state, {on}]) => [state, new Map(entries<ClientStep, LifecycleState>(on))]));
}

/** The chart as a table: state, event, next state. Compiled from the machine's own configuration. */
export const lifecycleTable: Table = compile();

/** The state after a step, or null where a client must never take it. */
export function step(state: LifecycleState, event: ClientStep): LifecycleState | null {
  return lifecycleTable.get(state)?.get(event) ?? null;
}

/** The stable name of an edge, as in `pulling+RESTART>restarting`. */
export const edgeName = (from: LifecycleState, event: ClientStep, to: LifecycleState): string =>
  `${from}+${event}>${to}`;

/** All edges by name, sorted. */
export function lifecycleEdges(): readonly string[] {
  return [...lifecycleTable]
    .flatMap(([from, row]) => [...row].map(([event, to]) => edgeName(from, event, to)))
    .sort(compareText);
}
