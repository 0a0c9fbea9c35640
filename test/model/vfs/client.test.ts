/** What a client holds: comparing states, queue residue, and what a push request may look like (3.4, 3.5). */

import {fc, test as property} from '@fast-check/vitest';
import {describe, expect, test} from 'vitest';
import {
  effectiveCursor,
  hydrated,
  judgeBatch,
  pristine,
  stateAfterDiscard,
  stateAfterQueue,
} from '../../../src/model/vfs/client.ts';
import {canonicalJson, describeDifference, sameState, sameValue} from '../../../src/model/vfs/compare.ts';
import {formatTime, TIME_MAX} from '../../../src/model/vfs/time.ts';
import type {ExportedState, Operation} from '../../../src/model/vfs/types.ts';
import {at, caughtUp, cursor, linkOperation, operation, stateWith} from './make.ts';

test('the effective cursor is the later of the two', () => {
  const early = cursor('10:00:00', 'a');
  const late = cursor('10:00:00', 'b');
  const of = (replayed: typeof early | null, reconciled: typeof early | null): typeof early | null =>
    effectiveCursor(
      stateWith({
        replaySnapshot: {acl: [], links: [], cursor: replayed},
        reconcileState: reconciled === null ? null : {cursor: reconciled, lastReconciledWriteIds: {}},
      }),
    );
  expect([of(null, null), of(early, null), of(null, late), of(early, late), of(late, early)]).toEqual([
    null,
    early,
    late,
    late,
    late,
  ]);
});

test('queueing appends and uses up the write id; discarding gives nothing back', () => {
  const one = stateAfterQueue(pristine(), operation('a', 1, '10:00:00'));
  const two = stateAfterQueue(one, operation('b', 7, '10:00:01'));
  expect(two.pendingOperations.map(({opId}) => opId)).toEqual(['a', 'b']);
  expect(two.nextLocalWriteId).toBe(8);
  expect(stateAfterDiscard(two, 'a')).toEqual({...two, pendingOperations: [operation('b', 7, '10:00:01')]});
  expect(stateAfterDiscard(two, 'x')).toEqual(two);
});

describe('a batch', () => {
  const queue = [
    operation('c', 6, '14:19:59'),
    operation('b', 7, '14:19:59'),
    linkOperation('a', 8, '14:19:59'),
  ];
  const state = {
    ...caughtUp(cursor('14:20:00', 'x'), {desktop: 5}),
    pendingOperations: queue,
    nextLocalWriteId: 9,
  };
  const sentAs = (times: readonly string[], writeIds = [6, 7, 8]): readonly Operation[] =>
    queue.map((queued, index) => ({
      ...queued,
      occurredAt: at(times[index] ?? ''),
      writeId: writeIds[index] ?? 0,
    }));
  const good = sentAs(['14:20:00.001', '14:20:00.002', '14:20:00.003']);

  test('[V9] goes out in queue order, dated after the cursor', () => {
    expect(judgeBatch(state, good, false)).toBeNull();
    expect(judgeBatch(state, good.slice(0, 2), false)).toBeNull();
  });

  test.each<[string, readonly Operation[], boolean, string]>([
    ['empty', [], false, 'the batch is empty'],
    ['from the middle', good.slice(1), false, 'operation 0 differs from the queue in opId'],
    [
      'with other content',
      good.map(sent => ({...sent, itemId: 'x'})),
      false,
      'operation 0 differs from the queue in itemId',
    ],
    ['too long', [...good, operation('z', 9, '15:00:00')], false, 'operation 3 (z) is not in the queue'],
    [
      'with a foreign write id',
      sentAs(['14:20:01', '14:20:02', '14:20:03'], [6, 7, 9]),
      false,
      'operation 2 has write id 9, not its own 8',
    ],
    [
      'with equal write ids',
      sentAs(['14:20:01', '14:20:02', '14:20:03'], [9, 9, 10]),
      true,
      'operation 1 has write id 9, not above 9',
    ],
    [
      'rebased too low',
      sentAs(['14:20:01', '14:20:02', '14:20:03'], [5, 6, 7]),
      true,
      'operation 0 has write id 5, not above 5',
    ],
    [
      'at the cursor',
      sentAs(['14:20:00', '14:20:02', '14:20:03']),
      false,
      'operation 0 is not dated after what comes before it',
    ],
    [
      'with equal times',
      sentAs(['14:20:01', '14:20:01', '14:20:03']),
      false,
      'operation 1 is not dated after what comes before it',
    ],
    [
      'dated back',
      sentAs(['14:19:58', '14:20:02', '14:20:03']),
      false,
      'operation 0 is dated before the time it was queued with',
    ],
    [
      'without a time',
      good.map(sent => ({...sent, occurredAt: 'x'})),
      false,
      'operation 0 has no valid time',
    ],
  ])('%s is wrong', (_, sent, rebased, wrong) => {
    expect(judgeBatch(state, sent, rebased)).toBe(wrong);
  });

  test('of more than 500 is wrong', () => {
    const many = Array.from({length: 501}, (_, index) => operation(`o${index}`, index + 1, '15:00:00'));
    const full = stateWith({pendingOperations: many});
    expect(judgeBatch(full, many, false)).toBe('the batch has 501 operations');
    expect(judgeBatch(full, many.slice(0, 500), false)).toBeNull();
  });

  test('without a cursor goes out as it was queued, once rebased in ascending times', () => {
    const unordered = [operation('a', 1, '10:00:05'), operation('b', 2, '10:00:01')];
    const fresh = stateWith({pendingOperations: unordered, nextLocalWriteId: 3});
    expect(judgeBatch(fresh, unordered, false)).toBeNull();
    expect(judgeBatch(fresh, unordered, true)).toBe('operation 1 is not dated after what comes before it');
  });

  test('[V6] goes out after the cursor, whatever the local clock said', () => {
    const late = {...caughtUp(cursor('12:30:00', 'x')), pendingOperations: [operation('a', 1, '12:20:00')]};
    expect(judgeBatch(late, late.pendingOperations, false)).not.toBeNull();
    expect(judgeBatch(late, [operation('a', 1, '12:30:00.001')], false)).toBeNull();
  });

  test('at the end of time stays there', () => {
    const end = {changedAt: formatTime(TIME_MAX), changeId: 'x'};
    const last = {...caughtUp(end), pendingOperations: [operation('a', 1, '12:20:00')]};
    expect(
      judgeBatch(last, [{...operation('a', 1, '12:20:00'), occurredAt: end.changedAt}], false),
    ).toBeNull();
  });
});

const ids = fc.constantFrom('a', 'b');
const times = fc.constantFrom(at('10:00:00'), at('10:00:01'));
const positions = fc.record({changedAt: times, changeId: ids});
const writeIds = fc.dictionary(ids, fc.integer({min: 1, max: 2}));
const states: fc.Arbitrary<ExportedState> = fc.record({
  replaySnapshot: fc.record({
    acl: fc.array(
      fc.record({
        itemId: ids,
        principalType: fc.constantFrom('user', 'group'),
        principalId: ids,
        accessLevel: fc.constantFrom('read', 'write'),
      }),
      {maxLength: 1},
    ),
    links: fc.array(fc.record({parentId: ids, childId: ids}), {maxLength: 1}),
    cursor: fc.option(positions),
  }),
  reconcileState: fc.option(fc.record({cursor: positions, lastReconciledWriteIds: writeIds})),
  containerClocks: fc.array(
    positions.chain(position => ids.map(containerId => ({containerId, ...position}))),
    {maxLength: 1},
  ),
  pendingOperations: fc.array(
    fc.constantFrom(
      operation('a', 1, '10:00:00'),
      operation('a', 2, '10:00:00'),
      linkOperation('a', 1, '10:00:00'),
    ),
    {maxLength: 2},
  ),
  nextLocalWriteId: fc.integer({min: 1, max: 2}),
});

const loose = fc.letrec<{value: unknown}>(tie => ({
  value: fc.oneof(
    {maxDepth: 3},
    fc.constantFrom<unknown>(null, undefined, 0, 1, '', 'a', true),
    fc.array(tie('value'), {maxLength: 2}),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', '7'), tie('value'), {maxKeys: 2}),
  ),
})).value;

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversedKeys(inner)]),
  );
}

describe('comparing', () => {
  property.prop([states, states])('four ways agree', (a, b) => {
    const same = canonicalJson(a) === canonicalJson(b);
    expect(sameState(a, b)).toBe(same);
    expect(sameValue(a, b)).toBe(same);
    expect(describeDifference(a, b) === null).toBe(same);
  });

  property.prop([states])('a state equals its copy, whatever the order of keys', state => {
    const copy = reversedKeys(JSON.parse(JSON.stringify(state))) as ExportedState;
    expect(canonicalJson(copy)).toBe(canonicalJson(state));
    expect(sameState(copy, state)).toBe(true);
    expect(sameValue(copy, state)).toBe(true);
    expect(describeDifference(copy, state)).toBeNull();
  });

  property.prop([loose, loose])('of any two values, what has the same text is the same value', (a, b) => {
    expect(sameValue(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
    expect(sameValue(a, reversedKeys(a))).toBe(true);
  });

  test.each([
    [{a: undefined}, {}, true],
    [{a: undefined}, {b: undefined}, true],
    [{a: 1, b: undefined}, {a: 1, c: 2}, false],
    [{a: 1}, {b: 1}, false],
    [{}, [], false],
    [[1, 2], [1], false],
    [0, -0, true],
    [null, undefined, true],
    [1, '1', false],
    [{toString: 1}, {}, false],
  ])('%j and %j', (one, other, same) => {
    expect(sameValue(one, other)).toBe(same);
    expect(sameValue(other, one)).toBe(same);
    expect(canonicalJson(one) === canonicalJson(other)).toBe(same);
  });

  test('keys are in code-unit order, however they were put in', () => {
    expect(canonicalJson({b: 1, a: [{d: null, c: 'x'}], Z: undefined, é: '"'})).toBe(
      '{"a":[{"c":"x","d":null}],"b":1,"é":"\\""}',
    );
    expect(canonicalJson([])).toBe('[]');
  });

  test('a difference names its place and both sides', () => {
    const one = stateWith({pendingOperations: [operation('a', 1, '10:00:00')]});
    const other = stateWith({pendingOperations: [operation('a', 2, '10:00:00')]});
    expect(describeDifference(one, other)).toEqual({
      path: 'pendingOperations[0].writeId',
      expected: '1',
      actual: '2',
    });
    expect(describeDifference({a: [1]}, {a: [1, {b: 2}]})).toEqual({
      path: 'a[1]',
      expected: 'absent',
      actual: '{"b":2}',
    });
    expect(describeDifference({a: null}, {a: []})).toEqual({path: 'a', expected: 'null', actual: '[]'});
    expect(describeDifference({}, {stray: 1})).toEqual({path: 'stray', expected: 'absent', actual: '1'});
  });

  property.prop([states])('hydrating twice is hydrating once', state => {
    const once = hydrated(state, 'a');
    expect(hydrated(once, 'a')).toEqual(once);
    expect(once.nextLocalWriteId).toBeGreaterThanOrEqual(state.nextLocalWriteId);
  });
});
