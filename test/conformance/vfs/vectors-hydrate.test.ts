/** Golden vectors of hydration: a fresh client filled from an export, and what it then does with its queue. */
import {describe, expect, it} from 'vitest';
import type {ExportedState, Operation} from '../../../src/model/vfs/types.ts';
import {cursor, grant, PRISTINE} from '../../impl/vfs/scripted-transport.ts';
import {flush, give, hydrate, hydrateFrom, link, queue, queued, state, sync} from './acts.ts';
import {ack, page} from './answers.ts';
import {script} from './script.ts';

const pending = (opId: string, writeId: number): Operation =>
  queued(link(opId, '13:00', `p${writeId}`), writeId);

const lineage = (own: number, queued: readonly Operation[]): ExportedState => ({
  ...PRISTINE,
  reconcileState: {cursor: cursor('12:00', 'seen'), lastReconciledWriteIds: {desktop: own}},
  pendingOperations: queued,
  nextLocalWriteId: 2,
});

describe('hydrate', () => {
  it('[V7] the next write id is above what was reconciled', async () => {
    const {told, exports, violations} = await script({
      clients: {desktop: {}},
      answers: {},
      steps: [hydrate('desktop', lineage(20, [pending('a', 7), pending('b', 8)]))],
    });
    expect(told.desktop).toEqual(['done']);
    expect(exports.desktop.nextLocalWriteId).toBe(21);
    expect(exports.desktop.pendingOperations.map(({writeId}) => writeId)).toEqual([7, 8]);
    expect(violations.desktop).toEqual([]);
  });

  it('[V8] pending write ids above what was reconciled are pushed as they are', async () => {
    const five = Array.from({length: 5}, (_, index) => link(`old-${index}`, '12:00', `p${index}`));
    const {told, exports, asked, violations} = await script({
      clients: {before: {clientId: 'desktop'}, desktop: {}},
      steps: [
        queue('before', ...five),
        flush('before'),
        hydrate('desktop', node => ({
          ...node.beside('before').client.exportState(),
          pendingOperations: [pending('a', 10), pending('b', 11)],
          nextLocalWriteId: 2,
        })),
        state('desktop'),
        flush('desktop'),
      ],
    });
    expect(told.desktop[1]).toMatchObject({
      nextLocalWriteId: 12,
      reconcileState: {lastReconciledWriteIds: {desktop: 5}},
    });
    expect(asked.filter(({from, what}) => from === 'desktop' && what === 'push')).toMatchObject([
      {body: {operations: [{writeId: 10}, {writeId: 11}]}},
    ]);
    expect(told.desktop[2]).toEqual({pushedOperations: 2, pulledOperations: 2, pullPages: 1});
    expect(exports.desktop.reconcileState?.lastReconciledWriteIds).toEqual({desktop: 11});
    expect(violations.desktop).toEqual([]);
  });

  it('[V10] a pending opId at the boundary is refused, where the feed carries the opIds of clients', async () => {
    const collided = (node: {client: {exportState(): ExportedState}}): ExportedState => ({
      ...node.client.exportState(),
      pendingOperations: [queued(give('desktop-3', '13:00'), 3)],
    });
    const {told, exports, violations} = await script({
      clients: {before: {clientId: 'desktop'}, desktop: {}},
      answers: {
        sync: [page([grant('desktop-1', '12:00'), grant('desktop-2', '12:01')], {ids: {desktop: 2}})],
        reconcile: [ack(cursor('12:02', 'desktop-3'), {desktop: 3})],
      },
      steps: [sync('before'), hydrate('desktop', node => collided(node.beside('before'))), state('desktop')],
    });
    expect(exports.before.replaySnapshot.cursor).toEqual(cursor('12:01', 'desktop-2'));
    const message =
      'state.pendingOperations contains opId desktop-3 that collides with persisted cursor boundary';
    expect(told.desktop).toEqual([{refused: message}, PRISTINE]);
    expect(violations.desktop).toEqual([{stage: 'hydrate', code: 'hydrateGuardrailViolation', message}]);
  });

  it('[V10] against the real server it cannot match: feed ids are its own, and a queue that was applied is known', async () => {
    const {told, feed, exports} = await script({
      clients: {before: {clientId: 'desktop'}, desktop: {}},
      steps: [
        queue('before', give('desktop-1', '12:00')),
        flush('before'),
        hydrate('desktop', node => ({
          ...node.beside('before').client.exportState(),
          pendingOperations: [queued(give('desktop-1', '12:00'), 1)],
        })),
        flush('desktop'),
      ],
    });
    expect(told.desktop).toEqual(['done', {pushedOperations: 1, pulledOperations: 0, pullPages: 1}]);
    expect(feed).toHaveLength(1);
    expect(exports.desktop).toEqual(exports.before);
  });

  it('[V24] clocks at the very boundary of replay and reconcile are fine', async () => {
    const {told, exports} = await script({
      clients: {before: {clientId: 'desktop'}, desktop: {}},
      steps: [queue('before', give('a', '12:00')), flush('before'), hydrateFrom('desktop', 'before')],
    });
    const [clock] = exports.before.containerClocks;
    const {cursor: replayed} = exports.before.replaySnapshot;
    expect({changedAt: clock?.changedAt, changeId: clock?.changeId}).toEqual(replayed);
    expect(exports.before.reconcileState?.cursor).toEqual(replayed);
    expect(told.desktop).toEqual(['done']);
    expect(exports.desktop).toEqual(exports.before);
  });
});
