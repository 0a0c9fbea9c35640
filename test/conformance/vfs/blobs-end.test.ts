/** Abandoning, reading, deleting and sweeping: every row of their tables, status and words (5.2, 5.5, 5.6). */
import {beforeEach, describe, expect, test} from 'vitest';
import {REFUSE_REPEATS} from '../../../src/impl/vfs/blobs/policy.ts';
import {BlobBench, NOW_MS} from './blobs-bench.ts';

const CONFLICT = 'Blob object id conflicts with existing VFS object';
const NOT_ABANDONABLE = 'Blob staging is no longer abandonable';

let bench: BlobBench;
beforeEach(async () => {
  bench = await BlobBench.open();
  await bench.staged();
});

const status = (to: string): string =>
  `UPDATE vfs_links SET wrapped_session_key = 'blob-stage:${to}' WHERE id = 's1'`;

describe('abandon', () => {
  test.each([
    ['without a session', [], 's1', '', 401, 'Unauthorized'],
    ['without a staging id or a session', [], '%20', '', 401, 'Unauthorized'],
    ['a blank staging id', [], '%20', 'ann', 400, 'stagingId is required'],
    ['no staging', [], 'none', 'ann', 404, 'Blob staging not found'],
    ['an item', [], 'item-1', 'ann', 404, 'Blob staging not found'],
    ["another user's", [], 's1', 'bob', 403, 'Forbidden'],
    ['attached', [status('attached')], 's1', 'ann', 409, NOT_ABANDONABLE],
    ['abandoned by another way', [status('abandoned')], 's1', 'ann', 409, NOT_ABANDONABLE],
    ['in a status that there is not', [status('pending')], 's1', 'ann', 409, NOT_ABANDONABLE],
    [
      'nobody knows whose',
      [`UPDATE vfs_registry SET owner_id = NULL WHERE id = 's1'`],
      's1',
      'ann',
      500,
      'Failed to abandon staged blob',
    ],
  ])('is refused: %s', async (_, writes, stagingId, user, code, error) => {
    for (const sql of writes) bench.write(sql);
    const before = bench.metadata();
    expect(await bench.abandon(stagingId, user)).toMatchObject({status: code, body: {error}});
    expect(bench.metadata()).toEqual(before);
  });

  test('is refused where the guarded update comes too late', async () => {
    bench.host.disk.hook = text => {
      if (text.includes('UPDATE vfs_links SET wrapped')) bench.write(status('attached'));
    };
    expect(await bench.abandon()).toMatchObject({status: 409, body: {error: NOT_ABANDONABLE}});
  });

  test('fails where the disk does, and changes nothing', async () => {
    const before = bench.metadata();
    bench.host.disk.hook = sql => {
      if (sql === 'COMMIT') throw new Error('disk');
    };
    expect(await bench.abandon()).toMatchObject({
      status: 500,
      body: {error: 'Failed to abandon staged blob'},
    });
    expect(bench.metadata()).toEqual(before);
  });

  const success = {status: 200, body: {abandoned: true, stagingId: 's1', status: 'abandoned'}};

  test('ends a staging for good; the same once more gets the same answer', async () => {
    expect(await bench.abandon()).toMatchObject(success);
    expect(await bench.abandon()).toMatchObject(success);
    expect(await bench.attach()).toMatchObject({
      status: 409,
      body: {error: 'Blob staging is no longer attachable'},
    });
  });

  test('is allowed when the time is over, until the sweep has come; then it is no repetition', async () => {
    bench.host.clock.set(NOW_MS + 86_400_000);
    expect(await bench.abandon()).toMatchObject(success);
    await bench.staged({stagingId: 's2', expiresAt: '2026-02-16'});
    bench.host.clock.set(NOW_MS + 5 * 86_400_000);
    expect(await bench.server.sweepBlobs()).toMatchObject({abandoned: ['s2']});
    expect(await bench.abandon('s2')).toMatchObject({status: 409, body: {error: NOT_ABANDONABLE}});
  });

  test('a second time is 409 where repeats are refused, as upstream does (V21)', async () => {
    bench = await BlobBench.open({repeats: REFUSE_REPEATS});
    await bench.staged();
    expect(await bench.abandon()).toMatchObject(success);
    expect(await bench.abandon()).toMatchObject({status: 409, body: {error: NOT_ABANDONABLE}});
  });
});

describe.each(['GET', 'DELETE'])('%s of a blob is refused', method => {
  test.each([
    ['without a session', '/b1', '', 401, 'Unauthorized'],
    ['a blank id, without a session', '/%20', '', 401, 'Unauthorized'],
    ['a blank id', '/%20', 'ann', 400, 'blobId is required'],
    ['no id', '/', 'ann', 400, 'blobId is required'],
    ['no blob', '/none', 'ann', 404, 'Blob object not found'],
    ['an item', '/item-1', 'ann', 409, CONFLICT],
    ["another user's item", '/item-2', 'ann', 409, CONFLICT],
    ["another user's blob", '/foreign', 'ann', 403, 'Forbidden'],
  ])('%s', async (_, path, user, code, error) => {
    const before = bench.metadata();
    expect(await bench.ask(method, path, '', user)).toMatchObject({status: code, body: {error}});
    expect(bench.metadata()).toEqual(before);
  });
});

describe('read', () => {
  test('gives the bytes, their type, whose they are and what they digest to', async () => {
    const {status: code, body, headers} = await bench.ask('GET', '/b1');
    expect([code, body]).toEqual([200, 'bytes']);
    expect(headers).toEqual({
      'content-type': 'application/octet-stream',
      'x-blob-id': 'b1',
      'x-blob-sha256': '277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9',
    });
  });

  test('gives the bytes of a blob from before they were recorded', async () => {
    bench.store.disk.files.get('objects')?.run(`INSERT INTO objects VALUES ('known', x'6162', 1)`, []);
    expect(await bench.ask('GET', '/known')).toMatchObject({status: 200, body: 'ab'});
  });

  const lose = (sql: string) => () => bench.store.disk.files.get('objects')?.run(sql, []);
  test.each([
    ['bytes that the store does not have', lose('DELETE FROM objects')],
    ['other bytes than were stored', lose(`UPDATE objects SET bytes = x'00'`)],
    ['a store that does not answer', () => bench.mishaps.push('lost before')],
    ['a store that answers something else', () => bench.mishaps.push('another answer')],
    ['a store that fails', () => bench.mishaps.push(500)],
  ])('%s: 500', async (_, arrange) => {
    arrange();
    expect(await bench.ask('GET', '/b1')).toMatchObject({
      status: 500,
      body: {error: 'Failed to read blob data'},
    });
  });

  test('a blob that goes while its bytes are fetched is not found', async () => {
    const answer = bench.ask('GET', '/b1');
    bench.mishaps.push(null);
    bench.store.disk.hook = () => {
      bench.dropObjects();
      bench.write(`DELETE FROM vfs_registry WHERE id = 'b1'`);
    };
    expect(await answer).toMatchObject({status: 404, body: {error: 'Blob object not found'}});
  });
});

describe('delete', () => {
  test('ends bytes, metadata and all stagings of the blob', async () => {
    await bench.staged({stagingId: 's2'});
    await bench.abandon('s2');
    expect(await bench.ask('DELETE', '/b1')).toMatchObject({
      status: 200,
      body: {deleted: true, blobId: 'b1'},
    });
    expect(bench.objects()).toEqual([]);
    expect(bench.rows(`SELECT * FROM vfs_links`)).toEqual([]);
    expect(await bench.attach()).toMatchObject({status: 404, body: {error: 'Blob staging not found'}});
    expect(await bench.ask('DELETE', '/b1')).toMatchObject({status: 404});
    expect(await bench.staged()).toMatchObject({status: 201});
  });

  test('is refused while something shows the blob: 409', async () => {
    await bench.attach();
    const before = bench.metadata();
    const answer = await bench.ask('DELETE', '/b1');
    expect(answer).toMatchObject({status: 409, body: {error: 'Blob is attached and cannot be deleted'}});
    expect(bench.metadata()).toEqual(before);
  });

  test('fails where the disk does, and then neither metadata nor bytes are gone (D37)', async () => {
    const before = bench.metadata();
    bench.host.disk.hook = sql => {
      if (sql === 'COMMIT') throw new Error('disk');
    };
    expect(await bench.ask('DELETE', '/b1')).toMatchObject({
      status: 500,
      body: {error: 'Failed to delete blob data'},
    });
    bench.host.disk.hook = () => undefined;
    expect(bench.metadata()).toEqual(before);
    expect(await bench.ask('GET', '/b1')).toMatchObject({status: 200, body: 'bytes'});
  });

  test('is done although the store does not say so: what is left of it is swept', async () => {
    bench.mishaps.push('lost before');
    expect(await bench.ask('DELETE', '/b1')).toMatchObject({status: 200});
    expect(bench.objects()).toEqual(['b1']);
    expect((await bench.server.sweepBlobs()).orphans).toHaveLength(1);
    expect(bench.objects()).toEqual([]);
  });
});

describe('a path of blobs that there is not', () => {
  test.each([
    ['GET', '/stage', 405],
    ['PUT', '/b1', 405],
    ['GET', '/stage/s1/attach', 405],
    ['POST', '/stage/s1/detach', 404],
    ['POST', '/stage/s1/attach/', 404],
  ])('%s %s is %d', async (method, path, code) => {
    expect(await bench.ask(method, path)).toMatchObject({status: code});
  });
});

describe('the sweep', () => {
  test('abandons what has expired, at the very time and in order, and nothing else', async () => {
    await bench.staged({stagingId: 'a'});
    await bench.staged({stagingId: 'later', expiresAt: '2026-02-14T13:00:00.001Z'});
    await bench.staged({stagingId: 'unreadable'});
    bench.write(`UPDATE vfs_links SET visible_children = '{}' WHERE id = 'unreadable'`);
    bench.host.clock.set(NOW_MS + 3_600_000);
    expect((await bench.server.sweepBlobs()).abandoned).toEqual(['a', 's1']);
    expect((await bench.server.sweepBlobs()).abandoned).toEqual([]);
  });

  test('leaves bytes alone while they are on their way, and takes them when they were given up', async () => {
    bench.mishaps.push('lost after');
    await bench.staged({blobId: 'b2', stagingId: 's2'});
    expect(bench.objects()).toEqual(['b1', 'b2']);
    bench.host.clock.set(NOW_MS + 59_999);
    expect((await bench.server.sweepBlobs()).orphans).toEqual([]);
    bench.host.clock.set(NOW_MS + 60_000);
    expect((await bench.server.sweepBlobs()).orphans).toHaveLength(1);
    expect(bench.objects()).toEqual(['b1']);
  });

  test('gives up what began in a future that a clock put back has made, and not what began a little ahead', async () => {
    bench.mishaps.push('lost after');
    await bench.staged({blobId: 'b2', stagingId: 's2'});
    bench.host.clock.set(NOW_MS - 60_000);
    expect((await bench.server.sweepBlobs()).orphans).toEqual([]);
    bench.host.clock.set(NOW_MS - 60_001);
    expect((await bench.server.sweepBlobs()).orphans).toHaveLength(1);
    expect(bench.objects()).toEqual(['b1']);
  });

  test('wins against bytes whose metadata comes too late: that request fails, and nothing points at them', async () => {
    bench.store.disk.hook = async sql => {
      if (!sql.includes('INSERT INTO objects')) return;
      bench.store.disk.hook = () => undefined;
      bench.host.clock.set(NOW_MS + 60_000);
      await bench.server.sweepBlobs();
    };
    expect(await bench.staged({blobId: 'b2', stagingId: 's2'})).toMatchObject({
      status: 500,
      body: {error: 'Failed to stage blob'},
    });
    expect(bench.rows(`SELECT * FROM vfs_registry WHERE id IN ('b2', 's2')`)).toEqual([]);
    expect((await bench.server.sweepBlobs()).orphans).toHaveLength(1);
  });

  test('finds what the store has lost, and what it has again', async () => {
    const objects = bench.store.disk.files.get('objects');
    const kept = objects?.all('SELECT * FROM objects', [])[0] ?? {};
    bench.dropObjects();
    expect((await bench.server.sweepBlobs()).lost).toEqual(['b1']);
    objects?.run('INSERT INTO objects VALUES (?, ?, ?)', [...Object.values(kept)]);
    expect((await bench.server.sweepBlobs()).lost).toEqual([]);
    expect(await bench.attach()).toMatchObject({status: 200});
  });

  test('is done by the timer, again and again, whatever becomes of one', async () => {
    bench = await BlobBench.open({sweepEveryMs: 1_000});
    await bench.staged({expiresAt: '2026-02-14T12:00:02.000Z'});
    bench.mishaps.push(500);
    for (let seconds = 0; seconds < 3; seconds += 1) await bench.host.clock.advance(1_000);
    expect(bench.rows(`SELECT wrapped_session_key AS key FROM vfs_links WHERE id = 's1'`)).toEqual([
      {key: 'blob-stage:abandoned'},
    ]);
  });
});
