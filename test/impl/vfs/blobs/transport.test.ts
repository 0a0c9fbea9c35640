/** The transport of blobs: what each operation is sent as, and which answers are taken for its success. */
import {describe, expect, test} from 'vitest';
import type {HttpRequest, HttpResponse} from '../../../../src/host.ts';
import {sha256} from '../../../../src/impl/vfs/blobs/sha256.ts';
import {BlobTransport} from '../../../../src/impl/vfs/blobs/transport.ts';
import {encodeCursor} from '../../../../src/impl/vfs/cursor.ts';
import type {BlobOperation} from '../../../../src/model/vfs/blob-types.ts';
import {memoryHost} from '../memory-host.ts';

const AT = '2026-02-14T13:00:00.000Z';
const cursor = {changedAt: AT, changeId: 'a'};
const stage: BlobOperation = {
  kind: 'stage',
  stagingId: 's/1',
  blobId: 'b',
  expiresAt: AT,
  dataBase64: 'YQ==',
};
const attach: BlobOperation = {kind: 'attach', stagingId: 's/1', itemId: 'i', relationKind: 'photo'};
const guarded: BlobOperation = {
  ...attach,
  consistency: {clientId: 'c', requiredCursor: cursor, requiredLastReconciledWriteIds: {r: 1}},
};
const abandon: BlobOperation = {kind: 'abandon', stagingId: 's/1'};

const staged = {stagingId: 's/1', blobId: 'b', status: 'staged', stagedAt: AT, expiresAt: AT};
const attached = {
  attached: true,
  stagingId: 's/1',
  itemId: 'i',
  relationKind: 'photo',
  refId: 'r',
  attachedAt: AT,
};
const abandoned = {abandoned: true, stagingId: 's/1', status: 'abandoned'};

const json = (status: number, body: unknown): HttpResponse => ({
  status,
  headers: {},
  body: JSON.stringify(body),
});

/** What the transport makes of one answer, and what it had asked. */
async function told(
  answer: HttpResponse,
  act: (transport: BlobTransport) => Promise<unknown>,
): Promise<{readonly asked: HttpRequest | null; readonly came: unknown}> {
  let asked: HttpRequest | null = null;
  const request = (_: string, sent: HttpRequest): Promise<HttpResponse> => {
    asked = sent;
    return Promise.resolve(answer);
  };
  const transport = new BlobTransport(memoryHost({net: {request}}), {server: 'api', token: 't'});
  const came = await act(transport).catch((error: unknown) => (error as Error).message);
  return {asked, came};
}

describe('an operation', () => {
  test.each([
    [
      'stage',
      stage,
      json(201, staged),
      '/stage',
      {stagingId: 's/1', blobId: 'b', expiresAt: AT, dataBase64: 'YQ=='},
    ],
    ['attach', attach, json(200, attached), '/stage/s%2F1/attach', {itemId: 'i', relationKind: 'photo'}],
    [
      'guarded attach',
      guarded,
      json(200, attached),
      '/stage/s%2F1/attach',
      {
        ...{itemId: 'i', relationKind: 'photo', clientId: 'c', requiredCursor: encodeCursor(cursor)},
        requiredLastReconciledWriteIds: {r: 1},
      },
    ],
    ['abandon', abandon, json(200, abandoned), '/stage/s%2F1/abandon', undefined],
  ])('%s is one request', async (_, operation, answer, path, body) => {
    const {asked, came} = await told(answer, transport => transport.perform(operation));
    expect(came).toBeUndefined();
    expect(asked).toMatchObject({
      method: 'POST',
      path: `/v1/vfs/blobs${path}`,
      headers: {authorization: 'Bearer t'},
      body: body === undefined ? '' : JSON.stringify(body),
    });
  });

  const wrong = (operation: BlobOperation, success: object) =>
    Object.keys(success).map(field => [operation, {...success, [field]: null}, field] as const);
  test.each([...wrong(stage, staged), ...wrong(attach, attached), ...wrong(abandon, abandoned)])(
    'whose success is about something else is not done: %j %j',
    async (operation, body, field) => {
      const {came} = await told(json(200, body), transport => transport.perform(operation));
      expect(came).toBe(`transport returned invalid ${field}`);
    },
  );

  test.each([
    [json(200, []), 'transport returned invalid abandon response'],
    [json(409, {error: ' no '}), 'no'],
    [json(404, {}), 'request failed with status 404'],
    [{status: 200, headers: {}, body: '<html>'}, 'transport returned non-JSON response'],
  ])('is not done: %j', async (answer, message) => {
    expect((await told(answer, transport => transport.perform(abandon))).came).toBe(message);
  });
});

describe('reading', () => {
  const bytes = new TextEncoder().encode('bytes');
  const headers = {'x-blob-id': 'b%2F1', 'x-blob-sha256': sha256(bytes)};
  const read = (transport: BlobTransport): Promise<unknown> => transport.read('b/1');

  test.each(['bytes', bytes])('gives the bytes that digest to what the server says', async body => {
    const {asked, came} = await told({status: 200, headers, body}, read);
    expect(came).toEqual(bytes);
    expect(asked).toMatchObject({method: 'GET', path: '/v1/vfs/blobs/b%2F1'});
  });

  test.each([
    ['other bytes', {status: 200, headers, body: 'byte'}, 'transport returned invalid blob bytes'],
    [
      'another blob',
      {status: 200, headers: {...headers, 'x-blob-id': 'c'}, body: bytes},
      'transport returned invalid blob bytes',
    ],
    [
      'no digest',
      {status: 200, headers: {'x-blob-id': 'b%2F1'}, body: bytes},
      'transport returned invalid blob bytes',
    ],
    ['a refusal', json(403, {error: 'Forbidden'}), 'Forbidden'],
    ['another success', {status: 204, headers, body: ''}, 'transport returned non-JSON response'],
  ])('refuses %s', async (_, answer, message) => {
    expect((await told(answer, read)).came).toBe(message);
  });
});

describe('deleting', () => {
  const remove = (transport: BlobTransport): Promise<unknown> => transport.delete('b');
  test('is done when the server says of which blob', async () => {
    const {asked, came} = await told(json(200, {deleted: true, blobId: 'b'}), remove);
    expect([came, asked]).toMatchObject([undefined, {method: 'DELETE', path: '/v1/vfs/blobs/b', body: ''}]);
  });

  test.each([{deleted: true, blobId: 'c'}, {deleted: 1, blobId: 'b'}, null])('is not by %j', async body => {
    expect((await told(json(200, body), remove)).came).toBe('transport returned invalid delete response');
  });
});
