/** What a client's store may hold after a crash, and what it may not. */
import {expect, test} from 'vitest';
import {judgeSurvival} from '../../../scenarios/vfs/survival.ts';
import {pristine} from '../../../src/model/vfs/client.ts';
import type {ExportedState} from '../../../src/model/vfs/types.ts';
import {caughtUp, cursor, operation} from '../../model/vfs/make.ts';

const queue = (...ids: number[]) => ids.map(id => operation(`op-${id}`, id, '10:00:00'));
const held: ExportedState = {
  ...caughtUp(cursor('11:00:00', 'a'), {desktop: 3}),
  pendingOperations: queue(4, 5),
  nextLocalWriteId: 6,
};

test('the same state survives', () => {
  expect(judgeSurvival({held, promised: null}, structuredClone(held))).toBeNull();
});

test('one operation more or less may have become durable as the life ended', () => {
  const queued = {...held, pendingOperations: queue(4, 5, 6), nextLocalWriteId: 7};
  const discarded = {...held, pendingOperations: queue(5)};
  expect(judgeSurvival({held, promised: null}, queued)).toBeNull();
  expect(judgeSurvival({held, promised: null}, discarded)).toBeNull();
});

test('two operations more or less, another one, or a write id given back may not', () => {
  const wrong: ExportedState[] = [
    {...held, pendingOperations: queue(4, 5, 6, 7), nextLocalWriteId: 8},
    {...held, pendingOperations: []},
    {...held, pendingOperations: queue(4, 6), nextLocalWriteId: 7},
    {...held, pendingOperations: queue(4), nextLocalWriteId: 5},
  ];
  expect(wrong.map(found => judgeSurvival({held, promised: null}, found)?.path)).toEqual([
    'pendingOperations[2]',
    'pendingOperations[0]',
    'pendingOperations[1].opId',
    'pendingOperations[1]',
  ]);
});

test('what an answer was to make of the state may be found, and nothing in between', () => {
  const promised: ExportedState = {
    ...caughtUp(cursor('11:00:05', 'b'), {desktop: 5}),
    pendingOperations: queue(5),
    nextLocalWriteId: 6,
  };
  expect(judgeSurvival({held, promised}, structuredClone(promised))).toBeNull();
  const torn = {...held, replaySnapshot: promised.replaySnapshot};
  expect(judgeSurvival({held, promised}, torn)?.path).toBe('replaySnapshot.cursor.changedAt');
});

test('a store that lost everything is no survivor', () => {
  expect(judgeSurvival({held, promised: null}, pristine())).not.toBeNull();
});
