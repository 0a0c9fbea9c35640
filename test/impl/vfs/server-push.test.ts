/** Push, beyond what it answers: what it marks, writes down and locks, and what it says again to new readers. */
import {describe, expect, test} from 'vitest';
import {grant, link, ServerRig} from './server-rig.ts';

const statusesOf = ([status, body]: readonly [number, unknown]): unknown => [
  status,
  (body as {results: {opId: string; status: string}[]}).results.map(each => [each.opId, each.status]),
];

const FEED = `SELECT user_id, client_op_id, op_type, parent_id FROM vfs_crdt_ops ORDER BY occurred_ms, id`;

describe('push', () => {
  test('marks what became of each operation', async () => {
    const rig = await ServerRig.open();
    const answer = await rig.push([
      null,
      link('a', 1),
      link('stale', 1),
      link('a', 2),
      link('b', 2, {parentId: 'item-1'}),
    ]);
    expect(statusesOf(answer)).toEqual([
      200,
      [
        ['invalid-0', 'invalidOp'],
        ['a', 'applied'],
        ['stale', 'staleWriteId'],
        ['a', 'alreadyApplied'],
        ['b', 'invalidOp'],
      ],
    ]);
    expect(rig.marks).toEqual([
      'vfs.server.push.invalidOp',
      'vfs.server.push.applied',
      'vfs.server.push.staleWriteId',
      'vfs.server.push.alreadyApplied',
      'vfs.server.push.invalidOp',
    ]);
  });

  test('the head is the last operation that was accepted, and the next push goes on from it', async () => {
    const rig = await ServerRig.open();
    await rig.push([link('a', 1), link('b', 5), link('stale', 4)]);
    expect(rig.rows('SELECT * FROM vfs_crdt_replica_heads')).toEqual([
      {
        user_id: 'user-1',
        replica_id: 'a',
        max_write_id: 5,
        feed_id: rig.rows(`SELECT id FROM vfs_crdt_ops WHERE client_op_id = 'b'`)[0]?.['id'],
      },
    ]);
    expect(statusesOf(await rig.push([link('c', 5), link('d', 6)]))).toEqual([
      200,
      [
        ['c', 'staleWriteId'],
        ['d', 'applied'],
      ],
    ]);
  });

  test('takes the lock once for all that it accepts, and not for refusals', async () => {
    const rig = await ServerRig.open();
    await rig.push([link('foreign', 1, {itemId: 'item-2'}), link('stranger', 1, {replicaId: 'b'})]);
    expect(rig.rows('SELECT * FROM vfs_feed_locks')).toEqual([]);
    await rig.push([link('a', 1), link('b', 2), link('c', 3)]);
    expect(rig.rows('SELECT * FROM vfs_feed_locks')).toEqual([{name: 'vfs_crdt_feed:user-1', taken: 1}]);
  });

  test('an operation of one content only is a repetition of itself', async () => {
    const rig = await ServerRig.open();
    await rig.push([grant('a', 1)]);
    const other = [
      grant('a', 2, {accessLevel: 'write'}),
      grant('a', 2, {principalId: 'user-3'}),
      grant('a', 2, {principalType: 'group'}),
      grant('a', 2, {opType: 'acl_remove'}),
      grant('a', 2),
    ];
    expect(statusesOf(await rig.push(other))).toEqual([
      200,
      [...[1, 2, 3, 4].map(() => ['a', 'invalidOp']), ['a', 'alreadyApplied']],
    ]);
  });
});

describe('what a push makes visible', () => {
  test('is said again behind it, once, and marked', async () => {
    const rig = await ServerRig.open();
    await rig.push([link('a', 1)]);
    rig.marks.length = 0;
    await rig.push([grant('b', 2), grant('c', 3, {accessLevel: 'write'})]);
    expect(rig.marks).toEqual(['vfs.server.announced', 'vfs.server.push.applied', 'vfs.server.push.applied']);
    expect(rig.rows(FEED)).toEqual([
      {user_id: 'user-1', client_op_id: 'a', op_type: 'link_add', parent_id: 'parent-of-a'},
      {user_id: 'user-1', client_op_id: 'b', op_type: 'acl_add', parent_id: null},
      {user_id: null, client_op_id: null, op_type: 'link_add', parent_id: 'parent-of-a'},
      {user_id: 'user-1', client_op_id: 'c', op_type: 'acl_add', parent_id: null},
    ]);
  });

  test('a revocation and a link show nothing to anybody', async () => {
    const rig = await ServerRig.open();
    await rig.push([link('a', 1), grant('b', 2, {opType: 'acl_remove'}), link('c', 3)]);
    expect(rig.rows(FEED).map(row => row['client_op_id'])).toEqual(['a', 'b', 'c']);
    expect(rig.marks).not.toContain('vfs.server.announced');
  });

  test('a grant of an item of which nothing was said shows nothing either', async () => {
    const rig = await ServerRig.open();
    await rig.push([grant('a', 1)]);
    expect(rig.rows(FEED).map(row => row['client_op_id'])).toEqual(['a']);
    expect(rig.marks).toEqual(['vfs.server.push.applied']);
  });
});
