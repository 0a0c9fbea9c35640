/** The seven known ways in which rules of merging fail (spec 3.1): what each rule makes of them, in every order of arrival. */
import {describe, expect, test} from 'vitest';
import type {Operation} from '../../../../src/impl/journal/merge/operation.ts';
import {policies, type PolicyName} from '../../../../src/impl/journal/merge/policies.ts';
import {fold, op, permutations} from './histories.ts';

/** `order → what is shown, its clock`, for every order of arrival, in the order of the orders' names. */
function results(name: PolicyName, operations: readonly Operation[]): Record<string, string> {
  const policy = policies[name];
  return Object.fromEntries(
    permutations(operations).map(order => {
      const shown = policy.expose(fold(policy, order));
      const ids = order.map(({opId}) => opId).join(' ');
      return [ids, `${shown?.lastOpId} ${JSON.stringify(shown?.clock).replaceAll('"', '')}`];
    }),
  );
}

/** The same result in all orders. */
const always = (operations: readonly Operation[], result: string): Record<string, string> =>
  Object.fromEntries(permutations(operations).map(order => [order.map(({opId}) => opId).join(' '), result]));

describe('CE-1: an edit, its successor, and a concurrent write between the two by payload', () => {
  const operations = [op('a', {A: 1}, 'z'), op('b', {A: 2}, 'a'), op('c', {B: 1}, 'm')];

  test('the default shows the greater of the two that nothing supersedes', () => {
    expect(results('default', operations)).toEqual(always(operations, 'c {A:2,B:1}'));
  });

  test('winner-clock gives three answers', () => {
    expect(results('winner-clock', operations)).toEqual({
      'a b c': 'c {B:1}',
      'b a c': 'c {B:1}',
      'a c b': 'b {A:2}',
      'c a b': 'b {A:2}',
      'b c a': 'a {A:1}',
      'c b a': 'a {A:1}',
    });
  });

  test('join-clock gives two answers with one clock, and goes back to the first edit of a device', () => {
    expect(results('join-clock', operations)).toEqual({
      'a b c': 'c {A:2,B:1}',
      'b a c': 'c {A:2,B:1}',
      'a c b': 'a {A:2,B:1}',
      'c a b': 'a {A:2,B:1}',
      'b c a': 'c {A:2,B:1}',
      'c b a': 'c {A:2,B:1}',
    });
  });

  test('lamport-lww shows the one with the larger sum', () => {
    expect(results('lamport-lww', operations)).toEqual(always(operations, 'b {A:2,B:1}'));
  });
});

describe('CE-2: a delete, the re-creation that follows it, and a concurrent update', () => {
  const operations = [op('d', {A: 1}, null), op('r', {A: 2}, 'q'), op('u', {B: 1}, 's')];

  test('the default shows the update: the delete is superseded, so it beats nothing', () => {
    expect(results('default', operations)).toEqual(always(operations, 'u {A:2,B:1}'));
  });

  test('winner-clock shows any of the three', () => {
    expect(results('winner-clock', operations)).toEqual({
      'd r u': 'u {B:1}',
      'd u r': 'r {A:2}',
      'r d u': 'u {B:1}',
      'r u d': 'd {A:1}',
      'u d r': 'r {A:2}',
      'u r d': 'd {A:1}',
    });
  });

  test('join-clock swallows the re-creation when the update comes between', () => {
    expect(results('join-clock', operations)).toEqual({
      'd r u': 'u {A:2,B:1}',
      'd u r': 'd {A:2,B:1}',
      'r d u': 'u {A:2,B:1}',
      'r u d': 'u {A:2,B:1}',
      'u d r': 'd {A:2,B:1}',
      'u r d': 'u {A:2,B:1}',
    });
  });
});

describe('CE-3: members in another order', () => {
  const operations = [op('p', {A: 1}, {z: 1, a: 1}), op('q', {B: 1}, {m: 1})];

  test.each<[PolicyName, string]>([
    ['default', 'q {A:1,B:1}'],
    ['winner-clock', 'q {B:1}'],
    ['join-clock', 'q {A:1,B:1}'],
    ['lamport-lww', 'q {A:1,B:1}'],
  ])('%s compares canonical text, so both orders agree', (name, result) => {
    expect(results(name, operations)).toEqual(always(operations, result));
  });
});

describe('CE-4: equal payloads', () => {
  const same = [op('x', {A: 1}, 'same', ['red']), op('y', {B: 1}, 'same', ['blue'])];
  const noTags = [op('x', {A: 1}, 'same'), op('y', {B: 1}, 'same')];
  const deletes = [op('x', {A: 1}, null), op('y', {B: 1}, null)];

  test.each<[PolicyName, string, string]>([
    ['default', 'x {A:1,B:1}', 'y {A:1,B:1}'],
    ['winner-clock', 'x {A:1}', 'y {B:1}'],
    ['join-clock', 'x {A:1,B:1}', 'y {A:1,B:1}'],
    ['lamport-lww', 'x {A:1,B:1}', 'y {A:1,B:1}'],
  ])('%s goes on to the tags and then to the id', (name, byTags, byId) => {
    expect(results(name, same)).toEqual(always(same, byTags));
    expect(results(name, noTags)).toEqual(always(noTags, byId));
    expect(results(name, deletes)).toEqual(always(deletes, byId));
  });
});

describe('CE-5: one clock on two operations', () => {
  const operations = [op('x', {A: 1}, 'first'), op('y', {A: 1}, 'second')];

  test.each<PolicyName>(['default', 'winner-clock', 'join-clock', 'lamport-lww'])(
    '%s keeps the greater by key and says that there were two',
    name => {
      expect(results(name, operations)).toEqual(always(operations, 'y {A:1}'));
      const policy = policies[name];
      for (const order of permutations(operations)) {
        const [one, other] = order as [Operation, Operation];
        const {outcome, reason, conflicts} = policy.ingest(policy.ingest(policy.empty, one).state, other);
        expect(outcome).toBe(other.opId === 'y' ? 'conflict_won' : 'conflict_lost');
        expect(reason).toBe(other.opId === 'y' ? 'EQUAL_CLOCK' : 'SUPERSEDED_EQUAL_CLOCK');
        expect(conflicts).toEqual([
          {
            opIds: ['x', 'y'],
            winningOpId: 'y',
            losingOpId: 'x',
            winningClock: {A: 1},
            losingClock: {A: 1},
            reason: 'EQUAL_CLOCK',
          },
        ]);
      }
    },
  );
});

describe('CE-6: characters beyond 16 bits', () => {
  const operations = [op('x', {A: 1}, '\uff5e'), op('y', {B: 1}, '\u{1f600}')];

  test.each<[PolicyName, string]>([
    ['default', 'y {A:1,B:1}'],
    ['winner-clock', 'y {B:1}'],
    ['join-clock', 'y {A:1,B:1}'],
    ['lamport-lww', 'y {A:1,B:1}'],
  ])('%s orders them by code point', (name, result) => {
    expect('\uff5e' > '\u{1f600}').toBe(true);
    expect(results(name, operations)).toEqual(always(operations, result));
  });
});

describe('CE-7: the loser of a tie, once more', () => {
  const [a, c] = [op('a', {A: 1}, 'z'), op('c', {B: 1}, 'm')];

  test.each<[PolicyName, string[], number]>([
    ['default', ['applied', 'conflict_lost', 'duplicate'], 1],
    ['winner-clock', ['applied', 'conflict_lost', 'conflict_lost'], 2],
    ['join-clock', ['applied', 'conflict_lost', 'stale'], 1],
    ['lamport-lww', ['applied', 'conflict_lost', 'conflict_lost'], 2],
  ])('%s answers %j and tells %i conflicts', (name, outcomes, told) => {
    const policy = policies[name];
    let state = policy.empty;
    const met = [a, c, c].map(one => {
      const ingested = policy.ingest(state, one);
      state = ingested.state;
      return ingested;
    });
    expect(met.map(({outcome}) => outcome)).toEqual(outcomes);
    expect(met.flatMap(({conflicts}) => conflicts)).toHaveLength(told);
    expect(policy.expose(state)?.lastOpId).toBe('a');
  });
});
