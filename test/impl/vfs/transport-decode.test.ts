/**
 * The HTTP transport: every answer is decoded or refused by name, and nothing hostile gets out as anything
 * else.
 */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {type HttpRequest, type HttpResponse, NetError} from '../../../src/host.ts';
import {VfsSyncError, VfsTransportError} from '../../../src/impl/vfs/client-errors.ts';
import {encodeCursor} from '../../../src/impl/vfs/cursor.ts';
import {VfsHttpTransport} from '../../../src/impl/vfs/transport.ts';
import {
  decodeBody,
  decodePull,
  decodePush,
  decodeReconcile,
  decodeSnapshot,
  refusalOf,
  rematerializationOf,
} from '../../../src/impl/vfs/transport-decode.ts';
import {memoryHost} from './memory-host.ts';
import {at, cursor, edge, grant, rejection} from './scripted-transport.ts';

const END = cursor('12:00', 'change-1');
const pull = {items: [], hasMore: false, nextCursor: null, lastReconciledWriteIds: {}};
const push = {clientId: 'desktop', results: [{opId: 'a', status: 'applied'}]};
const ack = {clientId: 'desktop', cursor: encodeCursor(END), lastReconciledWriteIds: {desktop: 1}};
const snapshot = {
  replaySnapshot: {acl: [], links: [], cursor: null},
  reconcileState: null,
  containerClocks: [],
  snapshotUpdatedAt: at('12:00'),
};
const item = grant('a', '12:00');
const link = edge('b', '12:00');
const DEEP: unknown = JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`);

const at0 = (change: Record<string, unknown>): unknown => ({...pull, items: [{...item, ...change}]});
const link0 = (change: Record<string, unknown>): unknown => ({...pull, items: [{...link, ...change}]});

describe('decoders', () => {
  test('take what was agreed', () => {
    expect(decodePush(push)).toEqual(push);
    expect(decodePull({...pull, items: [item, link], nextCursor: encodeCursor(END)})).toEqual({
      ...pull,
      items: [item, link],
      nextCursor: END,
    });
    expect(decodeReconcile(ack, 'desktop')).toEqual({cursor: END, lastReconciledWriteIds: {desktop: 1}});
    expect(decodeSnapshot(snapshot)).toEqual(snapshot);
  });

  test('trim, normalise, and take blank for absent', () => {
    const rough = at0({opId: ' a ', occurredAt: '2026-02-14T12:00Z', actorId: ' ', parentId: undefined});
    expect(decodePull(rough).items).toEqual([{...item, actorId: null}]);
  });

  test.each([
    [null, 'push response payload'],
    [[], 'push response payload'],
    [{...push, clientId: ' '}, 'clientId'],
    [{...push, results: {}}, 'push response results'],
    [{...push, results: ['applied']}, 'push result at index 0'],
    [{...push, results: [...push.results, {opId: '', status: 'applied'}]}, 'results[1].opId'],
    [{...push, results: [{opId: 'a', status: 'lost'}]}, 'results[0].status'],
  ])('a push answer %j is refused', (body, what) => {
    expectRefusal(() => decodePush(body), `transport returned invalid ${what}`);
  });

  test.each([
    ['text', 'pull response payload'],
    [{...pull, items: null}, 'pull response items'],
    [{...pull, items: [null]}, 'items[0]'],
    [at0({opId: 7}), 'items[0].opId'],
    [at0({itemId: ''}), 'items[0].itemId'],
    [at0({opType: 'item_upsert'}), 'items[0].opType'],
    [at0({principalType: 'robot'}), 'items[0].principalType'],
    [at0({principalId: {}}), 'items[0].principalId'],
    [at0({accessLevel: 'owner'}), 'items[0].accessLevel'],
    [at0({parentId: 1}), 'items[0].parentId'],
    [at0({childId: '\ud800'}), 'items[0].childId'],
    [at0({actorId: DEEP}), 'items[0].actorId'],
    [at0({sourceTable: null}), 'items[0].sourceTable'],
    [at0({sourceId: undefined}), 'items[0].sourceId'],
    [at0({occurredAt: '2026-02-30'}), 'items[0].occurredAt'],
    [at0({occurredAt: 1_771_070_400_000}), 'items[0].occurredAt'],
    [link0({parentId: ' '}), 'link payload at items[0]'],
    [link0({childId: null}), 'link payload at items[0]'],
    [link0({childId: 'item-2'}), 'link payload at items[0]'],
    [link0({parentId: 'item-1'}), 'link payload at items[0]'],
    [{...pull, hasMore: 'no'}, 'hasMore'],
    [{...pull, nextCursor: END}, 'nextCursor'],
    [{...pull, nextCursor: ''}, 'nextCursor'],
  ])('a pull answer %j is refused', (body, what) => {
    expectRefusal(() => decodePull(body), `transport returned invalid ${what}`);
  });

  test.each([
    [7, 'must be an object map of replicaId -> writeId'],
    [{desktop: 0}, 'contains invalid writeId (must be a positive integer)'],
    [{desktop: 2 ** 53}, 'contains invalid writeId (must be a positive integer)'],
    [JSON.parse('{"__proto__": "x"}') as unknown, 'contains invalid writeId (must be a positive integer)'],
    [{'a:b': 1}, 'contains invalid replicaId (must be non-empty, <=128 chars, and must not include ":")'],
    [Object.fromEntries(Array.from({length: 513}, (_, n) => [`r${n}`, 1])), 'exceeds max entries (512)'],
  ])('a map of write ids that is none: %j', (ids, what) => {
    const message = `lastReconciledWriteIds ${what}`;
    expectRefusal(() => decodePull({...pull, lastReconciledWriteIds: ids}), message);
    expectRefusal(() => decodeReconcile({...ack, lastReconciledWriteIds: ids}, 'desktop'), message);
  });

  test.each([
    [null, 'transport returned invalid reconcile response payload'],
    [{...ack, clientId: 1}, 'transport returned invalid clientId'],
    [{...ack, clientId: 'mobile'}, 'transport returned reconcile response for mismatched clientId'],
    [{...ack, cursor: END}, 'transport returned invalid cursor'],
    [{...ack, cursor: 'e30'}, 'transport returned invalid reconcile cursor'],
  ])('an acknowledgement %j is refused', (body, message) => {
    expectRefusal(() => decodeReconcile(body, 'desktop'), message);
  });

  test.each([
    [[], 'transport returned invalid snapshot response payload'],
    [{...snapshot, containerClocks: null}, 'state.containerClocks must be an array'],
    [{...snapshot, replaySnapshot: null}, 'state.replaySnapshot must be an object'],
    [{...snapshot, reconcileState: 7}, 'transport returned invalid persisted reconcile cursor'],
    [{...snapshot, containerClocks: [{}]}, 'state.containerClocks[0] is invalid'],
    [{...snapshot, snapshotUpdatedAt: 'now'}, 'transport returned invalid snapshotUpdatedAt'],
  ])('a snapshot %j is refused', (body, message) => {
    expectRefusal(() => decodeSnapshot(body), message);
  });

  /** Agreed bodies with one part, however deep, replaced by anything. */
  const harmed = (body: object): fc.Arbitrary<unknown> =>
    fc.tuple(fc.constant(body), fc.nat(), fc.jsonValue()).map(([whole, where, value]) => {
      const copy = structuredClone(whole) as Record<string, unknown>;
      const places: (() => void)[] = [];
      const walk = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return;
        for (const key of Object.keys(node)) {
          places.push(() => ((node as Record<string, unknown>)[key] = value));
          walk((node as Record<string, unknown>)[key]);
        }
      };
      walk(copy);
      places[where % places.length]?.();
      return copy;
    });
  const full = {...pull, items: [item, link], nextCursor: encodeCursor(END)};
  const hostile = fc.oneof(
    fc.anything({withNullPrototype: true, withSparseArray: true, withBigInt: true}),
    fc.jsonValue(),
    harmed(push),
    harmed(full),
    harmed(ack),
    harmed(snapshot),
  );

  test.prop([hostile], {numRuns: 500})('refuse only by name, whatever comes', body => {
    const decoders = [
      decodePush,
      decodePull,
      decodeSnapshot,
      (given: unknown) => decodeReconcile(given, 'desktop'),
    ];
    for (const decode of decoders) {
      try {
        decode(body);
      } catch (error) {
        expect(error).toBeInstanceOf(VfsSyncError);
      }
    }
    expect(refusalOf({status: 500, body}).length).toBeGreaterThan(0);
    rematerializationOf(409, body);
  });

  test.prop([fc.oneof(fc.string({unit: 'binary'}), fc.uint8Array())])('bodies are JSON or nothing', body => {
    expect(typeof decodeBody(body).ok).toBe('boolean');
  });

  test('bodies of bytes are read as UTF-8', () => {
    expect(decodeBody(new TextEncoder().encode('{"é":1}'))).toEqual({ok: true, value: {é: 1}});
    expect(decodeBody(new Uint8Array([0x22, 0xff, 0x22]))).toEqual({ok: false});
  });
});

describe('VfsHttpTransport', () => {
  const who = {userId: 'user-1', clientId: 'desktop'};

  function over(reply: HttpResponse | Error): {
    readonly transport: VfsHttpTransport;
    readonly requests: HttpRequest[];
  } {
    const requests: HttpRequest[] = [];
    const host = memoryHost({
      net: {
        request: (to, request) => {
          expect(to).toBe('server');
          requests.push(request);
          return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
        },
      },
    });
    return {transport: new VfsHttpTransport(host, {server: 'server', token: 'secret'}), requests};
  }

  const json = (status: number, body: unknown): HttpResponse => ({
    status,
    headers: {},
    body: JSON.stringify(body),
  });

  test('asks as agreed', async () => {
    const {transport, requests} = over(json(200, pull));
    await transport.pullOperations({...who, cursor: null, limit: 7});
    await transport.pullOperations({...who, cursor: END, limit: 7});
    expect(requests.map(({method, path}) => `${method} ${path}`)).toEqual([
      'GET /v1/vfs/crdt/sync?limit=7',
      `GET /v1/vfs/crdt/sync?limit=7&cursor=${encodeCursor(END)}`,
    ]);
    expect(requests[0]?.headers['authorization']).toBe('Bearer secret');
    const reconciling = over(json(200, ack));
    await reconciling.transport.reconcileState({...who, cursor: END, lastReconciledWriteIds: {desktop: 1}});
    expect(JSON.parse(String(reconciling.requests[0]?.body))).toEqual(ack);
    const pushing = over(json(200, {clientId: 'somebody', results: []}));
    await pushing.transport.pushOperations({...who, operations: []});
    expect(pushing.requests[0]).toMatchObject({method: 'POST', path: '/v1/vfs/crdt/push'});
  });

  test.each([
    [{status: 200, headers: {}, body: '<html>'}, 'transport returned non-JSON response'],
    [{status: 500, headers: {}, body: ''}, 'transport returned non-JSON response'],
    [json(500, {error: ' Failed to sync VFS CRDT operations '}), 'Failed to sync VFS CRDT operations'],
    [json(429, {error: ''}), 'request failed with status 429'],
    [json(304, null), 'request failed with status 304'],
    [json(409, {error: 'no', code: 'other'}), 'no'],
  ])('%j is a transport error', async (reply, message) => {
    const error = await rejection(over(reply).transport.pullOperations({...who, cursor: null, limit: 1}));
    expect(error).toBeInstanceOf(VfsTransportError);
    expect(error).toMatchObject({message, status: reply.status, network: null});
  });

  test('a network failure keeps its code', async () => {
    const {transport} = over(new NetError('reset', 'gone'));
    const error = await rejection(transport.pushOperations({...who, operations: []}));
    expect(error).toMatchObject({message: 'network reset', status: null, network: 'reset'});
  });

  test('a feed that no longer reaches back is told as such, to a pull alone', async () => {
    const requestedCursor = encodeCursor(END);
    const gone = {
      error: 'CRDT cursor is older than retained history; re-materialization required',
      code: 'crdt_rematerialization_required',
      requestedCursor,
      oldestAvailableCursor: null,
    };
    const {transport} = over(json(409, gone));
    expect(await rejection(transport.pullOperations({...who, cursor: END, limit: 1}))).toMatchObject({
      name: 'VfsCrdtRematerializationRequiredError',
      message: gone.error,
      requestedCursor,
      oldestAvailableCursor: null,
    });
    expect(await rejection(transport.fetchSnapshot(who))).toBeInstanceOf(VfsTransportError);
  });

  test('no snapshot is null; any other 404 is an error', async () => {
    const none = over(json(404, {error: 'No CRDT snapshot is available'}));
    expect(await none.transport.fetchSnapshot(who)).toBeNull();
    expect(none.requests[0]?.path).toBe('/v1/vfs/crdt/snapshot?clientId=desktop');
    const lost = over(json(404, {error: 'Not found'}));
    expect((await rejection(lost.transport.fetchSnapshot(who))).message).toBe('Not found');
  });
});

function expectRefusal(run: () => unknown, message: string): void {
  expect(run).toThrowError(VfsSyncError);
  expect(run).toThrowError(new VfsSyncError(message));
}
