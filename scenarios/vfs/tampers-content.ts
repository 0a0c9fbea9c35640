/** Tampers with what a page holds: in which order, what comes again, what is left out, what was never written. */
import {compareCursors} from '../../src/model/vfs/cursor.ts';
import type {Cursor} from '../../src/model/vfs/types.ts';
import type {TamperContext} from '../../src/sim/system.ts';
import {drawIndex, pageTamper, replaced, tamperOf, type VfsTamper} from './tampers-form.ts';
import {
  askedFor,
  askedFrom,
  earlierPages,
  ending,
  movedTime,
  readPage,
  type JsonObject,
} from './tampers-reading.ts';

const NOT_NEWER = 'CRDT feed item * is not strictly newer than local cursor';
const DUPLICATE = 'pull:pullDuplicateOpReplay';
const REGRESSION = 'pull:pullCursorRegression';

const ahead = (a: Cursor, b: Cursor | null): boolean => b === null || compareCursors(a, b) > 0;

/** Items of earlier pages, as they were, that a reader who asks from `asked` has been given. */
function passedItems(about: TamperContext): readonly JsonObject[] {
  const asked = askedFrom(about.request);
  if (asked === null) return [];
  return earlierPages(about).flatMap(({items, positions}) =>
    items.filter((_, index) => {
      const position = positions[index];
      return position !== undefined && compareCursors(position, asked) <= 0;
    }),
  );
}

const order: readonly VfsTamper[] = [
  pageTamper({
    id: 'pull-reordered',
    sentence: 'Two neighbours of the page change places.',
    refusedBy: [NOT_NEWER],
    change: ({body, items}, about) => {
      const first = drawIndex(items.slice(1), about);
      const [one, other] = first === null ? [] : [items[first], items[first + 1]];
      if (first === null || one === undefined || other === undefined) return undefined;
      return ending(body, [...items.slice(0, first), other, one, ...items.slice(first + 2)]);
    },
  }),
  pageTamper({
    id: 'pull-first-item-stale',
    sentence: 'The first item, though not the last, is dated before the cursor that was asked from.',
    refusedBy: [NOT_NEWER],
    change: ({body, items}, {request, random}) => {
      const asked = askedFrom(request);
      const [first, ...others] = items;
      if (asked === null || first === undefined || others.length === 0) return undefined;
      const occurredAt = movedTime(asked.changedAt, -random.octave(1, 3_600_000));
      return occurredAt === null ? undefined : {...body, items: [{...first, occurredAt}, ...others]};
    },
  }),
  pageTamper({
    id: 'pull-last-item-stale',
    sentence: 'The page ends with the item that the cursor names, which its reader has.',
    refusedBy: [DUPLICATE, NOT_NEWER],
    change: ({body, items}, about) => {
      const asked = askedFrom(about.request);
      const known = passedItems(about).find(({opId}) => opId === asked?.changeId);
      return known === undefined || items.length === 0 ? undefined : ending(body, [...items, known]);
    },
  }),
  pageTamper({
    id: 'pull-duplicate-in-page',
    sentence: 'An item comes twice in one page: at once, or at its end.',
    refusedBy: [DUPLICATE],
    change: ({body, items}, about) => {
      const index = drawIndex(items, about);
      const item = index === null ? undefined : items[index];
      if (index === null || item === undefined) return undefined;
      return ending(body, about.random.oneIn(2) ? [...items, item] : replaced(items, index, item, item));
    },
  }),
  pageTamper({
    id: 'pull-overlap',
    sentence: 'The page begins with items of an earlier page, as they were.',
    refusedBy: [DUPLICATE, REGRESSION, NOT_NEWER],
    change: ({body, items}, about) => {
      const passed = passedItems(about);
      return passed.length === 0
        ? undefined
        : ending(body, [...passed.slice(-about.random.integer(1, passed.length)), ...items]);
    },
  }),
  pageTamper({
    id: 'pull-replayed-operation',
    sentence: 'An item of an earlier page comes again under its own id with a newer time.',
    refusedBy: [DUPLICATE],
    detection: 'sometimes',
    change: ({body, items, positions}, about) => {
      const passed = passedItems(about);
      const tail = positions.at(-1) ?? askedFrom(about.request);
      if (passed.length === 0 || tail === null) return undefined;
      const occurredAt = movedTime(tail.changedAt, 1);
      const replayed = about.random.oneIn(2) ? passed.at(-1) : about.random.pick(passed);
      return occurredAt === null ? undefined : ending(body, [...items, {...replayed, occurredAt}]);
    },
  }),
  tamperOf(
    ['pull'],
    {
      id: 'pull-earlier-page',
      sentence: 'A page that ends at or before the cursor is given again, whole.',
      refusedBy: [DUPLICATE, REGRESSION, NOT_NEWER, 'pull:lastWriteIdRegression'],
    },
    (_, {request, earlier, random}) => {
      const asked = askedFrom(request);
      const behind = earlier.filter(answer => {
        const tail = readPage(answer)?.positions.at(-1);
        return tail !== undefined && asked !== null && compareCursors(tail, asked) <= 0;
      });
      return behind.length === 0 ? null : random.pick(behind);
    },
  ),
];

const contents: readonly VfsTamper[] = [
  pageTamper({
    id: 'pull-withheld',
    sentence: 'Items before the last are left out, and their positions passed over: one, or all of them.',
    change: ({body, items}, about) => {
      const last = items.at(-1);
      const index = drawIndex(items.slice(0, -1), about);
      if (last === undefined || index === null) return undefined;
      return {...body, items: about.random.oneIn(4) ? [last] : replaced(items, index)};
    },
  }),
  pageTamper({
    id: 'pull-short',
    sentence: 'The page ends before the last of its items, which the next one will bring.',
    change: ({body, items}) => (items.length < 2 ? undefined : ending(body, items.slice(0, -1))),
  }),
  tamperOf(
    ['pull'],
    {
      id: 'pull-page-of-another',
      sentence: 'The page is the one that another reader was given last.',
      refusedBy: ['pull:*', NOT_NEWER],
      detection: 'sometimes',
    },
    (_, {others, random}) => {
      const pages = [...others.values()].filter(answer => readPage(answer) !== null);
      return pages.length === 0 ? null : random.pick(pages);
    },
  ),
  pageTamper({
    id: 'pull-item-of-another',
    sentence: 'Among the items is one that another reader was given, and this one was not.',
    change: (page, about) => {
      const asked = askedFrom(about.request);
      const tail = page.positions.at(-1);
      // a page that names its own end cannot go beyond it
      const open = (page.body['nextCursor'] ?? null) === null && page.body['hasMore'] === false;
      const foreign = [...about.others.values()].flatMap(answer => {
        const {items = [], positions = []} = readPage(answer) ?? {};
        return items.flatMap((item, index) => {
          const position = positions[index];
          if (position === undefined) return [];
          const known = page.positions.some(own => compareCursors(own, position) === 0);
          const fits = open || (tail !== undefined && ahead(tail, position));
          const inside = ahead(position, asked) && fits;
          return known || !inside || page.told.some(({opId}) => opId === position.changeId)
            ? []
            : [{item, position}];
        });
      });
      if (foreign.length === 0) return undefined;
      const {item, position} = about.random.pick(foreign);
      const later = page.positions.findIndex(own => ahead(own, position));
      const place = later < 0 ? page.items.length : later;
      return {...page.body, items: [...page.items.slice(0, place), item, ...page.items.slice(place)]};
    },
  }),
  pageTamper({
    id: 'pull-forged-grant',
    sentence: 'Before the last item stands a grant that nobody made.',
    change: ({body, items, positions}, {request, random}) => {
      const tail = positions.at(-1);
      const before = positions.at(-2) ?? askedFrom(request);
      const position = {changedAt: tail?.changedAt ?? '', changeId: `!${random.id(8)}`};
      if (tail === undefined || !ahead(position, before) || !ahead(tail, position)) return undefined;
      const grant = {
        ...items.at(-1),
        ...{
          opId: position.changeId,
          occurredAt: position.changedAt,
          opType: 'acl_add',
          principalType: 'user',
        },
        ...{principalId: 'mallory', accessLevel: 'admin', parentId: null, childId: null},
      };
      return {...body, items: [...items.slice(0, -1), grant, ...items.slice(-1)]};
    },
  }),
  pageTamper({
    id: 'pull-longer-than-asked',
    sentence: 'Forged links follow the last item, more than were asked for in all.',
    change: ({body, items, positions}, {request, random}) => {
      const tail = positions.at(-1) ?? askedFrom(request);
      const limit = askedFor(request);
      if (tail === null || movedTime(tail.changedAt, limit + 1) === null) return undefined;
      const name = random.id(8);
      const links = Array.from({length: limit + 1}, (_, index) =>
        linkOf(`${name}-${index}`, movedTime(tail.changedAt, index + 1)),
      );
      return ending(body, [...items, ...links]);
    },
  }),
  pageTamper({
    id: 'pull-endless',
    sentence:
      'A forged link, and the promise of more, whatever is asked: held long enough, a pull without end.',
    change: ({body}, {request, random}) => {
      const asked = askedFrom(request);
      const occurredAt = asked === null ? '2026-01-01T00:00:00.000Z' : movedTime(asked.changedAt, 1);
      if (occurredAt === null) return undefined;
      return {...ending(body, [linkOf(random.id(8), occurredAt)]), hasMore: true};
    },
  }),
];

function linkOf(name: string, occurredAt: string | null): JsonObject {
  const itemId = `forged-${name}`;
  const none = {principalType: null, principalId: null, accessLevel: null, actorId: null};
  const source = {sourceTable: 'vfs_links', sourceId: name};
  return {
    opId: name,
    itemId,
    opType: 'link_add',
    ...none,
    parentId: 'forged',
    childId: itemId,
    ...source,
    occurredAt,
  };
}

export const contentTampers: readonly VfsTamper[] = [...order, ...contents];
