/** The client's lifecycle: table and statechart are one, every state can be reached and left. */
import {expect, test} from 'vitest';
import {getNextSnapshot, type SnapshotFrom} from 'xstate';
import {getShortestPaths} from 'xstate/graph';
import {
  edgeName,
  lifecycleEdges,
  lifecycleMachine,
  lifecycleTable,
  step,
  type ClientStep,
  type LifecycleState,
} from '../../../src/model/journal/lifecycle.ts';

const steps: readonly ClientStep[] = [
  'PUSH',
  'BATCH',
  'PULL',
  'RESCOPE',
  'PAGE',
  'RESTART',
  'DONE',
  'FAILED',
];
const at = (state: LifecycleState): SnapshotFrom<typeof lifecycleMachine> =>
  lifecycleMachine.resolveState({value: state, context: {}});

test('on every state and step the table does what the statechart does', () => {
  for (const state of lifecycleTable.keys()) {
    for (const type of steps) {
      const next = step(state, type);
      expect(at(state).can({type})).toBe(next !== null);
      expect(getNextSnapshot(lifecycleMachine, at(state), {type}).value).toBe(next ?? state);
    }
  }
});

test('every state can be reached, and left for idle', () => {
  const reached = getShortestPaths(lifecycleMachine).map(({state}) => state.value);
  expect(new Set(reached)).toEqual(new Set(lifecycleTable.keys()));
  for (const state of lifecycleTable.keys())
    if (state !== 'idle') expect([step(state, 'DONE'), step(state, 'FAILED')]).toEqual(['idle', 'idle']);
});

test('edges have stable names', () => {
  expect(lifecycleEdges()).toContain(edgeName('pulling', 'RESTART', 'restarting'));
  expect(lifecycleEdges()).toHaveLength(14);
});
