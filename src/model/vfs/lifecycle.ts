/**
 * The life of a client as a statechart, and the same chart as a plain table for checking every step of a run.
 */

import {setup} from 'xstate';
import {compareText} from './order.ts';
import type {LifecycleEvent} from './types.ts';

export type LifecycleState =
  | 'idle'
  | 'flushing'
  | 'pushing'
  | 'recovering'
  | 'recoveryReconciling'
  | 'flushRematerializing'
  | 'pulling'
  | 'reconciling'
  | 'syncPulling'
  | 'syncReconciling'
  | 'syncRematerializing'
  | 'hydrating';

type Edges = Readonly<Partial<Record<LifecycleEvent, LifecycleState>>>;

/**
 * A flush decides (`flushing`) between pushing what is queued and, once drained, pulling what others wrote. A
 * stale answer is recovered from by a pull of its own. Whatever fails, ends in `idle`. Rematerialization
 * replaces the history and then begins the same run anew.
 */
const states = {
  idle: {on: {FLUSH: 'flushing', SYNC: 'syncPulling', HYDRATE: 'hydrating'}},

  flushing: {on: {PUSH: 'pushing', DRAINED: 'pulling', FAILED: 'idle'}},
  pushing: {
    on: {
      PUSH_ACKED: 'flushing',
      PUSH_STALE: 'recovering',
      PUSH_REJECTED: 'idle',
      PUSH_EXHAUSTED: 'idle',
      FAILED: 'idle',
    },
  },
  recovering: {
    on: {
      PAGE: 'recovering',
      PAGES_SETTLED: 'recoveryReconciling',
      REMATERIALIZE: 'flushRematerializing',
      FAILED: 'idle',
    },
  },
  recoveryReconciling: {on: {RECONCILED: 'flushing', RECONCILE_SKIPPED: 'flushing', FAILED: 'idle'}},
  pulling: {
    on: {
      PAGE: 'pulling',
      PAGES_SETTLED: 'reconciling',
      REMATERIALIZE: 'flushRematerializing',
      FAILED: 'idle',
    },
  },
  reconciling: {on: {RECONCILED: 'idle', RECONCILE_SKIPPED: 'idle', FAILED: 'idle'}},
  flushRematerializing: {on: {REMATERIALIZED: 'flushing', FAILED: 'idle'}},

  syncPulling: {
    on: {
      PAGE: 'syncPulling',
      PAGES_SETTLED: 'syncReconciling',
      REMATERIALIZE: 'syncRematerializing',
      FAILED: 'idle',
    },
  },
  syncReconciling: {on: {RECONCILED: 'idle', RECONCILE_SKIPPED: 'idle', FAILED: 'idle'}},
  syncRematerializing: {on: {REMATERIALIZED: 'syncPulling', FAILED: 'idle'}},

  hydrating: {on: {HYDRATED: 'idle', HYDRATE_REFUSED: 'idle'}},
} as const satisfies Readonly<Record<LifecycleState, {readonly on: Edges}>>;

/** The statechart, for drawing, model-based tests and whoever wants to read it with xstate's tools. */
export const lifecycleMachine = setup({
  types: {events: {} as {readonly type: LifecycleEvent}},
}).createMachine({id: 'vfs-client', initial: 'idle', states});

type Table = ReadonlyMap<LifecycleState, ReadonlyMap<LifecycleEvent, LifecycleState>>;

function compile(): Table {
  const entries = <K extends string, V>(record: Readonly<Partial<Record<K, V>>>): readonly [K, V][] =>
    Object.entries(record) as [K, V][];
  const rows = entries<LifecycleState, {readonly on: Edges}>(states);
  return new Map(rows.map(([state, {on}]) => [state, new Map(entries<LifecycleEvent, LifecycleState>(on))]));
}

/** The chart as a table: state, event, next state. Compiled from the machine's own configuration. */
export const lifecycleTable: Table = compile();

/** The state after an event, or null where a client must never report it. */
export function step(state: LifecycleState, event: LifecycleEvent): LifecycleState | null {
  return lifecycleTable.get(state)?.get(event) ?? null;
}

/** The stable name of an edge, as in `flushing+PUSH>pushing`. */
export function edgeName(from: LifecycleState, event: LifecycleEvent, to: LifecycleState): string {
  return `${from}+${event}>${to}`;
}

/** All edges by name, sorted. */
export function lifecycleEdges(): readonly string[] {
  return [...lifecycleTable]
    .flatMap(([from, row]) => [...row].map(([event, to]) => edgeName(from, event, to)))
    .sort(compareText);
}
