/** Whole cycles of pulls: known feeds page by page, and the law that the cutting of a feed does not matter. */

import {fc, test as property} from '@fast-check/vitest';
import {expect, test} from 'vitest';
import {hydrated, pristine} from '../../../src/model/vfs/client.ts';
import {clocksOf} from '../../../src/model/vfs/clocks.ts';
import {sameState} from '../../../src/model/vfs/compare.ts';
import {newPullCycle, type PullCycle} from '../../../src/model/vfs/expect-pull.ts';
import {expectHydrate} from '../../../src/model/vfs/hydrate.ts';
import {itemCursor, replay} from '../../../src/model/vfs/replay.ts';
import {formatTime} from '../../../src/model/vfs/time.ts';
import type {ExportedState, FeedItem} from '../../../src/model/vfs/types.ts';
import {grant, item, ms, page} from './make.ts';
import {accepted, refused} from './pulls.ts';

const branchRace: readonly FeedItem[] = [
  item('1', '10:00:01', {itemId: 'folder', parentId: 'root'}),
  item('2', '10:00:02', {itemId: 'old', parentId: 'folder'}),
  item('3', '10:00:03', {itemId: 'folder', parentId: 'root', opType: 'link_remove'}),
  item('4', '10:00:04', {itemId: 'new', parentId: 'folder'}),
  item('5', '10:00:05', {itemId: 'old', parentId: 'folder', opType: 'link_remove'}),
  item('6', '10:00:06', {itemId: 'new', parentId: 'folder', opType: 'link_remove'}),
];

test('[V23] a branch is deleted while a child is made in it', () => {
  let given: {state: ExportedState; cycle: PullCycle} = {state: pristine(), cycle: newPullCycle(pristine())};
  const links = [0, 2, 4].map(start => {
    const {state, then} = accepted(
      page({items: branchRace.slice(start, start + 2), hasMore: start < 4}),
      given,
    );
    given = {state, cycle: then.cycle};
    return state.replaySnapshot.links.map(({parentId, childId}) => `${parentId}>${childId}`);
  });
  expect(links).toEqual([['folder>old', 'root>folder'], ['folder>new', 'folder>old'], []]);
  const idle = accepted(page({}), {state: given.state});
  expect(sameState(idle.state, given.state)).toBe(true);
});

const feed: fc.Arbitrary<readonly FeedItem[]> = fc
  .array(
    fc.record({
      gap: fc.integer({min: 0, max: 2}),
      itemId: fc.constantFrom('a', 'b', 'c'),
      parentId: fc.constantFrom('root', 'p'),
      opType: fc.constantFrom('acl_add', 'acl_remove', 'link_add', 'link_remove'),
      accessLevel: fc.constantFrom('read', 'write'),
    }),
    {maxLength: 12},
  )
  .map(facts => {
    let time = ms('10:00:00');
    return facts.map(({gap, itemId, parentId, opType, accessLevel}, index) => {
      time += gap;
      const opId = `op-${String(index).padStart(3, '0')}`;
      const made = opType.startsWith('acl')
        ? grant(opId, '10:00:00', {itemId, opType, accessLevel: opType === 'acl_add' ? accessLevel : null})
        : item(opId, '10:00:00', {itemId, opType, parentId});
      return {...made, occurredAt: formatTime(time)};
    });
  });

property.prop([feed, fc.array(fc.integer({min: 1, max: 4}))])(
  'however a feed is cut, the end is the same',
  (items, sizes) => {
    let state = pristine();
    let cycle = newPullCycle(state);
    const cuts = [...sizes];
    for (let start = 0; start < items.length;) {
      const end = Math.min(items.length, start + (cuts.shift() ?? 3));
      const answer = page({items: items.slice(start, end), hasMore: end < items.length, ids: {desktop: end}});
      const result = accepted(answer, {state, cycle});
      expect(refused(answer, {state: result.state}).state).toBe(result.state);
      expect(expectHydrate('desktop', pristine(), JSON.parse(JSON.stringify(result.state)))).toEqual({
        kind: 'accept',
        state: hydrated(result.state, 'desktop'),
      });
      state = result.state;
      cycle = result.then.cycle;
      start = end;
    }
    const last = items.at(-1);
    expect(state.replaySnapshot).toEqual({
      ...replay(items),
      cursor: last === undefined ? null : itemCursor(last),
    });
    expect(state.containerClocks).toEqual(clocksOf(items));
  },
);
