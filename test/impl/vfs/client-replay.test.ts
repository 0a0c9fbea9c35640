/** Replay of a page of the feed: feed order decides, all or nothing, and four ways to be refused. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {VfsFeedReplayError} from '../../../src/impl/vfs/client-errors.ts';
import {itemCursor, replayPage} from '../../../src/impl/vfs/client-replay.ts';
import {formatTime} from '../../../src/impl/vfs/time.ts';
import type {FeedItem} from '../../../src/model/vfs/types.ts';
import {at, cursor, edge, grant} from './scripted-transport.ts';

const START = 1_771_070_400_000;

/** Items of a feed in order, over few ids so that they meet. */
const feed: fc.Arbitrary<readonly FeedItem[]> = fc
  .array(
    fc.record({
      opType: fc.constantFrom('acl_add', 'acl_remove', 'link_add', 'link_remove' as const),
      itemId: fc.constantFrom('a', 'b', 'a:b'),
      other: fc.constantFrom('c', 'b:c', 'c:a'),
      accessLevel: fc.constantFrom('read', 'write', 'admin' as const),
      step: fc.integer({min: 0, max: 2}),
    }),
    {maxLength: 30},
  )
  .map(drawn => {
    let time = START;
    return drawn.map(({opType, itemId, other, accessLevel, step}, index) => {
      time += step;
      const opId = String(index).padStart(4, '0');
      const common = {opId, itemId, opType, occurredAt: formatTime(time)};
      return opType === 'acl_add' || opType === 'acl_remove'
        ? {...grant(opId, '12:00', {principalId: other, accessLevel}), ...common}
        : {...edge(opId, '12:00', {parentId: other, childId: itemId}), ...common};
    });
  });

type Registers = ReadonlyMap<string, unknown>;

function fold(items: readonly FeedItem[], before: Registers = new Map(), from = null as unknown): Registers {
  const {acl, links} = replayPage(items, from as null);
  const registers = new Map(before);
  for (const {itemId, principalType, principalId, accessLevel} of acl) {
    registers.set(JSON.stringify(['acl', itemId, principalType, principalId]), accessLevel);
  }
  for (const {parentId, childId, present} of links) {
    registers.set(JSON.stringify(['link', parentId, childId]), present);
  }
  return registers;
}

describe('replayPage', () => {
  test.prop([feed, fc.nat()])('cutting a feed into two pages changes nothing', (items, where) => {
    const cut = items.length === 0 ? 0 : where % items.length;
    const first = items.slice(0, cut);
    const end = replayPage(first, null).cursor;
    expect(fold(items.slice(cut), fold(first), end)).toEqual(fold(items));
    expect(replayPage(items.slice(cut), end).cursor).toEqual(replayPage(items, null).cursor);
  });

  test.prop([feed])('the last word on each register wins, whatever came before', items => {
    const last = new Map<string, unknown>();
    for (const item of items) {
      if (item.opType === 'link_add' || item.opType === 'link_remove') {
        last.set(JSON.stringify(['link', item.parentId, item.childId]), item.opType === 'link_add');
      } else {
        const level = item.opType === 'acl_add' ? item.accessLevel : null;
        last.set(JSON.stringify(['acl', item.itemId, item.principalType, item.principalId]), level);
      }
    }
    expect(fold(items)).toEqual(last);
  });

  test.prop([feed.filter(items => items.length > 0)])('replaying a page again is refused', items => {
    const {cursor: end} = replayPage(items, null);
    expect(() => replayPage(items, end)).toThrowError('CRDT feed item 0 is not strictly newer');
  });

  test('ids that would meet under a `:` join stay apart', () => {
    const page = replayPage(
      [
        edge('1', '12:00', {parentId: 'a', childId: 'b:c', itemId: 'b:c'}),
        edge('2', '12:01', {parentId: 'a:b', childId: 'c', itemId: 'c', opType: 'link_remove'}),
      ],
      null,
    );
    expect(page.links).toEqual([
      {parentId: 'a', childId: 'b:c', present: true},
      {parentId: 'a:b', childId: 'c', present: false},
    ]);
  });

  test('an unknown type moves the cursor and nothing else', () => {
    const item = {...grant('9', '12:00'), opType: 'item_upsert'};
    expect(replayPage([item], null)).toEqual({acl: [], links: [], cursor: cursor('12:00', '9')});
  });

  test('times are normalised and ids trimmed', () => {
    expect(itemCursor({opId: ' x ', occurredAt: '2026-02-14T13:00:00.0009+01:00'})).toEqual({
      changedAt: at('12:00'),
      changeId: 'x',
    });
  });

  const good = grant('1', '12:00');
  test.each([
    ['invalidCursor', {...good, opId: '  '}, 'CRDT feed item 1 has invalid cursor fields'],
    ['invalidCursor', {...good, occurredAt: 'yesterday'}, 'CRDT feed item 1 has invalid cursor fields'],
    ['invalidCursor', null, 'CRDT feed item 1 has invalid cursor fields'],
    ['nonMonotonicCursor', good, 'CRDT feed item 1 is not strictly newer than local cursor'],
    ['nonMonotonicCursor', grant('0', '12:00'), 'CRDT feed item 1 is not strictly newer than local cursor'],
    [
      'invalidAclOperation',
      grant('2', '12:01', {principalId: ' '}),
      'CRDT feed item 1 is missing principal fields',
    ],
    [
      'invalidAclOperation',
      grant('2', '12:01', {opType: 'acl_remove', principalType: null}),
      'CRDT feed item 1 is missing principal fields',
    ],
    [
      'invalidAclOperation',
      grant('2', '12:01', {accessLevel: null}),
      'CRDT feed item 1 is missing access level',
    ],
    ['invalidLinkOperation', edge('2', '12:01', {parentId: null}), 'CRDT feed item 1 is missing link fields'],
    ['invalidLinkOperation', edge('2', '12:01', {childId: ''}), 'CRDT feed item 1 is missing link fields'],
  ])('%s: %j', (code, item, message) => {
    const error = caught(() => replayPage([good, item], null));
    expect(error).toBeInstanceOf(VfsFeedReplayError);
    expect(error).toMatchObject({name: 'VfsCrdtFeedReplayError', code, message});
  });

  test('a hole in the page is an item without a position', () => {
    const holes: unknown[] = [good];
    holes.length = 2;
    expect(caught(() => replayPage(holes, null))).toMatchObject({code: 'invalidCursor'});
  });

  test.prop([fc.array(fc.anything({withNullPrototype: true, withSparseArray: true}), {maxLength: 5})])(
    'whatever comes, it is replayed or refused by name',
    items => {
      try {
        replayPage(items, cursor('12:00', 'x'));
      } catch (error) {
        expect(error).toBeInstanceOf(VfsFeedReplayError);
      }
    },
  );
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
