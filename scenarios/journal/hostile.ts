/** Pushes as no client of ours makes them: at least one for each way in which an entry, or a batch, may be wrong. */
import type {Json} from '../../src/index.ts';

/** An honest entry as the device would make it, under a life of its own that writes nothing else. */
export interface Honest {
  readonly [field: string]: Json;
  readonly opId: string;
  readonly deviceId: string;
  readonly sessionId: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly payload: Json;
  readonly vectorClock: {readonly [device: string]: number};
  readonly isTombstone: boolean;
  readonly tags: readonly string[];
}

/** What surrounds a hostile push. */
export interface Surroundings {
  /** Another device of the tenant, or of another one. */
  readonly other: string;
  readonly entriesLimit: number;
  readonly maxAhead: number;
}

export type Hostile = (honest: Honest, around: Surroundings) => readonly Json[];

/** Goes where JSON text must hold what no JavaScript number can. */
const RAW_NUMBERS: readonly (readonly [string, string])[] = [
  ['"raw:2^53+1"', '9007199254740993'],
  ['"raw:1e400"', '1e400'],
];

const LONG = 'x'.repeat(129);
const HALF_PAIR = 'half \ud83d';

/** Lists in lists. */
const nested = (depth: number): Json => (depth === 0 ? [] : [nested(depth - 1)]);

function without(honest: Honest, ...fields: readonly string[]): Json {
  return Object.fromEntries(Object.entries(honest).filter(([field]) => !fields.includes(field)));
}

/** One entry with other values in some of its fields. */
const altered =
  (fields: {readonly [field: string]: Json}): Hostile =>
  honest => [{...honest, ...fields}];

/** An entry with another clock, made of the honest one. */
const clocked =
  (clock: (own: string, honest: Honest, around: Surroundings) => Json): Hostile =>
  (honest, around) => [{...honest, vectorClock: clock(honest.deviceId, honest, around)}];

const next = (honest: Honest, number: number): Honest => ({
  ...honest,
  opId: `${honest.opId}-${number}`,
  vectorClock: {
    ...honest.vectorClock,
    [honest.deviceId]: (honest.vectorClock[honest.deviceId] ?? 0) + number,
  },
});

const malformed: readonly Hostile[] = [
  () => [null],
  () => [7, 'entry', []],
  honest => [without(honest, 'opId')],
  honest => [without(honest, 'deviceId')],
  honest => [without(honest, 'sessionId'), without(honest, 'objectType')],
  honest => [without(honest, 'objectId'), without(honest, 'payload')],
  honest => [without(honest, 'isTombstone'), without(honest, 'vectorClock')],
  altered({opId: 7}),
  altered({isTombstone: 'no'}),
  altered({isTombstone: 1}),
  altered({tombstoneVersion: -1}),
  altered({tombstoneVersion: 'one'}),
  altered({tenantId: 't1'}),
  altered({tenantId: 't2', tenant_id: 't2'}),
  altered({commitSeq: 1}),
  altered({objectId: ''}),
  altered({opId: LONG}),
  altered({objectType: 'a\u0000b'}),
  altered({objectId: HALF_PAIR}),
  altered({tags: 'red'}),
  altered({tags: ['red', 7]}),
  altered({tags: Array.from({length: 33}, (_, index) => `tag${index}`)}),
  altered({tags: ['']}),
  altered({payload: {text: HALF_PAIR}}),
  altered({payload: [{n: 'raw:2^53+1'}]}),
  altered({payload: 'x'.repeat(65_537)}),
  altered({isTombstone: true, payload: HALF_PAIR}),
  altered({payload: nested(40)}),
];

const owned: readonly Hostile[] = [
  (honest, {other}) => [{...honest, deviceId: other, vectorClock: {[other]: 1}}],
  altered({objectType: 'memo'}),
  altered({deviceId: 'server', vectorClock: {server: 1}}),
  altered({deviceId: 'legacy', vectorClock: {legacy: 1}}),
  honest => [honest, {...next(honest, 1), opId: honest.opId, payload: 'another'}],
  honest => [honest, {...honest, tags: ['blue', 'green', 'red'], payload: 'the same id'}],
  honest => [honest, {...honest, isTombstone: true, payload: null}],
];

const clocks: readonly Hostile[] = [
  clocked(() => null),
  clocked(() => []),
  clocked(() => 'first'),
  clocked((own, {vectorClock}) => ({...vectorClock, [own]: -1})),
  clocked((own, {vectorClock}) => ({...vectorClock, [own]: 1.5})),
  clocked((own, {vectorClock}) => ({...vectorClock, [own]: '1'})),
  clocked((own, {vectorClock}) => ({...vectorClock, [own]: 9_007_199_254_740_992})),
  clocked((own, {vectorClock}) => ({...vectorClock, [own]: 'raw:1e400'})),
  clocked((own, {vectorClock}) => ({...vectorClock, [own]: 0})),
  clocked((_own, _honest, {other}) => ({[other]: 1})),
  clocked(() => ({})),
  clocked((own, {vectorClock}, {maxAhead}) => ({...vectorClock, [own]: maxAhead + 1})),
  clocked((own, {vectorClock}) => ({...vectorClock, [own]: 9_007_199_254_740_991})),
  clocked((_own, {vectorClock}, {other}) => ({...vectorClock, [other]: 9_007_199_254_740_991})),
  clocked((_own, {vectorClock}, {other}) => ({...vectorClock, [other]: (vectorClock[other] ?? 0) + 1})),
  clocked((_own, {vectorClock}) => ({...vectorClock, stranger: 1})),
  clocked((_own, {vectorClock}) => ({
    ...vectorClock,
    ...Object.fromEntries(Array.from({length: 1_100}, (_, index) => [`device${index}`, 0])),
  })),
  honest => [honest, {...honest, opId: `${honest.opId}-twice`}],
  honest => [next(honest, 2), {...next(honest, 2), opId: `${honest.opId}-again`, payload: 'other'}],
];

/** Two lives of one device that claim to have seen the same, each other included. */
const entangled =
  (first: Json, second: Json): Hostile =>
  honest => {
    const other = `${honest.deviceId}-b`;
    const vectorClock = {...honest.vectorClock, [honest.deviceId]: 1, [other]: 1};
    return [
      {...honest, vectorClock, payload: first},
      {...honest, vectorClock, payload: second, deviceId: other, opId: `${honest.opId}-b`},
    ];
  };

const batches: readonly Hostile[] = [
  entangled('a', 'z'),
  entangled('z', 'a'),
  // what is wrong with one entry is nothing to its neighbours
  honest => [honest, null, next(honest, 1)],
  (honest, {other}) => [
    {...honest, deviceId: other},
    next(honest, 1),
    {...next(honest, 2), opId: ''},
    next(honest, 3),
  ],
  honest => [honest, honest, next(honest, 1), honest],
  // gaps and disorder are allowed: nobody said that an author's operations arrive in turn
  honest => [next(honest, 3), next(honest, 1), next(honest, 2)],
  honest => [{...honest, vectorClock: {[honest.deviceId]: 1}}],
  (honest, {entriesLimit}) => Array.from({length: entriesLimit + 1}, (_, index) => next(honest, index)),
];

export const HOSTILES: readonly Hostile[] = [...malformed, ...owned, ...clocks, ...batches];

/** The text of a hostile push. */
export function hostileBody(entries: readonly Json[]): string {
  return RAW_NUMBERS.reduce(
    (text, [token, number]) => text.replaceAll(token, number),
    JSON.stringify({entries}),
  );
}

/** Bodies that are no push at all. */
export const NO_PUSHES: readonly string[] = [
  '',
  'entries',
  'null',
  '[]',
  '{"entries":{}}',
  '{"entries":null}',
  '{}',
  '{"entries":[],"more":1}',
];
