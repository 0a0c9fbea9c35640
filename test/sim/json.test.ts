/** Canonical JSON, and where two values first differ. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';
import {canonicalJson, firstDifference} from '../../src/sim/json.ts';

describe('canonical JSON', () => {
  it('has its keys in the order of code units, at every depth, and leaves out what is undefined', () => {
    expect(
      canonicalJson({b: [{z: 1, a: undefined, ä: 2, Z: 3}], a: null, '\ud83d\ude00': 1, '\uffff': 2}),
    ).toBe('{"a":null,"b":[{"Z":3,"z":1,"ä":2}],"😀":1,"\uffff":2}');
  });

  test.prop([fc.jsonValue()])('reads back as what it was, and is the same for what reads back', value => {
    const text = canonicalJson(value);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(canonicalJson(JSON.parse(text))).toBe(text);
  });
});

describe('the first difference', () => {
  test.prop([fc.jsonValue()])('of a value and its copy is nowhere', value => {
    const text = JSON.stringify(value);
    expect(firstDifference(JSON.parse(text), JSON.parse(text))).toBe(null);
  });

  test.prop([fc.jsonValue(), fc.jsonValue()])('of two values is somewhere unless they are equal', (a, b) => {
    const [left, right] = [
      JSON.parse(JSON.stringify(a)) as unknown,
      JSON.parse(JSON.stringify(b)) as unknown,
    ];
    expect(firstDifference(left, right) === null).toBe(canonicalJson(left) === canonicalJson(right));
  });

  it.each([
    [1, 2, {path: '$', expected: 1, actual: 2}],
    [null, {}, {path: '$', expected: null, actual: {}}],
    [{a: 1}, {}, {path: '$.a', expected: 1, actual: undefined}],
    [{}, {a: 1}, {path: '$.a', expected: undefined, actual: 1}],
    [
      {b: 1, a: 1},
      {a: 2, b: 2},
      {path: '$.a', expected: 1, actual: 2},
    ],
    [[1, 2, 3], [1], {path: '$[1]', expected: 2, actual: undefined}],
    [{a: [{b: [1]}]}, {a: [{b: [2]}]}, {path: '$.a[0].b[0]', expected: 1, actual: 2}],
    [[], {}, {path: '$', expected: [], actual: {}}],
  ])('of %j and %j', (expected, actual, difference) => {
    expect(firstDifference(expected, actual)).toEqual(difference);
  });
});
