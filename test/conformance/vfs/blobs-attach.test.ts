/** Attaching: every row of its table, status and words, in the order in which they are judged (5.4); golden vectors V18 to V21. */
import {beforeEach, describe, expect, test} from 'vitest';
import {REFUSE_REPEATS} from '../../../src/impl/vfs/blobs/policy.ts';
import {BlobBench, NOW_MS, position} from './blobs-bench.ts';

const FAILED = 'Failed to attach staged blob';
const BEHIND = 'Client reconcile state is behind required visibility';
const NOT_ATTACHABLE = 'Blob staging is no longer attachable';
const KIND = 'Blob is already attached with a different relation kind';
const CONFLICT = 'Blob object id conflicts with existing VFS object';
const BAD_MAP = 'lastReconciledWriteIds must be an object map of replicaId -> writeId';
const BAD_ID = 'lastReconciledWriteIds contains invalid writeId (must be a positive integer)';
const BAD_REPLICA =
  'lastReconciledWriteIds contains invalid replicaId (must be non-empty, <=128 chars, and must not include ":")';

let bench: BlobBench;
beforeEach(async () => {
  bench = await BlobBench.open();
  await bench.staged();
});

/** What an attach asks of the caller's checkpoint. */
const tuple = (changeId: string, writeIds?: unknown): object => ({
  clientId: 'desktop',
  requiredCursor: position('10:00', changeId),
  ...(writeIds === undefined ? {} : {requiredLastReconciledWriteIds: writeIds}),
});

const many = Object.fromEntries(Array.from({length: 513}, (_, index) => [`r${index}`, 1]));
const STAGED = `UPDATE vfs_links SET visible_children = ? WHERE id = 's1'`;
const status = (to: string): string =>
  `UPDATE vfs_links SET wrapped_session_key = 'blob-stage:${to}' WHERE id = 's1'`;

const GRANT = `INSERT INTO vfs_acl_entries
  (id, item_id, principal_type, principal_id, access_level, granted_by, created_at, updated_at, expires_at, revoked_at)`;

describe('attach is refused: a request that says too little', () => {
  test.each([
    ['a blank staging id', '%20', {}, 'stagingId is required'],
    ['no staging id', '', {}, 'stagingId is required'],
    ['a staging id that is no encoding', '%', {}, 'stagingId is required'],
    ['no item', 's1', {itemId: undefined}, 'itemId is required'],
    ['a blank item', 's1', {itemId: ' '}, 'itemId is required'],
    ['an unknown relation kind', 's1', {relationKind: 'cousin'}, 'itemId is required'],
    ['a relation kind that is null', 's1', {relationKind: null}, 'itemId is required'],
    [
      'no client, but a cursor',
      's1',
      {requiredCursor: 'x'},
      'clientId is required when reconcile guardrails are provided',
    ],
    [
      'no client, but write ids',
      's1',
      {requiredLastReconciledWriteIds: {}},
      'clientId is required when reconcile guardrails are provided',
    ],
    [
      'a client that is null',
      's1',
      {clientId: null},
      'clientId is required when reconcile guardrails are provided',
    ],
    ['a client with a colon', 's1', {clientId: 'a:b'}, 'clientId must not contain ":"'],
    ['no cursor', 's1', {clientId: 'a'}, 'requiredCursor is required when reconcile guardrails are provided'],
    [
      'a cursor that is null',
      's1',
      {clientId: 'a', requiredCursor: null},
      'requiredCursor is required when reconcile guardrails are provided',
    ],
    ['a cursor that is none', 's1', {clientId: 'a', requiredCursor: 'x'}, 'Invalid requiredCursor'],
    ['write ids that are a list', 's1', tuple('a', []), BAD_MAP],
    ['a write id that is 0', 's1', tuple('a', {r: 0}), BAD_ID],
    ['a write id that is a string', 's1', tuple('a', {r: '1'}), BAD_ID],
    ['a replica with a colon', 's1', tuple('a', {'r:1': 1}), BAD_REPLICA],
    ['too many write ids', 's1', tuple('a', many), 'lastReconciledWriteIds exceeds max entries (512)'],
  ])('%s: 400', async (_, stagingId, fields, error) => {
    const before = bench.metadata();
    expect(await bench.attach(fields, stagingId)).toMatchObject({status: 400, body: {error}});
    expect(bench.metadata()).toEqual(before);
  });

  test('without a session, whatever is sent: 401', async () => {
    for (const fields of [{}, {itemId: ''}, tuple('a', [])]) {
      expect(await bench.attach(fields, 's1', '')).toMatchObject({
        status: 401,
        body: {error: 'Unauthorized'},
      });
    }
  });
});

/** Something written into the database, the request, and the refusal that it must get. */
type Row = readonly [row: string, write: readonly string[], fields: object, status: number, error: string];

describe('attach is refused: what is stored does not allow it', () => {
  const expired = `{"expiresAt":"2026-02-14T12:00:00.000Z"}`;
  const stored = (id: string, ids = '{}', at = '2026-02-14T10:00:00.000Z'): string =>
    `INSERT INTO vfs_sync_client_state VALUES ('ann', 'crdt:desktop', '${at}', '${id}', '${ids}', 1)`;
  const link = (key: string, shown = 'NULL', item = 'item-1'): string =>
    `INSERT INTO vfs_links VALUES ('l1', '${item}', 'b1', '${key}', ${shown}, NULL, 1)`;
  const rows: readonly Row[] = [
    ['no staging', [`DELETE FROM vfs_links WHERE id = 's1'`], {}, 404, 'Blob staging not found'],
    ["another user's", [`UPDATE vfs_registry SET owner_id = 'bob' WHERE id = 's1'`], {}, 403, 'Forbidden'],
    ['nobody knows whose', [`UPDATE vfs_registry SET owner_id = ' ' WHERE id = 's1'`], {}, 500, FAILED],
    ['of no blob', [`UPDATE vfs_links SET child_id = ' ' WHERE id = 's1'`], {}, 500, FAILED],
    ['attached', [status('attached')], {}, 409, NOT_ATTACHABLE],
    ['abandoned', [status('abandoned')], {}, 409, NOT_ATTACHABLE],
    ['in a status that there is not', [status('pending')], {}, 409, NOT_ATTACHABLE],
    ['without an end', [STAGED.replace('?', `'{}'`)], {}, 500, FAILED],
    ['with an end that is no time', [STAGED.replace('?', `'{"expiresAt":"soon"}'`)], {}, 500, FAILED],
    ['with an end that is a number', [STAGED.replace('?', `'{"expiresAt":1}'`)], {}, 500, FAILED],
    ['with no details', [STAGED.replace('?', 'NULL')], {}, 500, FAILED],
    ['with details that are no JSON', [STAGED.replace('?', `'{'`)], {}, 500, FAILED],
    ['expired', [STAGED.replace('?', `'${expired}'`)], {}, 409, 'Blob staging has expired'],
    [
      'expired, before the checkpoint is looked at',
      [STAGED.replace('?', `'${expired}'`)],
      tuple('a'),
      409,
      'Blob staging has expired',
    ],
    ['no checkpoint', [], tuple('desktop-2'), 409, BEHIND],
    [
      'a checkpoint of another client',
      [stored('desktop-9').replace(':desktop', ':phone')],
      tuple('desktop-2'),
      409,
      BEHIND,
    ],
    ['write ids that are a list (V20)', [stored('desktop-2', '[]')], tuple('desktop-2'), 500, FAILED],
    ['write ids that are strings (V20)', [stored('desktop-2', '{"r":"1"}')], tuple('desktop-2'), 500, FAILED],
    ['a write id that is 0', [stored('desktop-2', '{"r":0}')], tuple('desktop-2'), 500, FAILED],
    ['too many write ids', [stored('desktop-2', JSON.stringify(many))], tuple('desktop-2'), 500, FAILED],
    ['a checkpoint at no time', [stored('desktop-2', '{}', 'noon')], tuple('desktop-2'), 500, FAILED],
    ['a checkpoint at no change', [stored(' ')], tuple('desktop-2'), 500, FAILED],
    ['a lower id at the same time (V18)', [stored('desktop-2')], tuple('desktop-3'), 409, BEHIND],
    [
      'an earlier time with a higher id',
      [stored('z', '{}', '2026-02-14T09:59:59.999Z')],
      tuple('a'),
      409,
      BEHIND,
    ],
    [
      'a replica that is missing (V19)',
      [stored('desktop-2', '{"desktop":9}')],
      tuple('desktop-2', {desktop: 2, mobile: 1}),
      409,
      BEHIND,
    ],
    [
      'a replica that is behind',
      [stored('desktop-2', '{"desktop":1}')],
      tuple('desktop-2', {desktop: 2}),
      409,
      BEHIND,
    ],
    [
      'a replica called like what every object has',
      [stored('desktop-2')],
      tuple('desktop-2', {constructor: 1}),
      409,
      BEHIND,
    ],
    ["an item of another user's", [], {itemId: 'item-2'}, 403, 'Forbidden'],
    ['a blob for an item', [], {itemId: 'known'}, 403, 'Forbidden'],
    ['its own staging for an item', [], {itemId: 's1'}, 403, 'Forbidden'],
    ['no such item', [], {itemId: 'none'}, 500, FAILED],
    ['behind, before the item is looked at', [], {itemId: 'none', ...tuple('a')}, 409, BEHIND],
    [
      'a blob that has become something else',
      [`UPDATE vfs_registry SET object_type = 'note' WHERE id = 'b1'`],
      {},
      409,
      CONFLICT,
    ],
    ['a blob that is gone', [`DELETE FROM vfs_registry WHERE id = 'b1'`], {}, 500, FAILED],
    ['bytes that are lost', [`UPDATE vfs_blob_bytes SET lost_at = 1`], {}, 500, FAILED],
    [
      'another relation kind, by its details',
      [link('blob-link:file', `'{"relationKind":"photo"}'`)],
      {},
      409,
      KIND,
    ],
    ['another relation kind, by its key', [link('blob-link:photo')], {}, 409, KIND],
    ['a link that says of no kind', [link('blob-link:')], {}, 500, FAILED],
    ['a plain link', [link('')], {}, 500, FAILED],
  ];

  test.each(rows)('%s: nothing changes', async (_, writes, fields, code, error) => {
    for (const sql of writes) bench.write(sql);
    const before = bench.metadata();
    expect(await bench.attach(fields)).toMatchObject({status: code, body: {error}});
    expect(bench.metadata()).toEqual(before);
    // whatever is the matter with it, it is that again
    expect(await bench.attach(fields)).toMatchObject({status: code, body: {error}});
  });

  test.each([
    [
      'the guarded update comes too late',
      'UPDATE vfs_links SET wrapped',
      status('abandoned'),
      409,
      NOT_ATTACHABLE,
    ],
  ])('%s: 409', async (_, statement, sql, code, error) => {
    bench.host.disk.hook = text => {
      if (text.includes(statement)) bench.write(sql);
    };
    expect(await bench.attach()).toMatchObject({status: code, body: {error}});
    expect(bench.rows(`SELECT * FROM vfs_links WHERE parent_id = 'item-1'`)).toEqual([]);
  });

  test.each(['UPDATE vfs_links SET wrapped', 'INSERT INTO vfs_links', 'COMMIT'])(
    'a disk that fails at %s: 500, and nothing changes',
    async statement => {
      const before = bench.metadata();
      bench.host.disk.hook = sql => {
        if (sql.includes(statement)) throw new Error('disk');
      };
      expect(await bench.attach()).toMatchObject({status: 500, body: {error: FAILED}});
      expect(bench.metadata()).toEqual(before);
    },
  );
});

describe('attach', () => {
  const attached = (fields: object = {}): object => ({
    status: 200,
    body: {
      ...{attached: true, stagingId: 's1', blobId: 'b1', itemId: 'item-1', relationKind: 'file'},
      ...{refId: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown, attachedAt: '2026-02-14T12:00:00.000Z'},
      ...fields,
    },
  });

  test.each(['file', 'emailAttachment', 'photo', 'other'])('links as %s', async relationKind => {
    expect(await bench.attach({relationKind})).toMatchObject(attached({relationKind}));
    expect(
      bench.rows(`SELECT wrapped_session_key, visible_children FROM vfs_links WHERE parent_id = 'item-1'`),
    ).toEqual([
      {
        wrapped_session_key: `blob-link:${relationKind}`,
        visible_children: `{"relationKind":"${relationKind}","attachedBy":"ann"}`,
      },
    ]);
  });

  test.each([
    ['equal in all (the boundary)', 'desktop-3', '{"desktop":2}', tuple('desktop-3', {desktop: 2})],
    ['a higher id at the same time (V18)', 'desktop-4', '{}', tuple('desktop-3')],
    [
      'more replicas than are asked for',
      'desktop-3',
      '{"desktop":9,"mobile":1}',
      tuple('desktop-3', {desktop: 2}),
    ],
    [
      'no write ids asked for: that is none, and the cursor still counts',
      'desktop-3',
      '{}',
      tuple('desktop-3'),
    ],
  ])('passes a checkpoint that is %s', async (_, changeId, ids, fields) => {
    bench.checkpoint('10:00', changeId, ids);
    expect(await bench.attach(fields)).toMatchObject(attached());
  });

  test('skips the check where nothing is asked for', async () => {
    bench.checkpoint('10:00', 'x', '[]');
    expect(await bench.attach()).toMatchObject(attached());
  });

  test.each([
    ['write', 'user', 'ann', 200],
    ['admin', 'group', 'crew', 200],
    ['read', 'user', 'ann', 403],
    ['write', 'group', 'strangers', 403],
  ])("to another's item: %s for %s %s is %d", async (level, type, principal, code) => {
    bench.write(
      `${GRANT} VALUES ('g1', 'item-2', ?, ?, ?, 'bob', 1, 1, NULL, NULL)`,
      ...[type, principal, level],
    );
    expect(await bench.attach({itemId: 'item-2'})).toMatchObject({status: code});
  });

  test.each(['revoked_at', 'expires_at'])('a grant that is over (%s) is none', async column => {
    bench.write(`${GRANT} VALUES ('g1', 'item-2', 'user', 'ann', 'write', 'bob', 1, 1, NULL, NULL)`);
    bench.write(`UPDATE vfs_acl_entries SET ${column} = ?`, NOW_MS);
    expect(await bench.attach({itemId: 'item-2'})).toMatchObject({status: 403});
  });

  test('of the same blob to the same item by another staging: the same link', async () => {
    const first = await bench.attach();
    await bench.staged({stagingId: 's2'});
    bench.host.clock.set(NOW_MS + 5_000);
    const second = await bench.attach({}, 's2');
    expect(second).toEqual({...first, body: {...(first.body as object), stagingId: 's2'}});
    await bench.staged({stagingId: 's3'});
    expect(await bench.attach({relationKind: 'photo'}, 's3')).toMatchObject({
      status: 409,
      body: {error: KIND},
    });
  });

  test('is not undone by what later stagings of the blob do', async () => {
    await bench.attach();
    const link = bench.rows(`SELECT * FROM vfs_links WHERE parent_id = 'item-1'`);
    await bench.staged({stagingId: 's2'});
    await bench.abandon('s2');
    expect(bench.rows(`SELECT * FROM vfs_links WHERE parent_id = 'item-1'`)).toEqual(link);
  });

  test('leaves nothing in the feed, as staging does not (D34)', async () => {
    await bench.attach();
    expect(bench.rows('SELECT * FROM vfs_crdt_ops')).toEqual([]);
  });
});

describe('a second attach', () => {
  test('that is the same gets the first answer, also when the time is over', async () => {
    bench.checkpoint('10:00', 'desktop-3', '{"desktop":2}');
    const fields = tuple('desktop-3', {desktop: 2});
    const first = await bench.attach(fields);
    bench.host.clock.set(NOW_MS + 86_400_000);
    bench.write(`DELETE FROM vfs_sync_client_state`);
    expect(await bench.attach(fields)).toEqual(first);
  });

  test.each([
    ['another item', {itemId: 'item-2'}],
    ['another relation kind', {relationKind: 'photo'}],
    ['another checkpoint', tuple('desktop-3')],
  ])('with %s is 409', async (_, fields) => {
    await bench.attach();
    const before = bench.metadata();
    expect(await bench.attach(fields)).toMatchObject({status: 409, body: {error: NOT_ATTACHABLE}});
    expect(bench.metadata()).toEqual(before);
  });

  test('that is the same is 409 where repeats are refused, as upstream does (V21)', async () => {
    bench = await BlobBench.open({repeats: REFUSE_REPEATS});
    await bench.staged();
    expect(await bench.attach()).toMatchObject({status: 200});
    expect(await bench.attach()).toMatchObject({status: 409, body: {error: NOT_ATTACHABLE}});
  });

  test('is 409 where the first left no link, as a migration may have it', async () => {
    await bench.attach();
    bench.write(`DELETE FROM vfs_links WHERE parent_id = 'item-1'`);
    expect(await bench.attach()).toMatchObject({status: 409, body: {error: NOT_ATTACHABLE}});
  });

  test('at the same time as an abandon: one of them wins', async () => {
    const [attach, abandon] = await Promise.all([bench.attach(), bench.abandon()]);
    expect([attach.status, abandon.status]).toEqual([200, 409]);
  });
});
