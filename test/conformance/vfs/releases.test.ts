/** Releases side by side, restores, rebuilds and crashes of a real server. */
import {describe, expect, it} from 'vitest';
import {act, flush, give, link, queue, sync, unlink} from './acts.ts';
import {script, type Moment} from './script.ts';

const REMATERIALIZE = {
  stage: 'pull',
  code: 'pullRematerializationRequired',
  message: 'pull requires re-materialization from canonical state',
};

describe('releases and restores', () => {
  it('release 1 and release 2 side by side on one database serve the same clients', async () => {
    const {exports, feed, violations} = await script({
      clients: {desktop: {pullLimit: 1}, mobile: {pullLimit: 2}},
      servers: {s1: {release: 1}, s2: {release: 2}},
      steps: Array.from({length: 12}, (_, index): Moment[] => [
        [
          queue('desktop', link(`d-${index}`, '12:00', `p${index % 3}`)),
          queue('mobile', unlink(`m-${index}`, '12:00', `p${index % 4}`)),
        ],
        [flush('desktop'), flush('mobile')],
        [sync('desktop'), sync('mobile')],
      ]).flat(),
    });
    expect(feed).toHaveLength(24);
    const byOld = feed.filter(row => row['client_occurred_at'] === null).length;
    expect(byOld).toBeGreaterThan(0);
    expect(byOld).toBeLessThan(24);
    expect(exports.desktop).toEqual(exports.mobile);
    expect(violations).toMatchObject({desktop: [], mobile: []});
  });

  it('markRestored makes every old cursor rematerialize, and write ids go on', async () => {
    const {told, exports, violations} = await script({
      clients: {desktop: {}, mobile: {}},
      steps: [
        queue('desktop', link('1', '12:00', 'a'), give('2', '12:01')),
        flush('desktop'),
        sync('mobile'),
        act('s1', ({server}) => server.markRestored()),
        queue('desktop', unlink('3', '12:02', 'a')),
        flush('desktop'),
        sync('mobile'),
        sync('mobile'),
      ],
    });
    expect(told.desktop[3]).toEqual({pushedOperations: 0, pulledOperations: 0, pullPages: 1});
    expect(told.mobile.slice(1)).toEqual([
      {pulledOperations: 0, pullPages: 1},
      {pulledOperations: 0, pullPages: 1},
    ]);
    expect([violations.desktop, violations.mobile]).toMatchObject([[REMATERIALIZE], [REMATERIALIZE]]);
    expect(exports.mobile).toEqual({...exports.desktop, nextLocalWriteId: 1});
    expect(exports.desktop.replaySnapshot).toMatchObject({acl: [{itemId: 'item-1'}], links: []});
  });

  it('markRestored forgets the checkpoints: they may speak of what was lost', async () => {
    const steps: Moment[] = [queue('desktop', link('1', '12:00', 'a')), flush('desktop')];
    const query = 'SELECT client_id AS id FROM vfs_sync_client_state';
    const before = await script({clients: {desktop: {}}, steps, query});
    const restored = [...steps, act('s1', ({server}) => server.markRestored())];
    const after = await script({clients: {desktop: {}}, steps: restored, query});
    expect([before.queried, after.queried]).toEqual([[{id: 'crdt:desktop'}], []]);
    expect(after.feed).toEqual(before.feed);
  });

  it.each([
    ['restored from a backup', 'server-restore'],
    ['rebuilt empty', 'server-rebuild'],
  ])('a server that was %s leads all clients to what it holds, and takes new writes', async (_, fault) => {
    const {exports, feed, violations} = await script({
      clients: {desktop: {}, mobile: {}},
      steps: [
        queue('desktop', link('1', '12:00', 'a')),
        flush('desktop'),
        {fault, on: 's1', lasts: fault === 'server-restore' ? 150_000 : 1_000},
        queue('desktop', link('2', '12:01', 'b')),
        flush('desktop'),
        // the restore comes half-way through this moment
        [],
        [sync('desktop'), sync('mobile')],
        queue('desktop', link('3', '12:02', 'c')),
        flush('desktop'),
        sync('mobile'),
      ],
    });
    const kept = fault === 'server-restore' ? ['1', '3'] : ['2', '3'];
    expect(feed.map(row => row['client_op_id'])).toEqual(kept);
    const parents = fault === 'server-restore' ? ['a', 'c'] : ['b', 'c'];
    expect(exports.desktop.replaySnapshot.links.map(({parentId}) => parentId)).toEqual(parents);
    expect(exports.mobile.replaySnapshot).toEqual(exports.desktop.replaySnapshot);
    expect(exports.desktop.pendingOperations).toEqual([]);
    expect(violations.desktop).toMatchObject([REMATERIALIZE]);
  });

  it.each([
    ['before', 1],
    ['after', 2],
  ])('a server that crashes just %s its commit has each operation once, after a retry', async (_, arg) => {
    const {told, feed} = await script({
      clients: {desktop: {}},
      steps: [
        queue('desktop', link('1', '12:00', 'a')),
        [{fault: 'crash', on: 's1', lasts: 2_000, arg}, flush('desktop')],
        flush('desktop'),
      ],
    });
    expect(told.desktop.slice(1)).toEqual([
      {refused: 'network reset'},
      {pushedOperations: 1, pulledOperations: 1, pullPages: 1},
    ]);
    expect(feed.map(row => row['client_op_id'])).toEqual(['1']);
  });
});
