/**
 * Times, cursors, write-id maps and joins: what counts as one, in which order, and the laws that they obey.
 */

import {fc, test as property} from '@fast-check/vitest';
import {describe, expect, test} from 'vitest';
import {
  compareCursors,
  cursorOf,
  decodeCursor,
  encodeCursor,
  laterCursor,
} from '../../../src/model/vfs/cursor.ts';
import {compareText, keyOf} from '../../../src/model/vfs/order.ts';
import {joinReconcile} from '../../../src/model/vfs/reconcile.ts';
import {compareTimes, formatTime, normaliseTime, parseTime, TIME_MAX} from '../../../src/model/vfs/time.ts';
import type {Cursor, ReconcileState} from '../../../src/model/vfs/types.ts';
import {firstRegression, joinWriteIds, parseWriteIds, writeIdOf} from '../../../src/model/vfs/write-ids.ts';
import {at, cursor} from './make.ts';

const instant = fc.integer({min: -TIME_MAX, max: TIME_MAX});
const position: fc.Arbitrary<Cursor> = fc.record({
  changedAt: fc.oneof(fc.constantFrom(0, 1, 2), instant).map(formatTime),
  changeId: fc
    .oneof(fc.constantFrom('a', 'B', 'b'), fc.string({unit: 'grapheme', minLength: 1}))
    .filter(id => id.trim() !== '' && !/\p{Surrogate}/u.test(id)),
});
const writeIds = fc.dictionary(
  fc.constantFrom('desktop', 'mobile', 'tablet', '__proto__', '7'),
  fc.integer({min: 1, max: 9}),
);
const checkpoint: fc.Arbitrary<ReconcileState> = writeIds.chain(ids =>
  position.map(reached => ({cursor: reached, lastReconciledWriteIds: parseWriteIds(ids)})),
);

describe('time', () => {
  test.each([
    ['2026-02-14', '2026-02-14T00:00:00.000Z'],
    ['2026-02-14T10:20Z', '2026-02-14T10:20:00.000Z'],
    ['2026-02-14T10:20:30+02:00', '2026-02-14T08:20:30.000Z'],
    ['2026-02-14T23:20:30.5-01:30', '2026-02-15T00:50:30.500Z'],
    ['2026-02-14T10:20:30.1239999Z', '2026-02-14T10:20:30.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0000-01-01', '0000-01-01T00:00:00.000Z'],
    ['+275760-09-13T01:00+01:00', '+275760-09-13T00:00:00.000Z'],
    ['-271821-04-19T23:00-01:00', '-271821-04-20T00:00:00.000Z'],
  ])('%s is a time', (text, normal) => {
    expect(normaliseTime(text)).toBe(normal);
  });

  test.each([
    ['no zone', '2026-02-14T10:20:30'],
    ['a space for the T', '2026-02-14 10:20:30Z'],
    ['an impossible date', '2026-02-30T00:00:00Z'],
    ['no leap year', '2100-02-29'],
    ['month 13', '2026-13-01'],
    ['day 0', '2026-01-00'],
    ['hour 24', '2026-01-01T24:00:00Z'],
    ['second 60', '2026-01-01T00:00:60Z'],
    ['a zone without a colon', '2026-01-01T00:00:00+0100'],
    ['an empty fraction', '2026-01-01T00:00:00.Z'],
    ['lower case', '2026-01-01t00:00:00z'],
    ['blanks around it', ' 2026-01-01'],
    ['a year of minus zero', '-000000-01-01'],
    ['a month alone', '2026-01'],
    ['past the last instant', '+275760-09-13T00:00:00.001Z'],
    ['words', 'Sat Feb 14 2026 10:20:30 GMT'],
    ['nothing', ''],
  ])('%s is no time', (_, text) => {
    expect(parseTime(text)).toBeNull();
  });

  property.prop([instant])('reading undoes writing', ms => {
    expect(parseTime(formatTime(ms))).toBe(ms);
  });

  const pad = (value: number, width: number): string => String(value).padStart(width, '0');
  const clock = fc.tuple(
    fc.nat({max: 9999}),
    fc.nat({max: 13}),
    fc.nat({max: 32}),
    fc.nat({max: 61}),
    fc.nat(),
  );
  const zone = fc.constantFrom('Z', '+00:00', '+05:30', '-11:59', '');
  property.prop([clock, fc.nat({max: 5}), zone])(
    'every spelling has one normal form',
    (parts, digits, suffix) => {
      const [year, month, day, minute, fraction] = parts;
      const tail = digits === 0 ? '' : `.${pad(fraction % 10 ** digits, digits)}`;
      const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T10:${pad(minute, 2)}:59${tail}${suffix}`;
      const ms = parseTime(text);
      expect(normaliseTime(text)).toBe(ms === null ? null : formatTime(ms));
      if (ms !== null) expect(ms).toBe(Date.parse(text));
    },
  );

  property.prop([instant, instant])('texts compare as their instants', (a, b) => {
    expect(Math.sign(compareTimes(formatTime(a), formatTime(b)))).toBe(Math.sign(a - b));
  });
});

describe('cursor', () => {
  property.prop([position])('decoding undoes encoding', given => {
    expect(decodeCursor(encodeCursor(given))).toEqual(given);
  });

  property.prop([position, position, position])('is totally ordered', (a, b, c) => {
    expect(Math.sign(compareCursors(a, b)) + Math.sign(compareCursors(b, a))).toBe(0);
    expect(compareCursors(a, b) === 0).toBe(a.changedAt === b.changedAt && a.changeId === b.changeId);
    const [low, middle, high] = [a, b, c].sort(compareCursors) as [Cursor, Cursor, Cursor];
    expect(compareCursors(low, middle)).toBeLessThanOrEqual(0);
    expect(compareCursors(low, high)).toBeLessThanOrEqual(0);
    expect(laterCursor(low, high)).toEqual(high);
    expect(laterCursor(null, high)).toEqual(high);
  });

  test('compares ids by code unit, not by locale', () => {
    expect(compareCursors(cursor('10:00:00', 'b'), cursor('10:00:00', 'C'))).toBeGreaterThan(0);
  });

  const encode = (payload: unknown): string => Buffer.from(JSON.stringify(payload)).toString('base64url');
  const good = {version: 1, changedAt: at('10:00:00'), changeId: 'a'};

  test('a time in another spelling is normalised, an id is left as it is', () => {
    expect(decodeCursor(encode({...good, changedAt: '2026-02-14', changeId: ' a '}))).toEqual({
      changedAt: at('00:00:00'),
      changeId: ' a ',
    });
  });

  test.each([
    ['padding', `${encode({...good, changeId: 'ab'})}==`],
    ['plain base64', 'a+b/'],
    ['a length that no bytes have', 'AAAAA'],
    ['no JSON', 'AAAA'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('base64url')],
    ['a byte order mark', Buffer.from(`\ufeff${JSON.stringify(good)}`).toString('base64url')],
    ['a list', encode([good])],
    ['null', encode(null)],
    ['another version', encode({...good, version: 2})],
    ['a version in words', encode({...good, version: '1'})],
    ['a blank id', encode({...good, changeId: ' '})],
    ['a bad time', encode({...good, changedAt: 'yesterday'})],
    ['a lone surrogate', encode({...good, changeId: '\ud800'})],
    ['nothing', ''],
  ])('%s is none', (_, text) => {
    expect(decodeCursor(text)).toBeNull();
  });

  test('only objects with both fields are one', () => {
    expect(cursorOf({changedAt: at('10:00:00'), changeId: 'a', stray: 1})).toEqual(cursor('10:00:00', 'a'));
    expect([null, 'x', [], {changedAt: at('10:00:00')}, {changedAt: 1, changeId: 'a'}].map(cursorOf)).toEqual(
      Array.from({length: 5}, () => null),
    );
  });
});

describe('write ids', () => {
  const many = Object.fromEntries(Array.from({length: 513}, (_, index) => [`r${index}`, 1]));
  const key =
    'lastReconciledWriteIds contains invalid replicaId ' +
    '(must be non-empty, <=128 chars, and must not include ":")';
  const value = 'lastReconciledWriteIds contains invalid writeId (must be a positive integer)';

  test.each<[string, unknown, string]>([
    ['a text', 'x', 'lastReconciledWriteIds must be an object map of replicaId -> writeId'],
    ['a list', [1], 'lastReconciledWriteIds must be an object map of replicaId -> writeId'],
    ['too many', many, 'lastReconciledWriteIds exceeds max entries (512)'],
    ['a blank key', {' ': 1}, key],
    ['a colon in a key', {'a:b': 1}, key],
    ['a long key', {['x'.repeat(129)]: 1}, key],
    ['zero', {a: 0}, value],
    ['a number in words', {a: '1'}, value],
    ['a fraction', {a: 1.5}, value],
    ['an unsafe integer', {a: 2 ** 53}, value],
  ])('%s is refused', (_, given, message) => {
    expect(() => parseWriteIds(given)).toThrow(message);
  });

  test('absent is empty; keys are trimmed and those that meet keep the higher id', () => {
    expect(parseWriteIds(null)).toEqual({});
    expect(parseWriteIds(undefined)).toEqual({});
    expect(parseWriteIds({' a': 3, a: 2, b: 1})).toEqual({a: 3, b: 1});
  });

  test('a replica may bear the name of anything', () => {
    const ids = parseWriteIds(JSON.parse('{"__proto__": 5, "toString": 6}'));
    expect(writeIdOf(ids, '__proto__')).toBe(5);
    expect(writeIdOf({}, 'toString')).toBe(0);
    expect(writeIdOf(joinWriteIds(ids, {}), '__proto__')).toBe(5);
  });

  test('the first regression by key is told, silence is none', () => {
    expect(firstRegression({b: 3, a: 3, c: 9}, {b: 1, a: 2})).toEqual({
      replicaId: 'a',
      previousWriteId: 3,
      incomingWriteId: 2,
    });
    expect(firstRegression({a: 3}, {})).toBeNull();
    expect(firstRegression({a: 3}, {a: 3, b: 1})).toBeNull();
  });
});

describe('reconcile', () => {
  test('[V22] joins keep the later cursor and the higher ids', () => {
    expect(joinWriteIds({desktop: 9, mobile: 2}, {desktop: 7, tablet: 3})).toEqual({
      desktop: 9,
      mobile: 2,
      tablet: 3,
    });
    const stored = {cursor: cursor('06:00:03', 'change-30'), lastReconciledWriteIds: {desktop: 3, mobile: 1}};
    const given = {
      cursor: cursor('06:00:02', 'change-20'),
      lastReconciledWriteIds: {desktop: 2, mobile: 5, tablet: 1},
    };
    expect(joinReconcile(stored, given)).toEqual({
      cursor: cursor('06:00:03', 'change-30'),
      lastReconciledWriteIds: {desktop: 3, mobile: 5, tablet: 1},
    });
  });

  test('the position is joined as a pair, never time and id apart', () => {
    const early = {cursor: cursor('06:00:02', 'z'), lastReconciledWriteIds: {}};
    const late = {cursor: cursor('06:00:03', 'a'), lastReconciledWriteIds: {}};
    expect(joinReconcile(early, late).cursor).toEqual(late.cursor);
    expect(joinReconcile(late, early).cursor).toEqual(late.cursor);
  });

  property.prop([checkpoint, checkpoint, checkpoint])('[I9] is a join', (a, b, c) => {
    expect(joinReconcile(a, a)).toEqual(a);
    expect(joinReconcile(a, b)).toEqual(joinReconcile(b, a));
    expect(joinReconcile(joinReconcile(a, b), c)).toEqual(joinReconcile(a, joinReconcile(b, c)));
    expect(joinReconcile(null, a)).toEqual(a);
    expect(compareCursors(joinReconcile(a, b).cursor, a.cursor)).toBeGreaterThanOrEqual(0);
    expect(firstRegression(a.lastReconciledWriteIds, joinReconcile(a, b).lastReconciledWriteIds)).toBeNull();
  });
});

property.prop([fc.tuple(fc.string(), fc.string()), fc.tuple(fc.string(), fc.string())])(
  'keys of different lists differ',
  (a, b) => {
    expect(keyOf(...a) === keyOf(...b)).toBe(a[0] === b[0] && a[1] === b[1]);
  },
);

test('keys do not meet across a separator', () => {
  expect(keyOf('a', 'b:c')).not.toBe(keyOf('a:b', 'c'));
  expect(['b', 'C', 'a'].sort(compareText)).toEqual(['C', 'a', 'b']);
});
