/** The hydrate contract: all checks, their words, their order, and what a legal state becomes (3.10). */

import {describe, expect, test} from 'vitest';
import {pristine} from '../../../src/model/vfs/client.ts';
import {expectHydrate, type Busy} from '../../../src/model/vfs/hydrate.ts';
import {at, caughtUp, cursor, linkOperation, operation, stateWith} from './make.ts';

const early = cursor('12:00:00', 'desktop-2');
const late = cursor('12:00:01', 'desktop-3');
const good = {
  replaySnapshot: {
    acl: [{itemId: 'i', principalType: 'group', principalId: 'g', accessLevel: 'read'}],
    links: [{parentId: 'root', childId: 'i'}],
    cursor: early,
  },
  reconcileState: {cursor: late, lastReconciledWriteIds: {desktop: 5}},
  containerClocks: [{containerId: 'root', ...early}],
  pendingOperations: [operation('p', 7, '11:00:00'), linkOperation('q', 8, '11:00:00')],
  nextLocalWriteId: 9,
};

function hydrate(state: unknown, current = pristine(), busy?: Busy): ReturnType<typeof expectHydrate> {
  return expectHydrate('desktop', current, state, busy);
}

function messageOf(state: unknown): string {
  const result = hydrate(state);
  return result.kind === 'refuse' ? result.message : 'accepted';
}

const replaySnapshot = (more: object): object => ({
  ...good,
  replaySnapshot: {...good.replaySnapshot, ...more},
});
const pending = (...operations: readonly unknown[]): object => ({...good, pendingOperations: operations});
const first = good.pendingOperations[0] ?? {};
const link = linkOperation('q', 8, '11:00:00');

describe('a legal state', () => {
  test('is taken over', () => {
    expect(hydrate(good)).toEqual({kind: 'accept', state: good});
  });

  test('has its lists sorted, its spellings mended and its strays dropped', () => {
    const state = {
      ...good,
      stray: 1,
      replaySnapshot: {
        acl: [],
        links: [
          {parentId: 'root', childId: ' b '},
          {parentId: 'root', childId: 'a'},
        ],
        cursor: {changedAt: '2026-02-14T13:00+01:00', changeId: 'desktop-2'},
      },
      pendingOperations: [{...operation('p', 7, '11:00:00', {opType: 'acl_remove'}), stray: 1}],
    };
    const result = hydrate(state);
    expect(result).toMatchObject({
      state: {
        replaySnapshot: {
          links: [
            {parentId: 'root', childId: 'a'},
            {parentId: 'root', childId: 'b'},
          ],
          cursor: early,
        },
      },
    });
    if (result.kind === 'refuse') throw new Error(result.message);
    expect(result.state).not.toHaveProperty('stray');
    expect(Object.keys(result.state.pendingOperations[0] ?? {})).not.toContain('accessLevel');
  });

  test.each<[string, object, number]>([
    [
      '[V7] above what is reconciled',
      {reconcileState: {cursor: late, lastReconciledWriteIds: {desktop: 20}}},
      21,
    ],
    [
      '[V8] above the queue',
      {pendingOperations: [operation('p', 10, '11:00:00'), operation('q', 11, '11:00:00')]},
      12,
    ],
    ['as it was stored', {nextLocalWriteId: 100}, 100],
  ])('has its next write id %s', (_, more, next) => {
    expect(hydrate({...good, nextLocalWriteId: 2, ...more})).toMatchObject({state: {nextLocalWriteId: next}});
  });

  test('[V24] has clocks that stand exactly at its cursor', () => {
    const state = {...good, containerClocks: [{containerId: 'root', ...late}]};
    expect(hydrate(state).kind).toBe('accept');
    expect(
      hydrate({...state, reconcileState: null, containerClocks: [{containerId: 'root', ...early}]}).kind,
    ).toBe('accept');
  });
});

describe('a client that is not ready', () => {
  test.each<[string, ReturnType<typeof pristine>, Busy, string]>([
    [
      'flushes',
      caughtUp(early),
      {flush: true, background: true},
      'cannot hydrate state while flush is in progress',
    ],
    [
      'flushes in the background',
      stateWith({pendingOperations: [operation('p', 1, '11:00:00')]}),
      {flush: false, background: true},
      'cannot hydrate state while background flush is active',
    ],
    [
      'has a queue',
      stateWith({pendingOperations: [operation('p', 1, '11:00:00')], nextLocalWriteId: 2}),
      {flush: false, background: false},
      'cannot hydrate state on a non-empty pending queue',
    ],
    [
      'has a cursor',
      caughtUp(early),
      {flush: false, background: false},
      'cannot hydrate state on a non-empty client',
    ],
    [
      'has used a write id',
      stateWith({nextLocalWriteId: 2}),
      {flush: false, background: false},
      'cannot hydrate state on a non-empty client',
    ],
  ])('%s', (_, current, busy, message) => {
    expect(hydrate(7, current, busy)).toEqual({kind: 'refuse', message});
  });
});

describe('a broken state', () => {
  test.each<[unknown, string]>([
    [null, 'state must be a non-null object'],
    ['x', 'state must be a non-null object'],
    [{}, 'state.pendingOperations must be an array'],
    [{...good, containerClocks: {}}, 'state.containerClocks must be an array'],
    [{...good, replaySnapshot: undefined}, 'state.replaySnapshot must be an object'],
    [replaySnapshot({acl: {}}), 'state.replaySnapshot.acl must be an array'],
    [replaySnapshot({links: 1}), 'state.replaySnapshot.links must be an array'],
    [replaySnapshot({acl: [good.replaySnapshot.acl[0], {}]}), 'state.replaySnapshot.acl[1] is invalid'],
    [replaySnapshot({links: [{parentId: 'a'}]}), 'state.replaySnapshot.links[0] is invalid'],
    [replaySnapshot({cursor: undefined}), 'transport returned invalid persisted replay cursor'],
    [
      replaySnapshot({cursor: {...early, changedAt: 'x'}}),
      'transport returned invalid persisted replay cursor',
    ],
    [{...good, reconcileState: undefined}, 'transport returned invalid persisted reconcile cursor'],
    [{...good, reconcileState: 7}, 'transport returned invalid persisted reconcile cursor'],
    [{...good, reconcileState: {cursor: null}}, 'transport returned invalid persisted reconcile cursor'],
    [
      {...good, reconcileState: {cursor: late, lastReconciledWriteIds: []}},
      'lastReconciledWriteIds must be an object map of replicaId -> writeId',
    ],
    [{...good, containerClocks: [null]}, 'state.containerClocks[0] is invalid'],
    [
      {...good, containerClocks: [0, 1].map(() => ({containerId: 'root', ...early}))},
      'state.containerClocks has duplicate containerId root',
    ],
    [
      {...good, reconcileState: {cursor: cursor('11:59:59', 'z')}},
      'persisted reconcile cursor regressed persisted replay cursor',
    ],
    [
      {...replaySnapshot({cursor: null}), reconcileState: null},
      'state.containerClocks requires persisted replay or reconcile cursor',
    ],
    [
      {
        ...good,
        containerClocks: [good.containerClocks[0], {containerId: 'i', ...cursor('12:00:01', 'desktop-4')}],
      },
      'state.containerClocks[1] is ahead of persisted sync cursor',
    ],
    [pending(null), 'state.pendingOperations[0] is invalid'],
    [pending({...first, opType: 'x', opId: ''}), 'state.pendingOperations[0].opType is invalid'],
    [pending({...first, opId: ''}), 'state.pendingOperations[0] is invalid'],
    [pending({...first, occurredAt: '2026-02-14T11:00:00'}), 'state.pendingOperations[0] is invalid'],
    [
      pending({...first, replicaId: 'mobile', writeId: 0}),
      'state.pendingOperations[0] has replicaId that does not match clientId',
    ],
    [
      pending({...first, writeId: 0, principalId: ''}),
      'state.pendingOperations[0].writeId must be a positive safe integer',
    ],
    [pending({...first, principalId: ''}), 'state.pendingOperations[0] is missing acl principal fields'],
    [pending({...first, accessLevel: 'x'}), 'state.pendingOperations[0] is missing acl accessLevel'],
    [pending({...link, parentId: ' '}), 'state.pendingOperations[0] is missing link fields'],
    [
      pending({...link, childId: 'x'}),
      'state.pendingOperations[0] has link childId that does not match itemId',
    ],
    [pending(first, {...first, writeId: 7}), 'state.pendingOperations has duplicate opId p'],
    [pending(first, {...first, opId: 'r'}), 'state.pendingOperations writeIds must be strictly increasing'],
    [
      pending({...first, opId: 'desktop-3'}),
      'state.pendingOperations contains opId desktop-3 that collides with persisted cursor boundary',
    ],
    [
      replaySnapshot({acl: [0, 1].map(() => good.replaySnapshot.acl[0])}),
      'snapshot acl contains duplicate principal entry',
    ],
    [
      replaySnapshot({links: [0, 1].map(() => good.replaySnapshot.links[0])}),
      'snapshot links contain duplicate edge',
    ],
    [{...good, nextLocalWriteId: 0}, 'state.nextLocalWriteId must be a positive safe integer'],
    [{...good, nextLocalWriteId: undefined}, 'state.nextLocalWriteId must be a positive safe integer'],
  ])('%j', (state, message) => {
    expect(messageOf(state)).toBe(message);
  });

  test('[V10] an op id that is the boundary of either cursor collides', () => {
    const state = {...good, pendingOperations: [operation('desktop-3', 7, '13:00:00')]};
    expect(messageOf(state)).toContain('opId desktop-3 that collides');
    expect(messageOf({...state, pendingOperations: [operation('desktop-2', 7, '13:00:00')]})).toContain(
      'desktop-2',
    );
  });

  test('the earliest wrong operation is told, and collisions only after all are read', () => {
    expect(messageOf(pending({...first, opId: 'desktop-3'}, {...first, opId: ''}))).toBe(
      'state.pendingOperations[1] is invalid',
    );
  });

  test('every check comes before the last one', () => {
    const broken = {
      ...replaySnapshot({links: [0, 1].map(() => good.replaySnapshot.links[0])}),
      nextLocalWriteId: 0,
    };
    expect(messageOf(broken)).toBe('snapshot links contain duplicate edge');
    expect(at('12:00:00')).toBe(early.changedAt);
  });
});
