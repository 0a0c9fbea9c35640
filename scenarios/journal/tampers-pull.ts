/** Tampers with pages: what they promise, where they begin and end, which rows they have, and what a row says. */
import type {TamperContext} from '../../src/index.ts';
import {
  drawIndex,
  NO_COUNT,
  NO_LIST,
  pageTamper,
  readPage,
  replaced,
  type Fields,
  type JournalTamper,
  type Page,
} from './tampers-form.ts';

const seqOf = (row: Fields): number => Number(row['changeSeq']);

/** One row changed. */
const altered =
  (
    change: (row: Fields, page: Page, about: TamperContext) => Fields | undefined,
    fits?: (row: Fields) => boolean,
  ) =>
  (page: Page, about: TamperContext): unknown => {
    const index = drawIndex(page.objects, about, fits);
    const row = index === null ? undefined : page.objects[index];
    const changed = row === undefined ? undefined : change(row, page, about);
    return index === null || changed === undefined
      ? undefined
      : {...page, objects: replaced(page.objects, index, changed)};
  };

const isLive = ({kind}: Fields): boolean => kind === 'live';

const form: readonly JournalTamper[] = [
  pageTamper({
    id: 'pull-more-of-nothing',
    sentence: 'An empty page promises more.',
    change: page => ({...page, objects: [], hasMore: true, toSeq: page.fromSeq}),
  }),
  pageTamper({
    id: 'pull-no-list',
    sentence: 'The rows are missing or no list.',
    change: (page, {random}) => ({...page, objects: random.pick(NO_LIST)}),
  }),
  pageTamper({
    id: 'pull-has-more-no-boolean',
    sentence: '`hasMore` is a text, a number or missing.',
    change: (page, {random}) => ({...page, hasMore: random.pick([undefined, null, 'false', 0, 1])}),
  }),
  pageTamper({
    id: 'pull-cursor-none',
    sentence: 'The cursor is missing, empty or no text.',
    change: (page, {random}) => ({...page, serverCursor: random.pick([undefined, null, '', 7])}),
  }),
  pageTamper({
    id: 'pull-position-no-count',
    sentence: 'Where the page begins or ends is no count.',
    change: (page, {random}) => ({
      ...page,
      [random.oneIn(2) ? 'fromSeq' : 'toSeq']: random.pick(NO_COUNT),
    }),
  }),
];

const positions: readonly JournalTamper[] = [
  pageTamper({
    id: 'pull-starts-elsewhere',
    sentence: 'The page begins where the client does not stand.',
    change: (page, {random}) => ({...page, fromSeq: page.fromSeq + random.integer(1, 5)}),
  }),
  pageTamper({
    id: 'pull-gap',
    sentence: 'The page begins after the client: what lies between is left out.',
    change: page =>
      page.objects.length < 2
        ? undefined
        : {...page, fromSeq: seqOf(page.objects[0] ?? {}), objects: page.objects.slice(1)},
  }),
  pageTamper({
    id: 'pull-cursor-regressed',
    sentence: 'The page ends before it begins.',
    change: page =>
      page.fromSeq === 0 ? undefined : {...page, objects: [], hasMore: false, toSeq: page.fromSeq - 1},
  }),
  pageTamper({
    id: 'pull-ends-before-its-rows',
    sentence: 'The page ends before its last row.',
    change: page => {
      const last = page.objects.at(-1);
      return last === undefined ? undefined : {...page, toSeq: seqOf(last) - 1};
    },
  }),
  pageTamper({
    id: 'pull-ends-after-its-rows',
    sentence: 'A page that is followed by others ends after its last row: what lies between is left out.',
    change: page => (page.hasMore ? {...page, toSeq: page.toSeq + 1} : undefined),
  }),
  pageTamper({
    id: 'pull-earlier-page',
    sentence: 'An earlier page comes again, with what it said of its place.',
    change: (page, {earlier}) => {
      const old = earlier.map(readPage).findLast(one => one !== null && one.fromSeq !== page.fromSeq);
      return old ?? undefined;
    },
  }),
];

const rows: readonly JournalTamper[] = [
  pageTamper({
    id: 'pull-overlap',
    sentence: 'The page begins with a row that the client has already.',
    change: (page, {earlier}) => {
      const old = earlier
        .flatMap(answer => readPage(answer)?.objects ?? [])
        .find(row => seqOf(row) <= page.fromSeq);
      return old === undefined ? undefined : {...page, objects: [old, ...page.objects]};
    },
  }),
  pageTamper({
    id: 'pull-row-twice',
    sentence: 'One row comes twice in a page.',
    change: (page, about) => {
      const index = drawIndex(page.objects, about);
      const row = index === null ? undefined : page.objects[index];
      return index === null || row === undefined
        ? undefined
        : {...page, objects: replaced(page.objects, index, row, row)};
    },
  }),
  pageTamper({
    id: 'pull-rows-reversed',
    sentence: 'The rows are in another order.',
    change: page => (page.objects.length < 2 ? undefined : {...page, objects: page.objects.toReversed()}),
  }),
  pageTamper({
    id: 'pull-row-beyond',
    sentence: 'A row says that it changed after the page ends.',
    change: altered((row, page) => ({...row, changeSeq: page.toSeq + 1})),
  }),
  pageTamper({
    id: 'pull-row-unsequenced',
    sentence: 'A row does not say when it changed.',
    change: altered((row, _page, {random}) => ({...row, changeSeq: random.pick(NO_COUNT)})),
  }),
  pageTamper({
    id: 'pull-row-of-no-kind',
    sentence: 'A row is of a kind that nobody knows, or no row at all.',
    change: altered((row, _page, {random}) => ({...row, kind: random.pick(['dead', undefined, 1])})),
  }),
  pageTamper({
    id: 'pull-row-unnamed',
    sentence: 'A row does not name its object.',
    change: altered((row, _page, {random}) => ({
      ...row,
      [random.oneIn(2) ? 'type' : 'id']: random.pick([undefined, '', 7]),
    })),
  }),
  pageTamper({
    id: 'pull-clock-malformed',
    sentence: "A row's clock is none.",
    change: altered(
      (row, _page, {random}) => ({
        ...row,
        clock: random.pick([undefined, null, [], 'd1:1', {d1: -1}, {d1: 1.5}]),
      }),
      ({kind}) => kind !== 'left',
    ),
  }),
  pageTamper({
    id: 'pull-tags-malformed',
    sentence: "A row's tags are none.",
    change: altered(
      (row, _page, {random}) => ({...row, tags: random.pick([undefined, 'red', [7], {}])}),
      isLive,
    ),
  }),
];

const lies: readonly JournalTamper[] = [
  pageTamper({
    id: 'pull-less-than-there-is',
    sentence: 'A page that is followed by others calls itself the last.',
    detection: 'harmless',
    change: page => (page.hasMore ? {...page, hasMore: false} : undefined),
  }),
  pageTamper({
    id: 'pull-nothing-new',
    sentence: 'The page says that nothing has changed.',
    detection: 'harmless',
    change: (page, {request}) => {
      const asked = (JSON.parse(String(request.body)) as {sinceCursor: string | null}).sinceCursor;
      return asked === null
        ? undefined
        : {...page, objects: [], hasMore: false, toSeq: page.fromSeq, serverCursor: asked};
    },
  }),
  pageTamper({
    id: 'pull-row-left-out',
    sentence: 'A row is left out of a page, which is otherwise as it was.',
    detection: 'harmful',
    change: (page, about) => {
      const index = drawIndex(page.objects.slice(0, -1), about);
      return index === null ? undefined : {...page, objects: replaced(page.objects, index)};
    },
  }),
  pageTamper({
    id: 'pull-row-older',
    sentence: 'A row has the clock and the content of an earlier state of its object.',
    detection: 'harmful',
    change: (page, about) => {
      const index = drawIndex(page.objects, about, isLive);
      const row = index === null ? undefined : page.objects[index];
      const old = about.earlier
        .flatMap(answer => readPage(answer)?.objects ?? [])
        .find(
          one =>
            isLive(one) &&
            one['type'] === row?.['type'] &&
            one['id'] === row?.['id'] &&
            seqOf(one) < seqOf(row ?? {}),
        );
      return index === null || row === undefined || old === undefined
        ? undefined
        : {...page, objects: replaced(page.objects, index, {...old, changeSeq: row['changeSeq']})};
    },
  }),
  pageTamper({
    id: 'pull-payload-changed',
    sentence: 'A row has another payload than its operation.',
    detection: 'harmful',
    change: altered(row => ({...row, payload: 'changed on the way'}), isLive),
  }),
];

export const pullTampers: readonly JournalTamper[] = [...form, ...positions, ...rows, ...lies];
