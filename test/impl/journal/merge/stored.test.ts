/** What was stored and is no state is refused in words, and the content of an operation has one text. */
import {describe, expect, test} from 'vitest';
import type {Json} from '../../../../src/impl/journal/merge/canonical.ts';
import {operationText} from '../../../../src/impl/journal/merge/operation.ts';
import {policies, type PolicyName} from '../../../../src/impl/journal/merge/policies.ts';
import {StoredStateError} from '../../../../src/impl/journal/merge/stored.ts';
import {op} from './histories.ts';

const one = {opId: 'o', deviceId: 'A', payload: 1, clock: {A: 1}, isTombstone: false, tags: []};

describe('decode', () => {
  test.each<[PolicyName, Json, string]>([
    ['default', {}, 'the whole is no list'],
    ['default', null, 'the whole is no list'],
    ['default', [1], 'an operation is no object'],
    ['default', [{...one, opId: 1}], 'an operation has no id'],
    ['default', [{...one, deviceId: null}], 'o has no device'],
    ['default', [{opId: 'o', deviceId: 'A'}], 'o has no payload'],
    ['default', [{...one, isTombstone: 0}], 'o may be a tombstone or not'],
    ['default', [{...one, tags: 'red'}], 'the tags of o is no list'],
    ['default', [{...one, tags: [1]}], 'o has a tag that is no text'],
    ['default', [{...one, clock: []}], 'the clock of o is no object'],
    ['default', [{...one, clock: {A: -1}}], 'the clock of o has no count for A'],
    ['default', [{...one, clock: {A: 1.5}}], 'the clock of o has no count for A'],
    ['default', [{...one, clock: {A: '1'}}], 'the clock of o has no count for A'],
    ['winner-clock', [], 'the whole is no object'],
    ['join-clock', {winner: one}, 'the kept clock is no object'],
    ['lamport-lww', {winner: one, context: null}, 'the context is no object'],
  ])('of %s refuses %j: %s', (name, stored, wrong) => {
    const read = (): unknown => policies[name].decode(stored);
    expect(read).toThrow(StoredStateError);
    expect(read).toThrow(`none of ${name}: ${wrong}; rebuild`);
  });

  test('takes siblings in any order', () => {
    const [a, b] = [op('a', {A: 1}, 'a'), op('b', {B: 1}, 'b')];
    const spelt = (list: unknown): unknown => policies.default.encode(policies.default.decode(list as Json));
    expect(spelt([a, b])).toEqual([b, a]);
  });
});

describe('operationText', () => {
  const base = op('o', {A: 1}, {x: 1, y: 2}, ['b', 'a']);

  test('is the same for the same content in another spelling', () => {
    const other = {...base, payload: {y: 2, x: 1}, clock: {B: 0, A: 1}, tags: ['a', 'b', 'a']};
    expect(operationText(other)).toBe(operationText(base));
  });

  test.each([
    {opId: 'p'},
    {deviceId: 'B'},
    {payload: {x: 1}},
    {clock: {A: 2}},
    {isTombstone: true},
    {tags: ['a']},
  ])('differs with %j', change => {
    expect(operationText({...base, ...change})).not.toBe(operationText(base));
  });

  test('of a tombstone takes no notice of its payload', () => {
    const texts = [null, 1].map(payload => operationText({...base, payload, isTombstone: true}));
    expect(texts[0]).toBe(texts[1]);
  });
});
