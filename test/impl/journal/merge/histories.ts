/** Histories as devices write them: each operation knows some earlier ones, and its clock says so. */
import fc from 'fast-check';
import type {Json} from '../../../../src/impl/journal/merge/canonical.ts';
import {incremented, joinClocks} from '../../../../src/impl/journal/merge/clock.ts';
import type {Operation} from '../../../../src/impl/journal/merge/operation.ts';
import type {AnyPolicy} from '../../../../src/impl/journal/merge/policies.ts';

/** An operation told shortly: `op('b', {A: 2}, 'a')`; a delete has `null`. */
export function op(
  opId: string,
  clock: Readonly<Record<string, number>>,
  payload: Json,
  tags: readonly string[] = [],
): Operation {
  return {opId, deviceId: Object.keys(clock)[0] ?? '', payload, clock, isTombstone: payload === null, tags};
}

/** What is left when `operations` come in this order. */
export function fold<State>(
  policy: {empty: State; ingest(state: State, op: Operation): {state: State}},
  operations: readonly Operation[],
): State {
  return operations.reduce((state, one) => policy.ingest(state, one).state, policy.empty);
}

/** What a policy stores and shows after `operations`, as plain values. */
export function after(policy: AnyPolicy, operations: readonly Operation[]) {
  const state = fold(policy, operations);
  return {stored: policy.encode(state), shown: policy.expose(state)};
}

/** Every order of `items`. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map(rest => [item, ...rest]));
}

const payload: fc.Arbitrary<Json> = fc.oneof(
  {weight: 4, arbitrary: fc.constantFrom<Json[]>('a', 'm', 'z')},
  fc.constantFrom<Json[]>({z: 1, a: 1}, {a: 1, z: 1}, {m: 1}, '\uff5e', '\u{1f600}', -0, 0, [], null),
);

const step = fc.record({
  device: fc.constantFrom('A', 'B', 'C', '__proto__'),
  /** Which earlier operations it has seen: bit by bit. */
  saw: fc.nat({max: 0xffff}),
  payload,
  isTombstone: fc.boolean(),
  tags: fc.subarray(['red', 'green', '\u{1f600}']),
});

/** Operations of one object in the order in which they were written, up to `maxLength`. */
export const history = (maxLength = 7): fc.Arbitrary<Operation[]> =>
  fc.array(step, {minLength: 1, maxLength}).map(steps => {
    const written: Operation[] = [];
    for (const {device, saw, ...rest} of steps) {
      const seen = written.filter(
        (earlier, index) => earlier.deviceId === device || ((saw >> index) & 1) === 1,
      );
      const clock = incremented(joinClocks(...seen.map(one => one.clock)), device);
      written.push({opId: `op${written.length + 1}`, deviceId: device, clock, ...rest});
    }
    return written;
  });

/** Operations whose clocks follow no rule: reused counters, equal clocks, joins without an own increment. */
export const anyOperations = (maxLength = 7): fc.Arbitrary<Operation[]> =>
  fc
    .array(
      fc.record({
        deviceId: fc.constantFrom('A', 'B'),
        clock: fc.dictionary(fc.constantFrom('A', 'B', 'C'), fc.nat({max: 2})),
        payload,
        isTombstone: fc.boolean(),
        tags: fc.subarray(['red', 'green']),
      }),
      {minLength: 1, maxLength},
    )
    .map(list => list.map((one, index) => ({opId: `op${index + 1}`, ...one})));

/** A list and one of its orders. */
export const shuffled = <T>(items: fc.Arbitrary<T[]>): fc.Arbitrary<readonly [T[], T[]]> =>
  items.chain(list =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, {minLength: list.length, maxLength: list.length})),
  );
