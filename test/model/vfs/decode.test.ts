/** The transport's reading of answers: which shapes pass, and the words for those that do not (7.4). */

import {describe, expect, test} from 'vitest';
import {
  decodePull,
  decodePush,
  decodeReconcile,
  decodeSnapshot,
  type Answer,
} from '../../../src/model/vfs/decode.ts';
import {Refusal} from '../../../src/model/vfs/refusal.ts';
import {ack, cursor, grant, item, ok, page} from './make.ts';

function refusalOf(read: () => unknown): Refusal {
  try {
    read();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const text = (body: string, status = 200): Answer => ({kind: 'http', status, body});
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const pulled = {items: [], nextCursor: null, hasMore: false, lastReconciledWriteIds: {}};

describe('any answer', () => {
  test.each(['timeout', 'refused', 'reset', 'unreachable'] as const)('the network says %s', code => {
    const refusal = refusalOf(() => decodePull({kind: 'failure', code}));
    expect([refusal.name, refusal.message]).toEqual(['VfsTransportError', `network ${code}`]);
  });

  test.each([
    ['empty', ''],
    ['cut off', '{"items": ['],
    ['too deep', nested(65)],
    ['too long', `"${'x'.repeat(4 * 1024 * 1024)}"`],
  ])('%s is no JSON, whatever the status', (_, body) => {
    for (const status of [200, 404, 409, 500]) {
      expect(refusalOf(() => decodePull(text(body, status))).message).toBe(
        'transport returned non-JSON response',
      );
    }
  });

  test('64 levels are read; brackets in strings are not levels, not even after an escaped quote', () => {
    expect(refusalOf(() => decodePull(text(nested(64)))).message).toBe(
      'transport returned invalid pull response payload',
    );
    const quoted = JSON.stringify({...pulled, note: `\\"${'['.repeat(100)}`});
    expect(decodePull(text(quoted)).items).toEqual([]);
  });

  test.each<[unknown, number, string]>([
    [{error: ' Invalid cursor '}, 400, 'Invalid cursor'],
    [{error: ' '}, 500, 'request failed with status 500'],
    [{error: 7}, 503, 'request failed with status 503'],
    [null, 302, 'request failed with status 302'],
  ])('%j with %i is an error', (body, status, message) => {
    expect(refusalOf(() => decodePush(ok(body, status))).message).toBe(message);
  });
});

describe('pull', () => {
  test('the fields of an item are trimmed, blank ones are none', () => {
    const {items} = decodePull(
      page({items: [{...grant(' a ', '10:00:00'), parentId: ' ', actorId: undefined}]}),
    );
    expect(items).toEqual([{...grant('a', '10:00:00'), sourceId: 'source- a', actorId: null}]);
  });

  test.each<[object, string]>([
    [{items: 7}, 'transport returned invalid pull response items'],
    [{items: [7]}, 'transport returned invalid items[0]'],
    [
      {items: [item('a', '10:00:00'), {...item('b', '10:00:00'), opId: ' '}]},
      'transport returned invalid items[1].opId',
    ],
    [{items: [{...item('a', '10:00:00'), itemId: 7}]}, 'transport returned invalid items[0].itemId'],
    [
      {items: [{...item('a', '10:00:00'), opType: 'link_reassign'}]},
      'transport returned invalid items[0].opType',
    ],
    [
      {items: [{...grant('a', '10:00:00'), principalType: 'x'}]},
      'transport returned invalid items[0].principalType',
    ],
    [
      {items: [{...grant('a', '10:00:00'), accessLevel: 'x'}]},
      'transport returned invalid items[0].accessLevel',
    ],
    [{items: [{...item('a', '10:00:00'), parentId: 7}]}, 'transport returned invalid items[0].parentId'],
    [
      {items: [{...item('a', '10:00:00'), occurredAt: null}]},
      'transport returned invalid items[0].occurredAt',
    ],
    [{items: [item('a', '10:00:00', {parentId: ''})]}, 'transport returned invalid link payload at items[0]'],
    [{items: [item('a', '10:00:00', {childId: 'x'})]}, 'transport returned invalid link payload at items[0]'],
    [
      {items: [item('a', '10:00:00', {parentId: 'item-1'})]},
      'transport returned invalid link payload at items[0]',
    ],
    [{nextCursor: 7}, 'transport returned invalid nextCursor'],
    [{nextCursor: 'x'}, 'transport returned invalid nextCursor'],
    [{hasMore: 'no'}, 'transport returned invalid hasMore'],
  ])('%j is refused', (wrong, message) => {
    const refusal = refusalOf(() => decodePull(ok({...pulled, ...wrong})));
    expect([refusal.name, refusal.message]).toEqual(['VfsTransportError', message]);
  });

  test('a 409 of the right code demands rematerialization, with the cursors as given', () => {
    const error = 'CRDT cursor is older than retained history; re-materialization required';
    const body = {
      error,
      code: 'crdt_rematerialization_required',
      requestedCursor: 'x',
      oldestAvailableCursor: null,
    };
    const refusal = refusalOf(() => decodePull(ok(body, 409)));
    expect([refusal.name, refusal.message]).toEqual(['VfsCrdtRematerializationRequiredError', error]);
    expect(refusal.violation).toEqual({
      code: 'pullRematerializationRequired',
      stage: 'pull',
      message: 'pull requires re-materialization from canonical state',
      details: {requestedCursor: 'x', oldestAvailableCursor: null},
    });
    expect(refusalOf(() => decodePull(ok({...body, code: 'other'}, 409))).name).toBe('VfsTransportError');
    expect(refusalOf(() => decodePull(ok(body, 400))).name).toBe('VfsTransportError');
    expect(refusalOf(() => decodePush(ok(body, 409))).name).toBe('VfsTransportError');
  });
});

describe('push', () => {
  test('the client id must be one, but need not be ours', () => {
    expect(decodePush(ok({clientId: 'other', results: [{opId: 'a', status: 'applied'}]}))).toEqual([
      {opId: 'a', status: 'applied'},
    ]);
  });

  test.each<[unknown, string]>([
    [[], 'transport returned invalid push response payload'],
    [{results: []}, 'transport returned invalid clientId'],
    [{clientId: 'd'}, 'transport returned invalid push response results'],
    [{clientId: 'd', results: [null]}, 'transport returned invalid push result at index 0'],
    [{clientId: 'd', results: [{opId: '', status: 'applied'}]}, 'transport returned invalid results[0].opId'],
    [{clientId: 'd', results: [{opId: 'a', status: 'ok'}]}, 'transport returned invalid results[0].status'],
  ])('%j is refused', (body, message) => {
    expect(refusalOf(() => decodePush(ok(body))).message).toBe(message);
  });
});

describe('reconcile', () => {
  const position = cursor('10:00:00', 'a');

  test('a good acknowledgement', () => {
    expect(decodeReconcile(ack(position, {a: 1}), 'desktop')).toEqual({
      cursor: position,
      lastReconciledWriteIds: {a: 1},
    });
  });

  test.each<[unknown, string]>([
    [7, 'transport returned invalid reconcile response payload'],
    [{cursor: 'x'}, 'transport returned invalid clientId'],
    [{clientId: 'desktop'}, 'transport returned invalid cursor'],
    [{clientId: 'desktop', cursor: 'x'}, 'transport returned invalid reconcile cursor'],
  ])('%j is refused', (body, message) => {
    expect(refusalOf(() => decodeReconcile(ok(body), 'desktop')).message).toBe(message);
  });

  test("another client's acknowledgement is refused", () => {
    expect(refusalOf(() => decodeReconcile(ack(position, {}, 'mobile'), 'desktop')).message).toBe(
      'transport returned reconcile response for mismatched clientId',
    );
  });
});

test('the absence of a snapshot is an answer only in the right words', () => {
  expect(decodeSnapshot(ok({error: 'No CRDT snapshot is available'}, 404))).toBeNull();
  expect(refusalOf(() => decodeSnapshot(ok({error: 'Not found'}, 404))).message).toBe('Not found');
  expect(refusalOf(() => decodeSnapshot(ok([]))).message).toBe(
    'transport returned invalid snapshot response payload',
  );
});
