/** What a tenant's server owes: to each entry its own answer, to each pull its page. */
import {describe, expect, test} from 'vitest';
import {pageOf, projection, toldAs} from '../../../src/model/journal/page.ts';
import {Tenant, type Author} from '../../../src/model/journal/tenant.ts';
import {entry, operation} from './make.ts';

const author: Author = {mayWriteAs: name => /^A(~.*)?$/.test(name), mayWriteType: type => type !== 'memo'};
const make = (): Tenant => new Tenant({maxDevices: 3, maxAhead: 10});
const told = (tenant: Tenant, value: unknown): string => {
  const {outcome, reasons} = tenant.offer(value, author);
  return `${outcome} ${[...(reasons ?? [])].join(' ')}`.trim();
};

describe('an entry that is wrong by itself', () => {
  test.each<[string, unknown]>([
    ['MALFORMED_ENTRY', null],
    ['MALFORMED_ENTRY', entry('o', {opId: undefined})],
    ['MALFORMED_ENTRY', entry('o', {isTombstone: 'no'})],
    ['MALFORMED_ENTRY', entry('o', {payload: undefined})],
    ['MALFORMED_ENTRY', entry('o', {tombstoneVersion: 1.5})],
    ['UNKNOWN_FIELD', entry('o', {tenantId: 't2'})],
    ['INVALID_ID', entry('o', {objectId: ''})],
    ['INVALID_ID', entry('o', {sessionId: 'x'.repeat(129)})],
    ['INVALID_ID', entry('half \ud83d', {payload: 1})],
    ['INVALID_TAGS', entry('o', {tags: [7]})],
    ['INVALID_PAYLOAD', entry('o', {payload: [9_007_199_254_740_992]})],
    ['INVALID_PAYLOAD', entry('o', {payload: '\u0000'})],
    ['PAYLOAD_TOO_LARGE', entry('o', {payload: 'x'.repeat(65_536)})],
    ['DEVICE_MISMATCH', entry('o', {deviceId: 'B', vectorClock: {B: 1}})],
    ['TYPE_NOT_OWNED', entry('o', {objectType: 'memo'})],
    ['CLOCK_MALFORMED', entry('o', {vectorClock: {A: -1}})],
    ['CLOCK_MALFORMED', entry('o', {vectorClock: {A: 1, B: 0, C: 0, D: 0}})],
    ['CLOCK_OWN_MISSING', entry('o', {vectorClock: {}})],
    ['CLOCK_FUTURE', entry('o', {vectorClock: {A: 11}})],
    ['CLOCK_UNSEEN', entry('o', {vectorClock: {A: 1, B: 1}})],
  ])('is refused for %s', (reason, value) => {
    const tenant = make();
    expect(told(tenant, value)).toBe(`rejected ${reason}`);
    expect(tenant.size).toBe(0);
  });
});

test('a retry is known, another operation under its id is refused, and so is a count that was used', () => {
  const tenant = make();
  expect(told(tenant, entry('o'))).toBe('applied');
  expect(told(tenant, entry('o', {sessionId: 'later'}))).toBe('duplicate DUPLICATE');
  expect(told(tenant, entry('o', {payload: 'other', vectorClock: {A: 2}}))).toBe('rejected OP_ID_REUSE');
  expect(told(tenant, entry('p'))).toBe('rejected CLOCK_OWN_REUSED');
  expect(tenant.size).toBe(1);
});

test('a draft takes nothing from what it is tried upon', () => {
  const tenant = make();
  tenant.take(operation('o'));
  const draft = tenant.draft();
  expect(told(draft, entry('p', {vectorClock: {A: 2}}))).toBe('applied');
  expect(draft.newlyTaken.map(({opId}) => opId)).toEqual(['p']);
  expect([tenant.size, tenant.seq, draft.size, draft.seq]).toEqual([1, 1, 2, 2]);
});

test('what is stale makes no change, and is taken all the same', () => {
  const tenant = make();
  tenant.take(operation('p', {vectorClock: {A: 2}}));
  expect(told(tenant, entry('o'))).toBe('stale STALE_UPDATE');
  expect([tenant.size, tenant.seq]).toEqual([2, 1]);
});

describe('pages', () => {
  const tenant = make();
  tenant.take(operation('o', {tags: ['red']}));
  tenant.take(operation('p', {objectId: 'y'}));
  tenant.take(operation('q', {objectId: 'z', tags: ['red']}));
  tenant.take(operation('r', {tags: ['blue'], vectorClock: {A: 2}}));
  const red = {tags: ['red']};

  test('come in the order of the last change, and say exactly whether there is more', () => {
    const first = pageOf(tenant, {since: 0, limit: 2, scope: null});
    expect(first.rows.map(({record}) => record.id)).toEqual(['y', 'z']);
    expect([first.hasMore, first.to]).toEqual([true, 3]);
    const last = pageOf(tenant, {since: first.to, limit: 1, scope: null});
    expect(last.rows.map(({record}) => record.id)).toEqual(['x']);
    expect([last.hasMore, last.to]).toEqual([false, 4]);
  });

  test('tell what has left a scope, and nothing of what never was in it', () => {
    const {rows} = pageOf(tenant, {since: 0, limit: 9, scope: red});
    expect(rows.map(({kind, record}) => `${kind} ${record.id}`)).toEqual(['live z', 'left x']);
    expect([...projection(tenant, red).values()].map(({id}) => id)).toEqual(['z']);
  });

  test('an empty list asks for nothing, an absent one for everything', () => {
    expect(pageOf(tenant, {since: 0, limit: 9, scope: {tags: []}}).rows).toEqual([]);
    expect(pageOf(tenant, {since: 0, limit: 9, scope: {}}).rows).toHaveLength(3);
    const record = tenant.object('note', 'x');
    expect(record === undefined ? null : toldAs(record, {types: ['task']})).toBeNull();
  });
});
