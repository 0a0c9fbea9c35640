/** Reconcile, beyond what it answers: the join, what is kept of a checkpoint, and what a stored one may say. */
import {describe, expect, test} from 'vitest';
import {encodeCursor} from '../../../src/impl/vfs/cursor.ts';
import {
  type JoinedCheckpoint,
  joinCheckpoints,
  readWriteIds,
} from '../../../src/impl/vfs/server-reconcile.ts';
import type {Cursor, ReconcileState, WriteIds} from '../../../src/model/vfs/types.ts';
import {at, cursor} from './scripted-transport.ts';
import {link, ServerRig} from './server-rig.ts';

const NOON_MS = 1_771_070_400_000;
const manyIds = (count: number, name: string): WriteIds =>
  Object.fromEntries(Array.from({length: count}, (_, index) => [`${name}${index}`, 1]));
const STORED = `SELECT * FROM vfs_sync_client_state`;

/** The position of the feed's row for an operation of the client. */
function positionOf(rig: ServerRig, opId: string): Cursor {
  const row = rig.rows('SELECT id FROM vfs_crdt_ops WHERE client_op_id = ?', [opId])[0];
  return {changedAt: at('11:00'), changeId: String(row?.['id'])};
}

/** A server whose feed has one row, of the operation `a` with the write id 5. */
async function started(): Promise<{readonly rig: ServerRig; readonly end: Cursor}> {
  const rig = await ServerRig.open();
  await rig.push([link('a', 5)]);
  rig.marks.length = 0;
  return {rig, end: positionOf(rig, 'a')};
}

const asked = (cursor: Cursor, lastReconciledWriteIds: WriteIds = {}, clientId = 'c'): object => ({
  clientId,
  cursor: encodeCursor(cursor),
  lastReconciledWriteIds,
});

describe('joinCheckpoints', () => {
  const stored = {cursor: cursor('11:00', 'b'), lastReconciledWriteIds: {a: 5}};

  test('the first checkpoint is taken as it is', () => {
    expect(joinCheckpoints(null, stored)).toEqual({
      state: stored,
      advancedCursor: true,
      advancedLastReconciledWriteIds: true,
    });
  });

  const [before, same, later] = [cursor('11:00', 'a'), cursor('11:00', 'b'), cursor('11:00', 'c')];
  test.each<[string, ReconcileState, JoinedCheckpoint]>([
    ['the same', {cursor: same, lastReconciledWriteIds: {a: 5}}, joined(same, {a: 5}, [])],
    ['less', {cursor: before, lastReconciledWriteIds: {a: 4}}, joined(same, {a: 5}, [])],
    ['a later cursor', {cursor: later, lastReconciledWriteIds: {}}, joined(later, {a: 5}, ['cursor'])],
    ['a greater id', {cursor: before, lastReconciledWriteIds: {a: 6}}, joined(same, {a: 6}, ['ids'])],
    ['a new replica', {cursor: same, lastReconciledWriteIds: {b: 1}}, joined(same, {a: 5, b: 1}, ['ids'])],
    [
      'a replica named like what every object has',
      {cursor: same, lastReconciledWriteIds: {constructor: 1}},
      joined(same, {a: 5, constructor: 1}, ['ids']),
    ],
  ])('%s', (_what, incoming, expected) => {
    expect(joinCheckpoints(stored, incoming)).toEqual(expected);
  });
});

function joined(cursor: Cursor, ids: WriteIds, advanced: readonly ('cursor' | 'ids')[]): JoinedCheckpoint {
  return {
    state: {cursor, lastReconciledWriteIds: ids},
    advancedCursor: advanced.includes('cursor'),
    advancedLastReconciledWriteIds: advanced.includes('ids'),
  };
}

test.each([
  ['{"a":1}', {a: 1}],
  ['{}', {}],
  ['not json', null],
  ['[]', null],
  ['{"a":0}', null],
])('of a stored %s the write ids are %j', (text, ids) => {
  expect(readWriteIds({last_reconciled_write_ids: text})).toEqual(ids);
});

describe('reconcile', () => {
  test('stores a checkpoint of this feed under the name of its client, trimmed', async () => {
    const {rig, end} = await started();
    expect(await rig.reconcile({...asked(end, {a: 5}), clientId: ' c '})).toEqual([200, asked(end, {a: 5})]);
    expect(rig.rows(STORED)).toEqual([
      {
        user_id: 'user-1',
        client_id: 'crdt:c',
        last_reconciled_at: end.changedAt,
        last_reconciled_change_id: end.changeId,
        last_reconciled_write_ids: '{"a":5}',
        updated_at: NOON_MS,
      },
    ]);
    expect(rig.marks).toEqual([]);
  });

  test('keeps ids that its heads have reached, and answers the others all the same', async () => {
    const {rig, end} = await started();
    const ids = {a: 6, b: 1, constructor: 2} as unknown as WriteIds;
    expect(await rig.reconcile(asked(end, ids))).toEqual([200, asked(end, ids)]);
    expect(rig.rows(STORED).map(row => row['last_reconciled_write_ids'])).toEqual(['{}']);
    expect(await rig.reconcile(asked(end, {a: 4}))).toEqual([200, asked(end, {a: 4})]);
    expect(rig.rows(STORED).map(row => row['last_reconciled_write_ids'])).toEqual(['{"a":4}']);
    expect(await rig.reconcile(asked(end, {a: 3}))).toEqual([200, asked(end, {a: 4})]);
  });

  test('of a cursor that is not of this feed nothing is kept, and that is marked', async () => {
    const {rig, end} = await started();
    const forged = {...end, changeId: `${end.changeId}0`};
    expect(await rig.reconcile(asked(forged, {a: 5}))).toEqual([200, asked(forged, {a: 5})]);
    expect(rig.rows(STORED)).toEqual([]);
    expect(rig.marks).toEqual(['vfs.server.reconcile.notOfThisFeed']);
  });

  const store = (rig: ServerRig, time: unknown, id: unknown, ids: string): void => {
    const row = ['user-1', 'crdt:c', time as string, id as string, ids, 1];
    rig.run('INSERT INTO vfs_sync_client_state VALUES (?, ?, ?, ?, ?, ?)', row);
  };

  test('512 replicas are joined, 513 are a failure that changes nothing', async () => {
    const {rig, end} = await started();
    store(rig, end.changedAt, end.changeId, JSON.stringify(manyIds(500, 's')));
    const [status, body] = await rig.reconcile(asked(end, manyIds(12, 'i')));
    expect(status).toBe(200);
    expect(Object.keys((body as {lastReconciledWriteIds: WriteIds}).lastReconciledWriteIds).length).toBe(512);
    const before = rig.rows(STORED);
    expect(await rig.reconcile(asked(end, manyIds(13, 'i')))).toEqual([
      500,
      {error: 'Failed to reconcile CRDT cursor'},
    ]);
    expect(rig.rows(STORED)).toEqual(before);
  });

  test.each<[string, unknown, unknown]>([
    ['no time', null, 'z'],
    ['a time that is none', 'noon', 'z'],
    ['no id', at('12:00'), null],
  ])('a stored checkpoint with %s counts as not there', async (_what, time, id) => {
    const {rig, end} = await started();
    store(rig, time, id, '{"a":9}');
    expect(await rig.reconcile(asked(end, {a: 5}))).toEqual([200, asked(end, {a: 5})]);
    expect(rig.rows(STORED)).toMatchObject([
      {last_reconciled_at: end.changedAt, last_reconciled_change_id: end.changeId, updated_at: NOON_MS},
    ]);
  });

  test.each(['not json', '[9]', '{"a":0}'])(
    'of a stored checkpoint with the write ids %s the cursor counts, and no id',
    async ids => {
      const {rig, end} = await started();
      store(rig, at('11:30'), 'z', ids);
      expect(await rig.reconcile(asked(end, {a: 5}))).toEqual([200, asked(cursor('11:30', 'z'), {a: 5})]);
    },
  );

  test.each([
    [{clientId: null}, 'clientId and cursor are required'],
    [{cursor: 7}, 'clientId and cursor are required'],
    [{clientId: 'a:b'}, 'clientId must not contain ":"'],
    [{clientId: 'x'.repeat(129)}, 'clientId must be non-empty, <=128 chars, and must not contain ":"'],
    // first things first: what is wrong with the cursor, then with the ids, then with the client
    [{clientId: 'a:b', cursor: 'garbled!'}, 'Invalid cursor'],
    [
      {clientId: 'a:b', lastReconciledWriteIds: {a: 0}},
      'lastReconciledWriteIds contains invalid writeId (must be a positive integer)',
    ],
  ])('%j is refused: %s', async (wrong, error) => {
    const {rig, end} = await started();
    expect(await rig.reconcile({...asked(end), ...wrong})).toEqual([400, {error}]);
    expect(rig.rows(STORED)).toEqual([]);
  });
});
