/** Compaction on a real server: who finds his place gone starts over from a snapshot, and misses nothing. */
import {describe, expect, it} from 'vitest';
import {decodeCursor} from '../../../src/impl/vfs/cursor.ts';
import {act, ask, flush, give, link, queue, queued, state, sync, unlink} from './acts.ts';
import {script, type Act} from './script.ts';

/** Keeps nothing but what an active client still needs; runs only when told. */
const COMPACTION = {
  everyMs: 1_000_000_000,
  hotRetentionMs: 1,
  inactiveClientMs: 90_000,
  safetyBufferMs: 0,
  maxRows: 10_000,
};
const compact = act('s1', ({server}) => server.compact());
const REMATERIALIZE = {
  stage: 'pull',
  code: 'pullRematerializationRequired',
  message: 'pull requires re-materialization from canonical state',
};

describe('compaction', () => {
  const written = [
    queue('desktop', link('1', '12:00', 'a'), link('2', '12:01', 'b'), unlink('3', '12:02', 'a')),
    flush('desktop'),
    queue('desktop', give('4', '12:03'), link('5', '12:04', 'c')),
    flush('desktop'),
  ];
  const servers = {s1: {compaction: COMPACTION}};

  it('sends a null cursor and an old one to the snapshot, each told; what they get equals a full replay', async () => {
    const {told, exports, violations, feed, asked} = await script({
      clients: {desktop: {}, old: {}, fresh: {}, late: {}},
      servers,
      steps: [
        ...written.slice(0, 2),
        sync('old'),
        ...written.slice(2),
        // everyone but the writer has been silent for longer than a client may be
        [],
        [],
        sync('desktop'),
        compact,
        sync('old'),
        sync('fresh'),
        queue('desktop', link('6', '12:05', 'd')),
        flush('desktop'),
        [sync('old'), sync('fresh'), sync('late')],
      ],
    });
    // the newest row is not older than itself, so it stays
    expect(told.s1).toMatchObject([{plan: {kind: 'compact'}, deletedRows: 4}]);
    expect(feed.map(row => row['client_op_id'])).toEqual(['5', '6']);
    expect(told.old).toEqual([
      {pulledOperations: 3, pullPages: 1},
      {pulledOperations: 0, pullPages: 1},
      {pulledOperations: 1, pullPages: 1},
    ]);
    expect(told.fresh).toEqual(told.old.slice(1));
    for (const name of ['old', 'fresh', 'late'] as const) {
      expect({...exports[name], nextLocalWriteId: 7}).toEqual(exports.desktop);
    }
    const floor = (violations.fresh[0]?.details ?? {})['oldestAvailableCursor'];
    expect(decodeCursor(floor)?.changedAt).toBe('2026-02-14T12:03:00.000Z');
    expect(violations.fresh).toEqual([
      {...REMATERIALIZE, details: {requestedCursor: null, oldestAvailableCursor: floor}},
    ]);
    expect(violations.old).toMatchObject([{...REMATERIALIZE, details: {oldestAvailableCursor: floor}}]);
    expect(decodeCursor((violations.old[0]?.details ?? {})['requestedCursor'])?.changedAt).toBe(
      '2026-02-14T12:02:00.000Z',
    );
    expect(asked.filter(({what}) => what === 'snapshot').map(({from}) => from)).toEqual([
      'old',
      'fresh',
      'late',
    ]);
  });

  it('keeps replica heads and the memory of what was applied', async () => {
    const retry = queued(link('1', '12:00', 'a'), 1);
    const push = (operations: readonly unknown[]): Act =>
      ask('bare', 'POST', '/v1/vfs/crdt/push', {clientId: 'desktop', operations});
    const {told} = await script({
      clients: {desktop: {}, bare: {bare: true}},
      servers,
      steps: [
        ...written,
        compact,
        push([retry, {...retry, opId: 'new', writeId: 5}, {...retry, opId: 'new', writeId: 6}]),
        ask('bare', 'GET', '/v1/vfs/crdt/snapshot?clientId=any'),
      ],
    });
    expect(told.s1).toMatchObject([{deletedRows: 4}]);
    expect(told.bare[0]).toEqual([
      200,
      {
        clientId: 'desktop',
        results: [
          {opId: '1', status: 'alreadyApplied'},
          {opId: 'new', status: 'staleWriteId'},
          {opId: 'new', status: 'applied'},
        ],
      },
    ]);
    expect(told.bare[1]).toMatchObject([200, {reconcileState: {lastReconciledWriteIds: {desktop: 6}}}]);
  });

  it('spares what an active client has not read', async () => {
    const {told, feed} = await script({
      clients: {desktop: {}, reader: {}},
      servers: {s1: {compaction: {...COMPACTION, inactiveClientMs: 10_000_000}}},
      steps: [...written.slice(0, 2), sync('reader'), ...written.slice(2), compact],
    });
    expect(told.s1).toMatchObject([{plan: {kind: 'compact'}, deletedRows: 2}]);
    // strictly before the reader's cursor
    expect(feed.map(row => row['client_op_id'])).toEqual(['3', '4', '5']);
  });

  it('without an attempt to spare is told, and changes nothing', async () => {
    const {told, violations} = await script({
      clients: {desktop: {}, strict: {maxRematerializationAttempts: 0}},
      servers,
      steps: [...written, compact, state('strict'), sync('strict'), state('strict')],
    });
    expect(told.strict[1]).toEqual({
      refused: 'CRDT cursor is older than retained history; re-materialization required',
    });
    expect(told.strict[2]).toEqual(told.strict[0]);
    expect(violations.strict).toHaveLength(1);
  });

  it('keeps what was queued, to be pushed after starting over; a flush that starts over counts only its last run', async () => {
    const {told, exports} = await script({
      clients: {desktop: {}, mobile: {}, tablet: {}},
      servers,
      steps: [
        ...written,
        compact,
        queue('mobile', unlink('m-1', '12:00', 'b')),
        sync('mobile'),
        act('mobile', ({client}) => client.snapshot().pendingOperations),
        flush('mobile'),
        queue('tablet', link('t-1', '12:00', 'd')),
        flush('tablet'),
        [sync('desktop'), sync('mobile')],
      ],
    });
    expect(told.mobile.slice(1, 4)).toEqual([
      {pulledOperations: 0, pullPages: 1},
      1,
      {pushedOperations: 1, pulledOperations: 1, pullPages: 1},
    ]);
    expect(told.tablet[1]).toEqual({pushedOperations: 0, pulledOperations: 0, pullPages: 1});
    expect(exports.mobile.replaySnapshot).toEqual(exports.desktop.replaySnapshot);
    expect(exports.tablet.replaySnapshot).toEqual(exports.desktop.replaySnapshot);
    expect(exports.desktop.replaySnapshot.links.map(({parentId}) => parentId)).toEqual(['c', 'd']);
  });
});
