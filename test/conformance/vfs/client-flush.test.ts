/** Checklist, client: the queue, flushes at once, the background loop, and pushes that go wrong. */
import {describe, expect, it} from 'vitest';
import {at, PRISTINE} from '../../impl/vfs/scripted-transport.ts';
import {act, flush, give, link, queue, snapshot, state, sync, together, unlink} from './acts.ts';
import {all} from './answers.ts';
import {MOMENT_MS, script} from './script.ts';

const PUSH = 'POST /v1/vfs/crdt/push';
const SLOW = {delayMs: 5_000};

describe('[shard-01] the queue', () => {
  it('refuses a link whose child is not its item, and stays as it was', async () => {
    const {told, exports} = await script({
      clients: {desktop: {}},
      answers: {},
      steps: [queue('desktop', {...link('a', '12:00'), childId: 'item-2'})],
    });
    expect(told.desktop).toEqual([{refused: 'link childId must match itemId'}]);
    expect(exports.desktop).toEqual(PRISTINE);
  });

  it('refuses an opId that is pending, and takes it again once it was acknowledged', async () => {
    const {told, feed} = await script({
      clients: {desktop: {}},
      steps: [
        queue('desktop', link('custom:op#7', '12:00')),
        queue('desktop', unlink('custom:op#7', '12:01')),
        flush('desktop'),
        queue('desktop', unlink('custom:op#8', '12:01')),
        flush('desktop'),
      ],
    });
    expect(told.desktop[1]).toEqual({refused: 'opId custom:op#7 is already queued'});
    expect(feed.map(row => row['client_op_id'])).toEqual(['custom:op#7', 'custom:op#8']);
  });
});

describe('[shard-01] the background loop', () => {
  it('goes on after a push that failed, telling of it', async () => {
    const errors: unknown[] = [];
    const {exports, asked, feed} = await script({
      clients: {desktop: {onBackgroundError: error => errors.push((error as Error).message)}},
      steps: [
        queue('desktop', give('a', '12:00')),
        act('desktop', ({client}) => client.startBackgroundFlush(20_000)),
        act('desktop', ({client}) => client.stopBackgroundFlush()),
      ],
      fates: {[`desktop>api ${PUSH} #1 req`]: {delayMs: 0, act: 'lose-request'}},
    });
    expect(errors).toEqual(['network timeout']);
    expect(exports.desktop.pendingOperations).toEqual([]);
    expect(feed).toHaveLength(1);
    expect(asked.map(({what}) => what).slice(0, 3)).toEqual(['push', 'sync', 'reconcile']);
  });

  it('started twice ticks once, and stopped no more', async () => {
    const {asked} = await script({
      clients: {desktop: {}},
      answers: {},
      steps: [
        act('desktop', ({client}) => {
          client.startBackgroundFlush(25_000);
          client.startBackgroundFlush(10_000);
        }),
        act('desktop', ({client}) => client.stopBackgroundFlush()),
        [],
        [],
      ],
    });
    // at 25 s and at 50 s of the one minute that it ran; an empty pull without a cursor has nothing to reconcile
    expect(asked.map(({what}) => what)).toEqual(['sync', 'sync']);
  });

  it('three staggered clients converge without anybody asking', async () => {
    const start = (on: string, everyMs: number, delayMs: number): ReturnType<typeof act> =>
      act(on, ({client}) => client.startBackgroundFlush(everyMs), delayMs);
    const {exports, feed} = await script({
      clients: {desktop: {}, mobile: {pullLimit: 1}, tablet: {pullLimit: 2}},
      steps: [
        [start('desktop', 7_000, 0), start('mobile', 8_000, 900), start('tablet', 9_000, 1_700)],
        [
          queue('desktop', give('d-1', '12:00'), link('d-2', '12:01')),
          queue('mobile', unlink('m-1', '12:02'), give('m-2', '12:03', 'admin')),
          queue('tablet', link('t-1', '12:04', 'shelf')),
        ],
        [],
        [],
      ],
    });
    const ids = {desktop: 2, mobile: 2, tablet: 1};
    expect(feed).toHaveLength(5);
    expect(exports.desktop.reconcileState?.lastReconciledWriteIds).toEqual(ids);
    expect({...exports.mobile, nextLocalWriteId: 0}).toEqual({...exports.desktop, nextLocalWriteId: 0});
    expect({...exports.tablet, nextLocalWriteId: 0}).toEqual({...exports.desktop, nextLocalWriteId: 0});
  });

  it.each([
    ['[shard-01-background-flush] stop() waits for the push in flight', true, 0],
    ['[shard-01-background-flush] stop(false) returns before it', false, 1],
  ])('%s', async (_, wait, pendingThen) => {
    const {told, exports} = await script({
      clients: {desktop: {}},
      steps: [
        queue('desktop', give('a', '12:00')),
        act('desktop', ({client}) => client.startBackgroundFlush(20_000)),
        act(
          'desktop',
          async ({client}) => {
            await client.stopBackgroundFlush(wait);
            return client.snapshot().pendingOperations;
          },
          20_000 + 1_000 - MOMENT_MS,
        ),
      ],
      fates: {[`desktop>api ${PUSH} #1 req`]: SLOW},
    });
    expect(told.desktop[2]).toBe(pendingThen);
    expect(exports.desktop.pendingOperations).toEqual([]);
  });
});

describe('[shard-03] a push that is refused', () => {
  it('two clients converge when one of them needs recovery', async () => {
    const {told, exports, violations} = await script({
      clients: {lost: {clientId: 'desktop'}, desktop: {}, mobile: {}},
      steps: [
        queue('lost', give('old-1', '12:00'), link('old-2', '12:01')),
        flush('lost'),
        [queue('desktop', unlink('new-1', '12:02')), queue('mobile', give('m-1', '12:03', 'write'))],
        [flush('desktop'), flush('mobile')],
        [sync('desktop'), sync('mobile')],
      ],
    });
    expect(told.desktop[1]).toMatchObject({pushedOperations: 1});
    expect(exports.desktop.replaySnapshot).toEqual(exports.mobile.replaySnapshot);
    expect(exports.desktop.replaySnapshot).toMatchObject({acl: [{accessLevel: 'write'}], links: []});
    expect(exports.mobile.reconcileState?.lastReconciledWriteIds).toEqual({desktop: 3, mobile: 1});
    expect(violations).toMatchObject({desktop: [], mobile: []});
  });

  it('an operation refused for good stays until its user discards it; the rest goes through', async () => {
    const {told, exports} = await script({
      clients: {desktop: {}},
      steps: [
        queue(
          'desktop',
          give('good', '12:00'),
          link('poison', '12:01', 'root', 'nobodys'),
          link('later', '12:02'),
        ),
        flush('desktop'),
        snapshot('desktop'),
        act('desktop', ({client}) => client.discardOperation('poison')),
        flush('desktop'),
      ],
    });
    const [, refused, left, discarded, again] = told.desktop;
    expect(refused).toEqual({
      refused: 'push rejected one or more operations',
      results: [{opId: 'poison', status: 'invalidOp'}],
    });
    expect(left).toMatchObject({pendingOperations: 1});
    expect(discarded).toBe(true);
    expect(again).toEqual({pushedOperations: 0, pulledOperations: 2, pullPages: 1});
    expect(exports.desktop.pendingOperations).toEqual([]);
  });
});

describe('[shard-09-guardrails] an acknowledgement that is none keeps the queue', () => {
  const result = {opId: 'a', status: 'applied'};
  it.each([
    ['no results', {clientId: 'desktop'}, 'transport returned invalid push response results'],
    ['too few', {clientId: 'desktop', results: []}, 'transport returned mismatched push response size'],
    [
      'one too many',
      {clientId: 'desktop', results: [result, result]},
      'transport returned mismatched push response size',
    ],
    ['no client', {results: [result]}, 'transport returned invalid clientId'],
    ['no result', {clientId: 'desktop', results: [7]}, 'transport returned invalid push result at index 0'],
    [
      'no opId',
      {clientId: 'desktop', results: [{status: 'applied'}]},
      'transport returned invalid results[0].opId',
    ],
    [
      'no such status',
      {clientId: 'desktop', results: [{opId: 'a', status: 'fine'}]},
      'transport returned invalid results[0].status',
    ],
    [
      'about another',
      {clientId: 'desktop', results: [{opId: 'b', status: 'applied'}]},
      'transport push response missing result for opId a',
    ],
  ])('%s', async (_, body, refused) => {
    const {told, violations} = await script({
      clients: {desktop: {}},
      answers: {push: [{body}]},
      steps: [
        queue('desktop', give('a', '12:00')),
        state('desktop'),
        flush('desktop'),
        state('desktop'),
        flush('desktop'),
      ],
    });
    expect(told.desktop[2]).toEqual({refused});
    expect(told.desktop[3]).toEqual(told.desktop[1]);
    expect(told.desktop[4]).toEqual({pushedOperations: 1, pulledOperations: 0, pullPages: 1});
    expect(violations.desktop).toEqual([]);
  });
});

describe('[gap 8] one client, several at once', () => {
  it('sync() and flush() take turns, and each asks from where the other ended', async () => {
    const {told, asked, exports} = await script({
      clients: {desktop: {pullLimit: 1}, mobile: {}},
      steps: [
        queue('mobile', give('m-1', '12:00'), link('m-2', '12:01')),
        flush('mobile'),
        queue('desktop', link('d-1', '12:02', 'shelf')),
        together(
          'desktop',
          ({client}) => client.sync(),
          ({client}) => client.flush(),
          ({client}) => client.sync(),
        ),
      ],
    });
    expect(told.desktop[1]).toEqual([
      {pulledOperations: 2, pullPages: 2},
      {pushedOperations: 1, pulledOperations: 1, pullPages: 1},
      {pulledOperations: 0, pullPages: 1},
    ]);
    const desktop = asked.filter(({from}) => from === 'desktop').map(({what}) => what);
    expect(desktop.join(' ')).toBe('sync sync reconcile push sync reconcile sync reconcile');
    expect(exports.desktop.replaySnapshot.links).toHaveLength(2);
  });

  it('what is queued while a flush is in flight gets ids above it, and a flush that joins covers it', async () => {
    const {told, exports, asked} = await script({
      clients: {desktop: {}},
      answers: {push: [all('staleWriteId')]},
      steps: [
        queue('desktop', give('a', '12:00')),
        [
          flush('desktop'),
          act('desktop', ({client}) => client.queueLocalOperation(link('b', '12:01')), 2_000),
          flush('desktop', 2_500),
        ],
      ],
      fates: {[`desktop>api ${PUSH} #1 req`]: SLOW},
    });
    expect(told.desktop[1]).toMatchObject({opId: 'b', writeId: 2, occurredAt: at('12:01')});
    const pushes = asked.filter(({what}) => what === 'push').map(({body}) => body['operations']);
    expect(pushes).toMatchObject([
      [{opId: 'a', writeId: 1}],
      [
        {opId: 'a', writeId: 3},
        {opId: 'b', writeId: 4},
      ],
    ]);
    expect(exports.desktop).toMatchObject({pendingOperations: [], nextLocalWriteId: 5});
    expect(told.desktop.slice(2)).toEqual([
      {pushedOperations: 2, pulledOperations: 0, pullPages: 1},
      {pushedOperations: 2, pulledOperations: 0, pullPages: 1},
    ]);
  });

  it('what is queued while rebased ids are in flight stays above them too, though none of them is durable', async () => {
    const {told, asked, exports} = await script({
      clients: {desktop: {}},
      answers: {push: [all('staleWriteId')]},
      steps: [
        queue('desktop', give('a', '12:00'), link('b', '12:01')),
        [
          flush('desktop'),
          act('desktop', ({client}) => client.queueLocalOperation(link('c', '12:02', 'x')), 3_000),
        ],
        flush('desktop'),
      ],
      fates: {[`desktop>api ${PUSH} #2 req`]: SLOW},
    });
    expect(told.desktop[1]).toMatchObject({opId: 'c', writeId: 5});
    const pushes = asked.filter(({what}) => what === 'push').map(({body}) => body['operations']);
    expect(pushes.slice(1)).toMatchObject([[{writeId: 3}, {writeId: 4}], [{opId: 'c', writeId: 6}]]);
    expect(exports.desktop).toMatchObject({pendingOperations: [], nextLocalWriteId: 7});
  });
});
