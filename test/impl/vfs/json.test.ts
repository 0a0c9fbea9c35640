/** Hostile JSON: bounded in size and depth, judged before it is parsed, never a throw. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {MAX_JSON_DEPTH, MAX_JSON_LENGTH, parseJson} from '../../../src/impl/vfs/json.ts';
import {anyText} from './hostile.ts';

const anyTree = fc.jsonValue({maxDepth: 8});
/** Strings full of brackets, quotes and backslashes, which must not be counted. */
const anyTrap = fc.array(
  fc.string({unit: fc.constantFrom('[', '{', '"', '\\', ']', '}', 'a'), maxLength: 200}),
);

describe('parseJson', () => {
  test.prop([anyTree])('gives what the engine gives for shallow values', value => {
    const text = JSON.stringify(value);
    expect(parseJson(text)).toEqual({ok: true, value: JSON.parse(text) as unknown});
  });

  test.prop([anyTrap])('does not count what stands in strings', texts => {
    expect(parseJson(JSON.stringify(texts))).toEqual({ok: true, value: texts});
  });

  test.prop([fc.integer({min: 1, max: 130}), fc.boolean(), anyTrap])(
    'goes 64 deep and no deeper',
    (depth, arrays, traps) => {
      const [open, close] = arrays ? ['[', ']'] : ['{"k":', '}'];
      const core = depth === MAX_JSON_DEPTH ? 'null' : JSON.stringify(traps.join(''));
      const text = open.repeat(depth) + core + close.repeat(depth);
      expect(parseJson(text).ok).toBe(depth <= MAX_JSON_DEPTH);
    },
  );

  test('takes many brackets side by side', () => {
    const text = JSON.stringify(Array.from({length: 1000}, (_, index) => ({index, list: [[]]})));
    expect(parseJson(text).ok).toBe(true);
  });

  test('refuses 200,000 levels, closed or not, without overflowing', () => {
    expect(parseJson('['.repeat(200_000) + ']'.repeat(200_000))).toEqual({ok: false});
    expect(parseJson('{"a":'.repeat(200_000))).toEqual({ok: false});
  });

  test('refuses what is too long, by the limit given or the usual one', () => {
    expect(parseJson('"aaaa"', 6).ok).toBe(true);
    expect(parseJson('"aaaa"', 5).ok).toBe(false);
    expect(parseJson(`"${'a'.repeat(MAX_JSON_LENGTH)}"`).ok).toBe(false);
  });

  test.each(['', '{', '"', '"\\', 'undefined', '[1,]', "{'a':1}", 'NaN', '\ufeff{}', '{"a":1}x'])(
    'refuses %j',
    text => {
      expect(parseJson(text)).toEqual({ok: false});
    },
  );

  test('makes __proto__ a key, not a prototype', () => {
    const parsed = parseJson('{"__proto__": {"polluted": true}}');
    expect(parsed.ok && Object.getPrototypeOf(parsed.value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.prop([anyText])('nothing makes it throw', text => {
    expect(typeof parseJson(text).ok).toBe('boolean');
  });
});
