/** Canonical text: equal values have one text, and texts have one order. */
import {Buffer} from 'node:buffer';
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {
  canonicalJson,
  canonicalTags,
  compareText,
  contentHash,
  type Json,
} from '../../../../src/impl/journal/merge/canonical.ts';

const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe('canonicalJson', () => {
  test.each<[Json, string]>([
    [{z: 1, a: {d: [], c: null}}, '{"a":{"c":null,"d":[]},"z":1}'],
    [{'\u{1f600}': 1, '\uff5e': 2}, '{"\uff5e":2,"\u{1f600}":1}'],
    [{10: 1, 9: 2}, '{"10":1,"9":2}'],
    [-0, '0'],
    [[1e21, 1.5, 1e-7], '[1e+21,1.5,1e-7]'],
    ['a"\n\ud800', '"a\\"\\n\\ud800"'],
  ])('%j is spelt %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test.prop([json])('the text is JSON for the same value, and its own canonical text', value => {
    const parsed = JSON.parse(canonicalJson(value)) as Json;
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(JSON.parse(JSON.stringify(value)));
    expect(canonicalJson(parsed)).toBe(canonicalJson(value));
  });

  test.prop([fc.dictionary(fc.string({unit: 'binary'}), json, {noNullPrototype: true})])(
    'members may come in any order',
    value => {
      expect(canonicalJson(Object.fromEntries(Object.entries(value).reverse()))).toBe(canonicalJson(value));
    },
  );
});

describe('compareText', () => {
  test('orders by code point where UTF-16 does not', () => {
    expect('\uff5e' < '\u{1f600}').toBe(false);
    expect(compareText('\uff5e', '\u{1f600}')).toBeLessThan(0);
    expect(compareText('a\u{1f600}', 'a\u{1f601}')).toBeLessThan(0);
    expect(compareText('\ud83d', '\ue000')).toBeLessThan(0);
    expect(compareText('\ud83d\ude00', '\ud83d\uff5e')).toBeGreaterThan(0);
    expect(compareText('ab', 'abc')).toBeLessThan(0);
  });

  const text = fc.string({
    unit: fc.constantFrom('a', 'z', '\uff5e', '\u{1f600}', '\u{1f601}', 'é', '\ud7ff', '\ue000'),
  });
  test.prop([text, text])('is the order of UTF-8 bytes', (a, b) => {
    expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  const unit = fc.constantFrom('a', '\ud83d', '\ude00', '\uff5e');
  const units = fc.array(unit, {maxLength: 5}).map(list => list.join(''));
  test.prop([units, units, units])(
    'is total and transitive for any units, halves of characters too',
    (a, b, c) => {
      expect(Math.sign(compareText(a, b))).toBe(0 - Math.sign(compareText(b, a)));
      expect(compareText(a, b) === 0).toBe(a === b);
      if (compareText(a, b) < 0 && compareText(b, c) < 0) expect(compareText(a, c)).toBeLessThan(0);
    },
  );
});

test('tags are a set', () => {
  expect(canonicalTags(['b', '\u{1f600}', 'a', '\uff5e', 'b'])).toEqual(['a', 'b', '\uff5e', '\u{1f600}']);
});

test('a hash is sixteen digits, and one changed character changes it', () => {
  const hashes = ['', 'a', 'b', 'ab', 'ba', '{"a":1}', '{"a":2}'].map(contentHash);
  expect(new Set(hashes).size).toBe(hashes.length);
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
});
