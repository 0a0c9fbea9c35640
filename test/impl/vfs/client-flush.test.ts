/**
 * The queue and its flush: what is pushed, what leaves the queue, how stale write ids are recovered, and that
 * failing changes nothing.
 */
import {test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {DiskError} from '../../../src/host.ts';
import {VfsPushRejectedError, VfsTransportError} from '../../../src/impl/vfs/client-errors.ts';
import type {OperationInput} from '../../../src/model/vfs/types.ts';
import {settled} from './memory-host.ts';
import {at, cursor, grant, page, rejection, rig, statuses} from './scripted-transport.ts';

const op = (opId: string, time = '12:00', itemId = 'item-1'): OperationInput => ({
  opType: 'acl_add',
  opId,
  itemId,
  occurredAt: at(time),
  principalType: 'group',
  principalId: 'group-1',
  accessLevel: 'read',
});

describe('queueLocalOperation', () => {
  const link: OperationInput = {opType: 'link_add', itemId: 'a', parentId: 'p', childId: 'a'};
  test.each([
    [null, 'itemId is required'],
    [{...link, itemId: ' ', opId: ''}, 'itemId is required'],
    [{...link, opId: '', opType: 'x'}, 'opId is required'],
    [{...link, opId: null}, 'opId is required'],
    [{...link, opId: ' taken ', opType: 'x'}, 'opId taken is already queued'],
    [{...link, opType: 'link_reassign'}, 'opType is invalid'],
    [{...op('a'), principalType: 'robot'}, 'principalType and principalId are required for acl operations'],
    [
      {...op('a'), opType: 'acl_remove', principalId: ''},
      'principalType and principalId are required for acl operations',
    ],
    [{...op('a'), accessLevel: 'own'}, 'accessLevel is required for acl_add'],
    [{...link, childId: undefined}, 'parentId and childId are required for link operations'],
    [{...link, childId: 'b'}, 'link childId must match itemId'],
    [{...link, parentId: 'a'}, 'link parentId and childId must differ'],
    [{...link, itemId: 'lone \udc00'}, 'itemId is required'],
  ])('%j: %s', async (input, message) => {
    const {client} = await rig();
    await client.queueLocalOperation(op('taken'));
    const before = client.exportState();
    const error = await rejection(client.queueLocalOperation(input as OperationInput));
    expect(error).toMatchObject({name: 'VfsSyncError', message});
    expect(client.exportState()).toBe(before);
  });

  test('fills in what the caller left out, and keeps only what belongs to the type', async () => {
    const {client, host} = await rig();
    host.clock.set(Date.parse(at('09:00')));
    const queued = await client.queueLocalOperation({
      ...op('x'),
      opType: 'acl_remove',
      occurredAt: 'at noon',
      parentId: 'p',
    });
    expect(queued).toEqual({
      opId: 'x',
      opType: 'acl_remove',
      itemId: 'item-1',
      replicaId: 'desktop',
      writeId: 1,
      occurredAt: at('09:00'),
      principalType: 'group',
      principalId: 'group-1',
    });
    const named = await client.queueLocalOperation({...link});
    expect(named.opId).toMatch(/^desktop-2-[0-9a-f]{8}$/);
    expect(client.exportState()).toMatchObject({nextLocalWriteId: 3, pendingOperations: [{opId: 'x'}, {}]});
    host.clock.set(Number.NaN);
    expect((await rejection(client.queueLocalOperation({...link}))).message).toBe('occurredAt is invalid');
  });

  test('two at once get two ids, and one opId is taken once', async () => {
    const {client} = await rig();
    const queued = await Promise.allSettled([
      client.queueLocalOperation(op('a')),
      client.queueLocalOperation(op('a')),
      client.queueLocalOperation(op('b')),
    ]);
    expect(queued.map(({status}) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(client.exportState().pendingOperations.map(({writeId}) => writeId)).toEqual([1, 2]);
  });

  test('at the end of the integers it refuses instead of using an id twice', async () => {
    const {client} = await rig();
    await client.hydrateState({...client.exportState(), nextLocalWriteId: 2 ** 53 - 1});
    expect(client.exportState().nextLocalWriteId).toBe(2 ** 53 - 1);
    expect((await rejection(client.queueLocalOperation(op('x')))).message).toBe('write ids are exhausted');
  });

  test('an own write id that no replica can have written is refused, and changes nothing', async () => {
    const {client, transport} = await rig();
    const before = client.exportState();
    transport.pulls.push(page([grant('a', '12:00')], {lastReconciledWriteIds: {desktop: 2 ** 52 + 1}}));
    expect((await rejection(client.sync())).message).toBe(
      'lastReconciledWriteIds contains invalid writeId (must be a positive integer)',
    );
    expect(client.exportState()).toBe(before);
  });

  test('a disk that fails leaves the queue as it was', async () => {
    const {client, host} = await rig();
    const before = client.exportState();
    host.disk.hook = sql => {
      if (sql.startsWith('INSERT INTO pending')) throw new DiskError('io', 'bad sector');
    };
    expect(await rejection(client.queueLocalOperation(op('x')))).toBeInstanceOf(DiskError);
    expect(client.exportState()).toBe(before);
  });
});

describe('flush', () => {
  test('pushes, takes what was settled off the queue, and pulls', async () => {
    const {client, transport, events} = await rig();
    await client.queueLocalOperation(op('a'));
    await client.queueLocalOperation(op('b', '11:00'));
    transport.pushes.push(({clientId}) => ({
      clientId,
      results: [
        {opId: 'b', status: 'outdatedOp'},
        {opId: 'a', status: 'alreadyApplied'},
      ],
    }));
    transport.pulls.push(page([grant('f1', '12:00')], {lastReconciledWriteIds: {desktop: 2}}));
    expect(await client.flush()).toEqual({pushedOperations: 2, pulledOperations: 1, pullPages: 1});
    // With no cursor yet, times go out as they were queued.
    expect(transport.pushed[0]?.map(({occurredAt}) => occurredAt)).toEqual([at('12:00'), at('11:00')]);
    expect(client.exportState()).toMatchObject({pendingOperations: [], nextLocalWriteId: 3});
    expect(events).toEqual(['FLUSH', 'PUSH', 'PUSH_ACKED', 'DRAINED', 'PAGE', 'PAGES_SETTLED', 'RECONCILED']);
  });

  test('V2: one stale id is recovered, and the id after it is used', async () => {
    const {client, transport, events, violations} = await rig();
    await client.queueLocalOperation(op('mine', '12:10:01'));
    transport.pushes.push(statuses('staleWriteId'));
    transport.pulls.push(page([grant('old', '12:10')], {lastReconciledWriteIds: {desktop: 1}}));
    transport.pulls.push(page([grant('new', '12:10:01')], {lastReconciledWriteIds: {desktop: 2}}));
    expect(await client.flush()).toEqual({pushedOperations: 1, pulledOperations: 1, pullPages: 1});
    expect(transport.pushed.flat().map(({opId, writeId}) => [opId, writeId])).toEqual([
      ['mine', 1],
      ['mine', 2],
    ]);
    expect(client.snapshot()).toMatchObject({lastReconciledWriteIds: {desktop: 2}, nextLocalWriteId: 3});
    expect(violations).toEqual([]);
    expect(events.slice(0, 7)).toEqual([
      'FLUSH',
      'PUSH',
      'PUSH_STALE',
      'PAGE',
      'PAGES_SETTLED',
      'RECONCILED',
      'PUSH',
    ]);
  });

  test('V3: three stale answers end it, and nothing has changed', async () => {
    const {client, transport, events, violations} = await rig();
    await client.queueLocalOperation(op('a'));
    const before = client.exportState();
    transport.pushes = [1, 2, 3].map(() => statuses('staleWriteId'));
    const error = await rejection(client.flush());
    expect(error).toBeInstanceOf(VfsPushRejectedError);
    expect(error).toMatchObject({
      name: 'VfsCrdtSyncPushRejectedError',
      message: 'push rejected one or more operations',
      rejectedResults: [{opId: 'a', status: 'staleWriteId'}],
    });
    expect([transport.pushed.length, transport.pulled.length]).toEqual([3, 2]);
    expect(transport.pushed.flat().map(({writeId}) => writeId)).toEqual([1, 2, 3]);
    expect(violations).toEqual([
      {
        stage: 'flush',
        code: 'staleWriteRecoveryExhausted',
        message: 'stale write-id recovery exceeded max retry attempts without forward progress',
        details: {attempts: 3, maxAttempts: 2, staleResults: 1},
      },
    ]);
    expect(client.exportState()).toBe(before);
    expect(events.at(-1)).toBe('PUSH_EXHAUSTED');
    expect(events).not.toContain('FAILED');
  });

  test('V4: two at once are one, failing together; the next one drains', async () => {
    const {client, transport, events} = await rig();
    await client.queueLocalOperation(op('a'));
    transport.pushes.push(new Error('no network'));
    const both = await Promise.allSettled([client.flush(), client.flush()]);
    expect(both.map(({status}) => status)).toEqual(['rejected', 'rejected']);
    expect(transport.pushed.length).toBe(1);
    expect(events).toEqual(['FLUSH', 'PUSH', 'FAILED']);
    expect(client.snapshot().pendingOperations).toBe(1);
    expect(await client.flush()).toEqual({pushedOperations: 1, pulledOperations: 0, pullPages: 1});
  });

  test('V9: times behind the cursor go out after it, in queue order; the queue keeps its own', async () => {
    const {client, transport} = await rig();
    await client.hydrateState({
      replaySnapshot: {acl: [], links: [], cursor: cursor('14:20', 'desktop-5')},
      reconcileState: null,
      containerClocks: [],
      pendingOperations: ['c', 'b', 'a'].map((opId, index) => ({
        ...op(opId, '14:19:59'),
        replicaId: 'desktop',
        writeId: 6 + index,
      })),
      nextLocalWriteId: 9,
    });
    const before = client.exportState();
    transport.pushes.push(new Error('no network'));
    await rejection(client.flush());
    expect(transport.pushed[0]?.map(({opId, writeId, occurredAt}) => [opId, writeId, occurredAt])).toEqual([
      ['c', 6, at('14:20:00.001')],
      ['b', 7, at('14:20:00.002')],
      ['a', 8, at('14:20:00.003')],
    ]);
    expect(client.exportState()).toBe(before);
  });

  test('an operation that is invalid stays, is told, and can be discarded', async () => {
    const {client, transport, events} = await rig();
    for (const id of ['a', 'poison', 'b']) await client.queueLocalOperation(op(id));
    transport.pushes.push(({clientId}) => ({
      clientId,
      results: [
        {opId: 'a', status: 'applied'},
        {opId: 'poison', status: 'invalidOp'},
        {opId: 'b', status: 'staleWriteId'},
      ],
    }));
    const error = await rejection(client.flush());
    expect(error).toMatchObject({rejectedResults: [{opId: 'poison', status: 'invalidOp'}]});
    expect(events).toEqual(['FLUSH', 'PUSH', 'PUSH_REJECTED']);
    expect(client.exportState().pendingOperations.map(({opId}) => opId)).toEqual(['poison', 'b']);
    const flush = client.flush();
    expect((await rejection(client.discardOperation('poison'))).message).toBe(
      'cannot discard operation while flush is in progress',
    );
    await flush;
    await client.queueLocalOperation(op('poison'));
    expect(await client.discardOperation('poison')).toBe(true);
    expect(await client.discardOperation('poison')).toBe(false);
  });

  test('a discard that is on its way is done before the batch is written', async () => {
    const {client, transport} = await rig();
    await client.queueLocalOperation(op('a'));
    const discarded = client.discardOperation('a');
    await settledOne();
    expect(await discarded).toBe(true);
    await client.flush();
    expect(transport.pushed).toEqual([]);
  });

  test.each([
    ['text', 'transport returned invalid push response'],
    [{results: {}}, 'transport returned invalid push response'],
    [{results: []}, 'transport returned mismatched push response size'],
    [{results: [{opId: 'a', status: 'fine'}]}, 'transport returned invalid push result'],
    [{results: [7]}, 'transport returned invalid push result'],
    [{results: [{opId: 'b', status: 'applied'}]}, 'transport push response missing result for opId a'],
  ])('an answer %j is refused and the queue untouched', async (answer, message) => {
    const {client, transport, violations} = await rig();
    await client.queueLocalOperation(op('a'));
    const before = client.exportState();
    transport.pushes.push(answer as never);
    expect((await rejection(client.flush())).message).toBe(message);
    expect(client.exportState()).toBe(before);
    expect(violations).toEqual([]);
  });

  test('501 operations go in two pushes, and keep their numbers after a stale one', async () => {
    const {client, transport} = await rig();
    for (let n = 0; n < 501; n += 1) await client.queueLocalOperation(op(`op-${n}`));
    transport.pushes.push(statuses('staleWriteId'));
    expect((await client.flush()).pushedOperations).toBe(501);
    expect(transport.pushed.map(batch => batch.length)).toEqual([500, 500, 1]);
    const used = transport.pushed.slice(1).flat();
    expect(used.map(({writeId}) => writeId)).toEqual(Array.from({length: 501}, (_, n) => 502 + n));
    expect(client.exportState().nextLocalWriteId).toBe(1003);
  });

  test('what is queued while a rebased push is out gets an id above it', async () => {
    const {client, transport} = await rig();
    await client.queueLocalOperation(op('a'));
    transport.pushes.push(statuses('staleWriteId'), async request => {
      await client.queueLocalOperation(op('meanwhile'));
      return statuses('applied')(request);
    });
    transport.pulls.push(page([], {nextCursor: cursor('12:00', 'z'), lastReconciledWriteIds: {desktop: 6}}));
    await client.flush();
    expect(transport.pushed.flat().map(({opId, writeId}) => [opId, writeId])).toEqual([
      ['a', 1],
      ['a', 7],
      ['meanwhile', 9],
    ]);
  });

  test('a joined flush covers what was queued before the join, even after the drain', async () => {
    const {client, transport, events} = await rig();
    const joined: Promise<unknown>[] = [];
    transport.pulls.push(async () => {
      await client.queueLocalOperation(op('late'));
      joined.push(client.flush());
      return page([]);
    });
    expect(await client.flush()).toMatchObject({pushedOperations: 0});
    expect(client.snapshot().pendingOperations).toBe(1);
    expect(await Promise.all(joined)).toMatchObject([{pushedOperations: 1}]);
    expect(events.filter(event => event === 'FLUSH').length).toBe(2);
  });

  test('an acknowledgement that could not be written down is asked for again', async () => {
    const {client, transport, host, events} = await rig();
    await client.queueLocalOperation(op('a'));
    host.disk.hook = sql => {
      if (sql.startsWith('DELETE FROM pending')) throw new DiskError('busy', 'later');
    };
    expect(await rejection(client.flush())).toBeInstanceOf(DiskError);
    expect(events.at(-1)).toBe('FAILED');
    expect(client.snapshot().pendingOperations).toBe(1);
    host.disk.hook = () => undefined;
    transport.pushes.push(statuses('alreadyApplied'));
    expect(await client.flush()).toMatchObject({pushedOperations: 1});
  });
});

describe('background flush', () => {
  test.each([0, -1, 1.5, Number.NaN])('V25: every %d ms is refused', async interval => {
    const {client} = await rig();
    expect(() => {
      client.startBackgroundFlush(interval);
    }).toThrowError('intervalMs must be a positive integer');
  });

  test('flushes at every tick, tells its failures, and stops', async () => {
    const errors: unknown[] = [];
    const {client, transport, host} = await rig({
      onBackgroundError: error => {
        errors.push(error);
        throw new Error('a listener that fails');
      },
    });
    await client.queueLocalOperation(op('a'));
    transport.pushes.push(new VfsTransportError('network reset', {kind: 'network', code: 'reset'}));
    client.startBackgroundFlush(100);
    client.startBackgroundFlush(10);
    expect(host.clock.timers).toBe(1);
    await host.clock.advance(100);
    expect(errors).toMatchObject([{message: 'network reset'}]);
    await host.clock.advance(100);
    expect(client.snapshot().pendingOperations).toBe(0);
    await client.stopBackgroundFlush();
    expect(host.clock.timers).toBe(0);
    await client.queueLocalOperation(op('b'));
    await host.clock.advance(1000);
    expect(client.snapshot().pendingOperations).toBe(1);
  });

  test('stopping waits for the flush in flight, or does not', async () => {
    const {client, transport, host} = await rig();
    let answer: (() => void) | undefined;
    transport.pulls.push(
      () =>
        new Promise(resolve => {
          answer = () => {
            resolve(page([]));
          };
        }),
    );
    client.startBackgroundFlush(100);
    await host.clock.advance(300);
    expect(transport.pulled.length).toBe(1);
    let stopped = false;
    const stopping = client.stopBackgroundFlush().then(() => (stopped = true));
    await client.stopBackgroundFlush(false);
    await settled();
    expect(stopped).toBe(false);
    answer?.();
    await stopping;
    expect(host.clock.timers).toBe(0);
  });
});

const settledOne = (): Promise<void> => Promise.resolve();
