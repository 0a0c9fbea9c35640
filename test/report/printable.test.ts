/** What came out of a run cannot steer a terminal, and fits where it is put. */
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {clip, printable, shown, widthOf, wrap} from '../../src/report/printable.ts';

describe('printable', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a\tb\r\nc\u0000', 'a\\x09b\\x0d\\x0ac\\x00'],
    ['\u007f\u0085\u009b2J', '\\x7f\\x85\\x9b2J'],
    ['safe\u202etxt.exe', 'safe\\u202etxt.exe'],
    ['\ud800 and \udc00', '\\ud800 and \\udc00'],
    ['grüße 日本 🎉', 'grüße 日本 🎉'],
  ])('%j', (given, expected) => {
    expect(printable(given)).toBe(expected);
  });

  test('leaves nothing that a terminal would obey, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), text => {
        // eslint-disable-next-line no-control-regex -- this is what must not be there
        expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(printable(text).isWellFormed()).toBe(true);
        expect(printable(printable(text))).toBe(printable(text));
      }),
    );
  });

  test('shows any value on one line', () => {
    expect(shown({b: 1, a: ['x\n']})).toBe('{"a":["x\\n"],"b":1}');
    expect(shown(undefined)).toBe('nothing');
    expect(shown(10n)).toBe('a value that JSON cannot say (bigint)');
    const loop: Record<string, unknown> = {};
    loop['loop'] = loop;
    expect(shown(loop)).toBe('a value that JSON cannot say (object)');
  });
});

describe('widths', () => {
  test('count columns, not characters', () => {
    expect(widthOf('abc')).toBe(3);
    expect(widthOf('日本')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf('\u001b[31mred\u001b[39m')).toBe(3);
  });

  test('clip and wrap keep to theirs', () => {
    expect(clip('abcdef', 6)).toBe('abcdef');
    expect(clip('abcdefg', 6)).toBe('abcde…');
    expect(clip('日本語', 4)).toBe('日…');
    expect(clip('abc', 0)).toBe('');
    expect(wrap('one two three four', 9, 3)).toEqual(['one two', 'three', 'four']);
    expect(wrap('one two three four', 9, 2)).toEqual(['one two', 'three fo…']);
    expect(wrap('indivisible', 5, 2)).toEqual(['indi…']);
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), fc.integer({min: 1, max: 30}), (text, width) => {
        expect(widthOf(clip(printable(text), width))).toBeLessThanOrEqual(width);
        for (const row of wrap(printable(text), width, 3)) expect(widthOf(row)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
