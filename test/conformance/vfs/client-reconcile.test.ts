/** Checklist, client: acknowledgements are merged or refused, chains of failures end in recovery, alike each time. */
import {describe, expect, it} from 'vitest';
import type {ExportedState} from '../../../src/model/vfs/types.ts';
import {cursor, edge, grant, PRISTINE} from '../../impl/vfs/scripted-transport.ts';
import {act, crash, flush, hydrate, hydrateFrom, link, queue, state, sync} from './acts.ts';
import {ack, page, type Answers} from './answers.ts';
import {script, type Said} from './script.ts';

const signatures = (list: readonly {readonly stage: string; readonly code: string}[]): string[] =>
  list.map(({stage, code}) => `${stage}:${code}`);

const BASELINE: ExportedState = {
  ...PRISTINE,
  replaySnapshot: {acl: [], links: [], cursor: cursor('12:00', 'seen')},
  reconcileState: {cursor: cursor('12:00', 'seen'), lastReconciledWriteIds: {desktop: 8, mobile: 7}},
  nextLocalWriteId: 9,
};

describe('an acknowledgement that goes back is refused, and what was pulled stays', () => {
  const pulled = grant('mobile-8', '12:10');
  it.each([
    [
      '[shard-10-reconcile-ack] a cursor behind the client',
      ack(cursor('12:05', 'a'), {desktop: 8, mobile: 8}),
      'transport reconcile regressed sync cursor',
      {
        stage: 'reconcile',
        code: 'reconcileCursorRegression',
        message: 'reconcile acknowledgement regressed sync cursor',
        details: {
          previousChangedAt: cursor('12:10', '').changedAt,
          previousChangeId: 'mobile-8',
          incomingChangedAt: cursor('12:05', '').changedAt,
          incomingChangeId: 'a',
        },
      },
    ],
    [
      '[shard-10-reconcile-ack] [shard-10-reconcile-restart] an id of another replica below the known one',
      ack(cursor('12:20', 'a'), {desktop: 20, mobile: 6}),
      'transport regressed lastReconciledWriteIds for replica mobile',
      {
        stage: 'reconcile',
        code: 'lastWriteIdRegression',
        message: 'reconcile acknowledgement regressed replica write-id state',
        details: {replicaId: 'mobile', previousWriteId: 8, incomingWriteId: 6},
      },
    ],
  ])('%s', async (_, answer, refused, violation) => {
    const {told, violations} = await script({
      clients: {desktop: {}},
      answers: {
        sync: [page([pulled], {ids: {mobile: 8}})],
        reconcile: [answer, answer, ack(cursor('12:10', 'mobile-8'), {desktop: 9})],
      },
      steps: [
        hydrate('desktop', BASELINE),
        sync('desktop'),
        state('desktop'),
        sync('desktop'),
        state('desktop'),
        sync('desktop'),
        state('desktop'),
      ],
    });
    const place = cursor('12:10', 'mobile-8');
    const after: ExportedState = {
      replaySnapshot: {
        acl: [{itemId: 'item-1', principalType: 'group', principalId: 'group-1', accessLevel: 'read'}],
        links: [],
        cursor: place,
      },
      reconcileState: {cursor: place, lastReconciledWriteIds: {desktop: 8, mobile: 8}},
      containerClocks: [{containerId: 'item-1', ...place}],
      pendingOperations: [],
      nextLocalWriteId: 9,
    };
    expect(told.desktop.slice(1, 3)).toEqual([{refused}, after]);
    // the same answer again: refused alike, nothing moved
    expect(told.desktop.slice(3, 5)).toEqual(told.desktop.slice(1, 3));
    expect(violations.desktop).toEqual([violation, violation]);
    // a corrected one, that does not even name the other replica, is merged
    expect(told.desktop[5]).toEqual({pulledOperations: 0, pullPages: 1});
    expect(told.desktop[6]).toMatchObject({
      reconcileState: {lastReconciledWriteIds: {desktop: 9, mobile: 8}},
      nextLocalWriteId: 10,
    });
  });

  it('[shard-09-reconcile] acknowledgements merge over restarts and pages', async () => {
    const {told} = await script({
      clients: {desktop: {}},
      answers: {
        sync: [
          page([grant('a', '12:00')], {hasMore: true, ids: {mobile: 2}}),
          page([edge('b', '12:01')], {ids: {mobile: 3}}),
        ],
        reconcile: [
          ack(cursor('12:01', 'b'), {tablet: 4}),
          ack(cursor('12:02', 'c'), {desktop: 2}),
          ack(cursor('12:02', 'c'), {mobile: 5}),
        ],
      },
      steps: [
        sync('desktop'),
        state('desktop'),
        crash('desktop'),
        sync('desktop'),
        state('desktop'),
        crash('desktop'),
        sync('desktop'),
        state('desktop'),
      ],
    });
    const marks = [1, 3, 5].map(index => (told.desktop[index] as ExportedState).reconcileState);
    expect(marks).toEqual([
      {cursor: cursor('12:01', 'b'), lastReconciledWriteIds: {mobile: 3, tablet: 4}},
      {cursor: cursor('12:02', 'c'), lastReconciledWriteIds: {desktop: 2, mobile: 3, tablet: 4}},
      {cursor: cursor('12:02', 'c'), lastReconciledWriteIds: {desktop: 2, mobile: 5, tablet: 4}},
    ]);
  });
});

describe('a pull that goes back', () => {
  it('[shard-10] after a restart, below the local baseline: of two replicas the one that regressed is told', async () => {
    const {told, violations} = await script({
      clients: {desktop: {}},
      answers: {
        sync: [
          page([grant('a', '12:00')], {ids: {desktop: 4, mobile: 7}}),
          page([edge('b', '12:01')], {ids: {desktop: 3, mobile: 9}}),
        ],
      },
      steps: [sync('desktop'), state('desktop'), crash('desktop'), sync('desktop'), state('desktop')],
    });
    expect(told.desktop[2]).toEqual({
      refused: 'transport regressed lastReconciledWriteIds for replica desktop',
    });
    expect(told.desktop[3]).toEqual(told.desktop[1]);
    expect(violations.desktop).toMatchObject([
      {details: {replicaId: 'desktop', previousWriteId: 4, incomingWriteId: 3}},
    ]);
  });

  it('[shard-09-guardrails] between two pages of one cycle', async () => {
    const {told, exports} = await script({
      clients: {desktop: {}},
      answers: {
        sync: [
          page([grant('a', '12:00')], {hasMore: true, ids: {mobile: 7}}),
          page([edge('b', '12:01')], {ids: {mobile: 6}}),
        ],
      },
      steps: [sync('desktop')],
    });
    expect(told.desktop).toEqual([
      {refused: 'transport regressed lastReconciledWriteIds for replica mobile'},
    ]);
    expect(exports.desktop.replaySnapshot).toMatchObject({acl: [{itemId: 'item-1'}], links: []});
  });

  it('[shard-11] to an earlier cursor, without any item', async () => {
    const {told, exports, violations} = await script({
      clients: {desktop: {}},
      answers: {sync: [page([], {next: cursor('11:59', 'z')})]},
      steps: [hydrate('desktop', BASELINE), sync('desktop')],
    });
    expect(told.desktop[1]).toEqual({refused: 'transport returned regressing sync cursor'});
    expect(exports.desktop).toEqual(BASELINE);
    expect(signatures(violations.desktop)).toEqual(['pull:pullCursorRegression']);
  });
});

describe('chains of failures over restarts', () => {
  const chain: Answers = {
    sync: [
      page([grant('a', '12:00')], {hasMore: true, ids: {mobile: 1}}),
      page([grant('a', '12:01')]),
      page([edge('b', '12:02')], {ids: {mobile: 2}}),
      page([]),
    ],
    reconcile: [ack(cursor('11:00', 'x'), {mobile: 2})],
  };
  const run = (): Promise<Said<'desktop' | 'next' | 'last'>> =>
    script({
      clients: {desktop: {}, next: {clientId: 'desktop'}, last: {clientId: 'desktop'}},
      answers: chain,
      steps: [
        sync('desktop'),
        hydrateFrom('next', 'desktop'),
        sync('next'),
        hydrateFrom('last', 'next'),
        queue('last', link('own', '12:03', 'shelf')),
        flush('last'),
      ],
    });

  it('[shard-01-restart-duplicate] [shard-02] [shard-03-failure-chain] fail closed twice, then recover', async () => {
    const {told, exports, violations} = await run();
    expect(told.desktop).toEqual([{refused: 'transport replayed opId a during pull pagination'}]);
    expect(exports.desktop.reconcileState).toEqual({
      cursor: cursor('12:00', 'a'),
      lastReconciledWriteIds: {mobile: 1},
    });
    expect(told.next).toEqual(['done', {refused: 'transport reconcile regressed sync cursor'}]);
    expect(told.last).toEqual(['done', 'done', {pushedOperations: 1, pulledOperations: 0, pullPages: 1}]);
    expect(exports.last.replaySnapshot).toMatchObject({
      acl: [{itemId: 'item-1'}],
      links: [{parentId: 'root'}],
    });
    expect(exports.last.reconcileState?.lastReconciledWriteIds).toEqual({mobile: 2});
    expect([violations.desktop, violations.next, violations.last].map(signatures)).toEqual([
      ['pull:pullDuplicateOpReplay'],
      ['reconcile:reconcileCursorRegression'],
      [],
    ]);
  });

  it('[shard-02-seeded-signatures] [shard-03-seeded-signatures] in the same way each time', async () => {
    const [first, second] = [await run(), await run()];
    expect(second.violations).toEqual(first.violations);
    expect(second.told).toEqual(first.told);
    expect(second.exports).toEqual(first.exports);
    expect(second.asked).toEqual(first.asked);
  });

  it('[shard-11-scripted-alternating] alternating pull and reconcile failures recover, one violation each', async () => {
    const bad = page([], {hasMore: true});
    const behind = ack(cursor('01:00', 'x'), {});
    const {told, exports, violations} = await script({
      clients: {desktop: {}},
      answers: {
        sync: [bad, page([grant('a', '12:00')]), bad, page([edge('b', '12:01')]), page([])],
        reconcile: [behind, behind],
      },
      steps: [
        ...Array.from({length: 5}, () => sync('desktop')),
        act('desktop', ({client}) => client.listChangedContainers(null)),
      ],
    });
    expect(signatures(violations.desktop)).toEqual([
      'pull:pullPageInvariantViolation',
      'reconcile:reconcileCursorRegression',
      'pull:pullPageInvariantViolation',
      'reconcile:reconcileCursorRegression',
    ]);
    expect(told.desktop[4]).toEqual({pulledOperations: 0, pullPages: 1});
    // [recovery-forward-windows] failed cycles leave no container of their own
    expect(told.desktop[5]).toMatchObject({
      items: [{containerId: 'item-1'}, {containerId: 'root'}],
      hasMore: false,
    });
    expect(exports.desktop.replaySnapshot.cursor).toEqual(cursor('12:01', 'b'));
  });
});
