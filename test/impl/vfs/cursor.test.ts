/** Cursors: a total order that agrees with the feed's, one text each, and named refusals of all else. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {decodeBase64Url, encodeBase64Url} from '../../../src/impl/vfs/base64url.ts';
import {
  compareCursors,
  decodeCursor,
  encodeCursor,
  maxCursor,
  normalizeCursor,
} from '../../../src/impl/vfs/cursor.ts';
import {formatTime, MAX_TIME_MS} from '../../../src/impl/vfs/time.ts';
import type {Cursor} from '../../../src/model/vfs/types.ts';
import {anyText, anyValue} from './hostile.ts';

const anyChangeId = fc
  .oneof(
    fc.constantFrom('a', 'B', 'b', 'é', '\uffff', '\u{10000}'),
    fc.string({unit: 'grapheme', minLength: 1}),
  )
  .filter(id => id.trim() !== '' && !id.includes('\0') && id.isWellFormed());
const anyCursor: fc.Arbitrary<Cursor> = fc.record({
  changedAt: fc
    .oneof(fc.integer({min: 0, max: 3}), fc.integer({min: -MAX_TIME_MS, max: MAX_TIME_MS}))
    .map(formatTime),
  changeId: anyChangeId,
});

describe('the order of cursors', () => {
  test.prop([anyCursor, anyCursor])('is antisymmetric, and equal only if both parts are', (a, b) => {
    expect(compareCursors(a, b) + compareCursors(b, a)).toBe(0);
    const same = a.changedAt === b.changedAt && a.changeId === b.changeId;
    expect(compareCursors(a, b) === 0).toBe(same);
  });

  test.prop([fc.array(anyCursor, {minLength: 3, maxLength: 3})])('is transitive', ([a, b, c]) => {
    const ordered = [a!, b!, c!].sort(compareCursors);
    expect(compareCursors(ordered[0]!, ordered[2]!)).toBeLessThanOrEqual(0);
    expect(compareCursors(ordered[0]!, ordered[1]!)).toBeLessThanOrEqual(0);
    expect(compareCursors(ordered[1]!, ordered[2]!)).toBeLessThanOrEqual(0);
  });

  test('goes by instant, however it is spelled, and then by code unit', () => {
    const noon = {changedAt: '2026-02-14T12:00:00.000Z', changeId: 'b'};
    expect(compareCursors({changedAt: '2026-02-14T13:00+01:00', changeId: 'b'}, noon)).toBe(0);
    expect(compareCursors({changedAt: noon.changedAt, changeId: 'C'}, noon)).toBe(-1);
    expect(compareCursors({changedAt: '-000001-01-01T00:00:00.000Z', changeId: 'z'}, noon)).toBe(-1);
  });

  test.each(['garbage', '', '2026-02-14T12:00:00'])('never takes %j for a time', changedAt => {
    const noon = {changedAt: '2026-02-14T12:00:00.000Z', changeId: 'b'};
    expect(() => compareCursors({changedAt, changeId: 'a'}, noon)).toThrow('have a valid time');
    expect(() => compareCursors(noon, {changedAt, changeId: 'z'})).toThrow('have a valid time');
  });

  test.prop([anyCursor, anyCursor])('gives the join: the later one, null before all', (a, b) => {
    const later = maxCursor(a, b);
    expect(compareCursors(later, a)).toBeGreaterThanOrEqual(0);
    expect(compareCursors(later, b)).toBeGreaterThanOrEqual(0);
    expect([a, b]).toContain(later);
    expect(maxCursor(null, a)).toBe(a);
    expect(maxCursor(a, null)).toBe(a);
    expect(maxCursor(null, null)).toBeNull();
  });
});

describe('the wire form of cursors', () => {
  test.prop([anyCursor])('goes there and back', cursor => {
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
  });

  test.prop([anyCursor])('is what any base64url of the JSON is', cursor => {
    const json = JSON.stringify({version: 1, ...cursor});
    expect(encodeCursor(cursor)).toBe(Buffer.from(json).toString('base64url'));
  });

  test('is one text for ever', () => {
    expect(encodeCursor({changedAt: '2026-02-14T12:00:00.000Z', changeId: 'desktop-1'})).toBe(
      'eyJ2ZXJzaW9uIjoxLCJjaGFuZ2VkQXQiOiIyMDI2LTAyLTE0VDEyOjAwOjAwLjAwMFoiLCJjaGFuZ2VJZCI6ImRlc2t0b3AtMSJ9',
    );
  });

  test('normalises the time, keeps the id, ignores other fields', () => {
    const wire = wireOf({version: 1, changedAt: '2026-02-14T13:00+01:00', changeId: ' x ', more: [1]});
    expect(decodeCursor(wire)).toEqual({changedAt: '2026-02-14T12:00:00.000Z', changeId: ' x '});
  });

  const changedAt = '2026-02-14T12:00:00.000Z';
  test.each([
    ['no version', wireOf({changedAt, changeId: 'x'})],
    ['another version', wireOf({version: 2, changedAt, changeId: 'x'})],
    ['a version as text', wireOf({version: '1', changedAt, changeId: 'x'})],
    ['a blank id', wireOf({version: 1, changedAt, changeId: ' '})],
    ['an id that is no text', wireOf({version: 1, changedAt, changeId: 7})],
    ['an id with a lone surrogate', wireOf('{"version":1,"changedAt":"2026-02-14","changeId":"\\ud800"}')],
    ['an id with NUL', wireOf({version: 1, changedAt, changeId: 'a\0'})],
    ['a time without zone', wireOf({version: 1, changedAt: '2026-02-14T12:00:00', changeId: 'x'})],
    ['no time', wireOf({version: 1, changeId: 'x'})],
    ['an array', wireOf([1])],
    ['null', wireOf('null')],
    ['no JSON', wireOf('{"version":1')],
    ['a byte order mark', wireOf('\ufeff{"version":1,"changedAt":"2026-02-14","changeId":"x"}')],
    ['fields that only a prototype has', wireOf({__proto__: null, version: 1})],
    ['padding', `${wireOf({version: 1, changedAt, changeId: 'xy'})}=`],
    ['white space', ` ${wireOf({version: 1, changedAt, changeId: 'x'})}`],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('base64url')],
    ['deep nesting', wireOf('['.repeat(200_000))],
    ['nothing', ''],
  ])('refuses %s', (_what, wire) => {
    expect(decodeCursor(wire)).toBeNull();
  });

  test.prop([fc.oneof(anyValue, anyText, fc.base64String())])('nothing makes it throw', value => {
    const cursor = decodeCursor(value);
    if (cursor !== null) expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
  });

  test.each([undefined, null, 7, true, {}, ['e30']])('%j is no text of a cursor', value => {
    expect(decodeCursor(value)).toBeNull();
  });

  test.each([undefined, null, 7, 'text', [], new Date(0), {changeId: 'x'}])('%j is no cursor', value => {
    expect(normalizeCursor(value)).toBeNull();
  });

  test.prop([anyValue])('an object is validated alike', value => {
    const cursor = normalizeCursor(value);
    if (cursor !== null) expect(normalizeCursor(cursor)).toEqual(cursor);
  });
});

describe('base64url', () => {
  test.prop([fc.uint8Array()])('goes there and back, as any other does', bytes => {
    const text = encodeBase64Url(bytes);
    expect(text).toBe(Buffer.from(bytes).toString('base64url'));
    expect(decodeBase64Url(text)).toEqual(bytes);
  });

  test.prop([fc.string({unit: fc.constantFrom('A', 'Q', 'w', '-', '_', '+', '/', '=', ' ')})])(
    'has one text for each sequence of bytes',
    text => {
      const bytes = decodeBase64Url(text);
      if (bytes !== null) expect(encodeBase64Url(bytes)).toBe(text);
    },
  );
});

function wireOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(text).toString('base64url');
}
