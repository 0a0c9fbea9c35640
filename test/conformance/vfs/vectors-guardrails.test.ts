/** Golden vectors against a server that answers wrongly: each guardrail fires once, and its page changes nothing. */
import {describe, expect, it} from 'vitest';
import type {ExportedState, Operation} from '../../../src/model/vfs/types.ts';
import {cursor, edge, grant, PRISTINE} from '../../impl/vfs/scripted-transport.ts';
import {act, flush, give, hydrate, queue, queued, snapshot, state, sync, together} from './acts.ts';
import {ack, all, page} from './answers.ts';
import {script} from './script.ts';

const whats = (asked: readonly {readonly what: string}[]): string[] => asked.map(({what}) => what);

describe('flush', () => {
  it('[V3] a server that always says stale is given three pushes and two pulls, and nothing has changed', async () => {
    const {told, asked, violations} = await script({
      clients: {desktop: {}},
      answers: {push: [all('staleWriteId'), all('staleWriteId'), all('staleWriteId')]},
      steps: [
        queue('desktop', give('desktop-1', '12:00')),
        state('desktop'),
        flush('desktop'),
        state('desktop'),
      ],
    });
    expect(whats(asked)).toEqual(['push', 'sync', 'push', 'sync', 'push']);
    expect(told.desktop[2]).toEqual({
      refused: 'push rejected one or more operations',
      results: [{opId: 'desktop-1', status: 'staleWriteId'}],
    });
    expect(told.desktop[3]).toEqual(told.desktop[1]);
    expect(told.desktop[3]).toMatchObject({
      pendingOperations: [{opId: 'desktop-1', writeId: 1}],
      nextLocalWriteId: 2,
    });
    expect(violations.desktop).toEqual([
      {
        stage: 'flush',
        code: 'staleWriteRecoveryExhausted',
        message: 'stale write-id recovery exceeded max retry attempts without forward progress',
        details: {attempts: 3, maxAttempts: 2, staleResults: 1},
      },
    ]);
  });

  it('[V4] two flushes at once are one push; both fail with it, the next one drains', async () => {
    const both = together(
      'desktop',
      ({client}) => client.flush(),
      ({client}) => client.flush(),
    );
    const {told, asked} = await script({
      clients: {desktop: {}},
      answers: {push: [{status: 503, body: {error: 'down'}}]},
      steps: [queue('desktop', give('desktop-1', '12:00')), both, snapshot('desktop'), flush('desktop')],
    });
    expect(told.desktop[1]).toEqual([{refused: 'down'}, {refused: 'down'}]);
    expect(told.desktop[2]).toMatchObject({pendingOperations: 1});
    expect(told.desktop[3]).toEqual({pushedOperations: 1, pulledOperations: 0, pullPages: 1});
    expect(whats(asked)).toEqual(['push', 'push', 'sync']);
  });

  it('[V9] times level with one another and behind the cursor go out after it, in queue order', async () => {
    const operation = (opId: string, writeId: number): Operation => queued(give(opId, '14:19:59'), writeId);
    const {asked, exports} = await script({
      clients: {desktop: {}},
      answers: {},
      steps: [
        hydrate('desktop', {
          ...PRISTINE,
          replaySnapshot: {acl: [], links: [], cursor: cursor('14:20', 'seen')},
          pendingOperations: [operation('c', 6), operation('b', 7), operation('a', 8)],
        }),
        flush('desktop'),
      ],
    });
    expect(asked[0]?.body['operations']).toMatchObject([
      {opId: 'c', writeId: 6, occurredAt: '2026-02-14T14:20:00.001Z'},
      {opId: 'b', writeId: 7, occurredAt: '2026-02-14T14:20:00.002Z'},
      {opId: 'a', writeId: 8, occurredAt: '2026-02-14T14:20:00.003Z'},
    ]);
    expect(exports.desktop).toMatchObject({pendingOperations: [], nextLocalWriteId: 9});
  });

  it.each([0, -1, 1.5])('[V25] a background interval of %d ms is refused', async interval => {
    const {told} = await script({
      clients: {desktop: {}},
      answers: {},
      steps: [act('desktop', ({client}) => client.startBackgroundFlush(interval))],
    });
    expect(told.desktop).toEqual([{refused: 'intervalMs must be a positive integer'}]);
  });
});

describe('reconcile', () => {
  it('[V11] an acknowledgement ahead of the page is taken over', async () => {
    const {told, exports} = await script({
      clients: {desktop: {}},
      answers: {
        sync: [page([grant('desktop-1', '12:20')], {ids: {desktop: 1}})],
        reconcile: [ack(cursor('12:20:01', 'desktop-2'), {desktop: 2, mobile: 4})],
      },
      steps: [sync('desktop'), snapshot('desktop')],
    });
    expect(told.desktop[0]).toEqual({pulledOperations: 1, pullPages: 1});
    expect(told.desktop[1]).toMatchObject({
      cursor: cursor('12:20:01', 'desktop-2'),
      lastReconciledWriteIds: {desktop: 2, mobile: 4},
      nextLocalWriteId: 3,
    });
    // what was applied stays where it is: the next pull asks from there, so that nothing between is skipped
    expect(exports.desktop.replaySnapshot.cursor).toEqual(cursor('12:20', 'desktop-1'));
  });
});

describe('pull', () => {
  it('[V12] a write id below the baseline refuses the page', async () => {
    const baseline: ExportedState = {
      ...PRISTINE,
      reconcileState: {cursor: cursor('11:00', 'seen'), lastReconciledWriteIds: {desktop: 8, mobile: 7}},
    };
    const {told, violations} = await script({
      clients: {desktop: {}},
      answers: {sync: [page([grant('mobile-8', '12:00')], {ids: {desktop: 9, mobile: 6}})]},
      steps: [hydrate('desktop', baseline), state('desktop'), sync('desktop'), state('desktop')],
    });
    expect(told.desktop[2]).toEqual({
      refused: 'transport regressed lastReconciledWriteIds for replica mobile',
    });
    expect(told.desktop[3]).toEqual(told.desktop[1]);
    expect(told.desktop[3]).toEqual({...baseline, nextLocalWriteId: 9});
    expect(violations.desktop).toEqual([
      {
        stage: 'pull',
        code: 'lastWriteIdRegression',
        message: 'pull response regressed replica write-id state',
        details: {replicaId: 'mobile', previousWriteId: 7, incomingWriteId: 6},
      },
    ]);
  });

  /** What one page alone leaves: that of a client whose second pull is answered 500. */
  const afterPageOne = async (first: ReturnType<typeof page>): Promise<ExportedState> => {
    const {told, exports} = await script({
      clients: {desktop: {}},
      answers: {sync: [first, {status: 500, body: {error: 'down'}}]},
      steps: [sync('desktop')],
    });
    expect(told.desktop).toEqual([{refused: 'down'}]);
    return exports.desktop;
  };

  it('[V13] an opId that comes again on page 2 leaves the state after page 1', async () => {
    const first = page([grant('desktop-dup-op', '12:03')], {hasMore: true});
    const second = page([grant('desktop-dup-op', '12:03:01')]);
    const {told, exports, asked, violations} = await script({
      clients: {desktop: {}},
      answers: {sync: [first, second]},
      steps: [sync('desktop')],
    });
    expect(told.desktop).toEqual([
      {refused: 'transport replayed opId desktop-dup-op during pull pagination'},
    ]);
    expect(exports.desktop).toEqual(await afterPageOne(first));
    expect(whats(asked)).toEqual(['sync', 'sync']);
    expect(violations.desktop).toMatchObject([
      {code: 'pullDuplicateOpReplay', details: {opId: 'desktop-dup-op'}},
    ]);
  });

  const regressing = {
    first: page([grant('desktop-1', '12:05')], {hasMore: true}),
    second: page([edge('desktop-2', '12:04:59')]),
  };

  it('[V14] a page that ends before the one before it is refused', async () => {
    const {told, exports, violations} = await script({
      clients: {desktop: {}},
      answers: {sync: [regressing.first, regressing.second]},
      steps: [sync('desktop')],
    });
    expect(told.desktop).toEqual([{refused: 'transport returned regressing sync cursor'}]);
    expect(exports.desktop).toEqual(await afterPageOne(regressing.first));
    expect(violations.desktop).toMatchObject([{stage: 'pull', code: 'pullCursorRegression'}]);
  });

  it('[V14] with stale pages softened it is cut down, told twice, and the sync resolves', async () => {
    const {told, exports, violations} = await script({
      clients: {desktop: {stalePages: 'soften'}},
      answers: {sync: [regressing.first, regressing.second]},
      steps: [sync('desktop')],
    });
    expect(told.desktop).toEqual([{pulledOperations: 1, pullPages: 2}]);
    expect(exports.desktop).toEqual(await afterPageOne(regressing.first));
    expect(violations.desktop.map(({code, message}) => [code, message])).toEqual([
      ['pullPageInvariantViolation', 'pull response included stale items at or before local cursor'],
      [
        'pullPageInvariantViolation',
        'pull response regressed cursor without newer items; preserving local cursor boundary',
      ],
    ]);
  });

  it('[V15] a nextCursor beside the tail refuses the page', async () => {
    const {told, exports, violations} = await script({
      clients: {desktop: {}},
      answers: {sync: [page([grant('desktop-1', '12:03')], {next: cursor('12:03:01', 'desktop-2')})]},
      steps: [sync('desktop')],
    });
    expect(told.desktop).toEqual([
      {refused: 'transport returned nextCursor that does not match pull page tail'},
    ]);
    expect(exports.desktop).toEqual(PRISTINE);
    expect(violations.desktop).toMatchObject([
      {
        code: 'pullPageInvariantViolation',
        details: {nextCursorChangeId: 'desktop-2', pageCursorChangeId: 'desktop-1'},
      },
    ]);
  });

  it('[V16] an empty page that promises more is refused; a good one then goes through', async () => {
    const {told, exports, violations} = await script({
      clients: {desktop: {}},
      answers: {sync: [page([], {hasMore: true}), page([grant('desktop-1', '12:00')])]},
      steps: [sync('desktop'), state('desktop'), sync('desktop')],
    });
    expect(told.desktop).toEqual([
      {refused: 'transport returned hasMore=true with an empty pull page'},
      PRISTINE,
      {pulledOperations: 1, pullPages: 1},
    ]);
    expect(exports.desktop.replaySnapshot.acl).toHaveLength(1);
    expect(violations.desktop).toMatchObject([{details: {hasMore: true, itemsLength: 0}}]);
  });
});
