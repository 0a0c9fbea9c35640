/** The lifecycle: table and statechart are one, every state can be reached and left. */

import {fc, test as property} from '@fast-check/vitest';
import {expect, test} from 'vitest';
import {getNextSnapshot, type SnapshotFrom} from 'xstate';
import {
  edgeName,
  lifecycleEdges,
  lifecycleMachine,
  lifecycleTable,
  step,
  type LifecycleState,
} from '../../../src/model/vfs/lifecycle.ts';
import type {LifecycleEvent} from '../../../src/model/vfs/types.ts';

const events: readonly LifecycleEvent[] = [
  'FLUSH',
  'SYNC',
  'HYDRATE',
  'HYDRATED',
  'HYDRATE_REFUSED',
  'PUSH',
  'PUSH_ACKED',
  'PUSH_STALE',
  'PUSH_REJECTED',
  'PUSH_EXHAUSTED',
  'DRAINED',
  'PAGE',
  'PAGES_SETTLED',
  'RECONCILED',
  'RECONCILE_SKIPPED',
  'REMATERIALIZE',
  'REMATERIALIZED',
  'FAILED',
];
const states = [...lifecycleTable.keys()];

function at(state: LifecycleState): SnapshotFrom<typeof lifecycleMachine> {
  return lifecycleMachine.resolveState({value: state, context: {}});
}

test('on every state and event the table does what the statechart does', () => {
  for (const state of states) {
    for (const type of events) {
      const next = step(state, type);
      const snapshot = at(state);
      expect(snapshot.can({type})).toBe(next !== null);
      expect(getNextSnapshot(lifecycleMachine, snapshot, {type}).value).toBe(next ?? state);
    }
  }
});

property.prop([fc.array(fc.nat(), {maxLength: 60})])('they walk side by side', choices => {
  let state: LifecycleState = 'idle';
  let snapshot = at('idle');
  for (const choice of choices) {
    const row: readonly (readonly [LifecycleEvent, LifecycleState])[] = [
      ...(lifecycleTable.get(state) ?? []),
    ];
    const [type, next]: readonly [LifecycleEvent, LifecycleState] = row[choice % row.length] ?? [
      'FAILED',
      'idle',
    ];
    snapshot = getNextSnapshot(lifecycleMachine, snapshot, {type});
    expect(snapshot.value).toBe(next);
    state = next;
  }
});

test('the chart and the table have the same states, and both begin idle', () => {
  expect(new Set(Object.keys(lifecycleMachine.states))).toEqual(new Set(states));
  expect(lifecycleMachine.config.initial).toBe('idle');
});

test('every state is reached from idle, and idle from every state', () => {
  const reach = (from: LifecycleState): ReadonlySet<LifecycleState> => {
    const reached = new Set([from]);
    for (const state of reached) lifecycleTable.get(state)?.forEach(next => reached.add(next));
    return reached;
  };
  expect(reach('idle')).toEqual(new Set(states));
  for (const state of states) expect(reach(state)).toContain('idle');
});

test('every event is used, edges have stable and distinct names', () => {
  const edges = lifecycleEdges();
  expect(edges).toContain('flushing+PUSH>pushing');
  expect(edgeName('flushing', 'PUSH', 'pushing')).toBe('flushing+PUSH>pushing');
  expect(new Set(edges).size).toBe(edges.length);
  for (const event of events) expect(edges.some(edge => edge.includes(`+${event}>`))).toBe(true);
  expect(edges).toHaveLength(38);
});
