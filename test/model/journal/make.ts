/** Operations and histories for tests of the journal's model. */
import {meet, NOTHING, taken, type ObjectState} from '../../../src/model/journal/history.ts';
import type {Operation} from '../../../src/model/journal/types.ts';

/** An operation of device `A`, its first on note x, with what is given changed. */
export const operation = (opId: string, changes: Partial<Operation> = {}): Operation => ({
  opId,
  deviceId: 'A',
  objectType: 'note',
  objectId: 'x',
  payload: opId,
  vectorClock: {A: 1},
  isTombstone: false,
  tags: [],
  ...changes,
});

/** The same as a client pushes it. */
export const entry = (opId: string, changes: {readonly [field: string]: unknown} = {}): unknown => ({
  ...operation(opId),
  sessionId: 's',
  ...changes,
});

/** What operations come to in this order of arrival. */
export const arrived = (...operations: readonly Operation[]): ObjectState =>
  operations.reduce((state, one, index) => meet(state, taken(one, index + 1)).after, NOTHING);
