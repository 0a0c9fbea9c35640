/** The ingress of operations: the rules of 1.2, one mutation at a time, and whatever else a peer may send. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {parseOperation} from '../../../src/impl/vfs/operation.ts';
import {anyText, anyValue} from './hostile.ts';

const base = {
  opId: 'd-1',
  itemId: 'item',
  replicaId: 'd',
  writeId: 1,
  occurredAt: '2026-02-14T12:00:00.000Z',
};
const grant = {...base, opType: 'acl_add', principalType: 'group', principalId: 'g', accessLevel: 'read'};
const revoke = {...base, opType: 'acl_remove', principalType: 'user', principalId: 'u'};
const link = {...base, opType: 'link_add', parentId: 'root', childId: 'item'};
const unlink = {...link, opType: 'link_remove'};

const fields = [
  'opId',
  'opType',
  'itemId',
  'replicaId',
  'writeId',
  'occurredAt',
  'principalType',
  'principalId',
  'accessLevel',
  'parentId',
  'childId',
];

describe('parseOperation', () => {
  test.each([grant, revoke, link, unlink])('takes a well-formed $opType as it is', operation => {
    expect(parseOperation(operation)).toEqual(operation);
  });

  test('trims texts and normalises the time', () => {
    const sent = {
      ...link,
      opId: ' custom:op#7 ',
      itemId: ' item',
      childId: 'item ',
      occurredAt: '2026-02-14T13:00+01:00',
    };
    expect(parseOperation(sent)).toEqual({...link, opId: 'custom:op#7'});
  });

  test.each([undefined, null])('the child defaults to the item when it is %s', childId => {
    expect(parseOperation({...link, childId})).toEqual(link);
  });

  test('a revocation ignores its level, whatever it is', () => {
    for (const accessLevel of ['read', 'junk', null, 7]) {
      expect(parseOperation({...revoke, accessLevel})).toEqual(revoke);
    }
  });

  test('fields of the other kind are dropped', () => {
    expect(parseOperation({...grant, parentId: 'p', childId: 'other'})).toEqual(grant);
    expect(parseOperation({...link, principalId: 'p', accessLevel: 'read'})).toEqual(link);
  });

  test.each([
    ['a self-link', {...link, parentId: 'item'}],
    ['a self-link once trimmed', {...link, parentId: ' item '}],
    ['a child that is not the item', {...link, childId: 'other'}],
    ['a blank child', {...link, childId: ' '}],
    ['a blank parent', {...link, parentId: ''}],
    ['an unknown type', {...link, opType: 'link_reassign'}],
    ['a type by another name', {...grant, opType: 'toString'}],
    ['a grant without level', {...grant, accessLevel: undefined}],
    ['a grant of an unknown level', {...grant, accessLevel: 'owner'}],
    ['an unknown kind of principal', {...revoke, principalType: 'robot'}],
    ['no principal', {...revoke, principalId: null}],
    ['write id 0', {...grant, writeId: 0}],
    ['write id 2^53', {...grant, writeId: 2 ** 53}],
    ['a write id as text', {...grant, writeId: '1'}],
    ['a time without zone', {...grant, occurredAt: '2026-02-14T12:00:00'}],
    ['an impossible day', {...grant, occurredAt: '2026-02-30T12:00:00Z'}],
    ['a lone surrogate', {...grant, itemId: 'a\ud800'}],
    ['NUL', {...grant, principalId: 'a\0b'}],
    ['a list', [grant]],
  ])('refuses %s', (_what, value) => {
    expect(parseOperation(value)).toBeNull();
  });

  test.prop([
    fc.constantFrom(grant, revoke, link, unlink),
    fc.constantFrom(...fields),
    fc.oneof(anyValue, anyText),
  ])(
    'one odd field never makes it throw, and what it takes it takes again unchanged',
    (operation, field, value) => {
      const parsed = parseOperation({...operation, [field]: value});
      if (parsed !== null) expect(parseOperation(parsed)).toEqual(parsed);
    },
  );

  test.prop([anyValue])('nothing makes it throw', value => {
    const parsed = parseOperation(value);
    if (parsed !== null) expect(parseOperation(parsed)).toEqual(parsed);
  });

  test('a field that comes from __proto__ in JSON is no field', () => {
    const value: unknown = JSON.parse(
      JSON.stringify({...grant, writeId: undefined}).replace('{', '{"__proto__":{"writeId":1},'),
    );
    expect(parseOperation(value)).toBeNull();
  });
});
