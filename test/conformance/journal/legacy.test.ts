/** Packs, and the legacy exchange beside the journal: neither writes anything twice (spec 5, 11). */
import {expect, test} from 'vitest';
import {canonicalJson} from '../../../src/impl/journal/merge/canonical.ts';
import type {Json, PackObject, PackRequest, PushAnswer} from '../../../src/impl/journal/protocol.ts';
import {hmacHex} from '../../../src/impl/journal/sha256.ts';
import {by, PACK_KEY, Serving} from '../../impl/journal/serving.ts';

const signed = (packId: string, objects: readonly PackObject[]): PackRequest => ({
  packId,
  objects,
  signature: hmacHex(PACK_KEY, canonicalJson({packId, objects: objects as unknown as Json})),
});

async function send(at: Serving, pack: unknown, token = 'acme/A'): Promise<PushAnswer> {
  const {status, body} = await at.ask('POST', '/api/sync/v2/ingest-pack', pack, token);
  expect(status).toBe(200);
  return body as PushAnswer;
}

const n1 = (payload: Json): PackObject => ({objectType: 'note', objectId: 'n1', payload});

test('a pack supersedes what was seen, and one that comes again changes nothing', async () => {
  const at = await Serving.open();
  await at.pushAll(by('A', 'a', {A: 1}, 'z'), by('B', 'b', {B: 1}, 'y'));
  const pack = signed('p1', [n1(1), n1(2), {...n1(3), objectId: 'n2', tags: ['x']}]);
  const {results} = await send(at, pack);
  expect(results.map(({outcome, objectClock}) => [outcome, objectClock])).toEqual([
    ['applied', {A: 1, B: 1, server: 1}],
    ['applied', {A: 1, B: 1, server: 2}],
    ['applied', {server: 1}],
  ]);
  expect((await send(at, pack)).results.map(({outcome}) => outcome)).toEqual([
    'duplicate',
    'duplicate',
    'duplicate',
  ]);
  await at.push('acme/A', by('A', 'a2', {A: 2, B: 1, server: 2}, 'mine'));
  expect((await send(at, pack)).results.map(({outcome}) => outcome)).toEqual([
    'duplicate',
    'duplicate',
    'duplicate',
  ]);
  expect((await send(at, signed('p2', [n1(1)]))).results).toMatchObject([
    {outcome: 'applied', objectClock: {A: 2, B: 1, server: 3}},
  ]);
});

test('an object of a pack that is refused does not stop the others', async () => {
  const at = await Serving.open({legacyTypes: ['old']});
  const objects = [n1(1), {...n1(2), objectId: ''}, {...n1(3), objectType: 'old'}] as const;
  const {results} = await send(at, signed('p', objects));
  expect(results.map(({reason}) => reason)).toEqual([null, 'INVALID_ID', 'TYPE_NOT_OWNED']);
});

test('packs are signed, by whom they may be sent', async () => {
  const at = await Serving.open();
  const refusal = async (pack: unknown, token = 'acme/A'): Promise<unknown> => {
    const {status, body} = await at.ask('POST', '/api/sync/v2/ingest-pack', pack, token);
    return [status, (body as {error?: string}).error];
  };
  const pack = signed('p', [n1(1)]);
  expect(await refusal(pack, 'acme/B')).toEqual([403, 'FORBIDDEN']);
  expect(await refusal({...pack, objects: [n1(2)]})).toEqual([403, 'BAD_SIGNATURE']);
  expect(await refusal({...pack, signature: ''})).toEqual([403, 'BAD_SIGNATURE']);
  expect(await refusal({...pack, more: 1})).toEqual([400, 'MALFORMED_REQUEST']);
  expect(at.rows('SELECT * FROM sync_journal')).toEqual([]);
});

const old = (opId: string, payload: Json, objectId = 'o1'): unknown => ({
  opId,
  objectType: 'old',
  objectId,
  payload,
  isTombstone: false,
});

const exchange = (at: Serving, token: string, ...entries: readonly unknown[]): Promise<unknown> =>
  at.ask('POST', '/api/sync/journal/push', {entries}, token);

test('the exchange passes entries on, each once, within a tenant', async () => {
  const at = await Serving.open();
  expect(await exchange(at, 'acme/A', old('l1', 1), old('l2', 2))).toEqual({
    status: 200,
    body: {accepted: 2, cursor: 2},
  });
  expect(await exchange(at, 'acme/B', old('l2', 2), old('l3', 3), old('l3', 3))).toEqual({
    status: 200,
    body: {accepted: 1, cursor: 3},
  });
  expect(await at.ask('GET', '/api/sync/journal/pull?since=1&limit=1', '', 'acme/C')).toEqual({
    status: 200,
    body: {
      entries: [
        {
          entryId: 2,
          opId: 'l2',
          deviceId: 'A',
          objectType: 'old',
          objectId: 'o1',
          payload: 2,
          isTombstone: false,
        },
      ],
      cursor: 2,
    },
  });
  expect(await at.ask('GET', '/api/sync/journal/pull?since=3')).toMatchObject({
    body: {entries: [], cursor: 3},
  });
  expect(await at.ask('GET', '/api/sync/journal/pull', '', 'other/A')).toMatchObject({
    body: {entries: [], cursor: 0},
  });
  expect(await at.ask('GET', '/api/sync/journal/pull?since=-1')).toMatchObject({status: 400});
});

test('V2 on or off, used or not, the exchange holds the same and works', async () => {
  const at = await Serving.open();
  await exchange(at, 'acme/A', old('l1', 1));
  const legacy = (): readonly unknown[] => at.rows('SELECT * FROM legacy_journal ORDER BY 1, 2');
  const before = legacy();
  await at.push('acme/A', by('A', 'a', {A: 1}));
  await at.server.rebuild({tenantId: 'acme', jobId: 'j', mode: 'offline'});
  expect(legacy()).toEqual(before);
  const off = await Serving.open({v2: false}, at.disk, 1);
  expect(await off.ask('POST', '/api/sync/v2/push', {entries: []})).toMatchObject({
    status: 503,
    body: {error: 'V2_DISABLED'},
  });
  expect(await off.ask('GET', '/api/sync/v2/audit/check')).toMatchObject({status: 503});
  expect(await exchange(off, 'acme/A', old('l2', 2))).toMatchObject({body: {accepted: 1, cursor: 2}});
  expect(await off.ask('GET', '/api/sync/journal/pull?since=1')).toMatchObject({body: {cursor: 2}});
});

test('the bridge takes each entry over once, and only of types that the exchange owns', async () => {
  const at = await Serving.open({legacyTypes: ['old']});
  await exchange(at, 'acme/A', old('l1', 1), {...(old('l2', 2) as object), objectType: 'note'}, old('l3', 3));
  await exchange(at, 'other/A', old('l1', 'theirs'));
  expect(await at.server.bridge()).toBe(3);
  expect(await at.server.bridge()).toBe(0);
  await exchange(at, 'acme/A', old('l4', 4, 'o2'));
  expect(await at.server.bridge()).toBe(1);
  expect((await at.pull()).objects).toMatchObject([
    {type: 'old', id: 'o1', payload: 3, clock: {legacy: 2}, lastOpId: 'legacy~3'},
    {type: 'old', id: 'o2', payload: 4, clock: {legacy: 1}, lastOpId: 'legacy~4'},
  ]);
  const own = {...by('A', 'a', {A: 1}), objectType: 'old'};
  expect((await at.push('acme/A', own)).results).toMatchObject([
    {outcome: 'rejected', reason: 'TYPE_NOT_OWNED'},
  ]);
});

test('the bridge waits while writes are stopped, and loses nothing', async () => {
  const at = await Serving.open({legacyTypes: ['old']});
  await at.push('acme/A', by('A', 'a', {A: 1}));
  await exchange(at, 'acme/A', old('l1', 1));
  at.disk.files.get('server')?.exec(`UPDATE sync_tenants SET blocked_by = 'job'`);
  expect(await at.server.bridge()).toBe(0);
  at.disk.files.get('server')?.exec(`UPDATE sync_tenants SET blocked_by = NULL`);
  expect(await at.server.bridge()).toBe(1);
});
