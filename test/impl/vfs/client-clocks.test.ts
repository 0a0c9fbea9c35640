/**
 * Container clocks: newest position wins in any order, and paging through what changed misses nothing and
 * repeats nothing.
 */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {advanceClocks, compareClocks, listChangedSince} from '../../../src/impl/vfs/client-clocks.ts';
import {VfsSyncError} from '../../../src/impl/vfs/client-errors.ts';
import {compareCursors} from '../../../src/impl/vfs/cursor.ts';
import {formatTime} from '../../../src/impl/vfs/time.ts';
import type {ContainerClock, FeedItem} from '../../../src/model/vfs/types.ts';
import {cursor, edge, grant} from './scripted-transport.ts';

const START = 1_771_070_400_000;

/** Items in no particular order; as a lying server has it, several may have one position. */
const items: fc.Arbitrary<readonly FeedItem[]> = fc
  .array(
    fc.record({
      time: fc.integer({min: 0, max: 5}),
      opId: fc.constantFrom('a', 'B', 'b', 'ä', 'é'),
      link: fc.boolean(),
      itemId: fc.constantFrom('u', 'v', 'w', 'x', 'y'),
      parentId: fc.constantFrom('y', 'z'),
    }),
    {maxLength: 20},
  )
  .map(drawn =>
    drawn.map(({time, opId, link, itemId, parentId}) => {
      const common = {itemId, occurredAt: formatTime(START + time)};
      return link
        ? edge(opId, '12:00', {parentId, childId: itemId, ...common})
        : grant(opId, '12:00', common);
    }),
  );

const containerOf = (item: FeedItem): string | null =>
  item.opType === 'link_add' ? item.parentId : item.itemId;

const byId = (clocks: readonly ContainerClock[]): ReadonlyMap<string, ContainerClock> =>
  new Map(clocks.map(clock => [clock.containerId, clock]));

describe('advanceClocks', () => {
  test.prop([items])('each container has the greatest position among its items', all => {
    const clocks = advanceClocks(new Map(), all);
    const containers = new Set(all.map(containerOf));
    expect(new Set(clocks.map(clock => clock.containerId))).toEqual(containers);
    for (const clock of clocks) {
      for (const item of all.filter(item => containerOf(item) === clock.containerId)) {
        const position = {changedAt: item.occurredAt, changeId: item.opId};
        expect(compareCursors(clock, position)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test.prop([items, items])('the order of pages does not matter, and twice is once', (one, two) => {
    const then = (first: readonly FeedItem[], second: readonly FeedItem[]): ReadonlyMap<string, unknown> => {
      const before = byId(advanceClocks(new Map(), first));
      return new Map([...before, ...byId(advanceClocks(before, second))]);
    };
    expect(then(one, two)).toEqual(then(two, one));
    expect(advanceClocks(byId(advanceClocks(new Map(), one)), one)).toEqual([]);
  });

  test('a container is the parent of a link and the item of anything else', () => {
    const clocks = advanceClocks(new Map(), [edge('1', '12:00'), grant('2', '12:01')]);
    expect(clocks).toEqual([
      {containerId: 'root', ...cursor('12:00', '1')},
      {containerId: 'item-1', ...cursor('12:01', '2')},
    ]);
  });

  test.each([
    [{...grant('1', '12:00'), opId: ''}, 'CRDT feed item 0 has invalid cursor fields'],
    [{...grant('1', '12:00'), itemId: ' '}, 'CRDT feed item 0 has invalid container fields'],
    [{...edge('1', '12:00'), parentId: null}, 'CRDT feed item 0 has invalid container fields'],
  ])('%j is refused', (item, message) => {
    const run = (): unknown => advanceClocks(new Map(), [item]);
    expect(run).toThrowError(VfsSyncError);
    expect(run).toThrowError(message);
  });
});

describe('listChangedSince', () => {
  test.prop([items, fc.integer({min: 1, max: 4}), fc.option(fc.nat({max: 5}))])(
    'paging is strictly forward and complete',
    (all, limit, start) => {
      const clocks = [...advanceClocks(new Map(), all)].sort(compareClocks);
      let from = start === null ? null : {changedAt: formatTime(START + start), changeId: 'b'};
      const expected = clocks.filter(clock => from === null || compareCursors(clock, from) > 0);
      const seen: ContainerClock[] = [];
      for (;;) {
        const listed = listChangedSince(clocks, from, limit);
        for (const clock of listed.items) {
          if (from !== null) expect(compareCursors(clock, from)).toBeGreaterThan(0);
          seen.push(clock);
        }
        expect(listed.nextCursor === null).toBe(listed.items.length === 0);
        if (!listed.hasMore) break;
        from = listed.nextCursor;
      }
      expect(seen).toEqual(expected);
    },
  );

  const clocks = [
    {containerId: 'item-1', ...cursor('12:00:01', 'mobile-1')},
    {containerId: 'root', ...cursor('12:00:04', 'mobile-3')},
  ];

  test('V1: one clock a page, then the other', () => {
    const first = listChangedSince(clocks, null, 1);
    expect(first).toEqual({
      items: [clocks[0]],
      hasMore: true,
      nextCursor: cursor('12:00:01', 'mobile-1'),
    });
    expect(listChangedSince(clocks, first.nextCursor, 1)).toEqual({
      items: [clocks[1]],
      hasMore: false,
      nextCursor: cursor('12:00:04', 'mobile-3'),
    });
  });

  test('clocks of one position are on one page, however short it should be', () => {
    const tied = ['a', 'b', 'c'].map(containerId => ({containerId, ...cursor('12:00:02', 'mobile-2')}));
    const all = [clocks[0], ...tied, clocks[1]].filter(clock => clock !== undefined);
    const first = listChangedSince(all, null, 2);
    expect(first).toEqual({
      items: [clocks[0], ...tied],
      hasMore: true,
      nextCursor: cursor('12:00:02', 'mobile-2'),
    });
    expect(listChangedSince(all, first.nextCursor, 2).items).toEqual([clocks[1]]);
    expect(listChangedSince(all, null, 1).items).toEqual([clocks[0]]);
  });

  test('V26: a cursor at the end gives an empty page, again and again', () => {
    const empty = {items: [], hasMore: false, nextCursor: null};
    expect(listChangedSince(clocks, cursor('12:00:04', 'mobile-3'))).toEqual(empty);
    expect(listChangedSince(clocks, cursor('12:00:04', 'mobile-3'))).toEqual(empty);
  });

  test.each([0, 501, 1.5, Number.NaN, -1])('limit %d is refused', limit => {
    expect(() => listChangedSince(clocks, null, limit)).toThrowError(
      'limit must be an integer between 1 and 500',
    );
  });

  test('a cursor that is none is refused', () => {
    expect(() => listChangedSince(clocks, {changedAt: 'soon', changeId: 'x'})).toThrowError(
      'cursor is invalid',
    );
  });
});
