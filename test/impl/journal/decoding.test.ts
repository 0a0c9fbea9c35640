/** Cursors, scopes and payloads as text: what is read back is what was written, and nothing else is read. */
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {decodeCursor, encodeCursor, hashScope} from '../../../src/impl/journal/cursor.ts';
import {decodeEntry} from '../../../src/impl/journal/decode-entry.ts';
import {decodeScope} from '../../../src/impl/journal/decode-scope.ts';
import {decodePage, decodeResults} from '../../../src/impl/journal/client-decode.ts';
import {DEFAULT_CLOCK_LIMITS, LIMITS} from '../../../src/impl/journal/protocol.ts';
import {isPortable} from '../../../src/impl/journal/text.ts';
import {entry} from './serving.ts';

test('a cursor reads back as it was', () => {
  const position = {epoch: '00ab12cd.17', changeSeq: 2 ** 53 - 1, scopeHash: '0123456789abcdef'};
  expect(decodeCursor(encodeCursor(position))).toEqual(position);
  expect(decodeCursor(encodeCursor({...position, changeSeq: 0}))).toEqual({...position, changeSeq: 0});
});

test.each([
  '1:a:9007199254740992:0123456789abcdef',
  '1:A:1:0123456789abcdef',
  '1:a:1:0123456789ABCDEF',
  ' 1:a:1:0123456789abcdef',
])('no cursor: %s', text => {
  expect(decodeCursor(text)).toBeNull();
});

test('scopes differ by what they ask for, and by nothing else', () => {
  const hashes = [
    {},
    {types: []},
    {ids: []},
    {tags: []},
    {types: ['a']},
    {ids: ['a']},
    {tags: ['a']},
    {tags: ['a', 'b']},
    {tags: ['a,b']},
    {types: ['a'], ids: ['b']},
  ].map(hashScope);
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashScope({tags: ['b', 'a', 'b']})).toBe(hashScope({tags: ['a', 'b']}));
});

test('a scope is lists of names, and keeps apart what is absent and what is empty', () => {
  expect(decodeScope({})).toEqual({});
  expect(decodeScope({types: [], ids: ['x']})).toEqual({types: [], ids: ['x']});
  for (const bad of [null, [], {types: 'x'}, {ids: [1]}, {tags: ['']}, {more: []}, {types: null}]) {
    expect(decodeScope(bad), JSON.stringify(bad)).toBeNull();
  }
  const many = Array.from({length: LIMITS.scopeValues + 1}, (_, at) => `t${at}`);
  expect(decodeScope({tags: many})).toBeNull();
  expect(decodeScope({tags: many.slice(1)})).toEqual({tags: many.slice(1)});
});

test('whatever is read of a wire, decoders answer and do not throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      decodeScope(value);
      decodePage(value);
      decodeResults(value);
      expect(['write', 'refused']).toContain(decodeEntry(value, DEFAULT_CLOCK_LIMITS).kind);
    }),
    {seed: 7, numRuns: 500},
  );
});

test('an entry with one field spoilt is refused, or says just what the field says', () => {
  const good = entry('op', {A: 1}, {tags: ['x']});
  fc.assert(
    fc.property(
      fc.constantFrom('objectType', 'objectId', 'payload', 'opId'),
      fc.jsonValue(),
      (field, value) => {
        const decoded = decodeEntry({...good, [field]: value}, DEFAULT_CLOCK_LIMITS);
        if (decoded.kind === 'refused') return;
        const {op, objectType, objectId} = decoded.write;
        const read = {objectType, objectId, payload: op.payload, opId: op.opId};
        expect(read).toEqual({...read, [field]: value});
      },
    ),
    {seed: 11, numRuns: 500},
  );
});

test('numbers and texts that machines disagree about are none', () => {
  for (const good of [0, -0, 1.5, -1e-7, 2 ** 53 - 1, 'ü', '🙂', [], {}, null, true, [[{a: [1]}]]]) {
    expect(isPortable(good), JSON.stringify(good)).toBe(true);
  }
  for (const bad of [
    2 ** 53,
    -(2 ** 53),
    1e300,
    Infinity,
    NaN,
    '\ud83d',
    'a\0',
    undefined,
    new Map(),
    {'\udc00': 1},
    [undefined],
  ]) {
    expect(isPortable(bad)).toBe(false);
  }
});
