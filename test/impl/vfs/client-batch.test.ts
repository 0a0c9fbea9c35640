/** What one push carries and what its answer means, at the edges that no flush of a test gets to. */
import {describe, expect, test} from 'vitest';
import {isPushStatus, prepareBatch, readPushAnswer} from '../../../src/impl/vfs/client-batch.ts';
import {EMPTY_POSITION, type Position} from '../../../src/impl/vfs/client-position.ts';
import {formatTime, MAX_TIME_MS} from '../../../src/impl/vfs/time.ts';
import type {Operation} from '../../../src/model/vfs/types.ts';
import {at, cursor} from './scripted-transport.ts';

const MAX_WRITE_ID = Number.MAX_SAFE_INTEGER;

const op = (opId: string, occurredAt: string, writeId = 1): Operation => ({
  opId,
  opType: 'link_add',
  itemId: 'item-1',
  replicaId: 'desktop',
  writeId,
  occurredAt,
  parentId: 'root',
  childId: 'item-1',
});

interface Asked {
  readonly position?: Partial<Position>;
  readonly numbering?: 'queued' | 'rebased';
  readonly highestWriteId?: number;
}

const batchOf = (queue: readonly Operation[], asked: Asked = {}): readonly Operation[] =>
  prepareBatch(
    queue,
    {...EMPTY_POSITION, ...asked.position},
    {
      numbering: asked.numbering ?? 'queued',
      flight: {highestWriteId: asked.highestWriteId ?? 0},
      clientId: 'desktop',
    },
  );
const timesOf = (batch: readonly Operation[]): string[] => batch.map(({occurredAt}) => occurredAt);
const idsOf = (batch: readonly Operation[]): number[] => batch.map(({writeId}) => writeId);

describe('prepareBatch', () => {
  const atNoon = {replayCursor: cursor('12:00', 'z')};

  test('an empty queue makes an empty batch', () => {
    expect(batchOf([])).toEqual([]);
    expect(batchOf([], {numbering: 'rebased'})).toEqual([]);
  });

  test('a time that is the cursor’s own, or that of the operation before, goes out a millisecond later', () => {
    const queue = [op('a', at('12:00')), op('b', at('12:01')), op('c', at('12:01'))];
    expect(timesOf(batchOf(queue, {position: atNoon}))).toEqual([
      at('12:00:00.001'),
      at('12:01'),
      at('12:01:00.001'),
    ]);
  });

  test('without a cursor times go out as they are, and in order once they are rebased', () => {
    const queue = [op('a', at('12:00')), op('b', at('11:00')), op('c', at('12:00'))];
    expect(timesOf(batchOf(queue))).toEqual([at('12:00'), at('11:00'), at('12:00')]);
    expect(timesOf(batchOf(queue, {numbering: 'rebased'}))).toEqual([
      at('12:00'),
      at('12:00:00.001'),
      at('12:00:00.002'),
    ]);
  });

  test('at the end of time there is no later one', () => {
    const end = formatTime(MAX_TIME_MS);
    const queue = [op('a', end), op('b', at('12:00'))];
    expect(timesOf(batchOf(queue, {position: atNoon}))).toEqual([end, end]);
  });

  test('only copies are renumbered', () => {
    const queue = [op('a', at('11:00'), 3), op('b', at('11:00'), 4)];
    const before = structuredClone(queue);
    expect(batchOf(queue, {position: {...atNoon, nextLocalWriteId: 5}, numbering: 'rebased'})).toEqual([
      {...op('a', at('12:00:00.001')), writeId: 5},
      {...op('b', at('12:00:00.002')), writeId: 6},
    ]);
    expect(queue).toEqual(before);
  });

  test.each<[string, Asked, number]>([
    ['the queue', {position: {nextLocalWriteId: 7}}, 7],
    ['an earlier push of the flush', {position: {nextLocalWriteId: 7}, highestWriteId: 7}, 8],
    [
      'what the server knows of this replica, and not of others',
      {
        position: {
          nextLocalWriteId: 7,
          reconcileState: {cursor: cursor('11:00', 'z'), lastReconciledWriteIds: {desktop: 8, mobile: 20}},
        },
        highestWriteId: 7,
      },
      9,
    ],
  ])('fresh write ids lie above %s', (_what, asked, first) => {
    const queue = [op('a', at('12:00')), op('b', at('12:01'))];
    expect(idsOf(batchOf(queue, {...asked, numbering: 'rebased'}))).toEqual([first, first + 1]);
  });

  test('the last integer is no fresh write id; the one before it is', () => {
    const queue = [op('a', at('12:00')), op('b', at('12:01'))];
    const last = {position: {nextLocalWriteId: MAX_WRITE_ID - 1}, numbering: 'rebased'} as const;
    expect(idsOf(batchOf(queue.slice(0, 1), last))).toEqual([MAX_WRITE_ID - 1]);
    expect(() => batchOf(queue, last)).toThrowError('write ids are exhausted');
  });

  test('a queue with a time that is none is a bug, and said so', () => {
    expect(() => batchOf([op('a', 'noon')])).toThrowError(
      'times of the queue and of cursors were normalised when they came in',
    );
  });
});

describe('readPushAnswer', () => {
  const [a, b] = [op('a', at('12:00')), op('b', at('12:01'))];

  test.each([
    [null, 'transport returned invalid push response'],
    [{results: null}, 'transport returned invalid push response'],
    [{results: [null]}, 'transport returned invalid push result'],
    [{results: [{status: 'applied'}]}, 'transport returned invalid push result'],
    [{results: [{opId: ' ', status: 'applied'}]}, 'transport returned invalid push result'],
    [{results: [{opId: 'a'}]}, 'transport returned invalid push result'],
  ])('%j is refused: %s', (answer, message) => {
    expect(() => readPushAnswer([a], answer)).toThrowError(message);
  });

  test('takes each operation by its id, trimmed, in the order of the batch', () => {
    const results = [
      {opId: ' b ', status: 'staleWriteId'},
      {opId: 'a', status: 'outdatedOp'},
    ];
    expect(readPushAnswer([a, b], {results})).toEqual({
      settled: [a],
      invalid: [],
      stale: [{opId: 'b', status: 'staleWriteId'}],
    });
  });

  test('of two results for one operation neither stands in for another one', () => {
    const results = [
      {opId: 'a', status: 'applied'},
      {opId: 'a', status: 'applied'},
    ];
    expect(() => readPushAnswer([a, b], {results})).toThrowError(
      'transport push response missing result for opId b',
    );
  });
});

test('there are five statuses of a pushed operation, each by its exact word', () => {
  const words = ['applied', 'alreadyApplied', 'staleWriteId', 'outdatedOp', 'invalidOp'];
  expect(words.filter(isPushStatus)).toEqual(words);
  expect(['', 'Applied', 'stale', null, 1, ['applied']].filter(isPushStatus)).toEqual([]);
});
