/**
 * The client's own database: what was told is durable, a crash at any statement leaves before or after, and
 * harm is named.
 */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {VfsStoredStateError} from '../../../src/impl/vfs/client-errors.ts';
import {VfsClient} from '../../../src/impl/vfs/client.ts';
import type {ExportedState, FeedItem} from '../../../src/model/vfs/types.ts';
import {MemoryDisk, memoryHost, settled} from './memory-host.ts';
import {
  cursor,
  edge,
  grant,
  page,
  PRISTINE,
  rejection,
  rig,
  type Rig,
  ScriptedTransport,
} from './scripted-transport.ts';

const link = (
  opId: string,
): {opType: 'link_add'; opId: string; itemId: string; parentId: string; childId: string} => ({
  opType: 'link_add',
  opId,
  itemId: 'a',
  parentId: 'b',
  childId: 'a',
});

/** A life with a bit of everything; whoever calls it may crash it anywhere. */
async function live({client, transport}: Rig): Promise<void> {
  transport.pulls.push(
    page([grant('1', '12:00'), edge('2', '12:01')], {hasMore: true, lastReconciledWriteIds: {mobile: 1}}),
    page([grant('3', '12:02', {opType: 'acl_remove'}), edge('4', '12:03', {opType: 'link_remove'})]),
    page([grant('5', '12:04', {itemId: 'b'})], {lastReconciledWriteIds: {desktop: 2, mobile: 1}}),
  );
  await client.queueLocalOperation(link('x'));
  await client.sync();
  await client.queueLocalOperation(link('y'));
  await client.flush();
  await client.queueLocalOperation(link('z'));
  await client.discardOperation('z');
}

describe('the client store', () => {
  test('a new life finds what the last one exported, to the letter', async () => {
    const disk = new MemoryDisk();
    const one = await rig({disk});
    await live(one);
    await one.client.queueLocalOperation({
      ...link('kept "é😀\' -- \\u0000'),
      occurredAt: '2026-02-14T00:00Z',
    });
    const two = await rig({disk, life: 1});
    expect(two.client.exportState()).toEqual(one.client.exportState());
    expect(JSON.stringify(two.client.exportState())).toBe(JSON.stringify(one.client.exportState()));
  });

  test('a crash at any statement leaves an export that the client had, or the very next one', async () => {
    const statements: string[] = [];
    const whole = await rig();
    whole.host.disk.hook = sql => void statements.push(sql);
    await live(whole);
    for (let crashAt = 0; crashAt < statements.length; crashAt += 1) {
      const exports: ExportedState[] = [];
      const disk = new MemoryDisk();
      const made = await rig({disk});
      let count = 0;
      disk.hook = () => {
        exports.push(made.client.exportState());
        count += 1;
        return count > crashAt ? new Promise<void>(() => undefined) : undefined;
      };
      void live(made);
      await settled();
      expect(count).toBe(crashAt + 1);
      const next = await rig({disk: disk.afterCrash(), life: 1});
      expect(next.client.exportState()).toEqual(exports.at(-1));
      await next.client.flush();
    }
  });

  test('a page of many items is a handful of statements', async () => {
    const {client, transport, host} = await rig();
    const statements: string[] = [];
    const items: FeedItem[] = Array.from({length: 100}, (_, n) =>
      n % 2 === 0
        ? grant(`g${String(n).padStart(3, '0')}`, '12:00', {itemId: `i${n}`})
        : edge(`l${String(n).padStart(3, '0')}`, '12:01', {parentId: `p${n}`}),
    ).sort((a, b) => (a.occurredAt + a.opId < b.occurredAt + b.opId ? -1 : 1));
    transport.pulls.push(page(items));
    host.disk.hook = sql => void statements.push(sql);
    await client.sync();
    expect(client.snapshot()).toMatchObject({acl: {length: 50}, links: {length: 50}});
    expect(statements.filter(sql => sql !== 'BEGIN' && sql !== 'COMMIT').length).toBe(4);
    statements.length = 0;
    await client.sync();
    expect(statements).toEqual([]);
  });

  test('an export is frozen and is made once between changes', async () => {
    const {client} = await rig();
    expect(client.exportState()).toEqual(PRISTINE);
    expect(client.exportState()).toBe(client.exportState());
    await client.queueLocalOperation(link('x'));
    const exported = client.exportState();
    expect(() => {
      (exported.pendingOperations as unknown[]).pop();
    }).toThrow(TypeError);
    expect(() => {
      (exported.pendingOperations[0] as {itemId: string}).itemId = 'other';
    }).toThrow(TypeError);
    expect(structuredClone(exported)).toEqual(exported);
  });

  test('a database that someone else writes to is not written over', async () => {
    const disk = new MemoryDisk();
    const one = await rig({disk});
    const none = await rig({disk});
    await one.client.queueLocalOperation(link('x'));
    expect(await rejection(none.client.queueLocalOperation(link('w')))).toBeInstanceOf(VfsStoredStateError);
    const two = await rig({disk, life: 1});
    await two.client.queueLocalOperation(link('y'));
    const error = await rejection(one.client.queueLocalOperation(link('z')));
    expect(error).toBeInstanceOf(VfsStoredStateError);
    expect(error.message).toBe('stored client state is invalid: someone else wrote to it');
    expect((await rig({disk, life: 2})).client.exportState()).toEqual(two.client.exportState());
  });

  test.each([
    ["UPDATE position SET client_id = 'mobile'", 'it belongs to another client'],
    ['DELETE FROM position', 'rows without a position'],
    ['UPDATE position SET revision = 0', 'revision must be a positive safe integer'],
    ["UPDATE acl SET access_level = 'owner'", 'state.replaySnapshot.acl[0] is invalid'],
    ["UPDATE links SET parent_id = ''", 'state.replaySnapshot.links[0] is invalid'],
    ["UPDATE clocks SET changed_at = 'x'", 'state.containerClocks[0] is invalid'],
    [
      "UPDATE clocks SET changed_at = '2027-01-01'",
      'state.containerClocks[0] is ahead of persisted sync cursor',
    ],
    ['UPDATE position SET replay_change_id = NULL', 'transport returned invalid persisted replay cursor'],
    [
      "UPDATE position SET replay_changed_at = '2027-01-01'",
      'persisted reconcile cursor regressed persisted replay cursor',
    ],
    [
      'UPDATE position SET reconcile_changed_at = NULL',
      'transport returned invalid persisted reconcile cursor',
    ],
    [
      "UPDATE position SET write_ids = '{'",
      'lastReconciledWriteIds must be an object map of replicaId -> writeId',
    ],
    [
      'UPDATE position SET write_ids = NULL',
      'lastReconciledWriteIds must be an object map of replicaId -> writeId',
    ],
    ["UPDATE position SET next_write_id = 'x'", 'state.nextLocalWriteId must be a positive safe integer'],
    ['UPDATE position SET next_write_id = 1', 'nextLocalWriteId is not above every write id in use'],
    ["UPDATE pending SET operation = 'x'", 'state.pendingOperations[0] is invalid'],
    ["UPDATE pending SET operation = '{}'", 'state.pendingOperations[0].opType is invalid'],
  ])('%s: refused by name', async (harm, problem) => {
    const disk = new MemoryDisk();
    const {client, transport} = await rig({disk});
    transport.pulls.push(
      page([grant('1', '12:00'), edge('2', '12:01')], {lastReconciledWriteIds: {mobile: 1}}),
    );
    await client.sync();
    await client.queueLocalOperation(link('x'));
    disk.files.get('client')?.exec(harm);
    const error = await rejection(rig({disk, life: 1}));
    expect(error).toBeInstanceOf(VfsStoredStateError);
    expect(error.message).toBe(`stored client state is invalid: ${problem}`);
  });

  test('a queued operation that came back as the boundary locks nobody out', async () => {
    const disk = new MemoryDisk();
    const {client, transport} = await rig({disk});
    await client.queueLocalOperation(link('mine'));
    transport.pulls.push(page([edge('mine', '12:00')]));
    await client.sync();
    expect((await rig({disk, life: 1})).client.exportState()).toEqual(client.exportState());
  });

  const text = fc
    .string({unit: 'grapheme', minLength: 1})
    .filter(value => value.trim() !== '' && !value.includes('\0'));

  test.prop([
    fc.array(fc.record({itemId: text, other: text, link: fc.boolean()}), {minLength: 1, maxLength: 5}),
  ])('any text comes back from the disk as it went in, and hydrates another client', async rows => {
    const disk = new MemoryDisk();
    const {client, transport} = await rig({disk});
    transport.pulls.push(
      page(
        rows.map(({itemId, other, link: isLink}, index) =>
          isLink
            ? edge(`f${index}`, `12:0${index}`, {itemId, childId: itemId, parentId: other})
            : grant(`f${index}`, `12:0${index}`, {itemId, principalId: other}),
        ),
      ),
    );
    await client.sync();
    for (const {itemId, other} of rows) {
      await client.queueLocalOperation({
        opType: 'acl_remove',
        itemId,
        principalType: 'user',
        principalId: other,
      });
    }
    const exported = client.exportState();
    expect((await rig({disk, life: 1})).client.exportState()).toEqual(exported);
    const other = await rig();
    await other.client.hydrateState(JSON.parse(JSON.stringify(exported)));
    expect(other.client.exportState()).toEqual(exported);
  });
});

describe('open', () => {
  const transport = new ScriptedTransport();
  const good = {userId: 'u', clientId: 'c', transport};
  test.each([
    [{...good, userId: ' ', clientId: ''}, 'userId is required'],
    [{...good, clientId: ' '}, 'clientId is required'],
    [{...good, clientId: 'x'.repeat(129)}, 'clientId must be non-empty and at most 128 characters'],
    [{...good, clientId: 'a:b'}, 'clientId must not include ":"'],
    [{...good, pullLimit: 501}, 'pullLimit must be an integer between 1 and 500'],
    [{...good, pullLimit: 0.5}, 'pullLimit must be an integer between 1 and 500'],
    [
      {...good, maxRematerializationAttempts: -1},
      'maxRematerializationAttempts must be a non-negative integer',
    ],
    [{...good, stalePages: 'maybe' as 'fail'}, 'stalePages must be fail or soften'],
  ])('%j: %s', async (options, message) => {
    expect(await rejection(VfsClient.open(memoryHost(), options))).toMatchObject({
      name: 'VfsSyncError',
      message,
    });
  });

  test('the state is that of the place, whoever opens it', async () => {
    const disk = new MemoryDisk();
    const {client} = await rig({disk});
    await client.hydrateState({
      ...PRISTINE,
      replaySnapshot: {acl: [], links: [], cursor: cursor('12:00', 'x')},
    });
    const error = await rejection(
      VfsClient.open(memoryHost({disk}), {...good, userId: 'user-2', clientId: 'desktop'}),
    );
    expect(error.message).toBe('stored client state is invalid: it belongs to another client');
  });
});
