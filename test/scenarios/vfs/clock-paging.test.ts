/** Paging through the list of changed containers: the right pages pass, each wrong one is told. */
import {expect, test} from 'vitest';
import {judgePaging, type ListChanged} from '../../../scenarios/vfs/clock-paging.ts';
import {listChangedSince} from '../../../src/impl/vfs/client-clocks.ts';
import {cursor} from '../../model/vfs/make.ts';

const clocks = ['a', 'b', 'c', 'd', 'e'].map((containerId, index) => ({
  containerId,
  ...cursor(`10:00:0${index}`, `change-${index}`),
}));
const honest: ListChanged = (from, limit) => listChangedSince(clocks, from, limit);

test.each([1, 2, 3, 5, 6])(
  'pages of %i are right from the beginning, from the middle and from the end',
  limit => {
    const found = [null, clocks[1], clocks[4]].map(from =>
      judgePaging(honest, clocks, {from: from ?? null, limit}),
    );
    expect(found).toEqual([null, null, null]);
  },
);

test('clocks of one position belong to one page: to end it between them is told', () => {
  const tied = clocks.map((clock, index) => ({...clock, ...cursor('10:00:00', index < 4 ? 'one' : 'two')}));
  expect(
    judgePaging((from, limit) => listChangedSince(tied, from, limit), tied, {from: null, limit: 2}),
  ).toBeNull();
  const cut: ListChanged = (from, limit) => {
    const items = listChangedSince(tied, from, 500).items.slice(0, limit);
    const {changedAt = '', changeId = ''} = items.at(-1) ?? {};
    return {items, hasMore: items.length === limit, nextCursor: {changedAt, changeId}};
  };
  expect(judgePaging(cut, tied, {from: null, limit: 2})).toBe('page 0 of 2 has other entries');
});

test('a client without clocks has one empty page', () => {
  expect(
    judgePaging((from, limit) => listChangedSince([], from, limit), [], {from: null, limit: 2}),
  ).toBeNull();
});

test.each<[string, ListChanged, string]>([
  [
    'an inclusive cursor',
    (from, limit) => ({...honest(from, limit), ...inclusive(from, limit)}),
    'has other entries',
  ],
  [
    'the cursor of the first entry',
    (from, limit) => ({...honest(from, limit), nextCursor: clocks[0] ?? null}),
    'ends elsewhere',
  ],
  [
    'an early end',
    (from, limit) => ({...honest(from, limit), hasMore: false}),
    'says the wrong thing of more',
  ],
  [
    'a promise of more at the end',
    (from, limit) => ({...honest(from, limit), hasMore: true}),
    'says the wrong thing of more',
  ],
])('%s is told', (_, list, words) => {
  expect(judgePaging(list, clocks, {from: null, limit: 2})).toContain(words);
});

function inclusive(from: Parameters<ListChanged>[0], limit: number) {
  const start = from === null ? 0 : clocks.findIndex(({changeId}) => changeId === from.changeId);
  return {items: clocks.slice(start, start + limit)};
}
