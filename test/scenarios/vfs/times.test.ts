/** Other spellings of one instant: each says the same to the model, and the tampers write them wherever a time is. */
import {expect, test} from 'vitest';
import {longTime, shortTime, zonedTime} from '../../../scenarios/vfs/spellings.ts';
import {timeTampers} from '../../../scenarios/vfs/tampers-time.ts';
import type {HttpResponse} from '../../../src/host.ts';
import {decodeCursor} from '../../../src/model/vfs/cursor.ts';
import {parseTime, TIME_MAX} from '../../../src/model/vfs/time.ts';
import {Stream} from '../../../src/sim/random.ts';
import {
  acknowledgement,
  FEED,
  page,
  positionOf,
  pullRequest,
  reconcileRequest,
  snapshot,
  snapshotRequest,
} from './honest-answers.ts';

const HALF_PAST = 1_771_070_400_500;

test.each([
  [HALF_PAST, '2026-02-14T12:00:00.5Z'],
  [HALF_PAST - 500, '2026-02-14T12:00:00Z'],
  [HALF_PAST - 250, '2026-02-14T12:00:00.25Z'],
  [HALF_PAST + 1, '2026-02-14T12:00:00.501Z'],
  [HALF_PAST - 400, '2026-02-14T12:00:00.1Z'],
])('%i without the zeros at its end is %s', (ms, text) => {
  expect(shortTime(ms)).toBe(text);
  expect(parseTime(text)).toBe(ms);
});

test.each([
  [0, '2026-02-14T12:00:00.500+00:00'],
  [120, '2026-02-14T14:00:00.500+02:00'],
  [-330, '2026-02-14T06:30:00.500-05:30'],
  [-1439, '2026-02-13T12:01:00.500-23:59'],
])('half past noon %i minutes ahead of UTC is %s', (minutesAhead, text) => {
  expect(zonedTime(HALF_PAST, minutesAhead)).toBe(text);
  expect(parseTime(text)).toBe(HALF_PAST);
});

test('a clock that is out of time is not asked, and digits beyond milliseconds are not read', () => {
  expect(zonedTime(TIME_MAX, 120)).toBe('+275760-09-13T00:00:00.000Z');
  expect(longTime(HALF_PAST, '999')).toBe('2026-02-14T12:00:00.500999Z');
  expect(parseTime('2026-02-14T12:00:00.500999Z')).toBe(HALF_PAST);
});

type Times = readonly string[];

/** Every time in a JSON value, as it is written; those within cursors as well. */
function timesIn(value: unknown): Times {
  if (typeof value === 'string') {
    const cursor = /^[\w-]{60,}$/.test(value)
      ? (JSON.parse(Buffer.from(value, 'base64url').toString()) as {changedAt: string})
      : null;
    return cursor !== null ? [cursor.changedAt] : parseTime(value) === null ? [] : [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(timesIn) : [];
}

const EXCHANGES = [
  [pullRequest(null), page({items: FEED.slice(0, 2), nextCursor: positionOf(FEED[1] as (typeof FEED)[0])})],
  [
    reconcileRequest({changedAt: '2026-02-14T12:00:12.000Z', changeId: 'a'}, {}),
    acknowledgement({changedAt: '2026-02-14T12:00:12.000Z', changeId: 'a'}, {}),
  ],
  [snapshotRequest, snapshot({})],
] as const;

test.each(timeTampers.map(tamper => [tamper.id, tamper] as const))('%s leaves every instant', (_, tamper) => {
  for (const [request, honest] of EXCHANGES) {
    const random = Stream.keyed('0x1', tamper.id);
    const told = tamper.apply(honest, {request, earlier: [], others: new Map(), random}) as HttpResponse;
    const [before, after] = [honest, told].map(({body}) => timesIn(JSON.parse(String(body)))) as [
      Times,
      Times,
    ];
    expect(after.map(parseTime)).toStrictEqual(before.map(parseTime));
    const changed = after.filter((text, index) => text !== before[index]);
    expect(changed.length).toBeGreaterThanOrEqual(Math.ceil(before.length / 2));
  }
});

test('a cursor stays one, at the position that it named', () => {
  const at = {changedAt: '2026-02-14T12:00:12.000Z', changeId: 'a'};
  const [short] = timeTampers;
  const told = short?.apply(acknowledgement(at, {}), {
    request: reconcileRequest(at, {}),
    earlier: [],
    others: new Map(),
    random: Stream.keyed('0x1', 'short'),
  });
  const {cursor} = JSON.parse(String(told?.body)) as {cursor: string};
  expect(Buffer.from(cursor, 'base64url').toString()).toBe(
    '{"version":1,"changedAt":"2026-02-14T12:00:12Z","changeId":"a"}',
  );
  expect(decodeCursor(cursor)).toStrictEqual(at);
});
