/**
 * The pull guardrails: each with its words and details, their precedence, and what stays as it was (3.6, 4).
 */

import {describe, expect, test} from 'vitest';
import {sameState} from '../../../src/model/vfs/compare.ts';
import {at, cursor, grant, item, ok, page, stateWith, type PageParts} from './make.ts';
import {accepted, ahead, refused, told} from './pulls.ts';

describe('a good page', () => {
  test('moves replay, clocks, checkpoint and the next write id together', () => {
    const items = [grant('a', '12:00:00'), item('b', '12:00:01')];
    const {state, then} = accepted(page({items, hasMore: true, ids: {desktop: 4, mobile: 2}}));
    expect(state).toEqual({
      replaySnapshot: {
        acl: [{itemId: 'item-1', principalType: 'group', principalId: 'group-1', accessLevel: 'read'}],
        links: [{parentId: 'root', childId: 'item-1'}],
        cursor: cursor('12:00:01', 'b'),
      },
      reconcileState: {cursor: cursor('12:00:01', 'b'), lastReconciledWriteIds: {desktop: 4, mobile: 2}},
      containerClocks: [
        {containerId: 'item-1', ...cursor('12:00:00', 'a')},
        {containerId: 'root', ...cursor('12:00:01', 'b')},
      ],
      pendingOperations: [],
      nextLocalWriteId: 5,
    });
    expect(then.next).toBe('pull');
    expect(then.applied).toEqual(items);
  });

  test('the last one leads to the handshake', () => {
    expect(accepted(page({items: [item('a', '12:00:00')]})).then.next).toBe('reconcile');
    expect(
      accepted(page({items: [item('a', '12:00:00')], nextCursor: cursor('12:00:00', 'a')})).then.next,
    ).toBe('reconcile');
  });

  test('an empty one may move the checkpoint alone, never the replay cursor', () => {
    const {state} = accepted(page({nextCursor: cursor('13:00:00', 'x'), ids: {desktop: 9}}), {state: ahead});
    expect(state.replaySnapshot).toEqual(ahead.replaySnapshot);
    expect(state.reconcileState).toEqual({
      cursor: cursor('13:00:00', 'x'),
      lastReconciledWriteIds: {desktop: 9, mobile: 7},
    });
    expect(state.nextLocalWriteId).toBe(10);
  });

  test('without any cursor its write ids raise the next own one, and nothing is to be reconciled', () => {
    const {state, then} = accepted(page({ids: {desktop: 3}}));
    expect(state).toEqual(stateWith({nextLocalWriteId: 4}));
    expect(then.next).toBe('done');
  });

  test('a checkpoint that ran ahead of replay stays ahead, and is not what the next page is held against', () => {
    const state = {
      ...ahead,
      reconcileState: {cursor: cursor('14:00:00', 'z'), lastReconciledWriteIds: {desktop: 8, mobile: 7}},
    };
    const after = accepted(page({items: [item('n', '12:30:00')]}), {state}).state;
    expect(after.replaySnapshot.cursor).toEqual(cursor('12:30:00', 'n'));
    expect(after.reconcileState?.cursor).toEqual(cursor('14:00:00', 'z'));
  });
});

describe('guardrails', () => {
  test('[V12] one of two replicas regresses', () => {
    const {violations, error} = refused(
      page({items: [item('x', '12:30:00')], ids: {desktop: 9, mobile: 6}}),
      {
        state: ahead,
      },
    );
    expect(violations).toEqual([
      {
        code: 'lastWriteIdRegression',
        stage: 'pull',
        message: 'pull response regressed replica write-id state',
        details: {replicaId: 'mobile', previousWriteId: 7, incomingWriteId: 6},
      },
    ]);
    expect(error).toEqual({
      name: 'VfsSyncError',
      message: 'transport regressed lastReconciledWriteIds for replica mobile',
    });
  });

  test('write ids are held against earlier pages of the cycle too, even if those left no checkpoint', () => {
    const first = accepted(page({items: [item('a', '12:00:00')], hasMore: true, ids: {mobile: 5}}));
    const given = {state: first.state, cycle: first.then.cycle};
    expect(told(page({ids: {mobile: 4}}), given)[0]).toBe('pull:lastWriteIdRegression');
    expect(accepted(page({ids: {}}), given).then.next).toBe('reconcile');
  });

  test('[V13] an op id comes again on page 2', () => {
    const first = accepted(page({items: [item('desktop-dup-op', '12:03:00')], hasMore: true}));
    const given = {state: first.state, cycle: first.then.cycle};
    const second = refused(page({items: [item('desktop-dup-op', '12:03:01')]}), given);
    expect(second.violations).toEqual([
      {
        code: 'pullDuplicateOpReplay',
        stage: 'pull',
        message: 'pull response replayed an opId within one pull-until-settled cycle',
        details: {opId: 'desktop-dup-op'},
      },
    ]);
    expect(second.error.message).toBe('transport replayed opId desktop-dup-op during pull pagination');
    expect(second.state).toBe(first.state);
  });

  test('[V14] page 2 lies behind page 1', () => {
    const first = accepted(page({items: [item('a', '12:05:00')], hasMore: true}));
    const given = {state: first.state, cycle: first.then.cycle};
    const answer = page({items: [item('b', '12:04:59')]});
    const second = refused(answer, given);
    expect(second.error.message).toBe('transport returned regressing sync cursor');
    expect(second.violations).toEqual([
      {
        code: 'pullCursorRegression',
        stage: 'pull',
        message: 'pull response regressed local sync cursor',
        details: {
          previousChangedAt: at('12:05:00'),
          previousChangeId: 'a',
          incomingChangedAt: at('12:04:59'),
          incomingChangeId: 'b',
        },
      },
    ]);
    const soft = accepted(answer, {...given, policy: 'soften'});
    expect(sameState(soft.state, first.state)).toBe(true);
  });

  test('[V15] the next cursor is not the tail, though nothing is to come', () => {
    const answer = page({
      items: [item('desktop-1', '12:03:00')],
      nextCursor: cursor('12:03:01', 'desktop-2'),
    });
    const {violations, error} = refused(answer);
    expect(error.message).toBe('transport returned nextCursor that does not match pull page tail');
    expect(violations).toEqual([
      {
        code: 'pullPageInvariantViolation',
        stage: 'pull',
        message: 'pull response nextCursor does not match page tail cursor',
        details: {
          nextCursorChangedAt: at('12:03:01'),
          nextCursorChangeId: 'desktop-2',
          pageCursorChangedAt: at('12:03:00'),
          pageCursorChangeId: 'desktop-1',
        },
      },
    ]);
  });

  test('[V16] an empty page promises more', () => {
    const {violations, error} = refused(page({hasMore: true}));
    expect(error.message).toBe('transport returned hasMore=true with an empty pull page');
    expect(violations).toEqual([
      {
        code: 'pullPageInvariantViolation',
        stage: 'pull',
        message: 'pull response hasMore=true with an empty page',
        details: {hasMore: true, itemsLength: 0},
      },
    ]);
  });

  test('an empty page names an earlier cursor', () => {
    expect(told(page({nextCursor: cursor('11:59:59', 'x')}), {state: ahead})).toEqual([
      'pull:pullCursorRegression',
      'transport returned regressing sync cursor',
    ]);
  });
});

describe('silent refusals', () => {
  const cases: readonly (readonly [string, PageParts, string])[] = [
    [
      'write ids',
      {ids: {a: 0}},
      'lastReconciledWriteIds contains invalid writeId (must be a positive integer)',
    ],
    [
      'tail time',
      {items: [{...item('a', '12:30:00'), occurredAt: 'x'}]},
      'transport returned invalid items[0].occurredAt',
    ],
    [
      'inner time',
      {items: [{...item('a', '12:30:00'), occurredAt: 'x'}, item('b', '12:30:01')]},
      'transport returned invalid items[0].occurredAt',
    ],
    [
      'inner order',
      {items: [item('b', '12:30:01'), item('a', '12:30:01'), item('c', '12:30:02')]},
      'CRDT feed item 1 is not strictly newer than local cursor',
    ],
    [
      'the item at the cursor itself',
      {items: [item('m', '12:00:00')]},
      'CRDT feed item 0 is not strictly newer than local cursor',
    ],
    [
      'principal',
      {items: [grant('a', '12:30:00', {principalType: null})]},
      'CRDT feed item 0 is missing principal fields',
    ],
    [
      'level',
      {items: [grant('a', '12:30:00', {accessLevel: null})]},
      'CRDT feed item 0 is missing access level',
    ],
  ];

  test.each(cases)('%s', (_, parts, message) => {
    const {violations, error} = refused(page(parts), {state: ahead});
    expect([violations, error.message]).toEqual([[], message]);
    const parsed = message.startsWith('transport returned invalid items');
    const plain = parsed ? 'VfsTransportError' : 'VfsSyncError';
    expect(error.name).toBe(message.startsWith('CRDT') ? 'VfsCrdtFeedReplayError' : plain);
  });

  test('a failed request and a demand to rematerialize leave everything as it is', () => {
    expect(told({kind: 'failure', code: 'reset'}, {state: ahead})).toEqual(['network reset']);
    const code = 'crdt_rematerialization_required';
    expect(told(ok({error: 'x', code}, 409), {state: ahead})).toEqual([
      'pull:pullRematerializationRequired',
      'x',
    ]);
  });
});

/** One page with everything wrong; each step mends what the one before it complained of. */
test('precedence: the earliest check in the order of 4.4 is the one that speaks', () => {
  const bad = {...item('b', '11:00:00'), occurredAt: 'x'};
  const twice = [grant('a', '11:00:00', {principalType: null}), grant('a', '11:00:00')];
  const tail = {nextCursor: cursor('10:00:00', 'x')};
  const ids = {desktop: 1};
  const spoken = (parts: PageParts): string => told(page({...tail, ...parts}), {state: ahead}).at(-1) ?? '';
  expect([
    spoken({items: [...twice, bad], ids: {desktop: 0}}),
    spoken({items: twice, ids: {desktop: 0}}),
    spoken({items: twice, ids}),
    spoken({items: [], hasMore: true}),
    spoken({items: twice}),
    spoken({items: [twice[0]]}),
    spoken({items: [twice[0]], nextCursor: null}),
    spoken({items: [grant('a', '12:30:00', {principalType: null})], nextCursor: null}),
  ]).toEqual([
    'transport returned invalid items[2].occurredAt',
    'lastReconciledWriteIds contains invalid writeId (must be a positive integer)',
    'transport regressed lastReconciledWriteIds for replica desktop',
    'transport returned hasMore=true with an empty pull page',
    'transport replayed opId a during pull pagination',
    'transport returned nextCursor that does not match pull page tail',
    'transport returned regressing sync cursor',
    'CRDT feed item 0 is missing principal fields',
  ]);
});
