/** The rollout under traffic in fixed seeds: nothing is violated, every run is repeatable, and they reach what they must. */
import {expect, test} from 'vitest';
import {flattening} from '../../../../scenarios/vfs/flattening/system.ts';
import {GUARD_MESSAGES} from '../../../../scenarios/vfs/flattening/guard-messages.ts';
import {run, seedAt} from '../../../../src/index.ts';
import {GUARDS} from '../../../impl/vfs/migration/guards.ts';

const SEEDS = 24;
const BASE = '0x00000000f1a77e27';

test(`${SEEDS} rollouts hold all claims, and take every step under traffic`, async () => {
  const reached = new Set<string>();
  for (let index = 0; index < SEEDS; index += 1) {
    const outcome = await run(flattening, {seed: seedAt(BASE, index)});
    expect(outcome.violation, outcome.plan.seed).toBe(null);
    for (const mark of Object.keys(outcome.probes)) reached.add(mark);
  }
  for (const mark of ['step:24', 'step:25', 'step:26', 'step:27', 'verified', 'rollback:marked'])
    expect(reached.has(mark), mark).toBe(true);
});

test('a seed gives the same digest again', async () => {
  const seed = seedAt(BASE, 1);
  expect((await run(flattening, {seed})).digest).toBe((await run(flattening, {seed})).digest);
});

test('every guard of the chain is a goal', () => {
  const messages = [...new Set(GUARDS.map(({message}) => message))];
  const inOrder = (texts: readonly string[]): string[] => texts.toSorted((a, b) => (a < b ? -1 : 1));
  expect(inOrder(GUARD_MESSAGES)).toEqual(inOrder(messages));
  for (const message of messages) expect(flattening.goals).toContain(`guard:${message}`);
});
