/** The life of a staging: table and statechart are one, and what is over stays over. */
import {expect, test} from 'vitest';
import {getNextSnapshot} from 'xstate';
import {
  stagingEdge,
  stagingEdges,
  stagingMachine,
  stagingStep,
  type StagingEvent,
  type StagingState,
} from '../../../src/model/vfs/blob-lifecycle.ts';

const STATES: readonly StagingState[] = ['none', 'staged', 'expired', 'attached', 'abandoned', 'invalid'];
const EVENTS: readonly StagingEvent[] = [
  'STAGE',
  'ATTACH',
  'ABANDON',
  'EXPIRE',
  'SWEEP',
  'REPEAT',
  'DELETE',
  'SPOIL',
];

test('on every state and event the table does what the statechart does', () => {
  for (const state of STATES) {
    for (const type of EVENTS) {
      const next = stagingStep(state, type);
      const snapshot = stagingMachine.resolveState({value: state, context: {}});
      expect(snapshot.can({type})).toBe(next !== null);
      expect(getNextSnapshot(stagingMachine, snapshot, {type}).value).toBe(next ?? state);
    }
  }
});

test('every edge is listed once, by where it begins and why it is taken', () => {
  const edges = STATES.flatMap(state =>
    EVENTS.filter(event => stagingStep(state, event) !== null).map(event => stagingEdge(state, event)),
  );
  expect(stagingEdges()).toEqual(edges.toSorted((a, b) => (a < b ? -1 : 1)));
});

test.each(['attached', 'abandoned'] as const)('from %s no way leads to the other end, or back', state => {
  const seen = new Set<StagingState>([state]);
  for (const from of seen) {
    for (const event of EVENTS) {
      const next = event === 'DELETE' ? null : stagingStep(from, event);
      if (next !== null) seen.add(next);
    }
  }
  expect([...seen]).toEqual([state]);
});
