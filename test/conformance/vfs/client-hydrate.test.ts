/** Checklist, client: states that hydration refuses leave a pristine client; queues that it takes are pushed as they were. */
import {describe, expect, it} from 'vitest';
import type {ExportedState} from '../../../src/model/vfs/types.ts';
import {cursor, PRISTINE} from '../../impl/vfs/scripted-transport.ts';
import {act, flush, give, hydrate, hydrateFrom, link, queue, queued, snapshot, state, sync} from './acts.ts';
import {script} from './script.ts';

const SEEN = cursor('12:00', 'seen');
const RECONCILED = {cursor: SEEN, lastReconciledWriteIds: {desktop: 5}};
const clock = (containerId: string, time = '12:00', changeId = 'seen'): object => ({
  containerId,
  ...cursor(time, changeId),
});
const good = queued(link('good', '12:00'), 7);
const replay = (more: object): object => ({replaySnapshot: {...PRISTINE.replaySnapshot, ...more}});
const REGRESSED = 'persisted reconcile cursor regressed persisted replay cursor';
const AHEAD = 'state.containerClocks[1] is ahead of persisted sync cursor';
const WRITE_ID = 'lastReconciledWriteIds contains invalid writeId (must be a positive integer)';
const ORDER = 'state.pendingOperations writeIds must be strictly increasing';

const pending = (...pendingOperations: readonly unknown[]): object => ({pendingOperations});

describe('a state that is refused leaves the client pristine, and is told', () => {
  it.each<[row: string, spoilt: object, message: string]>([
    [
      '[shard-04-hydrate] a foreign replica',
      pending({...good, replicaId: 'mobile'}),
      'state.pendingOperations[0] has replicaId that does not match clientId',
    ],
    [
      '[shard-04-hydrate] a link whose child is not its item',
      pending({...good, childId: 'item-2'}),
      'state.pendingOperations[0] has link childId that does not match itemId',
    ],
    [
      '[shard-04-hydrate] a malformed replay cursor',
      replay({cursor: {changedAt: 'yesterday', changeId: 'a'}}),
      'transport returned invalid persisted replay cursor',
    ],
    [
      '[shard-04-hydrate] reconcile behind replay',
      {...replay({cursor: cursor('12:01', 'a')}), reconcileState: RECONCILED},
      REGRESSED,
    ],
    [
      '[shard-04-hydrate-container-clocks] a clock ahead',
      {reconcileState: RECONCILED, containerClocks: [clock('a'), clock('b', '12:00', 'seen-later')]},
      AHEAD,
    ],
    [
      '[shard-04-hydrate-container-clocks] a container twice',
      {reconcileState: RECONCILED, containerClocks: [clock('a'), clock('a')]},
      'state.containerClocks has duplicate containerId a',
    ],
    [
      '[shard-04-hydrate-container-clocks] clocks without a cursor',
      {containerClocks: [clock('a')]},
      'state.containerClocks requires persisted replay or reconcile cursor',
    ],
    [
      '[shard-05-pending-mixed] of two malformed operations the earlier is told',
      pending(good, {...good, opId: 'b', writeId: 0}, {...good, opType: 'paint'}),
      'state.pendingOperations[1].writeId must be a positive safe integer',
    ],
    ['[shard-05] write ids that do not rise', pending(good, {...good, opId: 'b'}), ORDER],
    [
      '[shard-06-collision] a boundary collision',
      {reconcileState: RECONCILED, ...pending({...good, opId: 'seen'})},
      'state.pendingOperations contains opId seen that collides with persisted cursor boundary',
    ],
    [
      '[shard-07] invalid reconcile write ids',
      {reconcileState: {...RECONCILED, lastReconciledWriteIds: {desktop: 0}}},
      WRITE_ID,
    ],
    [
      '[recovery-malformed-pending] an operation that lost its fields',
      pending({...good, parentId: ' '}),
      'state.pendingOperations[0] is missing link fields',
    ],
    // checked with all the rest, before anything changes
    [
      '[D01] a bad next write id',
      {nextLocalWriteId: 0},
      'state.nextLocalWriteId must be a positive safe integer',
    ],
  ])('%s', async (_, spoilt, message) => {
    const {told, exports, violations} = await script({
      clients: {desktop: {}},
      answers: {},
      steps: [hydrate('desktop', {...PRISTINE, ...spoilt}), state('desktop'), hydrate('desktop', PRISTINE)],
    });
    expect(told.desktop).toEqual([{refused: message}, PRISTINE, 'done']);
    expect(exports.desktop).toEqual(PRISTINE);
    expect(violations.desktop).toEqual([{stage: 'hydrate', code: 'hydrateGuardrailViolation', message}]);
  });
});

describe('a client that is not free refuses any state', () => {
  it('[shard-07] [shard-09-guardrails] while a flush, a sync or the background runs, or where it holds something', async () => {
    const {told, violations} = await script({
      clients: {desktop: {}, used: {}, tired: {}},
      answers: {},
      steps: [
        [
          queue('used', give('a', '12:00')),
          act('tired', ({client}) => client.startBackgroundFlush(1_000_000)),
          flush('desktop'),
          hydrate('desktop', PRISTINE),
        ],
        [sync('desktop'), hydrate('desktop', PRISTINE)],
        [hydrate('used', PRISTINE), hydrate('tired', PRISTINE)],
        [flush('used'), act('tired', ({client}) => client.stopBackgroundFlush())],
        [hydrate('used', PRISTINE), hydrate('tired', PRISTINE)],
      ],
    });
    const refusals = (list: readonly unknown[]): unknown[] =>
      list.flatMap(each => (each as {refused?: unknown}).refused ?? []);
    expect(refusals(told.desktop)).toEqual(Array(2).fill('cannot hydrate state while flush is in progress'));
    expect(refusals(told.used)).toEqual([
      'cannot hydrate state on a non-empty pending queue',
      'cannot hydrate state on a non-empty client',
    ]);
    expect(refusals(told.tired)).toEqual(['cannot hydrate state while background flush is active']);
    expect(told.tired.at(-1)).toBe('done');
    expect([violations.desktop.length, violations.used.length, violations.tired.length]).toEqual([2, 2, 1]);
  });
});

describe('a queue that was taken over', () => {
  const restored = (list: ExportedState['pendingOperations']): ReturnType<typeof hydrate> =>
    hydrate('desktop', node => ({...node.beside('before').client.exportState(), pendingOperations: list}));
  const before = [queue('before', give('old-1', '12:00')), flush('before')];

  it('[shard-05-pending-rebase] keeps its write ids and its odd opIds', async () => {
    const {asked, exports, violations, feed} = await script({
      clients: {before: {clientId: 'desktop'}, desktop: {}},
      steps: [
        ...before,
        restored([queued(link('custom/op@6', '12:05'), 6), queued(link('custom:op#7', '12:06', 'shelf'), 7)]),
        flush('desktop'),
      ],
    });
    expect(asked.filter(({from, what}) => from === 'desktop' && what === 'push')).toMatchObject([
      {
        body: {
          operations: [
            {opId: 'custom/op@6', writeId: 6},
            {opId: 'custom:op#7', writeId: 7},
          ],
        },
      },
    ]);
    expect(feed.map(row => row['write_id'])).toEqual([1, 6, 7]);
    expect(exports.desktop.nextLocalWriteId).toBe(8);
    expect(violations.desktop).toEqual([]);
  });

  it('[shard-05-pending-mixed] of grants and links is pushed in its order', async () => {
    const {told, exports, feed} = await script({
      clients: {before: {clientId: 'desktop'}, desktop: {}},
      steps: [
        ...before,
        restored([queued(link('l', '12:05'), 2), queued(give('g', '12:04', 'admin'), 3)]),
        flush('desktop'),
      ],
    });
    expect(told.desktop[1]).toEqual({pushedOperations: 2, pulledOperations: 2, pullPages: 1});
    expect(feed.map(row => row['client_op_id'])).toEqual(['old-1', 'l', 'g']);
    expect(exports.desktop.replaySnapshot).toMatchObject({
      acl: [{accessLevel: 'admin'}],
      links: [{parentId: 'root'}],
    });
  });

  it('[shard-05-pending-mixed] with reconcile ahead of replay, flushes without a guardrail and skips nothing', async () => {
    const {told, exports, violations} = await script({
      clients: {before: {clientId: 'desktop'}, desktop: {}},
      steps: [
        ...before,
        // what was acknowledged is known, and nothing of it was applied
        hydrate('desktop', node => ({
          ...PRISTINE,
          reconcileState: node.beside('before').client.exportState().reconcileState,
          pendingOperations: [queued(link('l', '12:05'), 2)],
        })),
        flush('desktop'),
      ],
    });
    expect(told.desktop[1]).toEqual({pushedOperations: 1, pulledOperations: 2, pullPages: 1});
    expect(exports.desktop.replaySnapshot).toMatchObject({
      acl: [{itemId: 'item-1'}],
      links: [{parentId: 'root'}],
    });
    expect(violations.desktop).toEqual([]);
  });

  it('[shard-06] does not roll back where reconcile lags behind it, cycle after cycle', async () => {
    const {told, exports, violations} = await script({
      clients: {before: {clientId: 'desktop'}, desktop: {}, again: {clientId: 'desktop'}},
      steps: [
        ...before,
        restored([queued(link('a', '12:05'), 8), queued(link('b', '12:06', 'shelf'), 9)]),
        snapshot('desktop'),
        flush('desktop'),
        hydrateFrom('again', 'desktop'),
        queue('again', link('c', '12:07', 'desk')),
        flush('again'),
        snapshot('again'),
      ],
    });
    expect(told.desktop[1]).toMatchObject({lastReconciledWriteIds: {desktop: 1}, nextLocalWriteId: 10});
    expect(told.again.at(-1)).toMatchObject({lastReconciledWriteIds: {desktop: 10}, nextLocalWriteId: 11});
    expect(exports.again.replaySnapshot.links).toHaveLength(3);
    expect(violations).toMatchObject({desktop: [], again: []});
  });
});
