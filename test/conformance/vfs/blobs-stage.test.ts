/** Staging: every row of its table, status and words, in the order in which they are judged (5.3). */
import {beforeEach, describe, expect, test} from 'vitest';
import {base64, BlobBench, LATER, NOW_MS} from './blobs-bench.ts';

const REQUIRED = 'blobId and expiresAt are required';
const FUTURE = 'expiresAt must be in the future';
const BASE64 = 'dataBase64 must be valid base64';
const CONFLICT = 'Blob object id conflicts with existing VFS object';

let bench: BlobBench;
beforeEach(async () => {
  bench = await BlobBench.open();
});

/** One request, and the refusal that it must get. */
type Row = readonly [row: string, body: unknown, status: number, error: string];

const sound = {blobId: 'known', expiresAt: LATER};

describe('stage is refused', () => {
  const rows: readonly Row[] = [
    ['a body that is none', '', 400, REQUIRED],
    ['a body that is no object', '[]', 400, REQUIRED],
    ['no blobId', {expiresAt: LATER}, 400, REQUIRED],
    ['a blank blobId', {...sound, blobId: ' '}, 400, REQUIRED],
    ['a blobId that is a number', {...sound, blobId: 1}, 400, REQUIRED],
    ['no expiresAt', {blobId: 'known'}, 400, REQUIRED],
    ['an expiresAt that is no time', {...sound, expiresAt: 'soon'}, 400, REQUIRED],
    ['blank data', {...sound, dataBase64: ' '}, 400, REQUIRED],
    ['data that is null', {...sound, dataBase64: null}, 400, REQUIRED],
    ['a content type that is a number', {...sound, contentType: 1}, 400, REQUIRED],
    ['a blank content type', {...sound, contentType: ''}, 400, REQUIRED],
    ['an expiresAt that is now', {...sound, expiresAt: '2026-02-14T12:00:00.000Z'}, 400, FUTURE],
    ['an expiresAt that is past', {...sound, expiresAt: '2026-02-13'}, 400, FUTURE],
    [
      'a past expiresAt, before bad data is looked at',
      {...sound, expiresAt: '2026-02-13', dataBase64: '*'},
      400,
      FUTURE,
    ],
    ['data with a foreign character', {...sound, dataBase64: 'YWJj*'}, 400, BASE64],
    ['data of an impossible length', {...sound, dataBase64: 'YWJjZ'}, 400, BASE64],
    ['data with stray last bits', {...sound, dataBase64: 'YR=='}, 400, BASE64],
    ['data with padding that does not fit', {...sound, dataBase64: 'YWI=='}, 400, BASE64],
    ['data of padding alone', {...sound, dataBase64: '===='}, 400, BASE64],
    ['a blob that there is not, without data', {...sound, blobId: 'none'}, 404, 'Blob object not found'],
    ['an id that is an item', {...sound, blobId: 'item-1'}, 409, CONFLICT],
    ['an id that is an item, with data', {...sound, blobId: 'item-1', dataBase64: 'YWI='}, 409, CONFLICT],
    ["another user's item", {...sound, blobId: 'item-2'}, 409, CONFLICT],
    ["another user's blob", {...sound, blobId: 'foreign'}, 403, 'Forbidden'],
    ["another user's blob, with data", {...sound, blobId: 'foreign', dataBase64: 'YWI='}, 403, 'Forbidden'],
    ['a stagingId that is an item', {...sound, stagingId: 'item-1'}, 409, 'Blob staging already exists'],
  ];

  test.each(rows)('%s', async (_, body, status, error) => {
    const before = bench.metadata();
    expect(await bench.ask('POST', '/stage', body)).toMatchObject({status, body: {error}});
    expect(bench.metadata()).toEqual(before);
    // not a byte leaves for the store before the blob is known to be the caller's (D36)
    expect(bench.asked).toEqual([]);
  });

  test.each(['', {blobId: 'known', expiresAt: LATER}, {...sound, dataBase64: '*'}])(
    'without a session, whatever is sent: 401 (%j)',
    async body => {
      for (const user of ['', 'nobody']) {
        expect(await bench.ask('POST', '/stage', body, user)).toMatchObject({
          status: 401,
          body: {error: 'Unauthorized'},
        });
      }
    },
  );

  test.each([
    ['another blob', {blobId: 'known', dataBase64: undefined}],
    ['another end', {expiresAt: '2026-02-14T14:00:00.000Z'}],
  ])('a stagingId that is taken, for %s: 409', async (_, fields) => {
    await bench.staged();
    const before = bench.metadata();
    expect(await bench.staged(fields)).toMatchObject({
      status: 409,
      body: {error: 'Blob staging already exists'},
    });
    expect(bench.metadata()).toEqual(before);
  });

  test("a stagingId of another user's: 409, although all else is the same", async () => {
    await bench.staged();
    const answer = await bench.staged({blobId: 'foreign', dataBase64: undefined}, 'bob');
    expect(answer).toMatchObject({status: 409, body: {error: 'Blob staging already exists'}});
  });

  test('other bytes for a blob that has some: 409, and the bytes stay', async () => {
    await bench.staged();
    const other = await bench.staged({stagingId: 's2', dataBase64: base64('others')});
    expect(other).toMatchObject({status: 409, body: {error: CONFLICT}});
    expect(await bench.ask('GET', '/b1')).toMatchObject({status: 200, body: 'bytes'});
  });

  test.each(['lost before', 'lost after', 500, 'another answer'] as const)(
    'bytes that the store does not say it has (%s): 500, and no metadata',
    async mishap => {
      const before = bench.metadata();
      bench.mishaps.push(mishap);
      expect(await bench.staged()).toMatchObject({status: 500, body: {error: 'Failed to persist blob data'}});
      expect(bench.metadata()).toEqual(before);
    },
  );

  test.each([
    ['before its bytes are sent', 'INSERT INTO vfs_blob_writes', 0],
    ['after', 'INSERT INTO vfs_blob_bytes', 1],
  ])('a disk that fails %s: 500, and no metadata', async (_, statement, puts) => {
    const before = bench.metadata();
    bench.host.disk.hook = sql => {
      if (sql.includes(statement)) throw new Error('disk');
    };
    expect(await bench.staged()).toMatchObject({status: 500, body: {error: 'Failed to stage blob'}});
    expect(bench.metadata()).toEqual(before);
    expect(bench.asked).toHaveLength(puts);
  });
});

describe('stage takes in', () => {
  const answer = {
    status: 201,
    body: {
      stagingId: 's1',
      blobId: 'b1',
      status: 'staged',
      stagedAt: '2026-02-14T12:00:00.000Z',
      expiresAt: LATER,
    },
  };

  test('a new blob with its bytes', async () => {
    expect(await bench.staged({contentType: 'text/plain'})).toMatchObject(answer);
    expect(bench.objects()).toEqual(['b1']);
    expect(await bench.ask('GET', '/b1')).toMatchObject({
      status: 200,
      body: 'bytes',
      headers: {'content-type': 'text/plain'},
    });
  });

  test.each([
    ['white space', 'Yn l0\nZXM='],
    ['no padding', 'Ynl0ZXM'],
  ])('base64 with %s', async (_, dataBase64) => {
    expect(await bench.staged({dataBase64})).toMatchObject(answer);
    expect(await bench.ask('GET', '/b1')).toMatchObject({body: 'bytes'});
  });

  test('a known blob without bytes, under an id of its own if none is given', async () => {
    const {status, body} = await bench.ask('POST', '/stage', sound);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      blobId: 'known',
      stagingId: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    });
    expect(bench.asked).toEqual([]);
  });

  test('the same once more, with the first answer, whatever has become of it', async () => {
    const first = await bench.staged();
    bench.host.clock.set(NOW_MS + 1_000);
    expect(await bench.staged()).toEqual(first);
    await bench.abandon();
    expect(await bench.staged()).toEqual(first);
    expect(bench.objects()).toEqual(['b1']);
  });

  test('a blob that is staged already, a second time under another id', async () => {
    await bench.staged();
    expect(await bench.staged({stagingId: 's2'})).toMatchObject({status: 201, body: {stagingId: 's2'}});
    expect(bench.asked).toHaveLength(1);
  });

  test('bytes that the store lost, and so makes the blob whole again', async () => {
    await bench.staged();
    bench.dropObjects();
    expect(await bench.server.sweepBlobs()).toMatchObject({lost: ['b1']});
    expect(await bench.ask('POST', '/stage', {blobId: 'b1', expiresAt: LATER})).toMatchObject({status: 404});
    expect(await bench.staged({stagingId: 's2', dataBase64: base64('others')})).toMatchObject({status: 409});
    expect(await bench.staged({stagingId: 's2'})).toMatchObject({status: 201});
    expect(await bench.ask('GET', '/b1')).toMatchObject({status: 200, body: 'bytes'});
  });

  test('bytes of a blob from before they were recorded, unless something shows it already', async () => {
    expect(await bench.staged({blobId: 'known'})).toMatchObject({status: 201});
    bench.write(`DELETE FROM vfs_blob_bytes`);
    await bench.attach();
    const again = await bench.staged({blobId: 'known', stagingId: 's2'});
    expect(again).toMatchObject({status: 409, body: {error: CONFLICT}});
  });
});
