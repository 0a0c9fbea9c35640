/** The tamper table: each lie changes an answer, in the same way for the same draw, and has a name and a sentence of its own. */
import {expect, test} from 'vitest';
import {tamperOf, tampers} from '../../../scenarios/journal/tampers.ts';
import {PATHS} from '../../../src/impl/journal/protocol.ts';
import type {HttpRequest, HttpResponse} from '../../../src/index.ts';
import {Stream} from '../../../src/sim/random.ts';

const DRAWS = 40;

const row = (id: string, changeSeq: number): unknown => ({
  kind: 'live',
  type: 'note',
  id,
  changeSeq,
  clock: {d1: changeSeq},
  payload: `at ${changeSeq}`,
  tags: [],
  lastOpId: `o${changeSeq}`,
});
const page = (fromSeq: number, rows: readonly unknown[], toSeq: number, hasMore: boolean): HttpResponse =>
  answer({objects: rows, serverCursor: `1:e.1:${toSeq}:0`, hasMore, fromSeq, toSeq});
const answer = (body: unknown): HttpResponse => ({status: 200, headers: {}, body: JSON.stringify(body)});
const request = (path: string, body: unknown): HttpRequest => ({
  method: 'POST',
  path,
  headers: {},
  body: JSON.stringify(body),
});
const result = (opId: string, changeSeq: number): unknown => ({
  opId,
  outcome: 'applied',
  reason: null,
  objectClock: {d1: 1},
  changeSeq,
});

const EARLIER = page(0, [row('x', 1), row('y', 2)], 2, true);
const SAMPLES: readonly {readonly asked: HttpRequest; readonly honest: HttpResponse}[] = [
  {
    asked: request(PATHS.push, {entries: []}),
    honest: answer({results: [result('a', 1), result('b', 2)], applied: 2, conflicts: 0}),
  },
  {
    asked: request(PATHS.pull, {sinceCursor: '1:e.1:2:0', limit: 2, scope: {}}),
    honest: page(2, [row('x', 3), row('z', 4)], 4, true),
  },
];

const told = (id: string, draw: number): (string | null)[] =>
  SAMPLES.filter(({asked}) => tamperOf(`tamper:${id}`)?.matches(asked) === true).map(({asked, honest}) => {
    const random = Stream.keyed('0x1', `${id} ${draw}`);
    const about = {request: asked, earlier: [EARLIER], others: new Map<string, HttpResponse>(), random};
    return String(tamperOf(`tamper:${id}`)?.apply(honest, about)?.body ?? '') || null;
  });

test('names and sentences are each its own', () => {
  expect(new Set(tampers.map(({id}) => id)).size).toBe(tampers.length);
  expect(new Set(tampers.map(({sentence}) => sentence)).size).toBe(tampers.length);
  expect(tamperOf('lose-response')).toBeNull();
});

test.each(tampers.map(({id}) => id))('%s changes an honest answer, in the same way for the same draw', id => {
  const draws = Array.from({length: DRAWS}, (_, draw) => told(id, draw));
  const honest = SAMPLES.map(({honest: {body}}) => String(body));
  expect(draws.flat().some(text => text !== null && !honest.includes(text))).toBe(true);
  expect(Array.from({length: DRAWS}, (_, draw) => told(id, draw))).toEqual(draws);
});
