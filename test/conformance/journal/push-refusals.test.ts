/** Every reason for which an entry is refused, and that it then changes nothing, for its neighbours or for anybody (spec 2, 5). */
import {describe, expect, test} from 'vitest';
import {LIMITS, type PushEntry} from '../../../src/impl/journal/protocol.ts';
import {by, entry, Serving, tombstone} from '../../impl/journal/serving.ts';

const TABLES = ['sync_journal', 'sync_objects', 'sync_conflicts', 'sync_tenants'];
const everything = (at: Serving): readonly unknown[] =>
  TABLES.map(table => at.rows(`SELECT * FROM ${table} ORDER BY 1, 2`));

const but = (changes: Record<string, unknown>): Record<string, unknown> => ({
  ...entry('bad', {A: 1}),
  ...changes,
});
const without = (field: keyof PushEntry): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entry('bad', {A: 1})).filter(([name]) => name !== field));

const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);

const MALFORMED: readonly (readonly [string, string, unknown])[] = [
  ['no object', 'MALFORMED_ENTRY', 'text'],
  ['null', 'MALFORMED_ENTRY', null],
  ['a list', 'MALFORMED_ENTRY', []],
  ...(['opId', 'deviceId', 'sessionId', 'objectType', 'objectId', 'isTombstone', 'payload'] as const).map(
    field => [`no ${field}`, 'MALFORMED_ENTRY', without(field)] as const,
  ),
  ['an id that is a number', 'MALFORMED_ENTRY', but({objectId: 7})],
  ['a tombstone version below 0', 'MALFORMED_ENTRY', but({tombstoneVersion: -1})],
  ['a tenant of its own', 'UNKNOWN_FIELD', but({tenantId: 'other'})],
  ['an empty id', 'INVALID_ID', but({objectId: ''})],
  ['an id that is too long', 'INVALID_ID', but({opId: 'x'.repeat(LIMITS.idLength + 1)})],
  ['an id with NUL', 'INVALID_ID', but({objectType: 'a\0b'})],
  ['an id with half a pair', 'INVALID_ID', but({sessionId: '\ud83d'})],
  ["an id of the server's own", 'INVALID_ID', but({opId: 'legacy~1'})],
  ['tags that are no list', 'INVALID_TAGS', but({tags: 'x'})],
  ['an empty tag', 'INVALID_TAGS', but({tags: ['']})],
  ['too many tags', 'INVALID_TAGS', but({tags: Array.from({length: LIMITS.tags + 1}, (_, at) => `t${at}`)})],
  ['an unsafe integer', 'INVALID_PAYLOAD', but({payload: {n: 2 ** 53}})],
  ['half a pair in a key', 'INVALID_PAYLOAD', but({payload: {'\udc00': 1}})],
  ['too deep a payload', 'INVALID_PAYLOAD', but({payload: deep(40)})],
  ['too large a payload', 'PAYLOAD_TOO_LARGE', but({payload: 'x'.repeat(LIMITS.payloadLength)})],
  ['no clock', 'CLOCK_MALFORMED', without('vectorClock')],
  ['a clock that is a list', 'CLOCK_MALFORMED', but({vectorClock: [1]})],
  ['a negative count', 'CLOCK_MALFORMED', but({vectorClock: {A: 1, B: -1}})],
  ['a fraction', 'CLOCK_MALFORMED', but({vectorClock: {A: 1.5}})],
  ['an unsafe count', 'CLOCK_MALFORMED', but({vectorClock: {A: 2 ** 53}})],
  ['a count that is text', 'CLOCK_MALFORMED', but({vectorClock: {A: '1'}})],
  ['a device without a name', 'CLOCK_MALFORMED', but({vectorClock: {A: 1, '': 0}})],
  ['no own entry', 'CLOCK_OWN_MISSING', but({vectorClock: {}})],
  ['an own entry of 0', 'CLOCK_OWN_MISSING', but({vectorClock: {A: 0}})],
  ['another device', 'DEVICE_MISMATCH', but({deviceId: 'B', vectorClock: {B: 1}})],
  ['a device that only begins alike', 'DEVICE_MISMATCH', but({deviceId: 'A1', vectorClock: {A1: 1}})],
];

test.each(MALFORMED)('%s: %s', async (_, reason, bad) => {
  const at = await Serving.open();
  await at.pushAll(by('B', 'b', {B: 1}));
  const before = everything(at);
  const {results} = await at.push('acme/A', bad);
  expect(results).toEqual([
    {
      opId: typeof (bad as {opId?: unknown} | null)?.opId === 'string' ? (bad as {opId: string}).opId : null,
      outcome: 'rejected',
      reason,
      objectClock: null,
      changeSeq: null,
    },
  ]);
  expect(everything(at)).toEqual(before);
});

describe('judged with the journal at hand', () => {
  const JUDGED: readonly (readonly [string, string, PushEntry])[] = [
    ['a known id for another payload', 'OP_ID_REUSE', entry('a2', {A: 2}, {payload: 'other'})],
    ['a known id for another object', 'OP_ID_REUSE', entry('a2', {A: 2}, {objectId: 'n2'})],
    ['a known id under another clock', 'OP_ID_REUSE', entry('a2', {A: 3})],
    ['an own entry of another operation', 'CLOCK_OWN_REUSED', entry('new', {A: 1})],
    ['an own entry far in the future', 'CLOCK_FUTURE', entry('new', {A: 1_003})],
    ['the largest own entry there is', 'CLOCK_FUTURE', entry('new', {A: 2 ** 53 - 1})],
    ['another life far in the future', 'CLOCK_FUTURE', entry('new', {A: 3, 'A~1': 1_001})],
    ['more of another device than there is', 'CLOCK_UNSEEN', entry('new', {A: 3, B: 2})],
    ['a device that nobody has heard of', 'CLOCK_UNSEEN', entry('new', {A: 3, Z: 1})],
    ['what another object has seen', 'CLOCK_UNSEEN', entry('new', {A: 1, B: 1}, {objectId: 'n2'})],
  ];

  const opened = async (): Promise<Serving> => {
    const at = await Serving.open();
    await at.pushAll(entry('a1', {A: 1}), by('B', 'b1', {A: 1, B: 1}), entry('a2', {A: 2}, {payload: 'zz'}));
    return at;
  };

  test.each(JUDGED)('%s: %s', async (_, reason, bad) => {
    const at = await opened();
    const before = everything(at);
    const {results} = await at.push('acme/A', bad);
    expect(results).toMatchObject([{opId: bad.opId, outcome: 'rejected', reason}]);
    expect(everything(at)).toEqual(before);
  });

  test('at the bound of the future it is still believed', async () => {
    const at = await opened();
    expect((await at.push('acme/A', entry('new', {A: 1_002, B: 1}))).results).toMatchObject([
      {outcome: 'applied'},
    ]);
  });

  test('another life of the device may be known before it was heard of', async () => {
    const at = await opened();
    const life = entry('new', {A: 2, B: 1, 'A~1': 1, 'A~2': 1}, {deviceId: 'A~2'});
    expect((await at.push('acme/A', life)).results).toMatchObject([{outcome: 'applied'}]);
  });

  test('the same id within one batch is judged like one from before', async () => {
    const at = await opened();
    const first = entry('new', {A: 3});
    const {results} = await at.push(
      'acme/A',
      first,
      first,
      {...first, payload: 'other'},
      entry('own', {A: 3}),
    );
    expect(results.map(({outcome, reason}) => [outcome, reason])).toEqual([
      ['conflict_won', 'CONCURRENT_UPDATE'],
      ['duplicate', 'DUPLICATE'],
      ['rejected', 'OP_ID_REUSE'],
      ['rejected', 'CLOCK_OWN_REUSED'],
    ]);
  });
});

test('one that is refused neither stops the others nor moves their order', async () => {
  const at = await Serving.open();
  const {results, applied, conflicts} = await at.push(
    'acme/A',
    entry('one', {A: 1}),
    but({vectorClock: {A: 0}}),
    entry('two', {A: 2}),
    'garbage',
    tombstone('A', 'three', {A: 3}),
  );
  expect(results.map(({opId, outcome}) => [opId, outcome])).toEqual([
    ['one', 'applied'],
    ['bad', 'rejected'],
    ['two', 'applied'],
    [null, 'rejected'],
    ['three', 'applied'],
  ]);
  expect([applied, conflicts]).toEqual([3, 0]);
});

test('a batch that is sent again, or split, or doubled, changes nothing', async () => {
  const at = await Serving.open();
  const batch = [entry('a', {A: 1}), entry('b', {A: 2}), tombstone('A', 'c', {A: 3})];
  await at.push('acme/A', ...batch);
  const before = everything(at);
  const {results} = await at.push('acme/A', ...batch, ...batch);
  expect(
    new Set(results.map(({outcome, objectClock}) => `${outcome} ${String(objectClock?.['A'])}`)),
  ).toEqual(new Set(['duplicate 3']));
  await at.push('acme/A', ...batch.toReversed());
  expect(everything(at)).toEqual(before);
});

test('a retry under a later session is the same operation; zeros and the order of tags say nothing', async () => {
  const at = await Serving.open();
  await at.push('acme/A', entry('a', {A: 1}, {tags: ['x', 'y']}));
  const again = entry('a', {A: 1, B: 0}, {tags: ['y', 'x', 'y'], sessionId: 's2', tombstoneVersion: 3});
  expect((await at.push('acme/A', again)).results).toMatchObject([{outcome: 'duplicate'}]);
});

test('a delete with the payload null is accepted', async () => {
  const at = await Serving.open();
  const {results} = await at.push('acme/A', tombstone('A', 'd', {A: 1}));
  expect(results).toMatchObject([{outcome: 'applied', changeSeq: 1}]);
  expect(at.rows('SELECT payload, is_tombstone FROM sync_journal')).toEqual([
    {payload: null, is_tombstone: 1},
  ]);
});

test('equal clocks of two devices are a conflict, not a repetition', async () => {
  const at = await Serving.open();
  await at.pushAll(by('B', 'b3', {B: 3}), by('A', 'a1', {A: 1, B: 2}, 'a'));
  const {results} = await at.push('acme/B', by('B', 'b2', {A: 1, B: 2}, 'm'));
  expect(results).toMatchObject([{outcome: 'conflict_won', reason: 'CONCURRENT_UPDATE'}]);
  expect(at.rows('SELECT first_op_id, second_op_id, reason_code FROM sync_conflicts ORDER BY 1, 2')).toEqual([
    {first_op_id: 'a1', second_op_id: 'b2', reason_code: 'EQUAL_CLOCK'},
    {first_op_id: 'a1', second_op_id: 'b3', reason_code: 'CONCURRENT_UPDATE'},
    {first_op_id: 'b2', second_op_id: 'b3', reason_code: 'CONCURRENT_UPDATE'},
  ]);
});

test.each([
  ['no body', '', 400, 'MALFORMED_REQUEST'],
  ['no JSON', '{', 400, 'MALFORMED_REQUEST'],
  ['no object', '[]', 400, 'MALFORMED_REQUEST'],
  ['entries that are no list', {entries: {}}, 400, 'MALFORMED_REQUEST'],
  ['a tenant in the body', {entries: [], tenantId: 'other'}, 400, 'MALFORMED_REQUEST'],
  ['too many entries', {entries: Array.from({length: LIMITS.entries + 1}, () => 1)}, 413, 'BATCH_TOO_LARGE'],
])('%s is no push', async (_, body, status, error) => {
  const at = await Serving.open();
  expect(await at.ask('POST', '/api/sync/v2/push', body)).toMatchObject({status, body: {error}});
});

test('strangers, wrong methods and wrong paths', async () => {
  const at = await Serving.open();
  const asked = async (method: string, path: string, token: string): Promise<unknown> => {
    const {status, body} = await at.ask(method, path, {entries: []}, token);
    return [status, (body as {error: string}).error];
  };
  expect(await asked('POST', '/api/sync/v2/push', '')).toEqual([401, 'UNAUTHORIZED']);
  expect(await asked('POST', '/api/sync/v2/push', 'guess')).toEqual([401, 'UNAUTHORIZED']);
  expect(await asked('GET', '/api/sync/v2/push', 'acme/A')).toEqual([405, 'METHOD_NOT_ALLOWED']);
  expect(await asked('POST', '/api/sync/v3/push', 'acme/A')).toEqual([404, 'NOT_FOUND']);
});

test('tenants may use the same ids, objects and devices, and learn nothing of each other', async () => {
  const at = await Serving.open();
  await at.push('acme/A', entry('a', {A: 1}));
  expect((await at.push('other/A', entry('a', {A: 1}, {payload: 'theirs'}))).results).toEqual([
    {opId: 'a', outcome: 'applied', reason: null, objectClock: {A: 1}, changeSeq: 1},
  ]);
  expect((await at.pull()).objects).toMatchObject([{payload: 'a'}]);
  expect((await at.pull({}, 'other/A')).objects).toMatchObject([{payload: 'theirs'}]);
});
