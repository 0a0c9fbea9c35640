/**
 * Pushes from both sides: what a client makes of an acknowledgement, and what an honest server acknowledges
 * (2.2, 3.4).
 */

import {describe, expect, test} from 'vitest';
import {expectPush} from '../../../src/model/vfs/expect-push.ts';
import {expectPushResults, type Content, type LedgerView} from '../../../src/model/vfs/push.ts';
import type {ExportedState, Operation, PushResult, PushStatus} from '../../../src/model/vfs/types.ts';
import {linkOperation, ok, operation, stateWith} from './make.ts';

const queue = [
  operation('a', 1, '10:00:00'),
  linkOperation('b', 2, '10:00:01'),
  operation('c', 3, '10:00:02'),
];
const state = stateWith({pendingOperations: queue, nextLocalWriteId: 4});

function push(
  statuses: readonly PushStatus[],
  staleAttempts = 0,
  batch = queue,
): ReturnType<typeof expectPush> {
  const results = batch.map(({opId}, index) => ({opId, status: statuses[index]}));
  const answer = ok({clientId: 'desktop', results});
  return expectPush({clientId: 'desktop', state, batch, answer, staleAttempts});
}

const left = (after: ExportedState): readonly string[] => after.pendingOperations.map(({opId}) => opId);

describe('the client', () => {
  test('applied, repeated and outdated operations leave the queue', () => {
    const result = push(['applied', 'alreadyApplied', 'outdatedOp']);
    expect(result).toMatchObject({
      kind: 'accept',
      then: {removed: ['a', 'b', 'c'], stale: [], invalid: [], staleAttempts: 0},
    });
    expect(left(result.state)).toEqual([]);
    expect(result.state.nextLocalWriteId).toBe(4);
  });

  test('the write ids with which operations were sent are used up', () => {
    const batch = queue.map((sent, index) => ({...sent, writeId: 20 + index}));
    const result = push(['applied', 'applied', 'staleWriteId'], 1, batch);
    expect(left(result.state)).toEqual(['c']);
    expect(result.state.nextLocalWriteId).toBe(22);
    expect(result.state.pendingOperations[0]).toBe(queue[2]);
    expect(result).toMatchObject({then: {removed: ['a', 'b'], stale: ['c'], staleAttempts: 2}});
  });

  test('operations queued meanwhile stay', () => {
    const later = stateWith({
      pendingOperations: [...queue, operation('d', 9, '10:00:03')],
      nextLocalWriteId: 10,
    });
    const answer = ok({clientId: 'desktop', results: queue.map(({opId}) => ({opId, status: 'applied'}))});
    const result = expectPush({clientId: 'desktop', state: later, batch: queue, answer, staleAttempts: 0});
    expect(left(result.state)).toEqual(['d']);
    expect(result.state.nextLocalWriteId).toBe(10);
  });

  test('an invalid operation stays and is told; what was acknowledged beside it is gone', () => {
    const result = push(['applied', 'invalidOp', 'staleWriteId']);
    expect(result).toMatchObject({
      kind: 'refuse',
      violations: [],
      error: {name: 'VfsCrdtSyncPushRejectedError', message: 'push rejected one or more operations'},
    });
    expect(left(result.state)).toEqual(['b', 'c']);
  });

  test('[V3] the third stale batch in a row is one too many', () => {
    const stale = ['applied', 'applied', 'staleWriteId'] as const;
    expect(push(stale)).toMatchObject({kind: 'accept', then: {staleAttempts: 1}});
    expect(push(stale, 1)).toMatchObject({kind: 'accept', then: {staleAttempts: 2}});
    const result = push(stale, 2);
    expect(result).toMatchObject({
      kind: 'refuse',
      violations: [
        {
          code: 'staleWriteRecoveryExhausted',
          stage: 'flush',
          message: 'stale write-id recovery exceeded max retry attempts without forward progress',
          details: {attempts: 3, maxAttempts: 2, staleResults: 1},
        },
      ],
      error: {name: 'VfsCrdtSyncPushRejectedError'},
    });
    expect(left(result.state)).toEqual(['c']);
    expect(push(['applied', 'applied', 'applied'], 2)).toMatchObject({then: {staleAttempts: 0}});
  });

  test.each<[string, readonly PushResult[], string]>([
    ['too few', [{opId: 'a', status: 'applied'}], 'transport returned mismatched push response size'],
    [
      'a foreign op id',
      ['a', 'x', 'c'].map(opId => ({opId, status: 'applied'})),
      'transport push response missing result for opId b',
    ],
  ])('results with %s change nothing', (_, results, message) => {
    const answer = ok({clientId: 'desktop', results});
    expect(expectPush({clientId: 'desktop', state, batch: queue, answer, staleAttempts: 2})).toEqual({
      kind: 'refuse',
      state,
      violations: [],
      error: {name: 'VfsSyncError', message},
    });
  });

  test('results are matched by op id, not by place', () => {
    const results = [
      {opId: 'c', status: 'invalidOp'},
      {opId: 'a', status: 'applied'},
      {opId: 'b', status: 'applied'},
    ];
    const answer = ok({clientId: 'desktop', results});
    const result = expectPush({clientId: 'desktop', state, batch: queue, answer, staleAttempts: 0});
    expect(left(result.state)).toEqual(['c']);
  });
});

describe('the server', () => {
  const known: Content = {
    opType: 'acl_add',
    itemId: 'item-1',
    principalType: 'group',
    principalId: 'group-1',
    accessLevel: 'read',
    parentId: null,
    childId: null,
  };
  const ledger: LedgerView = {
    heads: userId => (userId === 'user-1' ? {desktop: 5} : {}),
    ownerOf: itemId => (itemId === 'item-1' ? 'user-1' : itemId === 'item-2' ? 'user-2' : null),
    appliedOp: (userId, replicaId, opId) =>
      userId === 'user-1' && replicaId === 'desktop' && opId === 'known' ? known : null,
  };
  const judge = (...operations: readonly unknown[]): readonly string[] =>
    expectPushResults(ledger, 'user-1', 'desktop', operations).map(({opId, status}) => `${opId} ${status}`);

  test('heads advance within a batch, gaps are fine', () => {
    expect(
      judge(
        operation('a', 6, '10:00:00'),
        linkOperation('b', 6, '10:00:00'),
        operation('c', 9, '10:00:00'),
        operation('d', 8, '10:00:00'),
        operation('e', 5, '10:00:00'),
      ),
    ).toEqual(['a applied', 'b staleWriteId', 'c applied', 'd staleWriteId', 'e staleWriteId']);
  });

  test('[V5] a repetition is known by its op id, under whatever write id and time; a forgery by its content', () => {
    expect(
      judge(
        operation('known', 2, '10:00:00'),
        operation('known', 77, '11:00:00'),
        operation('known', 78, '10:00:00', {accessLevel: 'write'}),
        operation('a', 6, '10:00:00'),
        operation('a', 7, '10:00:00'),
        linkOperation('a', 8, '10:00:00'),
      ),
    ).toEqual([
      'known alreadyApplied',
      'known alreadyApplied',
      'known invalidOp',
      'a applied',
      'a alreadyApplied',
      'a invalidOp',
    ]);
  });

  test('a rejected operation uses up no write id', () => {
    expect(judge(operation('a', 6, '10:00:00', {itemId: 'item-2'}), operation('b', 6, '10:00:00'))).toEqual([
      'a invalidOp',
      'b applied',
    ]);
  });

  test('an owner is needed', () => {
    expect(judge(operation('a', 6, '10:00:00', {itemId: 'item-9'}))).toEqual(['a invalidOp']);
  });

  const link = linkOperation('l', 6, '10:00:00');
  const acl = operation('a', 6, '10:00:00');
  test.each<[string, unknown, string]>([
    ['no object', 7, 'invalid-0'],
    ['a list', [], 'invalid-0'],
    ['no op id', {...acl, opId: ' '}, 'invalid-0'],
    ['an unknown type', {...acl, opType: 'item_upsert'}, 'a'],
    ['another replica', {...acl, replicaId: 'mobile'}, 'a'],
    ['write id 0', {...acl, writeId: 0}, 'a'],
    ['a write id in words', {...acl, writeId: '6'}, 'a'],
    ['no time', {...acl, occurredAt: '2026-02-14T10:00:00'}, 'a'],
    ['no principal', {...acl, principalId: ''}, 'a'],
    ['no level', {...acl, accessLevel: undefined}, 'a'],
    ['a self-link', {...link, parentId: 'item-1'}, 'l'],
    ['another child', {...link, childId: 'root'}, 'l'],
    ['no parent', {...link, parentId: null}, 'l'],
  ])('%s is malformed', (_, value, opId) => {
    expect(judge(value)).toEqual([`${opId} invalidOp`]);
  });

  test('a revocation needs no level, a link no child', () => {
    const bare: Partial<Operation> = {...link};
    delete (bare as {childId?: string}).childId;
    expect(judge({...acl, opType: 'acl_remove', accessLevel: 'x'}, {...bare, writeId: 7})).toEqual([
      'a applied',
      'l applied',
    ]);
  });
});
