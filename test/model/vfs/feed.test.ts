/** The ledger of the server's truth: what it refuses and what it answers. */

import {describe, expect, test} from 'vitest';
import {judgeReplica} from '../../../src/model/vfs/converge.ts';
import {feedItemOf, rowCursor, type FeedRow} from '../../../src/model/vfs/feed-row.ts';
import {FeedLedger} from '../../../src/model/vfs/feed.ts';
import type {ExportedState} from '../../../src/model/vfs/types.ts';
import {caughtUp, cursor, grantRow, repeat, row} from './make.ts';

function ledgerWith(...rows: readonly FeedRow[]): FeedLedger {
  const ledger = new FeedLedger();
  ledger.register('item-1', 'user-1');
  for (const next of rows) expect(ledger.append(next)).toBeNull();
  return ledger;
}

const idsOf = (rows: readonly FeedRow[]): readonly string[] => rows.map(({id}) => id);

describe('a row is refused', () => {
  const first = row('r2', '10:00:00', 5);

  test.each<[string, FeedRow, string]>([
    ['at the same position', row('r2', '10:00:00', 6), 'row r2 is not after row r2'],
    ['before by id', row('r1', '10:00:00', 6), 'row r1 is not after row r2'],
    ['before by time', row('r3', '09:59:59', 6), 'row r3 is not after row r2'],
    ['under a taken id', row('r2', '10:00:01', 6, {clientOpId: 'x'}), 'row r2 has an id that is taken'],
    [
      'twice',
      row('r3', '10:00:01', 6, {clientOpId: 'op-r2'}),
      'row r3 applies op-r2 of user-1/desktop a second time',
    ],
    ['with a write id at the head', row('r3', '10:00:01', 5), 'row r3 has write id 5, not above head 5'],
    [
      'from a stranger',
      row('r3', '10:00:01', 6, {userId: 'user-2'}),
      'row r3 was pushed by user-2, not by the owner',
    ],
    [
      'about nothing',
      row('r3', '10:00:01', 6, {itemId: 'x'}),
      'row r3 is about an item that nobody registered',
    ],
    ['with a self-link', row('r3', '10:00:01', 6, {parentId: 'item-1'}), 'row r3 is malformed'],
    ['with another child', row('r3', '10:00:01', 6, {childId: 'x'}), 'row r3 is malformed'],
    ['without a level', grantRow('r3', '10:00:01', 6, {accessLevel: null}), 'row r3 is malformed'],
    ['from nobody', row('r3', '10:00:01', 6, {replicaId: null}), 'row r3 does not say who pushed it'],
    [
      'from elsewhere',
      row('r3', '10:00:01', 6, {sourceTable: 'vfs_links'}),
      'row r3 comes from vfs_links, which writes no rows',
    ],
    [
      'that repeats another value',
      {...repeat(first, 'r3', '10:00:01'), opType: 'link_remove'},
      "row r3 does not repeat its register's value",
    ],
    [
      'that repeats nothing',
      {...repeat(first, 'r3', '10:00:01'), parentId: 'x'},
      "row r3 does not repeat its register's value",
    ],
    [
      'that repeats in a name',
      {...repeat(first, 'r3', '10:00:01'), userId: 'user-1'},
      "row r3 repeats a register in somebody's name",
    ],
  ])('%s', (_, wrong, message) => {
    const ledger = ledgerWith(first);
    expect(ledger.append(wrong)).toBe(message);
    expect(idsOf(ledger.rows)).toEqual(['r2']);
  });

  test('but write ids are counted by user and replica', () => {
    const ledger = ledgerWith(first, row('r3', '10:00:01', 1, {replicaId: 'mobile'}));
    ledger.register('item-2', 'user-2');
    expect(ledger.append(row('r4', '10:00:02', 1, {userId: 'user-2', itemId: 'item-2'}))).toBeNull();
    expect(ledger.heads('user-1')).toEqual({desktop: 5, mobile: 1});
    expect(ledger.heads('user-3')).toEqual({});
  });
});

describe('sight', () => {
  test('an owner sees from the start, a grantee from the grant, a member from joining', () => {
    const ledger = ledgerWith(row('r1', '10:00:00', 1), grantRow('r2', '10:00:01', 2));
    ledger.append(grantRow('r3', '10:00:02', 3, {principalType: 'group', principalId: 'g'}));
    ledger.membership('user-3', 'g', true);
    expect(['user-1', 'user-2', 'user-3', 'user-4'].map(user => ledger.visibleSince(user, 'item-1'))).toEqual(
      [-1, 1, 3, null],
    );
  });

  test('a grant to an organization shows nothing', () => {
    const ledger = ledgerWith(
      grantRow('r1', '10:00:00', 1, {principalType: 'organization', principalId: 'o'}),
    );
    ledger.membership('user-2', 'o', true);
    expect(ledger.visibleSince('user-2', 'item-1')).toBeNull();
  });

  test('one of two reasons is enough, without a break', () => {
    const ledger = ledgerWith(grantRow('r1', '10:00:00', 1));
    ledger.membership('user-2', 'g', true);
    ledger.append(grantRow('r2', '10:00:01', 2, {principalType: 'group', principalId: 'g'}));
    ledger.append(grantRow('r3', '10:00:02', 3, {opType: 'acl_remove', accessLevel: null}));
    expect(ledger.visibleSince('user-2', 'item-1')).toBe(0);
    expect(ledger.narrowed('user-2')).toBe(false);
    ledger.membership('user-2', 'g', false);
    expect(ledger.visibleSince('user-2', 'item-1')).toBeNull();
    expect(ledger.narrowed('user-2')).toBe(true);
  });

  test('who is revoked learns of it, but of nothing after', () => {
    const ledger = ledgerWith(
      grantRow('r1', '10:00:00', 1),
      grantRow('r2', '10:00:01', 2, {opType: 'acl_remove', accessLevel: null}),
      row('r3', '10:00:02', 3),
    );
    expect(idsOf(ledger.expectedPage('user-2', null, 10).rows)).toEqual(['r1', 'r2']);
  });

  test('what lies before a grant must be repeated after it, removals too', () => {
    const link = row('r1', '10:00:00', 1, {opType: 'link_remove'});
    const ledger = ledgerWith(link, grantRow('r2', '10:00:01', 2));
    expect(ledger.unannounced('user-2')).toEqual({kind: 'link', parentId: 'root', childId: 'item-1'});
    expect(ledger.unannounced('user-1')).toBeNull();
    ledger.append(repeat(link, 'r3', '10:00:02'));
    expect(ledger.unannounced('user-2')).toBeNull();
  });

  test('nothing is owed to who no longer sees', () => {
    const ledger = ledgerWith(
      row('r1', '10:00:00', 1),
      grantRow('r2', '10:00:01', 2),
      grantRow('r3', '10:00:02', 3, {opType: 'acl_remove', accessLevel: null}),
    );
    expect(ledger.unannounced('user-2')).toBeNull();
  });
});

describe('pages', () => {
  const rows = [row('r1', '10:00:00', 1), row('r2', '10:00:01', 2), row('r3', '10:00:02', 3)];

  test('hold what comes after the cursor, and say whether more is to come', () => {
    const ledger = ledgerWith(...rows);
    expect(ledger.expectedPage('user-1', null, 2)).toEqual({
      rows: rows.slice(0, 2),
      hasMore: true,
      rematerialize: 'no',
    });
    expect(ledger.expectedPage('user-1', cursor('10:00:01', 'r2'), 1)).toEqual({
      rows: [rows[2]],
      hasMore: false,
      rematerialize: 'no',
    });
    expect(ledger.expectedPage('user-9', null, 2).rows).toEqual([]);
  });

  test('are refused where history is gone or never was', () => {
    const ledger = ledgerWith(...rows);
    ledger.compactedThrough(1);
    const demands = [null, ...rows.map(rowCursor), cursor('10:00:01', 'r9'), cursor('10:00:02', 'r2')].map(
      given => ledger.expectedPage('user-1', given, 9).rematerialize,
    );
    expect(demands).toEqual(['must', 'must', 'may', 'no', 'must', 'must']);
    expect(idsOf(ledger.expectedPage('user-1', cursor('10:00:01', 'r2'), 9).rows)).toEqual(['r3']);
  });

  test('follow what a restore left', () => {
    const ledger = ledgerWith(rows[0] ?? row('', '', 0));
    const {facts} = ledger;
    ledger.append(grantRow('r5', '10:00:03', 5));
    ledger.membership('user-3', 'g', true);
    ledger.compactedThrough(0);
    ledger.restore(facts);
    expect(ledger.facts).toEqual(facts);
    expect(ledger.indexOf(cursor('10:00:03', 'r5'))).toBe(-1);
    expect(ledger.visibleSince('user-2', 'item-1')).toBeNull();
    expect(ledger.expectedPage('user-1', null, 9)).toMatchObject({rematerialize: 'no'});
    expect(ledger.append(row('r6', '10:00:01', 2))).toBeNull();
    expect(ledger.heads('user-1')).toEqual({desktop: 2});
    ledger.truncate(1);
    expect(idsOf(ledger.rows)).toEqual(['r1']);
    ledger.truncate(1);
    expect(idsOf(ledger.rows)).toEqual(['r1']);
  });

  test('[I8] a row that was skipped is found, one that was never visible is not', () => {
    const ledger = ledgerWith(
      row('r1', '10:00:00', 1),
      grantRow('r2', '10:00:01', 2),
      row('r3', '10:00:02', 3),
    );
    expect(ledger.missingBehind('user-2', -1, 2, new Set(['r2']))?.id).toBe('r3');
    expect(ledger.missingBehind('user-2', -1, 1, new Set(['r2']))).toBeNull();
    expect(ledger.missingBehind('user-2', -1, 2, new Set(['r2', 'r3']))).toBeNull();
    expect(ledger.missingBehind('user-1', 0, 2, new Set(['r3']))?.id).toBe('r2');
  });
});

test('a row is pulled as it was pushed, or repeated', () => {
  const original = row('r1', '10:00:00', 1);
  expect(feedItemOf(original)).toMatchObject({
    opId: 'r1',
    actorId: 'user-1',
    sourceId: 'user-1:desktop:1:op-r1',
  });
  expect(feedItemOf(repeat(original, 'r2', '10:00:01'))).toMatchObject({actorId: null, sourceId: 'r2'});
});

test('[I1] a replica is held against the truth', () => {
  const ledger = ledgerWith(row('r1', '10:00:00', 1));
  const good: ExportedState = {
    ...caughtUp(cursor('10:00:00', 'r1')),
    replaySnapshot: {
      acl: [],
      links: [{parentId: 'root', childId: 'item-1'}],
      cursor: cursor('10:00:00', 'r1'),
    },
    containerClocks: [{containerId: 'root', ...cursor('10:00:00', 'r1')}],
  };
  expect(judgeReplica(ledger, 'user-1', good)).toBeNull();
  expect(judgeReplica(ledger, 'user-1', {...good, containerClocks: []})?.path).toBe('containerClocks(root)');
  expect(judgeReplica(ledger, 'user-1', caughtUp(cursor('10:00:00', 'r1')))?.path).toBe('links[0]');
  expect(judgeReplica(ledger, 'user-2', good)?.path).toBe('links[0]');
  const strange = {containerId: 'x', ...cursor('10:00:00', 'r1')};
  expect(
    judgeReplica(ledger, 'user-1', {...good, containerClocks: [...good.containerClocks, strange]}),
  ).toEqual({
    path: 'containerClocks(x)',
    expected: 'a row of the feed',
    actual: 'r1',
  });
});

test('[I1] a clock that lags is told, and so is one of a row that was never to be seen', () => {
  const ledger = ledgerWith(row('r1', '10:00:00', 1), row('r2', '10:00:01', 2));
  const clock = {containerId: 'root', ...cursor('10:00:00', 'r1')};
  const links = [{parentId: 'root', childId: 'item-1'}];
  const lagging: ExportedState = {
    ...caughtUp(cursor('10:00:01', 'r2')),
    replaySnapshot: {acl: [], links, cursor: cursor('10:00:01', 'r2')},
    containerClocks: [clock],
  };
  expect(judgeReplica(ledger, 'user-1', lagging)?.path).toBe('containerClocks(root)');
  const foreign = {...caughtUp(cursor('10:00:01', 'r2')), containerClocks: [clock]};
  expect(judgeReplica(ledger, 'user-2', foreign)?.path).toBe('containerClocks(root)');
});

test('[I1] who joins a group late need not know what it was refused before', () => {
  const group = {principalType: 'group', principalId: 'g', opType: 'acl_remove', accessLevel: null} as const;
  const ledger = ledgerWith(grantRow('r1', '10:00:00', 1, group));
  ledger.membership('user-2', 'g', true);
  expect(judgeReplica(ledger, 'user-2', caughtUp(cursor('10:00:01', 'x')))).toBeNull();
  const clock = {containerId: 'item-1', ...cursor('10:00:00', 'r1')};
  expect(judgeReplica(ledger, 'user-2', {...caughtUp(clock), containerClocks: [clock]})).toBeNull();
});

test('a marker is a position that can be pulled from, behind which all is lost, and which nobody reads', () => {
  const ledger = ledgerWith(row('r1', '10:00:00', 1));
  ledger.marker(cursor('10:00:01', 'm'));
  expect(ledger.indexOf(cursor('10:00:01', 'm'))).toBe(1);
  const demands = [null, cursor('10:00:00', 'r1'), cursor('10:00:01', 'm')].map(
    given => ledger.expectedPage('user-1', given, 9).rematerialize,
  );
  expect(demands).toEqual(['must', 'must', 'may']);
  expect(ledger.append(row('r2', '10:00:01', 2))).toBeNull();
  expect(idsOf(ledger.expectedPage('user-1', cursor('10:00:01', 'm'), 9).rows)).toEqual(['r2']);
  expect(ledger.expectedReplica('user-1').links).toHaveLength(1);
});
