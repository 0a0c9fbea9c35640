/** Write-id maps: the exact refusals of the shared table, and a join that is one. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {joinWriteIds, MAX_WRITE_ID_ENTRIES, parseWriteIds} from '../../../src/impl/vfs/write-ids.ts';
import type {WriteIds} from '../../../src/model/vfs/types.ts';
import {anyText, anyValue} from './hostile.ts';

const NOT_A_MAP = 'lastReconciledWriteIds must be an object map of replicaId -> writeId';
const BAD_REPLICA =
  'lastReconciledWriteIds contains invalid replicaId (must be non-empty, <=128 chars, and must not include ":")';
const BAD_WRITE_ID = 'lastReconciledWriteIds contains invalid writeId (must be a positive integer)';

const anyReplica = fc.constantFrom('a', 'b', 'C', '__proto__', 'constructor', '7', 'desktop');
const anyIds: fc.Arbitrary<WriteIds> = fc
  .array(fc.tuple(anyReplica, fc.integer({min: 1, max: Number.MAX_SAFE_INTEGER})))
  .map(entries => Object.fromEntries(entries));

describe('parseWriteIds', () => {
  test.each([undefined, null])('%s is the empty map', value => {
    expect(parseWriteIds(value)).toEqual({ok: true, ids: {}});
  });

  test.each([[[]], ['x'], [5], [true], [new Map()], [new Date(0)], [new Uint8Array(2)], [() => 1]])(
    '%s is no map',
    value => {
      expect(parseWriteIds(value)).toEqual({ok: false, error: NOT_A_MAP});
    },
  );

  test('trims keys, keeps the greater of those that collide, and sorts by code unit', () => {
    const parsed = parseWriteIds({' b': 3, a: 1, 'b ': 5, b: 4, C: 2});
    expect(parsed).toEqual({ok: true, ids: {C: 2, a: 1, b: 5}});
    expect(parsed.ok && Object.keys(parsed.ids)).toEqual(['C', 'a', 'b']);
  });

  test.each(['', '  ', 'a:b', 'x'.repeat(129), '\ud800', 'a\0'])('%j is no replica id', key => {
    expect(parseWriteIds({[key]: 1})).toEqual({ok: false, error: BAD_REPLICA});
  });

  test.each([0, -1, 1.5, 2 ** 53, Number.NaN, Infinity, '3', null, undefined, {}, [1], true, 10n])(
    '%s is no write id',
    writeId => {
      expect(parseWriteIds({a: writeId})).toEqual({ok: false, error: BAD_WRITE_ID});
    },
  );

  test('takes 2^53 - 1, a name of 128, and __proto__ as a name like any other', () => {
    const value: unknown = JSON.parse(`{"__proto__": ${Number.MAX_SAFE_INTEGER}, "${'x'.repeat(128)}": 1}`);
    const parsed = parseWriteIds(value);
    expect(parsed.ok && Object.hasOwn(parsed.ids, '__proto__')).toBe(true);
    expect(parsed.ok && Object.getPrototypeOf(parsed.ids)).toBe(Object.prototype);
    expect(JSON.stringify(parsed.ok && parsed.ids)).toContain(`"__proto__":${Number.MAX_SAFE_INTEGER}`);
  });

  test('takes 512 entries and no more, counted before they are read', () => {
    const entries = Array.from({length: MAX_WRITE_ID_ENTRIES}, (_, index): [string, number] => [
      `r${index}`,
      1,
    ]);
    expect(parseWriteIds(Object.fromEntries(entries)).ok).toBe(true);
    expect(parseWriteIds(Object.fromEntries([...entries, ['', 0]]))).toEqual({
      ok: false,
      error: 'lastReconciledWriteIds exceeds max entries (512)',
    });
  });

  test.prop([fc.oneof(anyValue, fc.dictionary(anyText, anyValue))])('nothing makes it throw', value => {
    const parsed = parseWriteIds(value);
    if (parsed.ok) expect(parseWriteIds(parsed.ids)).toEqual(parsed);
    else expect(parsed.error).toMatch(/^lastReconciledWriteIds /);
  });
});

describe('joinWriteIds', () => {
  test('V22: keeps all keys, each with its greater id', () => {
    const joined = joinWriteIds({desktop: 9, mobile: 2}, {desktop: 7, tablet: 3});
    expect(JSON.stringify(joined)).toBe('{"desktop":9,"mobile":2,"tablet":3}');
  });

  test.prop([anyIds, anyIds])('is commutative, text and all', (a, b) => {
    expect(JSON.stringify(joinWriteIds(a, b))).toBe(JSON.stringify(joinWriteIds(b, a)));
  });

  test.prop([anyIds, anyIds, anyIds])('is associative', (a, b, c) => {
    expect(joinWriteIds(joinWriteIds(a, b), c)).toEqual(joinWriteIds(a, joinWriteIds(b, c)));
  });

  test.prop([anyIds, anyIds])('is idempotent, and the empty map changes nothing', (a, b) => {
    const joined = joinWriteIds(a, b);
    expect(joinWriteIds(joined, a)).toEqual(joined);
    expect(joinWriteIds(joined, joined)).toEqual(joined);
    expect(joinWriteIds(a, {})).toEqual(a);
  });
});
