/** Pull, beyond what it answers a client: its parameters, rows that no page may have, and copies that lag. */
import {describe, expect, test} from 'vitest';
import {DiskError} from '../../../src/host.ts';
import {encodeCursor} from '../../../src/impl/vfs/cursor.ts';
import {formatTime, MAX_TIME_MS} from '../../../src/impl/vfs/time.ts';
import type {FeedItem} from '../../../src/model/vfs/types.ts';
import {MemoryDisk} from './memory-host.ts';
import {at} from './scripted-transport.ts';
import {databaseOf, grant, link, ServerRig} from './server-rig.ts';

const LIMIT = 'limit must be an integer between 1 and 500';
const FAILED = [500, {error: 'Failed to sync VFS CRDT operations'}];

interface Body {
  readonly items: readonly FeedItem[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}
const bodyOf = ([, body]: readonly [number, unknown]): Body => body as Body;
/** The client's own ids; where an item is no client's, its id in the feed. */
const opsOf = (answer: readonly [number, unknown]): string[] =>
  bodyOf(answer).items.map(({sourceId}) => sourceId.split(':').at(-1) ?? '');
const cursorOf = (rig: ServerRig, opId: string): string => {
  const [row] = rig.rows('SELECT occurred_ms AS ms, id FROM vfs_crdt_ops WHERE client_op_id = ?', [opId]);
  return encodeCursor({changedAt: formatTime(Number(row?.['ms'])), changeId: String(row?.['id'])});
};

/** A server whose feed has the links `a`, `b` and `c`. */
async function started(setup: Parameters<typeof ServerRig.open>[0] = {}): Promise<ServerRig> {
  const rig = await ServerRig.open(setup);
  await rig.push([link('a', 1), link('b', 2), link('c', 3)]);
  rig.marks.length = 0;
  return rig;
}

describe('the parameters of a pull', () => {
  test('a page holds 100 items unless told, and 500 at most', async () => {
    const rig = await ServerRig.open();
    await rig.push(Array.from({length: 500}, (_, index) => link(`o${index}`, index + 1)));
    await rig.push([link('last', 501)]);
    const sizes = async (query: string): Promise<unknown> => {
      const {items, hasMore} = bodyOf(await rig.pull(query));
      return [items.length, hasMore];
    };
    expect(await sizes('')).toEqual([100, true]);
    expect(await sizes('limit=1')).toEqual([1, true]);
    expect(await sizes('limit=500')).toEqual([500, true]);
    expect(await sizes(`limit=500&cursor=${cursorOf(rig, 'o0')}`)).toEqual([500, false]);
    expect(await rig.pull('limit=501')).toEqual([400, {error: LIMIT}]);
    expect(await rig.pull('limit=0')).toEqual([400, {error: LIMIT}]);
  });

  test('cursor and root may stand between white space, and a blank one is none', async () => {
    const rig = await started();
    expect(opsOf(await rig.pull(`cursor=%20${cursorOf(rig, 'a')}%20`))).toEqual(['b', 'c']);
    expect(opsOf(await rig.pull('cursor=%20&rootId=%20'))).toEqual(['a', 'b', 'c']);
    expect(opsOf(await rig.pull('rootId=%20parent-of-b%20'))).toEqual(['a', 'b', 'c']);
    expect(opsOf(await rig.pull('rootId=elsewhere'))).toEqual([]);
  });
});

describe('a page', () => {
  test('tells who did what, and nobody for what the server says again', async () => {
    const rig = await ServerRig.open();
    await rig.push([link('a', 1), grant('b', 2)]);
    const {items} = bodyOf(await rig.pull('', 'user-2'));
    expect(items.map(({opType, actorId, sourceTable}) => [opType, actorId, sourceTable])).toEqual([
      ['link_add', 'user-1', 'vfs_crdt_client_push'],
      ['acl_add', 'user-1', 'vfs_crdt_client_push'],
      ['link_add', null, 'vfs_visibility'],
    ]);
    expect(items[2]?.sourceId).toBe(items[2]?.opId);
  });

  test.each([
    [1, false],
    [2, true],
  ] as const)('release %d: the last page tells where it ends: %s', async (release, tells) => {
    const rig = await started({release});
    const ends = async (query: string): Promise<unknown> => bodyOf(await rig.pull(query)).nextCursor;
    expect(await ends('limit=2')).toBe(cursorOf(rig, 'b'));
    expect(await ends('limit=3')).toBe(tells ? cursorOf(rig, 'c') : null);
    expect(await ends(`cursor=${cursorOf(rig, 'c')}`)).toBeNull();
    expect(bodyOf(await (await ServerRig.open({release})).pull()).nextCursor).toBeNull();
  });

  test('reaches to the last of all times', async () => {
    const rig = await started();
    rig.run('UPDATE vfs_crdt_ops SET occurred_ms = ? WHERE client_op_id = ?', [MAX_TIME_MS, 'c']);
    expect(bodyOf(await rig.pull()).items.at(-1)?.occurredAt).toBe(formatTime(MAX_TIME_MS));
  });

  test.each<[string, string]>([
    ['a blank id', `UPDATE vfs_crdt_ops SET id = ' ' WHERE client_op_id = 'c'`],
    [
      'one id twice, but for white space',
      `UPDATE vfs_crdt_ops SET id = (SELECT id || ' ' FROM vfs_crdt_ops WHERE client_op_id = 'b') WHERE client_op_id = 'c'`,
    ],
    ['a time as text', `UPDATE vfs_crdt_ops SET occurred_ms = 'noon' WHERE client_op_id = 'c'`],
    [
      'half a millisecond',
      `UPDATE vfs_crdt_ops SET occurred_ms = occurred_ms + 0.5 WHERE client_op_id = 'c'`,
    ],
    [
      'a time after the last',
      `UPDATE vfs_crdt_ops SET occurred_ms = ${MAX_TIME_MS + 1} WHERE client_op_id = 'c'`,
    ],
    [
      'an order of ids that is not ours',
      `UPDATE vfs_crdt_ops SET occurred_ms = 1, id = CASE client_op_id WHEN 'b' THEN '\uffff' ELSE '\u{10000}' END
       WHERE client_op_id IN ('b', 'c')`,
    ],
  ])('with %s is a failure, and marked as one of the feed', async (_what, spoil) => {
    const rig = await started();
    rig.run(spoil);
    expect(await rig.pull()).toEqual(FAILED);
    expect(rig.marks).toEqual(['vfs.server.failed.feedMapping']);
  });

  test('the row that only tells that there is more is looked at, too', async () => {
    const rig = await started();
    rig.run(`UPDATE vfs_crdt_ops SET id = ' ' WHERE client_op_id = 'c'`);
    expect(await rig.pull('limit=2')).toEqual(FAILED);
    expect(opsOf(await rig.pull('limit=1'))).toEqual(['a']);
  });
});

test('a cursor that the feed does not know is cut off, and marked', async () => {
  const rig = await started();
  const forged = encodeCursor({changedAt: at('11:00'), changeId: 'forged'});
  expect(await rig.pull(`cursor=${forged}`)).toMatchObject([409, {requestedCursor: forged}]);
  expect(rig.marks).toEqual(['vfs.server.pull.cutOff']);
});

describe('a pull that reads a copy', () => {
  const FROM_COPY = ['vfs.server.pull.fromReplica'];

  /** Two databases of one history, and a server of the first that pulls from the second. */
  async function copied(): Promise<{readonly rig: ServerRig; readonly copy: MemoryDisk}> {
    const [first, copy] = [new MemoryDisk(), new MemoryDisk()];
    for (const disk of [first, copy]) {
      const rig = await started({disk});
      await rig.push(
        [
          link('theirs', 1, {itemId: 'item-2'}),
          grant('shared', 2, {itemId: 'item-2', principalId: 'user-1'}),
        ],
        {
          userId: 'user-2',
        },
      );
    }
    return {rig: await ServerRig.open({disk: first, copy}), copy};
  }
  const ALL = ['a', 'b', 'c', 'theirs', 'shared'];
  const firsts = (answer: readonly [number, unknown]): string[] => opsOf(answer).slice(0, ALL.length);

  test('answers what the copy says, as long as the primary stands by it', async () => {
    const {rig, copy} = await copied();
    databaseOf(copy).run(`UPDATE vfs_crdt_ops SET source_id = 'copied' WHERE client_op_id = 'b'`, []);
    expect(firsts(await rig.pull())).toEqual(['a', 'copied', 'c', 'theirs', 'shared']);
    expect(firsts(await rig.pull(`cursor=${cursorOf(rig, 'a')}`)).slice(0, 2)).toEqual(['copied', 'c']);
    expect(rig.marks).toEqual([...FROM_COPY, ...FROM_COPY]);
  });

  test('an empty feed is an empty page of the copy, too', async () => {
    const [first, copy] = [new MemoryDisk(), new MemoryDisk()];
    await ServerRig.open({disk: copy});
    const rig = await ServerRig.open({disk: first, copy});
    expect(opsOf(await rig.pull())).toEqual([]);
    expect(rig.marks).toEqual(FROM_COPY);
  });

  test('what others wrote may be missing; what the reader wrote himself may not', async () => {
    const {rig} = await copied();
    await rig.push([link('more', 3, {itemId: 'item-2'})], {userId: 'user-2'});
    rig.marks.length = 0;
    expect(opsOf(await rig.pull())).not.toContain('more');
    expect(rig.marks).toEqual(FROM_COPY);
    await rig.push([link('d', 4)]);
    rig.marks.length = 0;
    expect(opsOf(await rig.pull())).toEqual(expect.arrayContaining(['more', 'd']));
    expect(rig.marks).toEqual([]);
  });

  test('a page that ends where the primary never was is not given out', async () => {
    const {rig} = await copied();
    const end = bodyOf(await rig.pull()).items.at(-1)?.opId;
    rig.marks.length = 0;
    rig.run('DELETE FROM vfs_crdt_ops WHERE id = ?', [String(end)]);
    const {items} = bodyOf(await rig.pull());
    expect(items.map(({opId}) => opId)).not.toContain(end);
    expect(rig.marks).toEqual([]);
  });

  test('a reader who stands where the primary never was is cut off, whatever the copy knows', async () => {
    const {rig} = await copied();
    const lost = cursorOf(rig, 'b');
    rig.run(`DELETE FROM vfs_crdt_ops WHERE client_op_id = 'b'`);
    expect(await rig.pull(`cursor=${lost}`)).toMatchObject([409, {requestedCursor: lost}]);
    expect(rig.marks).toEqual(['vfs.server.pull.cutOff']);
  });

  test('a copy that takes the caller for somebody else, or for nobody, is not asked', async () => {
    const [first, copy] = [new MemoryDisk(), new MemoryDisk()];
    await ServerRig.open({disk: copy});
    const rig = await ServerRig.open({disk: first, copy});
    databaseOf(copy).run(`UPDATE vfs_sessions SET user_id = 'user-2' WHERE token = 'token-user-1'`, []);
    expect(await rig.pull()).toMatchObject([200, {items: []}]);
    databaseOf(copy).run(`DELETE FROM vfs_sessions`, []);
    expect(await rig.pull()).toMatchObject([200, {items: []}]);
    expect(rig.marks).toEqual([]);
  });

  test('a disk of the copy that fails is as none; a bug in reading it is a failure', async () => {
    const {rig, copy} = await copied();
    copy.hook = () => {
      throw new DiskError('io', 'bad sector');
    };
    expect(firsts(await rig.pull())).toEqual(ALL);
    expect(rig.marks).toEqual([]);
    copy.hook = () => {
      throw new Error('a bug');
    };
    expect(await rig.pull()).toEqual(FAILED);
    expect(rig.marks).toEqual(['vfs.server.failed.unexpected']);
  });
});
