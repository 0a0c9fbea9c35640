/** What the routes answer when all is well, and that a 500 has changed nothing; asked of the real server by bare nodes. */
import {describe, expect, it} from 'vitest';
import {encodeCursor} from '../../../src/impl/vfs/cursor.ts';
import {at, cursor} from '../../impl/vfs/scripted-transport.ts';
import {ask, flush, give, link, queue, queued} from './acts.ts';
import {script, type Act, type Script} from './script.ts';

const PULL = '/v1/vfs/crdt/sync';
const push = (operations: readonly unknown[], clientId = 'a', on = 'bare'): Act =>
  ask(on, 'POST', '/v1/vfs/crdt/push', {clientId, operations});
const own = (opId: string, writeId: number, time = '12:00'): object => queued(link(opId, time), writeId, 'a');

const bare = (
  steps: Script<'bare'>['steps'],
  more: Partial<Script<'bare'>> = {},
): ReturnType<typeof script<'bare'>> => script({clients: {bare: {bare: true}}, steps, ...more});

const statuses = (told: unknown): unknown =>
  (told as [number, {results: {opId: string; status: string}[]}])[1].results.map(each => [
    each.opId,
    each.status,
  ]);

describe('push', () => {
  it('answers each operation in its place: a malformed one by its id, or its index', async () => {
    const good = own('a', 1);
    const {told, feed} = await bare([
      push([
        7,
        {...good, opId: ' '},
        {...good, opId: 'type', opType: 'paint'},
        {...good, opId: 'foreign', replicaId: 'b'},
        {...good, opId: 'self', parentId: 'item-1'},
        {...good, opId: 'child', childId: 'x'},
        {...good, opId: 'time', occurredAt: 'noon'},
        {...good, opId: 'zone', occurredAt: '2026-02-14T12:00:00'},
        {...good, opId: 'id', writeId: 0},
        {...good, opId: 'missing', itemId: 'nowhere', childId: 'nowhere'},
        good,
        own('again', 1),
        good,
        {...good, parentId: 'elsewhere'},
        own('b', 2),
      ]),
    ]);
    expect(statuses(told.bare[0])).toEqual([
      ['invalid-0', 'invalidOp'],
      ['invalid-1', 'invalidOp'],
      ...['type', 'foreign', 'self', 'child', 'time', 'zone', 'id', 'missing'].map(id => [id, 'invalidOp']),
      ['a', 'applied'],
      ['again', 'staleWriteId'],
      ['a', 'alreadyApplied'],
      // the same id with other content is no repetition
      ['a', 'invalidOp'],
      ['b', 'applied'],
    ]);
    expect(feed.map(row => row['client_op_id'])).toEqual(['a', 'b']);
  });

  it('leaves the items of another user alone', async () => {
    const {told, feed} = await bare([push([own('a', 1)])], {items: {'item-1': 'user-2'}});
    expect(statuses(told.bare[0])).toEqual([['a', 'invalidOp']]);
    expect(feed).toEqual([]);
  });

  it('knows a retry by its opId, whatever its write id and time', async () => {
    const {told, feed} = await bare([push([own('a', 1)]), push([own('a', 9, '13:00')]), push([own('b', 2)])]);
    expect(told.bare.map(statuses)).toEqual([
      [['a', 'applied']],
      [['a', 'alreadyApplied']],
      [['b', 'applied']],
    ]);
    expect(feed).toHaveLength(2);
  });

  it('takes 500 operations, and an empty list', async () => {
    const {told, feed} = await bare([
      push(Array.from({length: 500}, (_, index) => own(`o${index}`, index + 1))),
      push([]),
    ]);
    expect((statuses(told.bare[0]) as unknown[]).length).toBe(500);
    expect(told.bare[1]).toEqual([200, {clientId: 'a', results: []}]);
    expect(feed).toHaveLength(500);
  });

  it('believes a time up to five minutes ahead of its own clock, and no more', async () => {
    const {feed} = await bare([push([{...own('a', 1), occurredAt: '+099999-01-01T00:00:00Z'}, own('b', 2)])]);
    // asked at the start, on the day after the vectors' day
    const [first, second] = feed.map(row => Number(row['occurred_ms']) - Date.parse('2026-02-15T00:05:00Z'));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(1_000);
    expect(second).toBe(Number(first) + 1);
  });
});

describe('pull', () => {
  const writes = [push([own('a', 1), own('b', 2), own('c', 3)])];
  const pull = (query: string, path = PULL): Act => ask('bare', 'GET', `${path}?${query}`);
  const shape = (told: unknown): unknown => {
    const [status, body] = told as [
      number,
      {items: {sourceId: string}[]; hasMore: boolean; nextCursor: string | null},
    ];
    return [
      status,
      body.items.map(each => each.sourceId.split(':').at(-1)),
      body.hasMore,
      body.nextCursor !== null,
    ];
  };

  it.each([
    ['release 1 gives nextCursor only if there is more', 1, false],
    ['release 2 gives nextCursor whenever the page is not empty', 2, true],
  ] as const)('%s', async (_, release, atTheEnd) => {
    const {told} = await bare(
      [...writes, pull('limit=2'), pull('limit=3'), pull('', '/v1/vfs/crdt/vfs-sync')],
      {
        servers: {s1: {release}},
      },
    );
    expect(told.bare.slice(1).map(shape)).toEqual([
      [200, ['a', 'b'], true, true],
      [200, ['a', 'b', 'c'], false, atTheEnd],
      [200, ['a', 'b', 'c'], false, atTheEnd],
    ]);
  });

  it('answers an item in full, and the write ids of all replicas on every page', async () => {
    const {told, feed} = await bare([
      ...writes,
      push([queued(give('m', '12:01'), 4, 'b')], 'b'),
      pull('limit=1&cursor=%20'),
    ]);
    expect(told.bare[2]).toEqual([
      200,
      {
        items: [
          {
            opId: feed[0]?.['id'],
            itemId: 'item-1',
            opType: 'link_add',
            principalType: null,
            principalId: null,
            accessLevel: null,
            parentId: 'root',
            childId: 'item-1',
            actorId: 'user-1',
            sourceTable: 'vfs_crdt_client_push',
            sourceId: 'user-1:a:1:a',
            occurredAt: at('12:00'),
          },
        ],
        nextCursor: encodeCursor({changedAt: at('12:00'), changeId: String(feed[0]?.['id'])}),
        hasMore: true,
        lastReconciledWriteIds: {a: 3, b: 4},
      },
    ]);
    expect(feed.map(row => String(row['id']))).toEqual(
      [1, 2, 3, 4].map(
        sequence => expect.stringMatching(new RegExp(`^00000000000${sequence}-[0-9a-f]{8}$`)) as string,
      ),
    );
  });

  it('[gap] with rootId: the root itself and its direct children only', async () => {
    const {told} = await bare(
      [
        push([
          queued(link('1', '12:00', 'root', 'item-1'), 1, 'a'),
          queued(link('2', '12:01', 'item-1', 'deep'), 2, 'a'),
          queued(give('3', '12:02', 'read', {itemId: 'root'}), 3, 'a'),
          queued(link('4', '12:03', 'other', 'apart'), 4, 'a'),
        ]),
        pull('rootId=root'),
        pull('rootId=item-1'),
        pull('rootId=nothing'),
        pull('rootId=%20'),
      ],
      {items: {root: 'user-1', 'item-1': 'user-1', deep: 'user-1', apart: 'user-1'}},
    );
    expect(told.bare.slice(1).map(shape)).toEqual([
      [200, ['1', '3'], false, false],
      [200, ['1', '2'], false, false],
      [200, [], false, false],
      [200, ['1', '2', '3', '4'], false, false],
    ]);
  });

  it('a cursor that this feed never gave is a 409', async () => {
    const forged = encodeCursor(cursor('12:00:00.001', 'forged'));
    const {told} = await bare([...writes, pull(`cursor=${forged}`)]);
    expect(told.bare[1]).toEqual([
      409,
      {
        error: 'CRDT cursor is older than retained history; re-materialization required',
        code: 'crdt_rematerialization_required',
        requestedCursor: forged,
        oldestAvailableCursor: null,
      },
    ]);
  });
});

describe('register', () => {
  it('is 201 once, 200 to its owner again, 409 to another', async () => {
    const register = (token?: string): Act =>
      ask('bare', 'POST', '/v1/vfs/register', {id: ' new ', objectType: 'note'}, token);
    const {told} = await bare([register(), register(), register('token-user-2')]);
    expect(told.bare).toEqual([
      [201, {registered: true, id: 'new'}],
      [200, {registered: true, id: 'new'}],
      [409, {error: 'Object id is already registered'}],
    ]);
  });
});

describe('a disk that fails half-way is a 500 that has changed nothing; the same request then goes through', () => {
  const seen = encodeCursor(cursor('12:00', 'forged'));
  const rows = [
    [
      'push',
      'insert vfs_crdt_applied #2',
      push([own('a', 1), own('b', 2)]),
      'Failed to push CRDT operations',
    ],
    [
      'pull',
      'select vfs_crdt_replica_heads #1',
      ask('bare', 'GET', PULL),
      'Failed to sync VFS CRDT operations',
    ],
    [
      'reconcile',
      'select vfs_sync_client_state #1',
      ask('bare', 'POST', '/v1/vfs/crdt/reconcile', {clientId: 'a', cursor: seen}),
      'Failed to reconcile CRDT cursor',
    ],
    [
      'snapshot',
      'select vfs_crdt_ops #1',
      ask('bare', 'GET', '/v1/vfs/crdt/snapshot?clientId=a'),
      'Failed to read CRDT snapshot',
    ],
    [
      'register',
      'insert vfs_registry #2',
      ask('bare', 'POST', '/v1/vfs/register', {id: 'x', objectType: 'file'}),
      'Failed to register VFS object',
    ],
  ] as const;
  it.each(rows)('%s', async (_, statement, request, error) => {
    const {told, feed} = await bare([request, ask('bare', 'GET', PULL), request], {
      items: {'item-1': 'user-1'},
      fates: {[`s1 sql server/server ${statement}`]: {delayMs: 0, act: 'failed-statement', arg: 3}},
    });
    const [first, between, again] = told.bare as [[number, unknown], [number, unknown], [number, unknown]];
    expect(first).toEqual([500, {error}]);
    expect(between).toEqual([200, {items: [], nextCursor: null, hasMore: false, lastReconciledWriteIds: {}}]);
    expect([200, 201, 404]).toContain(again[0]);
    expect(feed.length).toBe(request === rows[0][2] ? 2 : 0);
  });

  it('a client that meets it keeps its queue, and drains it later', async () => {
    const {told, feed} = await script({
      clients: {desktop: {}},
      steps: [queue('desktop', link('a', '12:00')), flush('desktop'), flush('desktop')],
      fates: {'s1 sql server/server commit #2': {delayMs: 0, act: 'failed-statement', arg: 1}},
    });
    expect(told.desktop.slice(1)).toEqual([
      {refused: 'Failed to push CRDT operations'},
      {pushedOperations: 1, pulledOperations: 1, pullPages: 1},
    ]);
    expect(feed).toHaveLength(1);
  });
});
