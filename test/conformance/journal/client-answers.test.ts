/** The client against answers that lie, requests that fail, and a disk that does: nothing of it is half believed (spec 5, 7). */
import {describe, expect, test} from 'vitest';
import {DiskError} from '../../../src/host.ts';
import {
  type JournalAnswerError,
  JournalError,
  type JournalRefusedError,
} from '../../../src/impl/journal/client-errors.ts';
import {JournalClient} from '../../../src/impl/journal/client.ts';
import {copyOf, Device} from '../../impl/journal/device.ts';
import {by, Serving} from '../../impl/journal/serving.ts';
import {memoryHost} from '../../impl/vfs/memory-host.ts';

const row = (changeSeq: number, rest: object = {}): object => ({
  kind: 'live',
  type: 'note',
  id: `n${changeSeq}`,
  changeSeq,
  clock: {A: 1},
  payload: 1,
  tags: [],
  lastOpId: `op${changeSeq}`,
  ...rest,
});
const page = (rest: object): object => ({
  objects: [row(1), row(2)],
  serverCursor: 'c',
  hasMore: false,
  fromSeq: 0,
  toSeq: 2,
  ...rest,
});

test('a server that takes no cursor it gave is given up on', async () => {
  const c = await Device.open(await Serving.open(), 'C', 1, {pageSize: 1});
  const first = {
    status: 200,
    headers: {},
    body: JSON.stringify(page({objects: [row(1)], hasMore: true, toSeq: 1})),
  };
  const invalid = {status: 409, headers: {}, body: JSON.stringify({error: 'CURSOR_INVALID', message: ''})};
  c.wire = ({body}) => Promise.resolve(String(body).includes('"sinceCursor":null') ? first : invalid);
  await expect(c.client.pull()).rejects.toMatchObject({name: 'JournalAnswerError', code: 'UNSTABLE'});
});

describe('an answer that no honest server gives', () => {
  test.each<readonly [string, string, unknown]>([
    ['no JSON', 'MALFORMED', '<html>'],
    ['no page', 'MALFORMED', {}],
    ['a row that cannot be read', 'MALFORMED', page({objects: [row(1, {clock: {A: -1}})]})],
    ['a kind that nobody knows', 'MALFORMED', page({objects: [row(1, {kind: 'gone'})]})],
    ['an older page', 'MISMATCH', page({fromSeq: 1})],
    ['rows out of order', 'DISORDER', page({objects: [row(2), row(1)]})],
    ['a row twice', 'DISORDER', page({objects: [row(1), row(1)]})],
    ['an end before its last row', 'DISORDER', page({toSeq: 1})],
    ['more to come than it can know', 'DISORDER', page({hasMore: true, toSeq: 9})],
    ['an empty page that promises more', 'DISORDER', page({objects: [], hasMore: true, toSeq: 0})],
  ])('pull: %s: %s', async (_, code, answer) => {
    const c = await Device.open(await Serving.open(), 'C', 1, {pageSize: 2});
    const before = c.client.exportState();
    const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
    c.wire = () => Promise.resolve({status: 200, headers: {}, body});
    const error = await c.client.pull().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(JournalError);
    expect((error as JournalAnswerError).code).toBe(code);
    expect(c.client.exportState()).toEqual(before);
  });

  test.each<readonly [string, string, (opId: string) => unknown]>([
    ['no results', 'MALFORMED', () => ({})],
    ['too few', 'MISMATCH', () => ({results: []})],
    ['of another operation', 'MISMATCH', () => ({results: [result('other')]})],
    ['of an outcome that nobody knows', 'MALFORMED', opId => ({results: [{...result(opId), outcome: 'ok'}]})],
    ['accepted without a sequence', 'MALFORMED', opId => ({results: [{...result(opId), changeSeq: null}]})],
  ])('push: %s: %s', async (_, code, answer) => {
    const c = await Device.open(await Serving.open(), 'C', 1);
    const {opId} = await c.client.put('note', 'n1', 1);
    const before = c.client.exportState();
    c.wire = () => Promise.resolve({status: 200, headers: {}, body: JSON.stringify(answer(opId))});
    await expect(c.client.push()).rejects.toMatchObject({name: 'JournalAnswerError', code});
    expect(c.client.exportState()).toEqual(before);
  });
});

const result = (opId: string): object => ({
  opId,
  outcome: 'applied',
  reason: null,
  objectClock: {A: 1},
  changeSeq: 1,
});

test('a request is tried again while it may help, and no longer', async () => {
  const server = await Serving.open();
  const asked = async (status: number, attempts: number): Promise<readonly unknown[]> => {
    let times = 0;
    const host = memoryHost({
      net: {
        request: () => ((times += 1), Promise.resolve({status, headers: {}, body: '{"error":"INTERNAL"}'})),
      },
    });
    const slept: number[] = [];
    const clock = Object.assign(host.clock, {sleep: (ms: number) => (slept.push(ms), Promise.resolve())});
    const client = await JournalClient.open(
      {...host, clock},
      {deviceId: 'C', token: 't', server: 'server', attempts, retryAfterMs: 100},
    );
    const error = await client.pull().catch((thrown: unknown) => thrown);
    return [times, slept, (error as JournalRefusedError).message];
  };
  expect(await asked(500, 3)).toEqual([3, [100, 200], 'refused with 500 INTERNAL']);
  expect(await asked(429, 2)).toEqual([2, [100], 'refused with 429 INTERNAL']);
  expect(await asked(401, 3)).toEqual([1, [], 'refused with 401 INTERNAL']);
  await server.pull();
});

test('whatever statement of the disk fails, the state in memory is the one on the disk', async () => {
  for (let n = 1; n <= 14; n += 1) {
    const server = await Serving.open();
    await server.pushAll(by('A', 'a', {A: 1}), by('B', 'b', {B: 1}, 1, {objectId: 'n2'}));
    const c = await Device.open(server, 'C', n);
    let count = 0;
    c.disk.hook = sql => {
      count += 1;
      if (count === n) throw new DiskError('io', sql);
    };
    const attempt = async (body: () => Promise<unknown>): Promise<void> => {
      const before = JSON.stringify(c.client.exportState());
      const failed = await body().then(
        () => false,
        () => true,
      );
      if (failed) expect(JSON.stringify(c.client.exportState()), `statement ${n}`).toBe(before);
    };
    await attempt(() => c.client.put('note', 'n3', 1));
    await attempt(() => c.client.push());
    await attempt(() => c.client.pull());
    c.disk.hook = () => undefined;
    const next = await Device.open(server, 'C', n + 100, {disk: c.disk});
    expect(next.client.exportState(), `statement ${n}`).toEqual(c.client.exportState());
  }
});

test('a database of another device, of two clients, or of nobody is refused', async () => {
  const server = await Serving.open();
  const c = await Device.open(server, 'C', 1);
  await c.client.put('note', 'n1', 1);
  const beside = await Device.open(server, 'C', 2, {disk: c.disk});
  await c.client.put('note', 'n1', 2);
  const stored = {name: 'JournalStoredStateError'};
  await expect(beside.client.put('note', 'n1', 3)).rejects.toMatchObject(stored);
  expect(beside.client.outbox()).toHaveLength(1);
  await expect(Device.open(server, 'B', 3, {disk: c.disk})).rejects.toMatchObject(stored);
  const file = c.disk.files.get('client');
  for (const harm of [
    `UPDATE outbox SET entry = '{}' WHERE n = 1`,
    `UPDATE outbox SET status = 'lost' WHERE n = 1`,
    `UPDATE standing SET scope = '[]'`,
    `DELETE FROM standing`,
  ]) {
    const copy = copyOf(c.disk);
    copy.files.get('client')?.exec(harm);
    await expect(Device.open(server, 'C', 4, {disk: copy}), harm).rejects.toMatchObject(stored);
  }
  expect(file?.all('SELECT count(*) AS n FROM outbox', [])).toEqual([{n: 2}]);
});
