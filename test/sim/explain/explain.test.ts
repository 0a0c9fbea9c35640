/** Explaining: the curve, what is necessary, what could have influenced it, and the nearest plan that passes. */
import {beforeAll, describe, expect, it} from 'vitest';
import {run, seedAt, type Outcome, type Plan, type System} from '../../../src/index.ts';
import {drawAnew} from '../../../src/sim/draw.ts';
import {explain} from '../../../src/sim/explain/explain.ts';
import type {Explanation} from '../../../src/sim/explanation.ts';
import {shrink} from '../../../src/sim/shrink/shrink.ts';
import {counterSystem} from '../toys/counter.ts';

const doubling = counterSystem({server: 'doubling'}) as unknown as System;
const SIGNATURE = 'COUNT-1/-/doubled/server';
const FOR_EVER = {budgetMs: Number.MAX_SAFE_INTEGER, wallClock: () => 0};
const FUTURES = 12;

let original: Plan;
let minimal: Plan;
let told: Explanation;
let failing: Outcome;

beforeAll(async () => {
  for (let index = 0; ; index += 1) {
    const {plan, violation, fates} = await run(doubling, {seed: seedAt('explain', index)});
    if (violation?.signature !== SIGNATURE || Object.keys(plan.weather).length < 4) continue;
    original = {...plan, fates};
    break;
  }
  minimal = (await shrink(doubling, original, {signature: SIGNATURE, ...FOR_EVER})).plan;
  failing = await run(doubling, {plan: minimal, trace: true});
  told = await explain(doubling, minimal, original, {signature: SIGNATURE, futures: FUTURES, ...FOR_EVER});
});

describe('the curve', () => {
  it('has a point for no step and one for each moment, with as many futures as it was told', () => {
    expect(told.curve[0]).toMatchObject({fixed: 0, step: null, runs: FUTURES});
    expect(told.curve.map(({fixed}) => fixed)).toEqual([0, 1, 2]);
    expect(told.curve.every(({runs, hits}) => runs === FUTURES && hits >= 0 && hits <= runs)).toBe(true);
  });

  it('says what really becomes of those futures', async () => {
    for (const {fixed, hits} of told.curve) {
      const untilMs = fixed === 0 ? -1 : (told.curve[fixed]?.step?.atMs ?? -1);
      const ends = [];
      for (let future = 0; future < FUTURES; future += 1) {
        const plan = drawAnew(doubling, minimal, untilMs, seedAt(minimal.seed, future));
        ends.push((await run(doubling, {plan})).violation?.signature);
      }
      expect(ends.filter(end => end === SIGNATURE)).toHaveLength(hits);
    }
  });

  it('reaches certainty: an answer that was lost is added again whatever comes after', () => {
    expect(told.curve.at(-1)?.hits).toBe(FUTURES);
    expect(told.curve[0]?.hits).toBeLessThan(FUTURES);
  });

  it('is not drawn where no futures are wanted', async () => {
    const {curve} = await explain(doubling, minimal, original, {
      signature: SIGNATURE,
      futures: 0,
      ...FOR_EVER,
    });
    expect(curve).toEqual([]);
  });
});

describe('another future', () => {
  it('has the past of the plan: the same trace up to that moment', async () => {
    const untilMs = told.curve[1]?.step?.atMs ?? 0;
    const anew = await run(doubling, {
      plan: drawAnew(doubling, minimal, untilMs, seedAt('any', 1)),
      trace: true,
    });
    const past = (lines: Outcome['trace']): string[] =>
      (lines ?? []).slice(1, -1).filter(line => (JSON.parse(line) as {t: number}).t <= untilMs);
    expect(past(anew.trace)).toEqual(past(failing.trace));
    expect(past(anew.trace).length).toBeGreaterThan(2);
    expect(anew.digest).not.toBe(failing.digest);
  });

  it('is another for another seed, and the same for the same', async () => {
    const digestOf = async (seed: string): Promise<string> =>
      (await run(doubling, {plan: drawAnew(doubling, minimal, 0, seed)})).digest;
    const [first, again, other] = [
      await digestOf(seedAt('any', 1)),
      await digestOf(seedAt('any', 1)),
      await digestOf(seedAt('any', 2)),
    ];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('what is necessary', () => {
  it('is every step of a minimal plan', () => {
    expect(told.necessary.map(({step, necessary}) => [step.kind, necessary])).toEqual([
      ['operation', true],
      ['fate', true],
    ]);
  });

  it('tells of each kind in the plan as it was found whether the violation goes away without it', async () => {
    expect(told.kinds.length).toBeGreaterThan(2);
    for (const {kind, necessary} of told.kinds) {
      const [what, name] = kind.split(' ');
      const rest: Plan = {
        ...original,
        operations: original.operations.filter(step => what !== 'operation' || step.kind !== name),
        faults: original.faults.filter(step => what !== 'fault' || step.kind !== name),
        fates: Object.fromEntries(
          Object.entries(original.fates ?? {}).filter(([, {act}]) => what !== 'fate' || act !== name),
        ),
      };
      const still = (await run(doubling, {plan: rest})).violation?.signature === SIGNATURE;
      expect([kind, necessary]).toEqual([kind, !still]);
    }
    expect(told.kinds.find(({kind}) => kind === 'operation add')?.necessary).toBe(true);
  });

  it('is told as not examined where the time was up', async () => {
    const none = await explain(doubling, minimal, original, {
      signature: SIGNATURE,
      futures: 0,
      budgetMs: 0,
      wallClock: () => 0,
    });
    expect(none.necessary.every(({necessary}) => necessary === null)).toBe(true);
    expect(none.kinds.every(({necessary}) => necessary === null)).toBe(true);
    expect(none.nearest).toBeNull();
  });
});

describe('the nearest plan that passes', () => {
  it('differs from this one by one step, and its trace parts from this one where it says', async () => {
    const {nearest} = told;
    expect(nearest?.without.kind).toBe('fate');
    const passing = await run(doubling, {plan: {...minimal, fates: {}}, trace: true});
    expect(passing.violation).toBeNull();
    const event = nearest?.event ?? 0;
    expect(failing.trace?.slice(1, event)).toEqual(passing.trace?.slice(1, event));
    expect(failing.trace?.[event]).toBe(nearest?.failing);
    expect(passing.trace?.[event]).toBe(nearest?.passing);
    expect(nearest?.failing).not.toBe(nearest?.passing);
  });
});

it('gives the events that could have influenced it, the violation last', () => {
  const lines = failing.trace ?? [];
  const last = told.slice.at(-1) ?? 0;
  expect(JSON.parse(lines[last] ?? '')).toMatchObject({k: 'violation', signature: SIGNATURE});
  expect(told.slice).toEqual([...new Set(told.slice)].sort((a, b) => a - b));
});
