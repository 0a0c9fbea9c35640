/**
 * The reconcile guardrails and rematerialization: what an acknowledgement or a snapshot does to a client
 * (3.7, 3.12).
 */

import {describe, expect, test} from 'vitest';
import {pristine} from '../../../src/model/vfs/client.ts';
import {expectReconcile} from '../../../src/model/vfs/expect-reconcile.ts';
import {expectSnapshot} from '../../../src/model/vfs/expect-snapshot.ts';
import {ack, at, caughtUp, cursor, ok, operation} from './make.ts';

describe('an acknowledgement', () => {
  const state = caughtUp(cursor('12:20:00', 'desktop-1'), {desktop: 1});
  const reconcile = (answer: ReturnType<typeof ack>): ReturnType<typeof expectReconcile> =>
    expectReconcile({clientId: 'desktop', state, answer});

  test('[V11] that is ahead is taken over', () => {
    const position = cursor('12:20:01', 'desktop-2');
    expect(reconcile(ack(position, {desktop: 2, mobile: 4}))).toEqual({
      kind: 'accept',
      violations: [],
      then: null,
      state: {
        ...state,
        reconcileState: {cursor: position, lastReconciledWriteIds: {desktop: 2, mobile: 4}},
        nextLocalWriteId: 3,
      },
    });
  });

  test('that says the same, or names fewer replicas, changes nothing', () => {
    expect(reconcile(ack(cursor('12:20:00', 'desktop-1'))).state).toEqual(state);
  });

  test('that regresses the cursor is refused', () => {
    expect(reconcile(ack(cursor('12:20:00', 'desktop-0'), {desktop: 0.5}))).toMatchObject({violations: []});
    expect(reconcile(ack(cursor('12:20:00', 'desktop-0'), {desktop: 9}))).toEqual({
      kind: 'refuse',
      state,
      violations: [
        {
          code: 'reconcileCursorRegression',
          stage: 'reconcile',
          message: 'reconcile acknowledgement regressed sync cursor',
          details: {
            previousChangedAt: at('12:20:00'),
            previousChangeId: 'desktop-1',
            incomingChangedAt: at('12:20:00'),
            incomingChangeId: 'desktop-0',
          },
        },
      ],
      error: {name: 'VfsSyncError', message: 'transport reconcile regressed sync cursor'},
    });
  });

  test('that regresses a write id is refused', () => {
    const ahead = {
      ...state,
      reconcileState: {cursor: cursor('12:20:00', 'a'), lastReconciledWriteIds: {b: 3, a: 3}},
    };
    const answer = ack(cursor('12:30:00', 'z'), {b: 1, a: 1, c: 1});
    expect(expectReconcile({clientId: 'desktop', state: ahead, answer})).toMatchObject({
      kind: 'refuse',
      state: ahead,
      violations: [
        {
          code: 'lastWriteIdRegression',
          stage: 'reconcile',
          message: 'reconcile acknowledgement regressed replica write-id state',
          details: {replicaId: 'a', previousWriteId: 3, incomingWriteId: 1},
        },
      ],
      error: {message: 'transport regressed lastReconciledWriteIds for replica a'},
    });
  });

  test('needs something to acknowledge', () => {
    const answer = ack(cursor('12:20:00', 'a'));
    expect(() => expectReconcile({clientId: 'desktop', state: pristine(), answer})).toThrow(
      'nothing to reconcile',
    );
  });
});

describe('a snapshot', () => {
  const state = {
    ...caughtUp(cursor('12:20:00', 'x'), {desktop: 6}),
    containerClocks: [{containerId: 'root', ...cursor('12:00:00', 'w')}],
    pendingOperations: [operation('p', 9, '12:21:00')],
    nextLocalWriteId: 4,
  };
  const read = (answer: ReturnType<typeof ok>): ReturnType<typeof expectSnapshot> =>
    expectSnapshot({clientId: 'desktop', state, answer});
  const body = {
    replaySnapshot: {
      acl: [],
      links: [
        {parentId: 'root', childId: 'b'},
        {parentId: 'root', childId: 'a'},
      ],
      cursor: cursor('13:00:00', 's'),
    },
    reconcileState: null,
    containerClocks: [
      {containerId: 'z', ...cursor('13:00:00', 's')},
      {containerId: 'root', ...cursor('11:00:00', 'q')},
    ],
    snapshotUpdatedAt: at('13:00:00'),
  };

  test('replaces everything but the queue', () => {
    expect(read(ok(body)).state).toEqual({
      replaySnapshot: {...body.replaySnapshot, links: [...body.replaySnapshot.links].reverse()},
      reconcileState: null,
      containerClocks: [...body.containerClocks].reverse(),
      pendingOperations: state.pendingOperations,
      nextLocalWriteId: 10,
    });
  });

  test('raises the next write id above what it says of us', () => {
    const reconcileState = {cursor: cursor('13:00:00', 's'), lastReconciledWriteIds: {desktop: 40}};
    expect(read(ok({...body, reconcileState})).state.nextLocalWriteId).toBe(41);
  });

  test('there is none: the client begins anew, with its queue', () => {
    expect(read(ok({error: 'No CRDT snapshot is available'}, 404)).state).toEqual({
      ...pristine(),
      pendingOperations: state.pendingOperations,
      nextLocalWriteId: 10,
    });
  });

  test.each<[object, string]>([
    [{containerClocks: 7}, 'state.containerClocks must be an array'],
    [{replaySnapshot: null}, 'state.replaySnapshot must be an object'],
    [{reconcileState: {}}, 'transport returned invalid persisted reconcile cursor'],
    [
      {reconcileState: {cursor: cursor('12:00:00', 's')}},
      'rematerialized reconcile cursor regressed rematerialized replay cursor',
    ],
    [
      {replaySnapshot: {acl: [], links: [], cursor: null}},
      'rematerialized container clocks require replay or reconcile cursor',
    ],
    [
      {containerClocks: [{containerId: 'z', ...cursor('13:00:00', 't')}]},
      'rematerialized containerClocks[0] is ahead of rematerialized cursor',
    ],
    [
      {
        replaySnapshot: {
          ...body.replaySnapshot,
          links: [body.replaySnapshot.links[0], body.replaySnapshot.links[0]],
        },
      },
      'snapshot links contain duplicate edge',
    ],
  ])('with %j is refused', (wrong, message) => {
    expect(read(ok({...body, ...wrong}))).toEqual({
      kind: 'refuse',
      state,
      violations: [],
      error: {name: 'VfsSyncError', message},
    });
  });
});
