/** Checklist, client: checkpoints that were corrected, lineages that alternate, duplicates of several replicas. */
import {describe, expect, it} from 'vitest';
import type {ExportedState} from '../../../src/model/vfs/types.ts';
import {cursor, edge, grant, PRISTINE} from '../../impl/vfs/scripted-transport.ts';
import {flush, give, hydrate, hydrateFrom, link, queue, queued, state, sync} from './acts.ts';
import {ack, page} from './answers.ts';
import {script} from './script.ts';

describe('checkpoints', () => {
  const [first, second, third] = [
    queued(link('c', '12:03', 'x'), 4),
    queued(give('b', '12:02'), 5),
    queued(link('a', '12:01', 'y'), 6),
  ];
  const pending = [first, second, third];
  const checkpoint: ExportedState = {...PRISTINE, pendingOperations: pending};

  it.each([1, 2, 100])(
    '[corrected-checkpoint-recovery] a malformed one is refused, the corrected one pushes in its order; pages of %d',
    async pullLimit => {
      const spoilt = {
        ...checkpoint,
        pendingOperations: [first, second, {...third, writeId: 5}],
      };
      const {told, exports, asked, violations} = await script({
        clients: {desktop: {pullLimit}},
        steps: [
          hydrate('desktop', spoilt),
          state('desktop'),
          hydrate('desktop', checkpoint),
          flush('desktop'),
          sync('desktop'),
        ],
      });
      const message = 'state.pendingOperations writeIds must be strictly increasing';
      expect(told.desktop.slice(0, 3)).toEqual([{refused: message}, PRISTINE, 'done']);
      expect(told.desktop[3]).toEqual({
        pushedOperations: 3,
        pulledOperations: 3,
        pullPages: Math.ceil(3 / pullLimit),
      });
      expect(asked[0]?.body['operations']).toEqual(pending);
      expect(exports.desktop).toMatchObject({
        reconcileState: {lastReconciledWriteIds: {desktop: 6}},
        pendingOperations: [],
        nextLocalWriteId: 7,
      });
      expect(exports.desktop.containerClocks.map(({containerId}) => containerId)).toEqual([
        'x',
        'item-1',
        'y',
      ]);
      expect(violations.desktop).toEqual([{stage: 'hydrate', code: 'hydrateGuardrailViolation', message}]);
    },
  );

  it('[shard-06-restart-cycles] three cycles whose reconcile lineage lags and leads in turn make no noise', async () => {
    const {told, violations} = await script({
      clients: {one: {clientId: 'desktop'}, two: {clientId: 'desktop'}, three: {clientId: 'desktop'}},
      answers: {
        reconcile: [
          ack(cursor('12:10', 'f1'), {desktop: 1}),
          ack(cursor('12:20', 'f2'), {desktop: 9}),
          ack(cursor('12:20', 'f2'), {desktop: 9}),
        ],
        sync: [page([grant('f1', '12:10')], {ids: {desktop: 1}})],
      },
      steps: [
        queue('one', link('a', '12:00'), link('b', '12:01', 'x')),
        sync('one'),
        hydrateFrom('two', 'one'),
        queue('two', link('c', '12:02', 'y')),
        sync('two'),
        state('two'),
        hydrateFrom('three', 'two'),
        queue('three', link('d', '12:03', 'z')),
        flush('three'),
        state('three'),
      ],
    });
    const two = told.two.at(-1) as ExportedState;
    expect(two.pendingOperations.map(({writeId}) => writeId)).toEqual([1, 2, 3]);
    expect(two.nextLocalWriteId).toBe(10);
    const three = told.three.at(-1) as ExportedState;
    expect(three).toMatchObject({pendingOperations: [], nextLocalWriteId: 11});
    expect(three.reconcileState).toEqual({
      cursor: cursor('12:20', 'f2'),
      lastReconciledWriteIds: {desktop: 9},
    });
    expect([violations.one, violations.two, violations.three]).toEqual([[], [], []]);
  });

  it('[shard-02-cross-replica] after a duplicate, cursor and ids of all replicas go on from where they were', async () => {
    const {told, asked} = await script({
      clients: {desktop: {}},
      answers: {
        sync: [
          page([grant('m-1', '12:00'), edge('t-1', '12:01')], {ids: {mobile: 1, tablet: 1}}),
          page([grant('m-2', '12:02', {accessLevel: 'write'}), grant('m-2', '12:03')], {
            ids: {mobile: 2, tablet: 1},
          }),
          page([grant('m-2', '12:02', {accessLevel: 'write'})], {ids: {mobile: 2, tablet: 2}}),
        ],
      },
      steps: [
        sync('desktop'),
        state('desktop'),
        sync('desktop'),
        state('desktop'),
        sync('desktop'),
        state('desktop'),
      ],
    });
    expect(told.desktop[2]).toEqual({refused: 'transport replayed opId m-2 during pull pagination'});
    expect(told.desktop[3]).toEqual(told.desktop[1]);
    expect(told.desktop[5]).toMatchObject({
      replaySnapshot: {acl: [{accessLevel: 'write'}], cursor: cursor('12:02', 'm-2')},
      reconcileState: {cursor: cursor('12:02', 'm-2'), lastReconciledWriteIds: {mobile: 2, tablet: 2}},
    });
    const checkpoints = asked
      .filter(({what}) => what === 'reconcile')
      .map(({body}) => body['lastReconciledWriteIds']);
    expect(checkpoints).toEqual([
      {mobile: 1, tablet: 1},
      {mobile: 2, tablet: 2},
    ]);
  });
});
