/** Golden vectors on a real server: clients that write at once, retry and pull in pages come to one state. */
import {describe, expect, it} from 'vitest';
import {joinCheckpoints} from '../../../src/impl/vfs/server-reconcile.ts';
import {joinWriteIds} from '../../../src/impl/vfs/write-ids.ts';
import type {Cursor} from '../../../src/model/vfs/types.ts';
import {at, cursor} from '../../impl/vfs/scripted-transport.ts';
import {act, ask, crash, flush, give, link, queue, snapshot, sync, unlink} from './acts.ts';
import {script, type Said} from './script.ts';

const PUSH = 'POST /v1/vfs/crdt/push';
const PULL = 'GET /v1/vfs/crdt/sync';

const times = ({feed}: Said<string>): string[] =>
  feed.map(row => `${String(row['client_op_id'])} ${new Date(Number(row['occurred_ms'])).toISOString()}`);

describe('[V1] two clients flush at once, then sync in pages of 2 and 1', () => {
  const grant = {itemId: 'item-1', principalType: 'group', principalId: 'group-1'};
  it.each([
    // the feed is in order of arrival; the level and the clocks of the vector are those of one arrival order
    ['desktop', 'write', ['mobile-1', at('12:00:02.001')], ['mobile-3', at('12:00:04')]],
    ['mobile', 'read', ['desktop-1', at('12:00:04.001')], ['desktop-2', at('12:00:04.002')]],
  ] as const)('%s arrives first: all agree, level %s', async (first, accessLevel, item, root) => {
    const {exports, told, opOf, violations, asked} = await script({
      clients: {desktop: {pullLimit: 2}, mobile: {pullLimit: 1}},
      steps: [
        queue('desktop', give('desktop-1', '12:00:00'), link('desktop-2', '12:00:02')),
        queue('mobile', give('mobile-1', '12:00:01', 'write'), unlink('mobile-2', '12:00:03')),
        queue('mobile', link('mobile-3', '12:00:04')),
        [flush('desktop'), flush('mobile')],
        [sync('desktop'), sync('mobile')],
        act('desktop', ({client}) => client.listChangedContainers(null, 1)),
        act('desktop', ({client}) =>
          client.listChangedContainers(client.listChangedContainers(null, 1).nextCursor, 1),
        ),
      ],
      fates: {
        [`desktop>api ${PUSH} #1 req`]: {delayMs: first === 'desktop' ? 5 : 15},
        [`mobile>api ${PUSH} #1 req`]: {delayMs: first === 'mobile' ? 5 : 15},
      },
    });
    const {desktop, mobile} = exports;
    expect(asked.slice(0, 2).map(({from, what}) => `${from} ${what}`)).toEqual([
      `${first} push`,
      `${first === 'desktop' ? 'mobile' : 'desktop'} push`,
    ]);
    expect(desktop.replaySnapshot.acl).toEqual([{...grant, accessLevel}]);
    expect(desktop.replaySnapshot.links).toEqual([{parentId: 'root', childId: 'item-1'}]);
    expect(desktop.reconcileState?.lastReconciledWriteIds).toEqual({desktop: 2, mobile: 3});
    const clocks = desktop.containerClocks.map(clock => [
      clock.containerId,
      opOf(clock.changeId),
      clock.changedAt,
    ]);
    expect(clocks).toEqual([
      ['item-1', ...item],
      ['root', ...root],
    ]);
    expect({...mobile, nextLocalWriteId: 3}).toEqual(desktop);
    expect(mobile.nextLocalWriteId).toBe(4);
    const [onItem, onRoot] = desktop.containerClocks;
    const place = (clock: Cursor | undefined): unknown => ({
      changedAt: clock?.changedAt,
      changeId: clock?.changeId,
    });
    expect(told.desktop.slice(-2)).toEqual([
      {items: [onItem], hasMore: true, nextCursor: place(onItem)},
      {items: [onRoot], hasMore: false, nextCursor: place(onRoot)},
    ]);
    expect(violations).toMatchObject({desktop: [], mobile: []});
  });
});

describe('write ids', () => {
  it('[V2] a stale write id is rebased past what the server knows', async () => {
    const {told, exports, asked, violations} = await script({
      clients: {lost: {clientId: 'desktop'}, desktop: {}},
      steps: [
        queue('lost', give('old-1', '12:10:00')),
        flush('lost'),
        queue('desktop', link('new-1', '12:10:01')),
        flush('desktop'),
      ],
    });
    expect(told.desktop[1]).toEqual({pushedOperations: 1, pulledOperations: 1, pullPages: 1});
    expect(exports.desktop.reconcileState?.lastReconciledWriteIds).toEqual({desktop: 2});
    expect(exports.desktop.nextLocalWriteId).toBe(3);
    const pushed = asked.filter(({from, what}) => from === 'desktop' && what === 'push');
    expect(pushed.map(({body}) => body['operations'])).toMatchObject([[{writeId: 1}], [{writeId: 2}]]);
    expect(violations.desktop).toEqual([]);
  });

  it('[V22] maps and checkpoints are joined, never replaced', async () => {
    expect(Object.entries(joinWriteIds({desktop: 9, mobile: 2}, {tablet: 3, desktop: 7}))).toEqual([
      ['desktop', 9],
      ['mobile', 2],
      ['tablet', 3],
    ]);
    const day = (time: string, changeId: string): Cursor => cursor(time, changeId);
    const stored = {cursor: day('06:00:03', 'change-30'), lastReconciledWriteIds: {desktop: 3, mobile: 1}};
    const late = {
      cursor: day('06:00:02', 'change-20'),
      lastReconciledWriteIds: {desktop: 2, mobile: 5, tablet: 1},
    };
    expect(joinCheckpoints(stored, late)).toEqual({
      state: {cursor: stored.cursor, lastReconciledWriteIds: {desktop: 3, mobile: 5, tablet: 1}},
      advancedCursor: false,
      advancedLastReconciledWriteIds: true,
    });
  });

  it('[V22] a server that is told an older checkpoint answers the join of both, and keeps it', async () => {
    const reconcileAt = (
      rows: number,
      lastReconciledWriteIds: Record<string, number>,
    ): ReturnType<typeof act> =>
      act('desktop', async ({transport, client}) => {
        const {items} = await transport.pullOperations({userId: '', clientId: '', cursor: null, limit: rows});
        const last = items.at(-1);
        const place = {changedAt: last?.occurredAt ?? '', changeId: last?.opId ?? ''};
        const told = {userId: 'user-1', clientId: 'shared', cursor: place, lastReconciledWriteIds};
        const answer = await transport.reconcileState(told);
        return [
          client.exportState().pendingOperations.length,
          answer.cursor.changedAt,
          answer.lastReconciledWriteIds,
        ];
      });
    const writes = (count: number, name: string): ReturnType<typeof queue> =>
      queue(
        name,
        ...Array.from({length: count}, (_, index) => link(`${name}-${index}`, '06:00:00', `p${index}`)),
      );
    const {told, queried} = await script({
      clients: {desktop: {}, mobile: {}, tablet: {}},
      steps: [
        [writes(3, 'desktop'), writes(5, 'mobile'), writes(1, 'tablet')],
        flush('desktop'),
        flush('mobile'),
        flush('tablet'),
        reconcileAt(3, {desktop: 3, mobile: 1}),
        reconcileAt(2, {desktop: 2, mobile: 5, tablet: 1}),
      ],
      query: `SELECT last_reconciled_at AS at, last_reconciled_write_ids AS ids FROM vfs_sync_client_state
        WHERE client_id = 'crdt:shared'`,
    });
    expect(told.desktop.slice(-2)).toEqual([
      [0, at('06:00:00.002'), {desktop: 3, mobile: 1}],
      [0, at('06:00:00.002'), {desktop: 3, mobile: 5, tablet: 1}],
    ]);
    expect(queried).toEqual([{at: at('06:00:00.002'), ids: '{"desktop":3,"mobile":5,"tablet":1}'}]);
  });
});

describe('retries and times', () => {
  it('[V5] a push that was committed and whose answer was lost is acknowledged the second time', async () => {
    const {told, exports, feed} = await script({
      clients: {desktop: {}},
      steps: [
        queue('desktop', give('desktop-1', '12:00')),
        flush('desktop'),
        snapshot('desktop'),
        flush('desktop'),
      ],
      fates: {[`desktop>api ${PUSH} #1 res`]: {delayMs: 1, act: 'lose-response'}},
    });
    expect(told.desktop[1]).toEqual({refused: 'network timeout'});
    expect(told.desktop[2]).toMatchObject({pendingOperations: 1, acl: []});
    expect(told.desktop[3]).toEqual({pushedOperations: 1, pulledOperations: 1, pullPages: 1});
    expect(exports.desktop.pendingOperations).toEqual([]);
    expect(exports.desktop.replaySnapshot.acl).toHaveLength(1);
    expect(feed.map(row => row['client_op_id'])).toEqual(['desktop-1']);
  });

  it.each(['12:20', '12:30'])(
    '[V6] an operation of %s, not after the cursor, enters the feed after it',
    async time => {
      const said = await script({
        clients: {desktop: {}},
        steps: [
          queue('desktop', give('desktop-1', '12:30')),
          flush('desktop'),
          queue('desktop', link('desktop-2', time)),
          flush('desktop'),
        ],
      });
      // the client already pushes it so; the server's id of it is its own, its name is the client's
      const pushed = said.asked.filter(({what}) => what === 'push').at(-1);
      expect(pushed?.body['operations']).toMatchObject([{opId: 'desktop-2', occurredAt: at('12:30:00.001')}]);
      expect(times(said)).toEqual([`desktop-1 ${at('12:30')}`, `desktop-2 ${at('12:30:00.001')}`]);
    },
  );

  it('[V17] what comes late is stored one millisecond after the newest, under the lock of its user', async () => {
    const push = (replica: string, opId: string, time: string): ReturnType<typeof ask> => {
      const operation = {...link(opId, time), replicaId: replica, writeId: 1};
      return ask('bare', 'POST', '/v1/vfs/crdt/push', {clientId: replica, operations: [operation]});
    };
    const said = await script({
      clients: {bare: {bare: true}},
      steps: [push('desktop', 'a', '20:00:05'), push('mobile', 'b', '20:00:01')],
      query: 'SELECT name FROM vfs_feed_locks',
    });
    expect(said.told.bare).toEqual([
      [200, {clientId: 'desktop', results: [{opId: 'a', status: 'applied'}]}],
      [200, {clientId: 'mobile', results: [{opId: 'b', status: 'applied'}]}],
    ]);
    expect(times(said)).toEqual([`a ${at('20:00:05')}`, `b ${at('20:00:05.001')}`]);
    expect(said.queried).toEqual([{name: 'vfs_crdt_feed:user-1'}]);
  });
});

describe('pages and windows', () => {
  it('[V23] a branch race replays to the same intermediate states, page by page, whatever is lost between', async () => {
    const lost = {delayMs: 1, act: 'lose-request'};
    const {told, exports} = await script({
      clients: {desktop: {}, reader: {pullLimit: 2}},
      items: {folder: 'user-1', old: 'user-1', new: 'user-1'},
      steps: [
        queue('desktop', link('1', '12:00:01', 'root', 'folder'), link('2', '12:00:02', 'folder', 'old')),
        queue('desktop', unlink('3', '12:00:03', 'root', 'folder'), link('4', '12:00:04', 'folder', 'new')),
        queue('desktop', unlink('5', '12:00:05', 'folder', 'old'), unlink('6', '12:00:06', 'folder', 'new')),
        flush('desktop'),
        ...[1, 2, 3, 4].flatMap(() => [sync('reader'), snapshot('reader')]),
      ],
      fates: {[`reader>api ${PULL} #2 req`]: lost, [`reader>api ${PULL} #4 req`]: lost},
    });
    const timeout = {refused: 'network timeout'};
    const [first, one, second, two, third, three, fourth, four] = told.reader;
    expect([first, second, third, fourth]).toEqual([
      timeout,
      timeout,
      {pulledOperations: 2, pullPages: 1},
      {pulledOperations: 0, pullPages: 1},
    ]);
    const edge = (parentId: string, childId: string): unknown => ({parentId, childId});
    expect(one).toMatchObject({links: [edge('folder', 'old'), edge('root', 'folder')]});
    expect(two).toMatchObject({links: [edge('folder', 'new'), edge('folder', 'old')]});
    expect(three).toMatchObject({links: []});
    expect(four).toEqual(three);
    expect(exports.reader.replaySnapshot).toEqual(exports.desktop.replaySnapshot);
  });

  it('[V26] a clock cursor from before a restart shows nothing where nothing was written', async () => {
    let last: Cursor | null = null;
    const window = act('desktop', ({client}) => {
      const page = client.listChangedContainers(last);
      last = page.nextCursor ?? last;
      return page;
    });
    const {told} = await script({
      clients: {desktop: {}},
      steps: [
        queue('desktop', give('desktop-1', '12:00')),
        flush('desktop'),
        window,
        crash('desktop'),
        window,
        sync('desktop'),
        window,
      ],
    });
    const nothing = {items: [], hasMore: false, nextCursor: null};
    expect(told.desktop[2]).toMatchObject({items: [{containerId: 'item-1'}], hasMore: false});
    expect(told.desktop.slice(3)).toEqual([nothing, {pulledOperations: 0, pullPages: 1}, nothing]);
  });
});
