/** Tampers with how a page begins and ends: what it promises, where its cursor lies, whether there is a page at all. */
import {compareCursors, encodeCursor} from '../../src/model/vfs/cursor.ts';
import {
  NO_LIST,
  pageTamper,
  tamperOf,
  UNDECODABLE_CURSORS,
  withBody,
  type VfsTamper,
} from './tampers-form.ts';
import {askedFrom, earlierPages, ending, movedCursor, movedTime, type JsonObject} from './tampers-reading.ts';

const INVARIANT = 'pull:pullPageInvariantViolation';
const REGRESSION = 'pull:pullCursorRegression';

/** Newest instants that a cursor can name: no honest feed ever reaches them. */
const END_OF_TIME = ['9999-12-31T23:59:59.999Z', '+275760-09-13T00:00:00.000Z'] as const;

const promises: readonly VfsTamper[] = [
  pageTamper({
    id: 'pull-more-of-nothing',
    sentence: 'An empty page promises more, with or without the cursor that it was asked from.',
    refusedBy: [INVARIANT],
    change: ({body}, {request, random}) => {
      const asked = askedFrom(request);
      const nextCursor = asked !== null && random.oneIn(2) ? encodeCursor(asked) : null;
      return {...body, items: [], hasMore: true, nextCursor};
    },
  }),
  pageTamper({
    id: 'pull-nothing-new',
    sentence: 'An empty page says that all is read, so that the reader stays where he is.',
    change: ({body}, {request, random}) => {
      const asked = askedFrom(request);
      const nextCursor = asked !== null && random.oneIn(2) ? encodeCursor(asked) : null;
      return {...body, items: [], hasMore: false, nextCursor};
    },
  }),
  pageTamper({
    id: 'pull-more-than-there-is',
    sentence: 'The last page promises another, which will be empty.',
    change: ({body, items, hasMore}) =>
      hasMore || items.length === 0 ? undefined : {...body, hasMore: true},
  }),
  pageTamper({
    id: 'pull-less-than-there-is',
    sentence: 'A page that is followed by others calls itself the last.',
    change: ({body, hasMore}) => (hasMore ? {...body, hasMore: false} : undefined),
  }),
  pageTamper({
    id: 'pull-has-more-no-boolean',
    sentence: '`hasMore` is a text, a number or missing.',
    refusedBy: ['transport returned invalid hasMore'],
    change: ({body}, {random}) => ({
      ...body,
      hasMore: random.pick([undefined, null, 'false', 'true', 0, 1, []]),
    }),
  }),
  pageTamper({
    id: 'pull-items-no-list',
    sentence: 'The items are missing or no list.',
    refusedBy: ['transport returned invalid pull response items'],
    change: ({body}, {random}) => ({...body, items: random.pick(NO_LIST)}),
  }),
];

const cursors: readonly VfsTamper[] = [
  pageTamper({
    id: 'pull-cursor-off-tail',
    sentence:
      "`nextCursor` names another position than the last item's: a bit earlier, later, the server's time, another id.",
    refusedBy: [INVARIANT],
    change: ({body, positions}, {random}) => {
      const tail = positions.at(-1);
      if (tail === undefined) return undefined;
      const {changedAt, changeId} = tail;
      const named = random.pick([
        movedCursor(tail, 1),
        movedCursor(tail, -1),
        movedCursor(tail, random.octave(1, 86_400_000)),
        {changedAt: movedTime(changedAt, random.octave(1, 60_000)) ?? changedAt, changeId: 'server-time'},
        {changedAt, changeId: `${changeId}0`},
        positions.at(-2) ?? {changedAt, changeId: '0'},
      ]);
      return named === null || compareCursors(named, tail) === 0
        ? undefined
        : {...body, nextCursor: encodeCursor(named)};
    },
  }),
  pageTamper({
    id: 'pull-cursor-undecodable',
    sentence:
      '`nextCursor` is no cursor: not base64url, not JSON, another version, an impossible time, a blank id.',
    refusedBy: ['transport returned invalid nextCursor'],
    change: ({body}, {random}) => ({
      ...body,
      nextCursor: random.pick<unknown>([...UNDECODABLE_CURSORS, '', ' ', 7, false, {}, []]),
    }),
  }),
  pageTamper({
    id: 'pull-cursor-left-out',
    sentence: 'A page with items does not say where it ends; its last item does.',
    change: ({body, items, nextCursor}, {random}) =>
      items.length === 0 || nextCursor === null
        ? undefined
        : {...body, nextCursor: random.pick([null, undefined])},
  }),
  pageTamper({
    id: 'pull-regressed',
    sentence: 'The items are dated back before the cursor that they were asked from.',
    refusedBy: [REGRESSION],
    change: ({body, items}, {request, random}) => {
      const asked = askedFrom(request);
      if (asked === null || items.length === 0) return undefined;
      const back = items.length + random.octave(1, 3_600_000);
      const times = items.map((_, index) => movedTime(asked.changedAt, index - back));
      if (times.includes(null)) return undefined;
      return ending(
        body,
        items.map((item, index) => ({...item, occurredAt: times[index]})),
      );
    },
  }),
  pageTamper({
    id: 'pull-regressed-empty',
    sentence: 'An empty page ends before the cursor that it was asked from.',
    refusedBy: [REGRESSION],
    change: ({body}, {request, random}) => {
      const asked = askedFrom(request);
      const older = asked === null ? null : movedCursor(asked, -random.octave(1, 3_600_000));
      return older === null
        ? undefined
        : {...body, items: [], hasMore: false, nextCursor: encodeCursor(older)};
    },
  }),
  pageTamper({
    id: 'pull-empty-far-future',
    sentence: 'An empty page ends at the end of time: nothing may be skipped for it.',
    change: ({body}, {random}) => ({
      ...body,
      items: [],
      hasMore: false,
      nextCursor: encodeCursor({changedAt: random.pick(END_OF_TIME), changeId: 'zzzz'}),
    }),
  }),
  pageTamper({
    id: 'pull-empty-server-time',
    sentence: "An empty page ends at the server's time, past items that are still to be read.",
    change: ({body, positions}, about) => {
      const newest =
        positions.at(-1) ?? askedFrom(about.request) ?? earlierPages(about).at(-1)?.positions.at(-1);
      const changedAt =
        newest === undefined ? null : movedTime(newest.changedAt, about.random.octave(1, 60_000));
      if (changedAt === null) return undefined;
      return {
        ...body,
        items: [],
        hasMore: false,
        nextCursor: encodeCursor({changedAt, changeId: 'server-time'}),
      };
    },
  }),
];

const rematerializations: readonly VfsTamper[] = [
  tamperOf(
    ['pull'],
    {
      id: 'pull-rematerialize',
      sentence:
        'The server claims to hold no history that reaches back to the cursor, in the proper words or hardly any.',
      refusedBy: ['pull:pullRematerializationRequired'],
    },
    (answer, {request, random}) => {
      const asked = askedFrom(request);
      const requestedCursor = asked === null ? null : encodeCursor(asked);
      const oldest = {changedAt: END_OF_TIME[0], changeId: 'zzzz'};
      const error = 'CRDT cursor is older than retained history; re-materialization required';
      const code = 'crdt_rematerialization_required';
      const body = random.pick<JsonObject>([
        {error, code, requestedCursor, oldestAvailableCursor: encodeCursor(oldest)},
        {error, code, requestedCursor, oldestAvailableCursor: null},
        {error, code, requestedCursor: oldest, oldestAvailableCursor: 7},
        {error, code},
        {code},
      ]);
      return withBody({...answer, status: 409}, body);
    },
  ),
  tamperOf(
    ['pull'],
    {
      id: 'pull-rematerialize-misplaced',
      sentence: 'The code of a lost position comes under a status that it does not belong to.',
      refusedBy: ['refused by a tamper'],
    },
    (answer, {random}) => {
      const status = random.pick([400, 404, 408, 410, 412, 429, 500, 503]);
      const body = {error: 'refused by a tamper', code: 'crdt_rematerialization_required'};
      return withBody({...answer, status}, body);
    },
  ),
];

export const pullTampers: readonly VfsTamper[] = [...promises, ...cursors, ...rematerializations];
