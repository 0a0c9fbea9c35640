/**
 * What few operations on one object can do: write, delete, write again, with payloads in every order and equal ones. The
 * engine takes them in, the oracle says what is to be seen. The server and its clients are not part of this.
 */
import {incremented, joinClocks, type Clock} from '../../src/impl/journal/merge/clock.ts';
import type {Operation} from '../../src/impl/journal/merge/operation.ts';
import {policies, type AnyPolicy, type PolicyName} from '../../src/impl/journal/merge/policies.ts';
import {shownOf, type Shown} from '../../src/model/journal/merge-oracle.ts';
import {UsageError} from '../../src/sim/assert.ts';
import {canonicalJson, type Json} from '../../src/sim/json.ts';
import type {History, Law, SmallScope} from '../../src/sim/explore/scope.ts';

/** What an operation does, by its place among all of its history in the order of keys. */
interface Act {
  readonly isTombstone: boolean;
  /** From 0: payloads, tags and ids ascend with their numbers; ids only among what is equal so far, else they descend. */
  readonly payload: number;
  readonly tags: number;
  readonly id: number;
}

/** Where two neighbours in the order of keys part. */
type Boundary = 'payload' | 'tags' | 'id';

const SYMMETRIES: readonly string[] = [
  'devices by other names: the engine only compares the counts of one device with each other',
  'operations written in another order by devices that knew the same: the clocks are the same',
  'payloads, tags and ids of which only the order counts: each order is there, and each way to be equal',
  'orders that have brought the same operations to the same state: the engine is a function of these two',
];

/** The laws of the merge engine, the gravest first. */
const LAWS: readonly Law<Row>[] = [
  {
    kind: 'order',
    id: 'JOURNAL-S1',
    sentence: 'every order of arrival of the same operations ends in the same exposed row',
  },
  {
    kind: 'result',
    id: 'JOURNAL-S3',
    sentence: 'a delete that nothing supersedes leaves the object deleted',
    wrong: (shown, expected) =>
      expected?.isTombstone === true && read(shown)?.isTombstone !== true
        ? 'a delete that nothing supersedes does not win'
        : null,
  },
  {
    kind: 'result',
    id: 'JOURNAL-S2',
    sentence:
      'what is shown is the greatest by key of the operations that nothing supersedes, as it was written',
    wrong: (shown, expected) => {
      const row = read(shown);
      if (row?.lastOpId !== expected?.lastOpId) return 'another operation is shown than the greatest';
      return canonicalJson({...row, clock: null}) === canonicalJson({...expected, clock: null})
        ? null
        : 'the right operation is shown in another way than it was written';
    },
  },
  {
    kind: 'repetition',
    id: 'JOURNAL-S5',
    sentence: 'an operation that arrives again changes nothing',
  },
  {
    kind: 'result',
    id: 'JOURNAL-S6',
    sentence: 'the exposed clock is the join of the clocks of all operations that arrived',
    wrong: (shown, expected) =>
      canonicalJson(read(shown)?.clock) === canonicalJson(expected?.clock)
        ? null
        : 'the exposed clock is not the join of all that arrived',
  },
];

/** The small scope of the engine under one of its rules. */
export function smallScope(variant: string): SmallScope<Act, Operation, unknown, Row> {
  if (!Object.hasOwn(policies, variant))
    throw new UsageError(`there is no rule of merging called ${variant}`);
  const policy: AnyPolicy = policies[variant as PolicyName];
  return {
    symmetries: SYMMETRIES,
    palettes,
    operations: operationsOf,
    empty: policy.empty,
    deliver: (state, operation) => policy.ingest(state, operation).state,
    plain: state => policy.encode(state),
    shown: state => policy.expose(state) as Row,
    expected: arrived => shownOf(arrived) as Row,
    laws: LAWS,
    cells: ({payload, isTombstone, tags, opId, clock}) => [
      isTombstone ? 'delete' : 'update',
      isTombstone ? '' : JSON.stringify(payload),
      tags.join(','),
      clockText(clock),
      `id ${opId}`,
    ],
    shownCells: shown => rowCells(read(shown)),
    expectedCells: rowCells,
  };
}

/** What is shown, as plain data. */
type Row = (Shown & {readonly [key: string]: Json}) | null;

const read = (shown: Json): Row => shown as Row;

const rowCells = (row: Shown | null): string[] =>
  row === null
    ? ['nothing']
    : [
        row.isTombstone ? 'deleted' : JSON.stringify(row.payload),
        row.tags.join(','),
        `by ${nameIn(row.lastOpId)}`,
        clockText(row.clock),
      ];

const clockText = (clock: Clock): string =>
  `{${Object.entries(clock)
    .map(([device, count]) => `${device}:${count}`)
    .join(' ')}}`;

/** Simplest first: few deletes, then payloads that all differ. */
function* palettes(operations: number): Generator<readonly Act[]> {
  for (let deletes = 0; deletes <= operations; deletes += 1) {
    for (const updates of chains(operations - deletes, ['payload', 'tags', 'id'])) {
      for (const tombstones of chains(deletes, ['tags', 'id']))
        yield [...actsOf(updates, false), ...actsOf(tombstones, true)];
    }
  }
}

type Chain = readonly Boundary[] | null;

/** Every way in which `length` neighbours can part; null stands for none at all. */
function* chains(length: number, boundaries: readonly Boundary[]): Generator<Chain> {
  if (length === 0) yield null;
  else if (length === 1) yield [];
  else {
    for (const first of boundaries) {
      for (const rest of chains(length - 1, boundaries)) yield [first, ...(rest ?? [])];
    }
  }
}

function actsOf(chain: Chain, isTombstone: boolean): Act[] {
  if (chain === null) return [];
  const acts: Act[] = [{isTombstone, payload: 0, tags: 0, id: 0}];
  let [payload, tags, id] = [0, 0, 0];
  for (const boundary of chain) {
    if (boundary === 'payload') [payload, tags, id] = [payload + 1, 0, 0];
    else if (boundary === 'tags') [tags, id] = [tags + 1, 0];
    else id += 1;
    acts.push({isTombstone, payload, tags, id});
  }
  return acts;
}

const PAYLOADS = 'stuvwxyz';
const TAGS = ['', 'a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** The operations: names of devices, clocks from what was seen, and values that stand in the order that the acts ask for. */
function operationsOf(history: History<Act>, names: readonly string[]): Operation[] {
  const operations: Operation[] = [];
  for (const [index, {seen, act}] of history.entries()) {
    const device = names[index]?.charAt(0) ?? '';
    const observed = operations.filter((_, other) => ((seen >> other) & 1) === 1);
    operations.push({
      opId: idOf(act, names[index] ?? ''),
      deviceId: device,
      payload: act.isTombstone ? null : PAYLOADS.charAt(act.payload),
      clock: incremented(joinClocks(...observed.map(({clock}) => clock)), device),
      isTombstone: act.isTombstone,
      tags: act.tags === 0 ? [] : [TAGS[act.tags] ?? ''],
    });
  }
  return operations;
}

/** Ascends with `id`, and descends with all that is compared before it: comparing ids too early shows. */
const idOf = ({isTombstone, payload, tags, id}: Act, name: string): string =>
  `${isTombstone ? 0 : 1}${7 - payload}${7 - tags}${id}-${name}`;

const nameIn = (opId: string): string => opId.replace(/^.*-/, '');
