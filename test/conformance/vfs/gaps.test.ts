/** What no earlier harness tried (gap list 8.1): long queues, twin tabs, many replicas, odd ids, equal and distant times. */
import {describe, expect, it} from 'vitest';
import {at, grant, PRISTINE} from '../../impl/vfs/scripted-transport.ts';
import {act, flush, give, hydrate, link, queue, state, sync, unlink} from './acts.ts';
import {all, page} from './answers.ts';
import {script} from './script.ts';

const sizes = (
  asked: readonly {readonly what: string; readonly body: Readonly<Record<string, unknown>>}[],
): number[] =>
  asked.filter(({what}) => what === 'push').map(({body}) => (body['operations'] as unknown[]).length);

const many = (count: number): ReturnType<typeof link>[] =>
  Array.from({length: count}, (_, index) => link(`o${index}`, '12:00', `p${index % 7}`));

describe('[gap 6] a queue of more than 500 operations', () => {
  it('drains in chunks, in its order', async () => {
    const {told, asked, exports, feed} = await script({
      clients: {desktop: {pullLimit: 500}},
      steps: [queue('desktop', ...many(1_001)), flush('desktop')],
    });
    expect(sizes(asked)).toEqual([500, 500, 1]);
    expect(told.desktop[1]).toEqual({pushedOperations: 1_001, pulledOperations: 1_001, pullPages: 3});
    expect(exports.desktop).toMatchObject({pendingOperations: [], nextLocalWriteId: 1_002});
    expect(feed.map(row => row['client_op_id'])).toEqual(many(1_001).map(({opId}) => opId));
  });

  it('keeps the chunks that were not acknowledged when one fails', async () => {
    const {told, asked, exports, feed} = await script({
      clients: {desktop: {pullLimit: 500}},
      steps: [queue('desktop', ...many(600)), flush('desktop'), state('desktop'), flush('desktop')],
      fates: {'desktop>api POST /v1/vfs/crdt/push #2 res': {delayMs: 0, act: 'lose-response'}},
    });
    expect(sizes(asked)).toEqual([500, 100, 100]);
    expect(told.desktop[1]).toEqual({refused: 'network timeout'});
    expect((told.desktop[2] as {pendingOperations: unknown[]}).pendingOperations).toHaveLength(100);
    expect(told.desktop[3]).toMatchObject({pushedOperations: 100});
    expect(exports.desktop.pendingOperations).toEqual([]);
    expect(feed).toHaveLength(600);
  });

  it('counts stale answers by the chunk: three in a row end it', async () => {
    const {told, asked, exports} = await script({
      clients: {desktop: {}},
      answers: {
        push: ['staleWriteId', 'applied', 'staleWriteId', 'staleWriteId'].map(status =>
          all(status as 'applied'),
        ),
      },
      steps: [queue('desktop', ...many(501)), flush('desktop')],
    });
    expect(sizes(asked)).toEqual([500, 500, 1, 1, 1]);
    expect(told.desktop[1]).toMatchObject({pushedOperations: 501});
    expect(exports.desktop.pendingOperations).toEqual([]);
  });
});

describe('[gap 8] two tabs of one client id, each on a disk of its own', () => {
  it('lose nothing and double nothing, whoever is first', async () => {
    const {told, exports, feed, violations} = await script({
      clients: {left: {clientId: 'desktop'}, right: {clientId: 'desktop'}},
      steps: [
        [
          queue('left', link('l-1', '12:00', 'a'), link('l-2', '12:01', 'b')),
          queue('right', link('r-1', '12:00', 'c'), unlink('r-2', '12:02', 'a'), link('r-3', '12:03', 'd')),
        ],
        [flush('left'), flush('right')],
        [queue('left', link('l-3', '12:04', 'e')), queue('right', link('r-4', '12:04', 'f'))],
        [flush('left'), flush('right')],
        [sync('left'), sync('right')],
      ],
    });
    expect(feed.map(row => String(row['client_op_id'])).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      ...['l-1', 'l-2', 'l-3', 'r-1', 'r-2', 'r-3', 'r-4'],
    ]);
    const ids = feed.map(row => Number(row['write_id']));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(7);
    expect(exports.left.replaySnapshot).toEqual(exports.right.replaySnapshot);
    expect(exports.left.replaySnapshot.links.length).toBeGreaterThanOrEqual(5);
    expect(exports.left.reconcileState).toEqual(exports.right.reconcileState);
    expect(told.left[1]).toMatchObject({pushedOperations: 2});
    expect(told.right[1]).toMatchObject({pushedOperations: 3});
    expect(violations).toMatchObject({left: [], right: []});
  });

  it('a duplicated tab pushes what the other one pushed already: known, not doubled', async () => {
    const {told, feed} = await script({
      clients: {left: {clientId: 'desktop'}, right: {clientId: 'desktop'}},
      steps: [
        queue('left', link('shared', '12:00')),
        hydrate('right', node => node.beside('left').client.exportState()),
        [flush('left'), flush('right')],
      ],
    });
    const flushed = {pushedOperations: 1, pulledOperations: 1, pullPages: 1};
    expect([told.left[1], told.right[1]]).toEqual([flushed, flushed]);
    expect(feed).toHaveLength(1);
  });
});

describe('[gap 6] a map of many replicas', () => {
  const ids = (count: number): Record<string, number> =>
    Object.fromEntries(Array.from({length: count}, (_, index) => [`r${index}`, index + 1]));

  it('of 512 is taken, and kept', async () => {
    const {told, exports} = await script({
      clients: {desktop: {}},
      answers: {sync: [page([grant('a', '12:00')], {ids: ids(512)})]},
      steps: [sync('desktop')],
    });
    expect(told.desktop).toEqual([{pulledOperations: 1, pullPages: 1}]);
    expect(exports.desktop.reconcileState?.lastReconciledWriteIds).toEqual(ids(512));
  });

  it('of 513 is refused', async () => {
    const {told, exports} = await script({
      clients: {desktop: {}},
      answers: {sync: [page([grant('a', '12:00')], {ids: ids(513)})]},
      steps: [sync('desktop')],
    });
    expect(told.desktop).toEqual([{refused: 'lastReconciledWriteIds exceeds max entries (512)'}]);
    expect(exports.desktop).toEqual(PRISTINE);
  });

  it('the server tells the 512 last active of a user who has more', async () => {
    const push = act('bare', async ({transport}) => {
      for (let index = 0; index < 513; index += 1) {
        const operation = {
          ...link(`o${index}`, '12:00', `p${index % 3}`),
          replicaId: `r${index}`,
          writeId: 1,
        };
        const caller = {userId: 'user-1', clientId: `r${index}`};
        await transport.pushOperations({...caller, operations: [operation as never]});
      }
    });
    const {told} = await script({
      clients: {bare: {bare: true}, desktop: {pullLimit: 500}},
      steps: [push, sync('desktop'), state('desktop')],
    });
    expect(told.desktop[0]).toEqual({pulledOperations: 513, pullPages: 2});
    const known = (told.desktop[1] as {reconcileState: {lastReconciledWriteIds: object}}).reconcileState;
    const names = Object.keys(known.lastReconciledWriteIds);
    expect(names).toHaveLength(512);
    expect(names).not.toContain('r0');
  });
});

describe('[gap 6] odd ids and times', () => {
  it('opIds that differ only in case are two, and equal times keep the order of the queue', async () => {
    const names = ['b', 'A', 'a', 'B', 'ä', '10', '9'];
    const {exports, feed} = await script({
      clients: {desktop: {pullLimit: 1}, mobile: {}},
      steps: [
        queue('desktop', ...names.map(name => link(name, '12:00', `p-${name}`))),
        flush('desktop'),
        queue('mobile', ...names.map(name => link(name, '12:00', `q-${name}`))),
        flush('mobile'),
        sync('desktop'),
      ],
    });
    expect(feed.map(row => row['client_op_id'])).toEqual([...names, ...names]);
    const times = feed.map(row => Number(row['occurred_ms']) - Number(feed[0]?.['occurred_ms']));
    expect(times).toEqual(times.map((_, index) => index));
    expect(exports.desktop.replaySnapshot).toEqual(exports.mobile.replaySnapshot);
    const parents = exports.desktop.replaySnapshot.links.map(({parentId}) => parentId);
    expect(parents.slice(0, 7)).toEqual(['p-10', 'p-9', 'p-A', 'p-B', 'p-a', 'p-b', 'p-ä']);
  });

  it('keys that would collide when joined stay apart', async () => {
    const {exports} = await script({
      clients: {desktop: {}},
      items: {'b:c': 'user-1', c: 'user-1'},
      steps: [
        queue(
          'desktop',
          link('1', '12:00', 'a', 'b:c'),
          link('2', '12:01', 'a:b', 'c'),
          unlink('3', '12:02', 'a', 'b:c'),
        ),
        flush('desktop'),
      ],
    });
    expect(exports.desktop.replaySnapshot.links).toEqual([{parentId: 'a:b', childId: 'c'}]);
  });

  it('times below the millisecond are cut, and any zone is understood', async () => {
    const {told, exports} = await script({
      clients: {desktop: {}},
      answers: {},
      steps: [
        queue('desktop', {...give('1', ''), occurredAt: '2026-02-14T13:30:00.1239999+01:30'}),
        queue('desktop', {...give('2', ''), occurredAt: '2026-02-14'}),
        queue('desktop', {...give('3', ''), occurredAt: 'Feb 14 2026'}),
      ],
    });
    expect(told.desktop).toEqual(['done', 'done', 'done']);
    const times = exports.desktop.pendingOperations.map(({occurredAt}) => occurredAt);
    expect(times.slice(0, 2)).toEqual([at('12:00:00.123'), at('00:00')]);
    // what only some engines would read is no time: the clock stands in, here two minutes after the start
    expect(times[2]).toBe('2026-02-15T00:02:00.000Z');
  });
});
