/** The oracle by hand: small sets of operations, and what a person would say of them. */
import {describe, expect, test} from 'vitest';
import {concurrentPairs, maximalOf, shownOf, type Written} from '../../../src/model/journal/merge-oracle.ts';

function op(
  opId: string,
  clock: Written['clock'],
  payload: Written['payload'],
  tags: string[] = [],
): Written {
  return {opId, clock, payload, isTombstone: payload === null, tags};
}
const shownId = (...operations: Written[]): string | undefined => shownOf(operations)?.lastOpId;

describe('what is shown', () => {
  test('nothing of no operations', () => {
    expect(shownOf([])).toBeNull();
  });

  test('the successor of a write, however small its payload', () => {
    expect(shownOf([op('b', {A: 2}, 'a', ['t']), op('a', {A: 1}, 'z')])).toEqual({
      payload: 'a',
      tags: ['t'],
      isTombstone: false,
      lastOpId: 'b',
      clock: {A: 2},
      winnerClock: {A: 2},
    });
  });

  test('among concurrent ones a delete, then by payload, tags, and id', () => {
    expect(shownId(op('d', {A: 1}, null), op('u', {B: 1}, 'z'))).toBe('d');
    expect(shownId(op('x', {A: 1}, 'n'), op('y', {B: 1}, 'm'))).toBe('x');
    expect(shownId(op('x', {A: 1}, 'm', ['b', 'a']), op('y', {B: 1}, 'm', ['a', 'c']))).toBe('y');
    expect(shownId(op('x', {A: 1}, 'm', ['a', 'b']), op('y', {B: 1}, 'm', ['b', 'a']))).toBe('y');
  });

  test('payloads by their text: members by name, characters by number', () => {
    expect(shownId(op('x', {A: 1}, {z: 1, a: 1}), op('y', {B: 1}, {m: 1}))).toBe('y');
    expect(shownId(op('x', {A: 1}, '\u{1f600}'), op('y', {B: 1}, '\uff5e'))).toBe('x');
    expect(shownId(op('x', {A: 1}, 'ab'), op('y', {B: 1}, 'a'))).toBe('x');
    expect(shownId(op('y', {A: 1}, -0), op('x', {B: 1}, 0))).toBe('y');
  });

  test('the join of all clocks, without what nobody counted', () => {
    const shown = shownOf([op('x', {A: 1, C: 0}, 'n'), op('y', {B: 2}, 'm'), op('z', {B: 1}, 'q')]);
    expect(shown?.clock).toEqual({A: 1, B: 2});
  });

  test('of two with one clock the greater', () => {
    expect(maximalOf([op('x', {A: 1}, 'a'), op('y', {A: 1}, 'b')]).map(({opId}) => opId)).toEqual(['y']);
  });
});

test('pairs that did not know each other, or claim to be one', () => {
  const operations = [
    op('a', {A: 1}, 'z'),
    op('b', {A: 2}, 'a'),
    op('c', {B: 1}, 'm'),
    op('e', {B: 1}, 'n'),
    op('c', {B: 1}, 'm'),
  ];
  expect(concurrentPairs(operations).map(pair => pair.map(({opId}) => opId).join(''))).toEqual([
    'ac',
    'ae',
    'bc',
    'be',
    'ce',
  ]);
});
