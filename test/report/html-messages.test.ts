/** What became of every leg of a message, what lasts on a node, and what an event says. */
import {describe, expect, test} from 'vitest';
import {legsOf} from '../../src/report/html/messages.ts';
import {spansOf} from '../../src/report/html/spans.ts';
import {Stretches} from '../../src/report/html/stretches.ts';
import {KIND_GROUPS, KIND_MEANINGS, toneOf, wordsOf} from '../../src/report/html/words.ts';
import type {TraceEvent} from '../../src/sim/events.ts';
import {compareText} from '../../src/sim/json.ts';
import {FIELDS} from '../../src/sim/trace.ts';

type Told = readonly [t: number, at: string, k: string, values?: Readonly<Record<string, string | number>>];

/** Events numbered as they are told. */
const tell = (...told: readonly Told[]): TraceEvent[] =>
  told.map(([t, at, k, values], index) => ({n: index + 1, t, k, at, ...values}) as unknown as TraceEvent);

const send = (x: number): Told => [0, 'c1', 'send', {to: 'api', x, what: 'GET /a', body: 1}];
const arrive = (x: number): Told => [1, 's1', 'arrive', {from: 'c1', x, what: 'GET /a'}];
const answer = (x: number): Told => [1, 's1', 'answer', {to: 'c1', x, status: 200, body: 2}];
const receive = (x: number, act = '', status = 200): Told => [
  2,
  'c1',
  'receive',
  {from: 'api', x, status, act},
];
const fail = (x: number, code: string): Told => [2, 'c1', 'fail', {from: 'api', x, code}];
const fate = (at: string, leg: string, act: string): Told => [
  0,
  at,
  'fate',
  {key: `c1>api GET /a #1 ${leg}`, act, arg: 1},
];

/** Legs in short: `request 0→1 s1 whole act`. */
const short = (...told: readonly Told[]): string[] =>
  legsOf(tell(...told)).map(({leg, from, to, toNode, end, act, proxy}) =>
    [`${leg} ${from}→${to ?? '·'}`, toNode ?? '?', end, act, proxy ? 'proxy' : '']
      .filter(part => part !== '')
      .join(' '),
  );

describe('legs', () => {
  test.each<[string, Told[], string[]]>([
    [
      'that arrive',
      [send(1), arrive(1), answer(1), receive(1)],
      ['request 0→1 s1 whole', 'answer 2→3 c1 whole'],
    ],
    [
      'that are late',
      [send(1), fate('c1', 'req', 'delay'), arrive(1), answer(1), receive(1)],
      ['request 0→2 s1 whole delay', 'answer 3→4 c1 whole'],
    ],
    [
      'of a request that is lost',
      [send(1), fate('c1', 'req', 'lose-request'), fail(1, 'timeout')],
      ['request 0→· ? lost lose-request'],
    ],
    ['of a request that times out', [send(1), fail(1, 'timeout')], ['request 0→· ? lost timeout']],
    ['of a request on its way when the run ended', [send(1)], ['request 0→· ? open']],
    ['of a request that nobody took', [send(1), fail(1, 'refused')], ['request 0→· ? refused refused']],
    [
      'of an answer that is lost',
      [send(1), arrive(1), answer(1), fate('s1', 'res', 'lose-response'), fail(1, 'timeout')],
      ['request 0→1 s1 whole', 'answer 2→· c1 lost lose-response'],
    ],
    [
      'of an answer on its way when the run ended',
      [send(1), arrive(1), answer(1)],
      ['request 0→1 s1 whole', 'answer 2→· c1 open'],
    ],
    [
      'of an answer that was tampered with',
      [send(1), arrive(1), answer(1), fate('s1', 'res', 'tamper'), receive(1, 'tamper:empty')],
      ['request 0→1 s1 whole', 'answer 2→4 c1 altered tamper:empty'],
    ],
    [
      'of an answer cut off by a reset',
      [send(1), arrive(1), answer(1), fate('s1', 'res', 'reset'), fail(1, 'reset')],
      ['request 0→1 s1 whole', 'answer 2→4 c1 altered reset'],
    ],
    [
      'of a duplicate: the second answer finds nobody waiting',
      [send(1), fate('c1', 'req', 'duplicate'), arrive(1), answer(1), receive(1), arrive(1), answer(1)],
      [
        'request 0→2 s1 whole duplicate',
        'request 0→5 s1 whole duplicate',
        'answer 3→4 c1 whole',
        'answer 6→· c1 unheard',
      ],
    ],
    [
      'of a request that something on the way answers',
      [send(1), fate('c1', 'req', 'http-status'), receive(1, 'http-status', 503)],
      ['request 0→· ? refused http-status proxy', 'answer 0→2 c1 altered http-status proxy'],
    ],
    ['of a request that is answered as it was before', [send(1), receive(1, 'pinned')], []],
    [
      'towards the node that answers to the address',
      [send(1), arrive(1), answer(1), receive(1), send(2)],
      ['request 0→1 s1 whole', 'answer 2→3 c1 whole', 'request 4→· s1 open'],
    ],
    [
      'whose fates are those of statements are not touched by them',
      [
        send(1),
        [0, 'c1', 'fate', {key: 'c1 sql c1/db insert a #5', act: 'failed-statement', arg: 1}],
        arrive(1),
      ],
      ['request 0→2 s1 whole'],
    ],
  ])('%s', (_, told, expected) => {
    expect(short(...told)).toEqual(expected);
  });

  test('of messages that nobody answers: in order, lost ones left out, duplicates twice', () => {
    const say = (act?: string): Told[] => [
      [0, 'a', 'send', {to: 'b', x: 0, what: 'send', body: 1}],
      ...(act === undefined ? [] : [[0, 'a', 'fate', {key: 'a>b send #1', act, arg: 1}] as const]),
    ];
    const hear: Told = [3, 'b', 'arrive', {from: 'a', x: 0, what: 'send'}];
    expect(short(...say('lose-request'), ...say(), hear, ...say('duplicate'), hear, hear, ...say())).toEqual([
      'request 0→· b lost lose-request',
      'request 2→3 b whole',
      'request 4→6 b whole duplicate',
      'request 4→7 b whole copy',
      'request 8→· b open',
    ]);
  });

  test('of a call that is refused', () => {
    expect(
      short(
        [0, 'a', 'send', {to: 'b', x: 0, what: 'dial', body: ''}],
        [1, 'a', 'fail', {from: 'b', x: 0, code: 'refused'}],
        [2, 'b', 'timer'],
      ),
    ).toEqual(['request 0→· b refused refused']);
  });
});

describe('what lasts', () => {
  const short = (...told: readonly Told[]): string[] =>
    spansOf(tell(...told)).map(
      ({node, what, label, from, to, lane}) => `${node} ${what} ${label} ${from}→${to ?? '·'} ${lane}`,
    );

  test('a node is down from its crash to its boot; what it did ends there', () => {
    expect(
      short(
        [0, 'a', 'boot', {release: 1, cause: ''}],
        [1, 'a', 'op', {op: 'o1', kind: 'edit', args: ''}],
        [1, 'a', 'attempt', {stage: 'push', phase: 'begins'}],
        [2, 'a', 'crash', {cause: 'f1'}],
        [3, 'a', 'boot', {release: 1, cause: ''}],
        [3, 'a~f2', 'boot', {release: 1, cause: ''}],
        [4, 'a', 'crash', {cause: 'wiped'}],
      ),
    ).toEqual([
      'a~f2 down not there yet -1→5 0',
      'a operation o1 edit 1→3 0',
      'a attempt push 2→3 0',
      'a down f1 3→4 0',
      'a down wiped 6→· 0',
    ]);
  });

  test('faults that are on at once have lanes of their own', () => {
    const fault = (id: string, phase: string): Told => [0, 'a', 'fault', {id, kind: 'pause', phase}];
    expect(
      short(
        fault('f1', 'begins'),
        fault('f2', 'begins'),
        fault('f1', 'ends'),
        fault('f3', 'begins'),
        fault('f2', 'ends'),
      ),
    ).toEqual(['a fault pause (f1) 0→2 0', 'a fault pause (f2) 1→4 1', 'a fault pause (f3) 3→· 0']);
  });
});

test('of many stretches those are found that touch the window, long ones that began far above included', () => {
  const stretches = new Stretches(
    Array.from({length: 10_000}, (_, index) => ({
      low: index,
      high: index === 3 ? 9_000 : index + 2,
      item: index,
    })),
  );
  expect(stretches.within(5_000, 5_003)).toEqual([3, 4_998, 4_999, 5_000, 5_001, 5_002, 5_003]);
  expect(stretches.within(9_500, 9_500)).toEqual([9_498, 9_499, 9_500]);
  expect(stretches.within(20_000, 20_001)).toEqual([]);
  expect(new Stretches([]).within(0, 1)).toEqual([]);
});

test('every kind of event has a meaning and one place in the filter', () => {
  const kinds = KIND_GROUPS.flatMap(({kinds: own}) => own);
  const sorted = (names: readonly string[]): string[] => [...names].sort(compareText);
  expect(sorted(kinds)).toEqual(sorted(Object.keys(FIELDS)));
  expect(sorted(Object.keys(KIND_MEANINGS))).toEqual(sorted(Object.keys(FIELDS)));
});

test.each<[Told, string, string]>([
  [send(1), '→ api  GET /a', 'message'],
  [receive(1, 'truncate'), '← api  200', 'altered'],
  [receive(1, 'pinned'), '← api  200', 'message'],
  [fail(1, 'timeout'), '← api  timeout', 'failed'],
  [[0, 'c1', 'op', {op: 'o1', kind: 'sync', args: 'null'}], 'o1 sync', 'plain'],
  [[0, 'c1', 'op', {op: 'o1', kind: 'edit', args: '{"a":1}'}], 'o1 edit {"a":1}', 'plain'],
  [[0, 'c1', 'boot', {release: 2, cause: 'restored'}], 'release 2, disk restored', 'plain'],
  [[0, 'c1', 'commit', {db: 'c1/d', changes: 1}], 'c1/d  1 row', 'good'],
  [[0, 'c1', 'attempt', {stage: 'push', phase: 'begins'}], 'push begins', 'plain'],
  [
    [0, 'c1', 'attempt', {stage: 'push', phase: 'failed', code: 'E', message: 'no'}],
    'push failed E no',
    'failed',
  ],
  [[0, '', 'round', {number: 2}], 'settling, round 2', 'plain'],
  [[0, 'c1', 'violation', {claim: 'X-1', signature: 'X-1/a/b/c', message: ''}], 'X-1', 'violation'],
])('an event says %j', (told, words, tone) => {
  const [event] = tell(told);
  if (event === undefined) throw new Error('nothing told');
  expect([wordsOf(event), toneOf(event)]).toEqual([words, tone]);
});
