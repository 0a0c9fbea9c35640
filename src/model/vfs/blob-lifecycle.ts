/** The life of a staging as a statechart, and the same chart as a plain table for checking every step of a run (5.2). */

import {setup} from 'xstate';
import {compareText} from './order.ts';

/** `expired` is virtual: it is stored as staged, and is over. `invalid`: a status that no release writes. */
export type StagingState = 'none' | 'staged' | 'expired' | 'attached' | 'abandoned' | 'invalid';

export type StagingEvent =
  'STAGE' | 'ATTACH' | 'ABANDON' | 'EXPIRE' | 'SWEEP' | 'REPEAT' | 'DELETE' | 'SPOIL';

type Edges = Readonly<Partial<Record<StagingEvent, StagingState>>>;

/**
 * What is attached or abandoned stays so: the same request once more is answered, and changes nothing. Deleting a blob
 * takes its stagings with it, but for one that is attached, which keeps its blob.
 */
const states = {
  none: {on: {STAGE: 'staged'}},
  staged: {
    on: {
      ATTACH: 'attached',
      ABANDON: 'abandoned',
      EXPIRE: 'expired',
      REPEAT: 'staged',
      DELETE: 'none',
      SPOIL: 'invalid',
    },
  },
  expired: {on: {ABANDON: 'abandoned', SWEEP: 'abandoned', DELETE: 'none', SPOIL: 'invalid'}},
  attached: {on: {REPEAT: 'attached'}},
  abandoned: {on: {REPEAT: 'abandoned', DELETE: 'none'}},
  invalid: {on: {DELETE: 'none'}},
} as const satisfies Readonly<Record<StagingState, {readonly on: Edges}>>;

/** The statechart, for drawing, model-based tests and whoever wants to read it with xstate's tools. */
export const stagingMachine = setup({
  types: {events: {} as {readonly type: StagingEvent}},
}).createMachine({id: 'vfs-staging', initial: 'none', states});

/** The state after an event, or null where a staging must never take that step. */
export function stagingStep(state: StagingState, event: StagingEvent): StagingState | null {
  const edges: Edges = states[state].on;
  return edges[event] ?? null;
}

/** Where an edge begins and why it is taken, as in `staged+ATTACH`: that says where it leads. */
export const stagingEdge = (from: StagingState, event: StagingEvent): string => `${from}+${event}`;

/** All edges by name, sorted. */
export function stagingEdges(): readonly string[] {
  return Object.entries(states)
    .flatMap(([from, {on}]) =>
      Object.keys(on).map(event => stagingEdge(from as StagingState, event as StagingEvent)),
    )
    .sort(compareText);
}
