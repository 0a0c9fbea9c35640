/** Checklist, protocol: branch races, reparenting, late operations, checkpoints told at once, and crashes at every commit. */
import {describe, expect, it} from 'vitest';
import {encodeCursor} from '../../../src/impl/vfs/cursor.ts';
import type {Rematerialization} from '../../../src/model/vfs/types.ts';
import {at, cursor, edge} from '../../impl/vfs/scripted-transport.ts';
import {act, ask, flush, give, link, queue, revoke, state, sync, unlink} from './acts.ts';
import {page} from './answers.ts';
import {script} from './script.ts';

const PUSH = 'POST /v1/vfs/crdt/push';
const NAMES = ['desktop', 'mobile', 'tablet'] as const;

describe('[sync-protocol-harness]', () => {
  it('all replicas equal the server after concurrent writes, whatever their pages', async () => {
    const {told, exports} = await script({
      clients: {desktop: {pullLimit: 1}, mobile: {pullLimit: 2}, tablet: {pullLimit: 500}},
      steps: [
        [
          queue('desktop', give('d-1', '12:00'), link('d-2', '12:02'), unlink('d-3', '12:04')),
          queue('mobile', give('m-1', '12:01', 'admin'), link('m-2', '12:03', 'shelf')),
          queue('tablet', revoke('t-1', '12:01'), give('t-2', '12:05', 'write'), link('t-3', '12:06')),
        ],
        NAMES.map(name => flush(name)),
        NAMES.map(name => sync(name)),
        ask('desktop', 'GET', '/v1/vfs/crdt/snapshot?clientId=any'),
      ],
    });
    const [status, server] = told.desktop.at(-1) as [number, Rematerialization];
    expect(status).toBe(200);
    for (const name of NAMES) {
      const {replaySnapshot, reconcileState, containerClocks} = exports[name];
      expect({replaySnapshot, reconcileState, containerClocks}).toEqual({
        replaySnapshot: server.replaySnapshot,
        reconcileState: server.reconcileState,
        containerClocks: server.containerClocks,
      });
    }
  });

  it.each([
    ['desktop', 'right'],
    ['mobile', 'left'],
  ] as const)(
    'a concurrent reparent leaves exactly one parent: %s arrives first, %s wins',
    async (first, parentId) => {
      const move = (on: string, to: string, from: readonly string[]): ReturnType<typeof queue> =>
        queue(on, ...from.map(old => unlink(`${on}-${old}`, '12:01', old)), link(`${on}-${to}`, '12:02', to));
      const {exports, violations} = await script({
        clients: {desktop: {}, mobile: {pullLimit: 1}, tablet: {pullLimit: 2}},
        steps: [
          queue('desktop', link('0', '12:00', 'root')),
          flush('desktop'),
          sync('mobile'),
          [move('desktop', 'left', ['root', 'right']), move('mobile', 'right', ['root', 'left'])],
          [flush('desktop'), flush('mobile')],
          NAMES.map(name => sync(name)),
        ],
        // in the order of arrival: the later one unlinks what the earlier one linked
        fates: {
          [`desktop>api ${PUSH} #2 req`]: {delayMs: first === 'desktop' ? 1 : 9},
          [`mobile>api ${PUSH} #1 req`]: {delayMs: first === 'mobile' ? 1 : 9},
        },
      });
      for (const name of NAMES)
        expect(exports[name].replaySnapshot.links).toEqual([{parentId, childId: 'item-1'}]);
      expect(NAMES.flatMap(name => violations[name])).toEqual([]);
    },
  );

  it('a reparent and a revocation read over several pages end alike', async () => {
    const {told, exports} = await script({
      clients: {desktop: {}, mobile: {pullLimit: 2}},
      steps: [
        queue('desktop', link('1', '12:00'), give('2', '12:01'), unlink('3', '12:02')),
        queue('desktop', link('4', '12:03', 'shelf'), revoke('5', '12:04')),
        flush('desktop'),
        sync('mobile'),
      ],
    });
    expect(told.mobile).toEqual([{pulledOperations: 5, pullPages: 3}]);
    expect(exports.mobile.replaySnapshot).toEqual(exports.desktop.replaySnapshot);
    expect(exports.mobile.replaySnapshot).toMatchObject({acl: [], links: [{parentId: 'shelf'}]});
  });
});

describe('[sync-protocol-branch-races]', () => {
  it('a stale page fails closed, and the corrected one goes on from where the client stood', async () => {
    const {told, exports, asked} = await script({
      clients: {desktop: {}},
      answers: {
        sync: [
          page([edge('1', '12:01', {parentId: 'a'}), edge('2', '12:02', {parentId: 'b'})]),
          page([edge('0', '12:00', {parentId: 'c', opType: 'link_remove'})]),
          page([edge('3', '12:03', {parentId: 'a', opType: 'link_remove'})]),
        ],
      },
      steps: [sync('desktop'), state('desktop'), sync('desktop'), state('desktop'), sync('desktop')],
    });
    expect(told.desktop[2]).toEqual({refused: 'transport returned regressing sync cursor'});
    expect(told.desktop[3]).toEqual(told.desktop[1]);
    const from = asked.filter(({what}) => what === 'sync').map(({body}) => body['cursor']);
    expect(from).toEqual([null, cursor('12:02', '2'), cursor('12:02', '2')]);
    expect(exports.desktop.replaySnapshot.links).toEqual([{parentId: 'b', childId: 'item-1'}]);
  });
});

describe('[sync-crdt]', () => {
  it('a link added late wins over a removal that claims a later time: the feed is in order of arrival', async () => {
    const {exports, feed} = await script({
      clients: {desktop: {}, mobile: {}},
      steps: [
        queue('desktop', link('d-1', '12:00'), unlink('d-2', '12:02')),
        flush('desktop'),
        queue('mobile', link('m-1', '12:01')),
        flush('mobile'),
        sync('desktop'),
      ],
    });
    expect(feed.at(-1)).toMatchObject({client_op_id: 'm-1', occurred_ms: Date.parse(at('12:02:00.001'))});
    expect(exports.desktop.replaySnapshot.links).toHaveLength(1);
    expect(exports.mobile.replaySnapshot).toEqual(exports.desktop.replaySnapshot);
  });

  it('removals of what was never there are no news but to the clocks', async () => {
    const {exports} = await script({
      clients: {desktop: {}},
      steps: [queue('desktop', unlink('1', '12:00', 'attic'), revoke('2', '12:01')), flush('desktop')],
    });
    expect(exports.desktop.replaySnapshot).toMatchObject({acl: [], links: []});
    expect(exports.desktop.containerClocks.map(({containerId}) => containerId)).toEqual(['attic', 'item-1']);
  });
});

describe('[sync-crdt-reconcile] checkpoints', () => {
  it('told at once for one client are joined, per user, under the name of the CRDT feed', async () => {
    const rowAt = (index: number, ids: object, token?: string): ReturnType<typeof act> =>
      act('bare', async ({transport, host}) => {
        const pulled = await transport.pullOperations({userId: '', clientId: '', cursor: null, limit: 100});
        const item = pulled.items[index];
        const place = {changedAt: item?.occurredAt ?? '', changeId: item?.opId ?? ''};
        const body = {clientId: 'shared', cursor: encodeCursor(place), lastReconciledWriteIds: ids};
        const {run} = ask('bare', 'POST', '/v1/vfs/crdt/reconcile', body, token);
        await run({host} as Parameters<typeof run>[0]);
      });
    const {queried} = await script({
      clients: {desktop: {}, mobile: {}, bare: {bare: true}},
      steps: [
        queue('desktop', link('1', '12:00', 'a'), link('2', '12:01', 'b'), link('3', '12:02', 'c')),
        flush('desktop'),
        queue('mobile', link('4', '12:03', 'd'), link('5', '12:04', 'e')),
        flush('mobile'),
        [rowAt(2, {desktop: 3, mobile: 1}), rowAt(4, {desktop: 1, mobile: 2}), rowAt(1, {desktop: 2})],
        rowAt(0, {}, 'token-user-2'),
      ],
      query: `SELECT user_id, client_id, last_reconciled_at AS at, last_reconciled_write_ids AS ids
        FROM vfs_sync_client_state WHERE client_id LIKE '%shared' ORDER BY user_id`,
    });
    expect(queried).toEqual([
      {user_id: 'user-1', client_id: 'crdt:shared', at: at('12:04'), ids: '{"desktop":3,"mobile":2}'},
      {user_id: 'user-2', client_id: 'crdt:shared', at: at('12:00'), ids: '{}'},
    ]);
  });

  it('that are not of this feed are given back, and not kept', async () => {
    const forged = {
      clientId: 'desktop',
      cursor: encodeCursor(cursor('13:00', 'forged')),
      lastReconciledWriteIds: {desktop: 9},
    };
    const {told, queried} = await script({
      clients: {desktop: {}},
      steps: [
        queue('desktop', link('1', '12:00')),
        flush('desktop'),
        ask('desktop', 'POST', '/v1/vfs/crdt/reconcile', forged),
        sync('desktop'),
      ],
      query: `SELECT last_reconciled_at AS at, last_reconciled_write_ids AS ids FROM vfs_sync_client_state`,
    });
    expect(told.desktop[2]).toEqual([200, forged]);
    expect(told.desktop[3]).toEqual({pulledOperations: 0, pullPages: 1});
    expect(queried).toEqual([{at: at('12:00'), ids: '{"desktop":1}'}]);
  });
});

describe('a crash at each commit of a client', () => {
  // 1 creates the store; 2 and 5 queue an operation, 3 and 6 take what was acknowledged off, 4 and 7 apply a page
  const commits = [1, 2, 3, 4, 5, 6, 7];
  it.each(commits.flatMap(index => [['before', index] as const, ['after', index] as const]))(
    'just %s commit %d: what was queued is there once, what was not is not, and nothing stands in the way',
    async (side, index) => {
      const {told, feed, exports, violations} = await script({
        clients: {desktop: {}},
        steps: [
          queue('desktop', link('1', '12:00')),
          flush('desktop'),
          queue('desktop', give('2', '12:01')),
          flush('desktop'),
          flush('desktop'),
        ],
        fates: {
          [`desktop sql desktop/client commit #${index}`]: {delayMs: 0, act: `crash-${side}`, arg: 500},
        },
      });
      const lost = side === 'before' ? (index === 2 ? '1' : index === 5 ? '2' : '') : '';
      const kept = ['1', '2'].filter(opId => opId !== lost);
      // the crash cuts one step off; the first one befalls the boot, before all steps
      expect(told.desktop).toHaveLength(index === 1 ? 5 : 4);
      expect(told.desktop.at(-1)).toMatchObject({pullPages: 1});
      expect(feed.map(row => row['client_op_id'])).toEqual(kept);
      const {replaySnapshot, reconcileState, pendingOperations, nextLocalWriteId} = exports.desktop;
      expect([replaySnapshot.links.length, replaySnapshot.acl.length]).toEqual([
        lost === '1' ? 0 : 1,
        lost === '2' ? 0 : 1,
      ]);
      expect(reconcileState?.lastReconciledWriteIds).toEqual({desktop: kept.length});
      expect([pendingOperations, nextLocalWriteId]).toEqual([[], kept.length + 1]);
      expect(violations.desktop).toEqual([]);
    },
  );
});
