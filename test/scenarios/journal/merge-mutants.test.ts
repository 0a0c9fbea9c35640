/** The bugs that are known of merge engines, planted one at a time: exploring, or a handful of examples, finds each of them. */
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {readMutants, type Mutant} from '../../../src/cli/mutants/mutant.ts';
import type {Operation} from '../../../src/impl/journal/merge/operation.ts';
import type * as Policies from '../../../src/impl/journal/merge/policies.ts';
import {concurrentPairs, maximalOf, shownOf} from '../../../src/model/journal/merge-oracle.ts';
import {explore} from '../../../src/sim/explore/explore.ts';
import type * as Scope from '../../../scenarios/journal/small-scope.ts';
import {op, permutations} from '../../impl/journal/merge/histories.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ENGINE = 'src/impl/journal/merge';
/** What the small scope is made of. */
const PARTS = [
  ENGINE,
  'src/model/journal/merge-oracle.ts',
  'src/sim/json.ts',
  'src/sim/assert.ts',
  'scenarios/journal/small-scope.ts',
];
const box = mkdtempSync(join(tmpdir(), 'merge-mutants-'));
afterAll(() => rmSync(box, {recursive: true}));

const mutants = readMutants(join(ROOT, 'scenarios/journal/mutants'), 'mutants', {named: true})
  .map(({mutant}) => mutant)
  .filter(({id}) => id.startsWith('merge-'));

/** What writes of users can look like that exploring leaves out. */
const EXAMPLES: readonly (readonly Operation[])[] = [
  [op('p', {A: 1}, {z: 1, a: 1}), op('q', {B: 1}, {m: 1})],
  [op('x', {A: 1}, '\uff5e'), op('y', {B: 1}, '\u{1f600}')],
  [op('x', {A: 1}, 'first'), op('y', {A: 1}, 'second')],
  [op('a', {A: 1}, 'z'), op('b', {B: 1}, 'm'), op('c', {C: 1}, 'p'), op('d', {A: 2, C: 1}, null)],
  [op('a', {A: 1}, null), op('b', {B: 1}, null), op('c', {C: 1}, 'p')],
];

/** The project with one bug in its engine. */
async function planted({id, file, find, replace}: Mutant) {
  const folder = join(box, id);
  for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), {recursive: true});
  const source = readFileSync(join(ROOT, file), 'utf8');
  expect(source.split(find), `${id} has its place exactly once`).toHaveLength(2);
  writeFileSync(
    join(folder, file),
    source.replace(find, () => replace),
  );
  return {
    policies: (await import(join(folder, ENGINE, 'policies.ts'))) as typeof Policies,
    scope: (await import(join(folder, 'scenarios/journal/small-scope.ts'))) as typeof Scope,
  };
}

/** What is wrong with what is shown, after being stored, or with the conflicts that were told; by what the oracle says. */
function wrongIn({policies}: typeof Policies, order: readonly Operation[]): string | null {
  const policy = policies.default;
  let state = policy.empty;
  for (const [index, one] of order.entries()) {
    const [before, arrived] = [order.slice(0, index), order.slice(0, index + 1)];
    const {state: next, conflicts} = policy.ingest(state, one);
    state = policy.decode(policy.encode(next));
    if (JSON.stringify(policy.expose(state)) !== JSON.stringify(shownOf(arrived))) return 'shown';
    const told = conflicts.map(({opIds, winningOpId, losingOpId, winningClock, losingClock, reason}) =>
      JSON.stringify([...opIds, winningOpId, losingOpId, winningClock, losingClock, reason]),
    );
    if (told.sort(byText).join() !== conflictsOf(before, one).sort(byText).join()) return 'told';
  }
  return null;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The conflicts to be told: with each operation left that knew no more of it than it of that; of one clock just those two. */
function conflictsOf(before: readonly Operation[], one: Operation): string[] {
  const left = maximalOf(before) as Operation[];
  const isKept = maximalOf([...before, one]).some(({opId}) => opId === one.opId);
  const twins = left.filter(({clock}) => JSON.stringify(clock) === JSON.stringify(one.clock));
  return (isKept ? left : twins)
    .filter(other => concurrentPairs([other, one]).length > 0)
    .map(other => {
      const [winner, loser] = shownOf([other, one])?.lastOpId === one.opId ? [one, other] : [other, one];
      const reason = twins.includes(other)
        ? 'EQUAL_CLOCK'
        : winner.isTombstone !== loser.isTombstone
          ? 'DELETE_VS_UPDATE'
          : winner.isTombstone
            ? 'CONCURRENT_DELETE'
            : 'CONCURRENT_UPDATE';
      const ids = [winner.opId, loser.opId].sort(byText);
      return JSON.stringify([...ids, winner.opId, loser.opId, winner.clock, loser.clock, reason]);
    });
}

/** The first way in which an engine is found to be wrong. */
function findingOf(engine: {policies: typeof Policies; scope: typeof Scope}): string | null {
  const {broken} = explore(engine.scope.smallScope('default'), {devices: 2, operations: 3});
  if (broken[0] !== undefined) return `explored: ${broken.map(({law}) => law.id).join(' ')}`;
  for (const example of EXAMPLES) {
    for (const order of permutations(example)) {
      const wrong = wrongIn(engine.policies, order);
      if (wrong !== null) return `${wrong}: ${order.map(({opId}) => opId).join(' ')}`;
    }
  }
  return null;
}

test('the engine itself is found right', async () => {
  const engine = {
    policies: await import('../../../src/impl/journal/merge/policies.ts'),
    scope: await import('../../../scenarios/journal/small-scope.ts'),
  };
  expect(findingOf(engine)).toBeNull();
});

describe('a planted bug is found', () => {
  test('there are some', () => {
    expect(mutants.length).toBeGreaterThan(20);
  });

  test.each(mutants.map(mutant => [mutant.id, mutant] as const))('%s', async (_, mutant) => {
    expect(findingOf(await planted(mutant))).not.toBeNull();
  });
});
