/** The rules that somebody wrote down, inside the whole system: a plan of three steps convicts each, and acquits the default. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {journal} from '../../../scenarios/journal/system.ts';
import {checkPlan, run, type Plan} from '../../../src/index.ts';

const CORPUS = join(import.meta.dirname, '../../../scenarios/journal/corpus');

/** A plan of the corpus under another rule of merging. */
function planUnder(name: string, variant: string): Plan {
  const {plan} = JSON.parse(readFileSync(join(CORPUS, `${name}.json`), 'utf8')) as {plan: unknown};
  const stored = checkPlan(plan, name);
  return {...stored, variant, world: {...stored.world, policy: variant}};
}

test.each([
  ['join-clock', 'ce-1-first-edit-comes-back', 'JOURNAL-S1'],
  ['join-clock', 'ce-2-zombie-tombstone', 'JOURNAL-S2'],
  ['winner-clock', 'ce-1-first-edit-comes-back', 'JOURNAL-S6'],
  ['lamport-lww', 'delete-loses-to-the-busier-device', 'JOURNAL-S3'],
])('%s is convicted by %s: %s', async (variant, name, claim) => {
  const plan = planUnder(name, variant);
  expect(plan.operations).toHaveLength(3);
  expect([plan.faults, plan.fates]).toEqual([[], {}]);
  const {violation} = await run(journal, {plan});
  expect(violation?.claim).toBe(claim);
  expect((await run(journal, {plan: planUnder(name, 'default')})).violation).toBeNull();
});
