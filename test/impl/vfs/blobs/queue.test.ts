/** The blob queue: what it stores, in which order it asks, what it tries again and what it sets aside (5.8). */
import {beforeEach, describe, expect, test} from 'vitest';
import {BlobQueue} from '../../../../src/impl/vfs/blobs/queue.ts';
import {consistencyOf} from '../../../../src/impl/vfs/blobs/queue-input.ts';
import {VfsSyncError, VfsTransportError} from '../../../../src/impl/vfs/client-errors.ts';
import type {BlobOperation} from '../../../../src/model/vfs/blob-types.ts';
import {memoryHost, MemoryDisk, settled, type MemoryHost} from '../memory-host.ts';

const LATER = '2026-02-14T13:00:00.000Z';
const BEHIND = 'Client reconcile state is behind required visibility';
const cursor = {changedAt: '2026-02-14T10:00:00.000Z', changeId: 'a'};

const answer = (status: number, message: string): VfsTransportError =>
  new VfsTransportError(message, {kind: 'answer', status, inServersWords: true});
const lost = new VfsTransportError('network timeout', {kind: 'network', code: 'timeout'});

let host: MemoryHost;
let queue: BlobQueue;
/** What each request in turn is answered with; success once there are none left. */
let answers: (Error | null)[];
let asked: string[];
let caughtUp: number;

async function open(disk: MemoryDisk): Promise<void> {
  host = memoryHost({disk});
  queue = await BlobQueue.open(host, {
    transport: {
      perform: (operation: BlobOperation) => {
        asked.push(`${operation.kind} ${operation.stagingId}`);
        const error = answers.shift() ?? null;
        return error === null ? Promise.resolve() : Promise.reject(error);
      },
    },
    catchUp: () => {
      caughtUp += 1;
      return Promise.resolve();
    },
    onProgress: () => {
      throw new Error('a listener changes nothing');
    },
  });
}

beforeEach(async () => {
  [answers, asked, caughtUp] = [[], [], 0];
  await open(new MemoryDisk());
});

/** Flushes, with time going on as the queue waits for it. */
async function flush(): Promise<unknown> {
  const result = queue.flush().catch((error: unknown) => (error as Error).message);
  for (let waits = 0; waits < 8; waits += 1) {
    await settled();
    await host.clock.advance(1_000);
  }
  return result;
}

const three = async (): Promise<void> => {
  await queue.stage({blobId: 'b', stagingId: 's1', expiresAt: LATER});
  await queue.attach({stagingId: 's1', itemId: 'i'});
  await queue.abandon('s2');
};
const waiting = (): string[] => queue.exportState().pending.map(({operation}) => operation.kind);

describe('what is wrong is refused in these words, and nothing is queued', () => {
  const tuple = {clientId: 'c', requiredCursor: cursor, requiredLastReconciledWriteIds: {r: 1}};
  const attach = (fields: object) => () => queue.attach({stagingId: 's', itemId: 'i', ...fields});
  const stage = (fields: object) => () => queue.stage({blobId: 'b', expiresAt: LATER, ...fields});
  test.each([
    ['blobId is required', stage({blobId: ''})],
    ['expiresAt must be a valid ISO timestamp', stage({expiresAt: 'soon'})],
    ['expiresAt must be a valid ISO timestamp', stage({expiresAt: undefined})],
    ['stagingId is required', stage({stagingId: ' '})],
    ['stagingId is required', attach({stagingId: undefined})],
    ['stagingId is required', () => queue.abandon('')],
    ['itemId is required', attach({itemId: 7})],
    ['relationKind is invalid', attach({relationKind: 'cousin'})],
    ['consistency.clientId is invalid', attach({consistency: {...tuple, clientId: 'a:b'}})],
    ['consistency.clientId is invalid', attach({consistency: null})],
    ['consistency.requiredCursor is invalid', attach({consistency: {...tuple, requiredCursor: 'x'}})],
    [
      'consistency.requiredLastReconciledWriteIds is invalid',
      attach({consistency: {...tuple, requiredLastReconciledWriteIds: []}}),
    ],
    ['dataBase64 must be valid base64', stage({dataBase64: '*'})],
    ['contentType is invalid', stage({contentType: ''})],
  ])('%s (%#)', async (message, act) => {
    await expect(act()).rejects.toThrow(new VfsSyncError(message));
    expect(queue.exportState()).toEqual({pending: [], setAside: []});
  });
});

test('a stage without an id gets one, so that it is the same request however often it is sent', async () => {
  const {stagingId} = await queue.stage({blobId: 'b', expiresAt: '2026-02-14'});
  expect(stagingId).toHaveLength(32);
  expect(queue.exportState().pending[0]?.operation).toMatchObject({
    stagingId,
    expiresAt: '2026-02-14T00:00:00.000Z',
  });
});

test('what a client requires is what it knows when its user decides; nothing where it knows nothing', () => {
  expect(consistencyOf('c', {cursor: null, lastReconciledWriteIds: {r: 1}})).toBeUndefined();
  expect(consistencyOf('c', {cursor, lastReconciledWriteIds: {r: 1}})).toEqual({
    ...{clientId: 'c', requiredCursor: cursor, requiredLastReconciledWriteIds: {r: 1}},
  });
});

test('operations are carried out in order, and each leaves the queue when it is done', async () => {
  await three();
  expect(await flush()).toEqual({done: 3, setAside: 0});
  expect(asked).toEqual(['stage s1', 'attach s1', 'abandon s2']);
  expect(waiting()).toEqual([]);
});

test('flushes at the same time are one', async () => {
  await three();
  expect(await Promise.all([queue.flush(), queue.flush()])).toEqual([
    {done: 3, setAside: 0},
    {done: 3, setAside: 0},
  ]);
  expect(asked).toHaveLength(3);
});

test('the queue survives a crash at any moment', async () => {
  await three();
  answers = [null, answer(404, 'no'), lost, lost, lost, lost];
  expect(await flush()).toBe('network timeout');
  const state = queue.exportState();
  expect(state.setAside).toMatchObject([{status: 404, message: 'no', operation: {kind: 'attach'}}]);
  await open(host.disk.afterCrash());
  expect(queue.exportState()).toEqual(state);
  expect(waiting()).toEqual(['abandon']);
});

describe('what may pass', () => {
  test.each([
    ['no answer', lost],
    ['429', answer(429, 'slow')],
    ['503', answer(503, 'down')],
    ['the store behind the server', answer(500, 'Failed to persist blob data')],
    [
      'a page of a proxy',
      new VfsTransportError('transport returned non-JSON response', {kind: 'answer', status: 500}),
    ],
  ])('is tried again after 250, 500 and 1,000 ms, and then ends the flush: %s', async (_, error) => {
    await three();
    answers = [error, error, error, error];
    const failure = queue.flush().catch((thrown: unknown) => thrown);
    for (const [ms, requests] of [
      [0, 1],
      [249, 1],
      [1, 2],
      [499, 2],
      [1, 3],
      [999, 3],
      [1, 4],
    ] as const) {
      await settled();
      await host.clock.advance(ms);
      expect(asked).toHaveLength(requests);
    }
    expect(await failure).toBe(error);
    expect(waiting()).toEqual(['stage', 'attach', 'abandon']);
    expect(await flush()).toEqual({done: 3, setAside: 0});
  });

  test.each([
    ['a success that is about something else', new VfsSyncError('transport returned invalid stagingId')],
    ['a session that is over', answer(401, 'Unauthorized')],
    [
      "a refusal that is nobody's word",
      new VfsTransportError('request failed with status 404', {kind: 'answer', status: 404}),
    ],
  ])('ends the flush at once where trying again would not help: %s', async (_, error) => {
    await three();
    answers = [error];
    expect(await flush()).toBe(error.message);
    expect(asked).toHaveLength(1);
    expect(waiting()).toHaveLength(3);
  });
});

describe("what will not pass is set aside with the server's words, and the rest goes on", () => {
  test.each([400, 403, 404, 409, 413])('a refusal with %d', async status => {
    await three();
    answers = [answer(status, 'no')];
    expect(await flush()).toEqual({done: 2, setAside: 1});
    expect(queue.exportState().setAside).toMatchObject([{status, message: 'no', operation: {kind: 'stage'}}]);
  });

  test('a route that fails four times in a row; three are not enough', async () => {
    await queue.attach({stagingId: 's1', itemId: 'i'});
    const failed = answer(500, 'Failed to attach staged blob');
    answers = [failed, failed, failed, lost];
    expect(await flush()).toBe('network timeout');
    answers = [failed, failed, failed, failed];
    expect(await flush()).toEqual({done: 0, setAside: 1});
  });

  test('it can be taken back, to the end of the queue or away', async () => {
    await three();
    answers = [answer(404, 'no'), answer(409, 'no')];
    await flush();
    const [first, second] = queue.exportState().setAside;
    expect(await queue.takeBack(first?.seq ?? 0, true)).toBe(true);
    expect(await queue.takeBack(second?.seq ?? 0, false)).toBe(true);
    expect(await queue.takeBack(second?.seq ?? 0, true)).toBe(false);
    expect(waiting()).toEqual(['stage']);
    expect(queue.exportState().pending[0]?.seq).toBeGreaterThan(3);
    expect(queue.exportState().setAside).toEqual([]);
  });
});

describe('an attach that comes too early', () => {
  test('has the client tell the server what it knows, and is asked once more', async () => {
    await queue.attach({stagingId: 's1', itemId: 'i'});
    answers = [answer(409, BEHIND)];
    expect(await flush()).toEqual({done: 1, setAside: 0});
    expect([caughtUp, asked.length]).toEqual([1, 2]);
  });

  test('is set aside if it still does', async () => {
    await queue.attach({stagingId: 's1', itemId: 'i'});
    answers = [answer(409, BEHIND), answer(409, BEHIND)];
    expect(await flush()).toEqual({done: 0, setAside: 1});
    expect(caughtUp).toBe(1);
  });
});

test('rows that no queue has written are not taken for one', async () => {
  await three();
  host.disk.files.get('blobs')?.run(`UPDATE pending SET operation = 'x' WHERE seq = 2`, []);
  await expect(open(host.disk)).rejects.toThrow('stored client state is invalid');
});
