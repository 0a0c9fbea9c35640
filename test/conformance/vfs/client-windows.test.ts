/** Checklist, client: windows of changed containers and replay cursors only move forward, over writes, pages and restarts. */
import {describe, expect, it} from 'vitest';
import {seedAt} from '../../../src/index.ts';
import {compareCursors} from '../../../src/impl/vfs/cursor.ts';
import type {Cursor, ExportedState, OperationInput} from '../../../src/model/vfs/types.ts';
import {at} from '../../impl/vfs/scripted-transport.ts';
import {act, crash, flush, give, hydrateFrom, link, queue, revoke, state, sync, unlink} from './acts.ts';
import {script, type Act, type Moment} from './script.ts';

const SERVED = {desktop: {}, mobile: {}, tablet: {}} as const;

/** Lists what changed since its last call, at most `limit` containers: a reader that keeps its place across restarts. */
function windows(on: string, limit?: number): Act {
  let last: Cursor | null = null;
  return act(on, ({client}) => {
    const page = client.listChangedContainers(last, limit);
    last = page.nextCursor ?? last;
    return [page.items.map(({containerId}) => containerId), page.hasMore];
  });
}

describe('windows of changed containers', () => {
  it('[shard-08] go from empty to forward after writes, of items and of parents', async () => {
    const look = windows('desktop');
    const {told} = await script({
      clients: SERVED,
      steps: [
        look,
        queue('mobile', give('m-1', '12:00')),
        flush('mobile'),
        sync('desktop'),
        look,
        look,
        queue('mobile', link('m-2', '12:01', 'shelf'), revoke('m-3', '12:02')),
        flush('mobile'),
        sync('desktop'),
        look,
      ],
    });
    const shown = told.desktop.filter(each => Array.isArray(each));
    expect(shown).toEqual([
      [[], false],
      [['item-1'], false],
      [[], false],
      [['shelf', 'item-1'], false],
    ]);
  });

  it('[shard-08-concurrent] [shard-07-restart-cursor] show each change once while several replicas write and one restarts', async () => {
    const look = windows('desktop', 1);
    const round = (index: number): Moment[] => [
      [
        queue('mobile', link(`m-${index}`, `12:0${index}:01`, `m${index}`)),
        queue('tablet', link(`t-${index}`, `12:0${index}:02`, `t${index}`)),
      ],
      flush('mobile'),
      flush('tablet'),
      sync('desktop'),
      look,
      crash('desktop'),
      look,
      look,
    ];
    const {told} = await script({clients: SERVED, steps: [...round(1), ...round(2)]});
    expect(told.desktop.filter(each => Array.isArray(each))).toEqual([
      [['m1'], true],
      [['t1'], false],
      [[], false],
      [['m2'], true],
      [['t2'], false],
      [[], false],
    ]);
  });

  it('[recovery-paginated-windows] come out the same whatever the pages of the pull', async () => {
    const shown: unknown[] = [];
    for (const pullLimit of [1, 2, 100]) {
      const {told} = await script({
        clients: {...SERVED, reader: {pullLimit}},
        steps: [
          queue(
            'mobile',
            give('1', '12:00'),
            link('2', '12:01', 'a'),
            link('3', '12:02', 'b'),
            unlink('4', '12:03', 'a'),
          ),
          flush('mobile'),
          sync('reader'),
          act('reader', ({client}) =>
            client.listChangedContainers(null, 2).items.map(({containerId}) => containerId),
          ),
          act('reader', ({client}) =>
            client.snapshot().containerClocks.map(({containerId, changedAt}) => [containerId, changedAt]),
          ),
        ],
      });
      shown.push(told.reader.slice(1));
    }
    const clocks = [
      ['item-1', at('12:00')],
      ['b', at('12:02')],
      ['a', at('12:03')],
    ];
    expect(shown).toEqual(Array(3).fill([['item-1', 'b'], clocks]));
  });
});

describe('restarts', () => {
  it('[shard-04-restart] from the disk, with an operation queued and others writing meanwhile, converges', async () => {
    const {told, exports} = await script({
      clients: SERVED,
      steps: [
        queue('desktop', give('d-1', '12:00')),
        flush('desktop'),
        queue('desktop', link('d-2', '12:02')),
        [crash('desktop'), queue('mobile', give('m-1', '12:01', 'admin'), link('m-2', '12:03', 'shelf'))],
        [flush('mobile'), flush('desktop')],
        [sync('mobile'), sync('desktop')],
      ],
    });
    expect(told.desktop[3]).toMatchObject({pushedOperations: 1});
    expect(exports.desktop).toEqual({...exports.mobile, nextLocalWriteId: 3});
    expect(exports.desktop.replaySnapshot).toMatchObject({acl: [{accessLevel: 'admin'}], links: [{}, {}]});
  });

  it.each(['sent', 'answered'])(
    'in mid-flush, with the push %s, loses nothing and doubles nothing',
    async moment => {
      const leg = moment === 'sent' ? 'req' : 'res';
      const {told, exports, feed} = await script({
        clients: SERVED,
        steps: [
          queue('desktop', give('d-1', '12:00'), link('d-2', '12:01')),
          [flush('desktop'), crash('desktop', 2_000)],
          state('desktop'),
          flush('desktop'),
        ],
        fates: {[`desktop>api POST /v1/vfs/crdt/push #1 ${leg}`]: {delayMs: 5_000}},
      });
      // the flush that the crash cut off came to no end at all
      expect(told.desktop).toMatchObject(['done', {pendingOperations: [{}, {}]}, {pushedOperations: 2}]);
      expect(feed.map(row => row['client_op_id'])).toEqual(['d-1', 'd-2']);
      expect(exports.desktop.pendingOperations).toEqual([]);
    },
  );

  it('[shard-09] [shard-08-replay-cursor] hand-offs by export never move the replay cursor back, nor replay', async () => {
    const {told, exports} = await script({
      clients: {
        one: {clientId: 'desktop', pullLimit: 1},
        two: {clientId: 'desktop'},
        three: {clientId: 'desktop'},
        mobile: {},
      },
      steps: [
        queue('mobile', give('m-1', '12:00'), link('m-2', '12:01')),
        flush('mobile'),
        sync('one'),
        hydrateFrom('two', 'one'),
        queue('two', link('d-1', '12:02', 'shelf')),
        hydrateFrom('three', 'two'),
        sync('two'),
        flush('three'),
        sync('three'),
      ],
    });
    expect([told.one[0], told.two.at(-1)]).toEqual([
      {pulledOperations: 2, pullPages: 2},
      {pulledOperations: 0, pullPages: 1},
    ]);
    expect(told.three.slice(1)).toEqual([
      {pushedOperations: 1, pulledOperations: 1, pullPages: 1},
      {pulledOperations: 0, pullPages: 1},
    ]);
    const [one, two, three] = [exports.one, exports.two, exports.three].map(
      each => each.replaySnapshot.cursor,
    );
    expect(two).toEqual(one);
    expect(compareCursors(three as Cursor, two as Cursor)).toBe(1);
  });
});

/** A sequence of choices that only its name decides. */
const choices = (name: string): ((below: number) => number) => {
  let index = 0;
  return below => Number(BigInt(seedAt(name, (index += 1))) % BigInt(below));
};

describe('many rounds of several replicas', () => {
  const NAMES = ['desktop', 'mobile', 'tablet'] as const;
  const edit = (pick: (below: number) => number, opId: string): OperationInput => {
    const parent = `p${pick(3)}`;
    const kinds = [
      link(opId, '12:00', parent),
      unlink(opId, '12:00', parent),
      give(opId, '12:00', 'write'),
      revoke(opId, '12:00'),
    ];
    return kinds[pick(kinds.length)] ?? link(opId, '12:00');
  };

  it.each(['0x4c4', '0x4c5', '0x4c6'])(
    '[shard-04] [shard-04-restart-hydrate] seed %s converges',
    async seed => {
      const pick = choices(`${seed.padEnd(18, '0')}`);
      const steps: Moment[] = [];
      for (let round = 0; round < 30; round += 1) {
        steps.push(
          NAMES.flatMap(name => {
            const [start, later] = [pick(40), pick(40)];
            const write = {...queue(name, edit(pick, `${name}-${round}`)), delayMs: start};
            const run = pick(2) === 0 ? flush(name, start + later) : sync(name, start + later);
            return pick(8) === 0 ? [write, run, crash(name, start + pick(60))] : [write, run];
          }),
        );
      }
      const settle = [NAMES.map(name => flush(name)), NAMES.map(name => sync(name))];
      const {exports, feed, violations} = await script({
        clients: {desktop: {pullLimit: 1}, mobile: {pullLimit: 7}, tablet: {}},
        steps: [...steps, ...settle],
        skipWhereDown: true,
      });
      const shared = ({
        replaySnapshot,
        reconcileState,
        containerClocks,
        pendingOperations,
      }: ExportedState): unknown => ({
        ...{replaySnapshot, reconcileState, containerClocks, pendingOperations},
      });
      expect(shared(exports.mobile)).toEqual(shared(exports.desktop));
      expect(shared(exports.tablet)).toEqual(shared(exports.desktop));
      expect(exports.desktop.pendingOperations).toEqual([]);
      const names = feed.map(row => String(row['client_op_id']));
      expect(new Set(names).size).toBe(names.length);
      expect(names.length).toBeGreaterThan(60);
      expect(NAMES.flatMap(name => violations[name])).toEqual([]);
    },
  );
});
