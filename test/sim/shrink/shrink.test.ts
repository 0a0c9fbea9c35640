/** Shrinking: small, minimal by trial, the same every time, and able to stop and go on. */
import {beforeAll, describe, expect, it} from 'vitest';
import {run, seedAt, UsageError, type Outcome, type Plan, type System} from '../../../src/index.ts';
import {shrink, type Shrunk} from '../../../src/sim/shrink/shrink.ts';
import {sizeOf} from '../../../src/sim/size.ts';
import {counterSystem} from '../toys/counter.ts';

const doubling = counterSystem({server: 'doubling'}) as unknown as System;
const lossy = counterSystem({server: 'lossy'}) as unknown as System;
const FOR_EVER = {budgetMs: Number.MAX_SAFE_INTEGER, wallClock: () => 0};

/** The first run of a system, over its seeds, whose plan is of some size and breaks a claim in that way. */
async function firstFailing(
  system: System,
  signature: string,
): Promise<Outcome & {violation: NonNullable<Outcome['violation']>}> {
  for (let index = 0; ; index += 1) {
    const outcome = await run(system, {seed: seedAt('shrink', index)});
    const {violation, plan} = outcome;
    if (violation?.signature === signature && plan.operations.length >= 8) return {...outcome, violation};
  }
}

/** The plan without each of its steps in turn. */
function withoutOne(plan: Plan): Plan[] {
  return [
    ...plan.operations.map(gone => ({...plan, operations: plan.operations.filter(step => step !== gone)})),
    ...plan.faults.map(gone => ({...plan, faults: plan.faults.filter(step => step !== gone)})),
    ...Object.keys(plan.fates ?? {}).map(gone => ({
      ...plan,
      fates: Object.fromEntries(Object.entries(plan.fates ?? {}).filter(([key]) => key !== gone)),
    })),
  ];
}

describe.each([
  ['an answer that was lost', doubling, 'COUNT-1/-/doubled/server', 2],
  ['two statements that should be one', lossy, 'COUNT-1/-/lost/server', 3],
] as const)('shrinking %s', (_, system, signature, most) => {
  let found: Outcome;
  let small: Shrunk;

  beforeAll(async () => {
    found = await firstFailing(system, signature);
    small = await shrink(system, found.plan, {signature, ...FOR_EVER});
  });

  it('leaves a plan of a few steps that fails in the same way', async () => {
    expect(small.size.steps).toBeLessThanOrEqual(most);
    expect(small.size).toEqual(sizeOf(system, small.plan));
    const again = await run(system, {plan: small.plan});
    expect(again.violation).toEqual(small.violation);
    expect(again.digest).toBe(small.digest);
    expect(again.violation?.signature).toBe(signature);
  });

  it('says that it is locally minimal only where it is: without any step it fails no more, or otherwise', async () => {
    expect(small.complete).toBe(true);
    const others = withoutOne(small.plan);
    expect(others).toHaveLength(small.size.steps);
    for (const plan of others) expect((await run(system, {plan})).violation?.signature).not.toBe(signature);
  });

  it('gives the same plan for the same plan', async () => {
    const again = await shrink(system, found.plan, {signature, ...FOR_EVER});
    expect(again).toEqual(small);
  });

  it('can be stopped after any run and goes on to the same end', async () => {
    let stops = 0;
    let part: Shrunk | null = null;
    while (part?.complete !== true) {
      let now = 0;
      const from: Shrunk | null = part;
      part = await shrink(system, from?.plan ?? found.plan, {
        signature,
        budgetMs: 3,
        wallClock: () => now++,
        ...(from === null ? {} : {from: from.state}),
      });
      stops += 1;
    }
    expect(stops).toBeGreaterThan(3);
    expect(part.plan).toEqual(small.plan);
    expect(part.digest).toBe(small.digest);
  });

  it('leaves a plan that stays as small when it is shrunk again', async () => {
    const again = await shrink(system, small.plan, {signature, ...FOR_EVER});
    expect(again.plan).toEqual(small.plan);
  });
});

describe('a budget', () => {
  it('ends shrinking with what was reached, told as not minimal', async () => {
    const signature = 'COUNT-1/-/doubled/server';
    const found = await firstFailing(doubling, signature);
    const none = await shrink(doubling, found.plan, {signature, budgetMs: 0, wallClock: () => 0});
    expect(none.complete).toBe(false);
    expect(none.plan.operations).toEqual(found.plan.operations);
    expect(none.violation).toEqual(found.violation);
  });
});

it('refuses a plan that does not fail so to begin with', async () => {
  const found = await firstFailing(doubling, 'COUNT-1/-/doubled/server');
  await expect(
    shrink(doubling, found.plan, {signature: 'COUNT-1/-/lost/server', ...FOR_EVER}),
  ).rejects.toThrow(new UsageError('the plan breaks COUNT-1/-/doubled/server, not COUNT-1/-/lost/server'));
});
