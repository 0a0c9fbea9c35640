/** States as changes and as lines: what is packed comes out again, and a difference says what changed and nothing else. */
import {fc, test as property} from '@fast-check/vitest';
import {describe, expect, test} from 'vitest';
import {packFrames, unpackFrames} from '../../src/report/html/data.ts';
import {applyDelta, deltaOf, equalJson} from '../../src/report/html/delta.ts';
import {differenceLines, type DiffLine} from '../../src/report/html/difference.ts';
import type {Json} from '../../src/sim/json.ts';

const anyJson = fc.json({maxDepth: 4}).map(text => JSON.parse(text) as Json);
/** Values that have much in common, so that more than "all of it changed" is tried. */
const similar = fc.letrec<{value: Json}>(tie => ({
  value: fc.oneof(
    {maxDepth: 4},
    fc.constantFrom<Json>(0, 'a', null),
    fc.array(tie('value'), {maxLength: 5}),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), tie('value'), {
      noNullPrototype: true,
    }),
  ),
})).value;

describe('a change', () => {
  property.prop([similar, similar])('makes the state before into the state after', (before, after) => {
    const delta = deltaOf(before, after);
    const stored = JSON.parse(JSON.stringify(delta)) as typeof delta;
    expect(equalJson(stored === null ? before : applyDelta(before, stored), after)).toBe(true);
    expect(delta === null).toBe(equalJson(before, after));
  });

  property.prop([anyJson])('is nothing between equal values', value => {
    expect(deltaOf(value, structuredClone(value))).toBeNull();
  });

  test('is small where little changed', () => {
    const queue = Array.from({length: 50}, (_, index) => ({id: index, text: 'x'.repeat(100)}));
    expect(deltaOf({a: 1, queue}, {a: 1, queue: queue.slice(1)})).toEqual({
      of: {queue: {at: 0, gone: 1, put: []}},
    });
    const touched = queue.map(item => (item.id === 7 ? {...item, text: 'y'} : item));
    expect(deltaOf(queue, touched)).toEqual({from: 7, each: [{of: {text: {is: 'y'}}}]});
    expect(deltaOf({a: 1, b: 2}, {a: 1, c: 3})).toEqual({of: {b: null, c: {is: 3}}});
  });

  test('of a member with the name of the prototype is a member', () => {
    const state = JSON.parse('{"__proto__":{"polluted":1}}') as Json;
    const after = applyDelta({}, deltaOf({}, state) ?? {is: null});
    expect(JSON.stringify(after)).toBe('{"__proto__":{"polluted":1}}');
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
  });
});

test('frames come out of the page as they went in, by node, without those that change nothing', () => {
  const frames = [
    {event: 1, node: 'a', state: {n: 1, list: [1, 2]}},
    {event: 2, node: 'b', state: 'x'},
    {event: 4, node: 'a', state: {n: 1, list: [1, 2]}},
    {event: 6, node: 'a', state: {n: 2, list: [2]}},
  ];
  const packed = packFrames(frames);
  expect(packed.map(({event}) => event)).toEqual([1, 2, 6]);
  const unpacked = unpackFrames(JSON.parse(JSON.stringify(packed)) as typeof packed);
  expect([...unpacked]).toEqual([
    ['a', [frames[0], frames[3]]],
    ['b', [frames[1]]],
  ]);
});

/** Lines as a person sees them: `~ name: text (was)`, indented. */
const written = (lines: readonly DiffLine[]): string[] =>
  lines.map(({mark, depth, name, text, was}) => {
    const sign = {same: ' ', added: '+', removed: '-', changed: '~'}[mark];
    return `${sign}${'  '.repeat(depth)}${name}: ${text}${was === null ? '' : ` (${was})`}`;
  });

describe('lines of a difference', () => {
  const before = {
    cursor: null,
    gone: true,
    queue: ['first of the queue', 'second of the queue', 'third of the queue', 'fourth'],
    clocks: {item1: 'a clock that is written out', item2: 'another clock that is written out'},
    last: 0,
  };
  const after = {
    cursor: 'c1',
    queue: ['second of the queue', 'changed in the queue', 'fourth', 'fifth of the queue'],
    clocks: {item1: 'a clock that is written out', item2: 'another clock that is written out'},
    last: 0,
  };

  test('say what was added, removed and changed, where it is, in the order of the later value', () => {
    const {lines, added, removed, changed} = differenceLines(before, after, false);
    expect(written(lines)).toEqual([
      '~cursor: "c1" (null)',
      '-gone: true',
      ' queue: 4 elements',
      '-  0: "first of the queue"',
      '   0: "second of the queue"',
      '~  1: "changed in the queue" ("third of the queue")',
      '   2: "fourth"',
      '+  3: "fifth of the queue"',
      ' clocks: 2 members',
      '   item1: "a clock that is written out"',
      '   item2: "another clock that is written out"',
      ' last: 0',
    ]);
    expect({added, removed, changed}).toEqual({added: 1, removed: 2, changed: 2});
  });

  test('leave out the parts of what did not change, unless nothing did', () => {
    expect(written(differenceLines(before, after, true).lines).slice(8)).toEqual([
      ' clocks: 2 members',
      ' last: 0',
    ]);
    expect(differenceLines(after, after, true).lines).toHaveLength(10);
  });

  test('of a first state mark nothing', () => {
    const {lines, added} = differenceLines(undefined, {a: 1, b: [2]}, true);
    expect(written(lines)).toEqual([': {"a":1,"b":[2]}'].map(text => ` ${text}`));
    expect(added).toBe(0);
  });

  test('tell a value that became another kind of thing as gone and come', () => {
    const list = Array.from({length: 30}, (_, index) => `element ${index}`);
    const {lines, added, removed} = differenceLines({a: list}, {a: 5}, false);
    expect(written(lines).slice(-2)).toEqual(['-  29: "element 29"', '+a: 5']);
    expect({added, removed}).toEqual({added: 1, removed: 1});
  });

  test('cut long texts, and say how long they are', () => {
    const {lines} = differenceLines('short', 'x'.repeat(5_000), false);
    expect(lines[0]?.text).toBe(`"${'x'.repeat(599)}… (5002 characters)`);
  });

  property.prop([similar, similar])('are those of both values, each once', (left, right) => {
    const {lines, added, removed, changed} = differenceLines(left, right, false);
    expect(added + removed + changed === 0).toBe(equalJson(left, right));
    expect(lines.filter(({mark}) => mark === 'changed')).toHaveLength(changed);
  });
});
