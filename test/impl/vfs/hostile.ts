/** Values that a hostile peer could send, for tests that want a named refusal and never a throw. */
import {fc} from '@fast-check/vitest';

/** Text with what breaks parsers: NUL, byte order marks, lone surrogates, names of prototypes. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({unit: 'binary'}),
  fc.string({unit: 'grapheme'}),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ufeff',
    '\ud800',
    'a\udc00b',
    '__proto__',
    'constructor',
    'toString',
    ':',
    'x'.repeat(129),
  ),
);

/** Any value at all, as deep and as odd as the generator makes it. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
  }),
  fc.jsonValue(),
  fc.constantFrom<unknown>(undefined, null, Number.NaN, -0, 2 ** 53, 2 ** 53 - 1, 1.5, -1, Infinity),
);
