/** Explains a violation: when it became inevitable, what it needs, what could have influenced it, and what nearly is not it. */
import {parseTrace} from '../events.ts';
import type {Explanation, KindNecessity, NearestPass, Necessity, PlanStep} from '../explanation.ts';
import {holdGuard} from '../guard.ts';
import {compareText} from '../json.ts';
import type {Outcome} from '../outcome.ts';
import type {Plan} from '../plan.ts';
import {run} from '../run.ts';
import {causalSlice} from '../slice.ts';
import {placesOf} from '../size.ts';
import type {System} from '../system.ts';
import {inevitability} from './curve.ts';
import {stepsOf, withoutStep} from './plan-steps.ts';

export interface ExplainOptions {
  readonly signature: string;
  /** How many futures are drawn for each point of the curve; 0 for no curve. */
  readonly futures: number;
  /** What is not examined after so many ms of `wallClock` is told as not examined. */
  readonly budgetMs: number;
  readonly wallClock: () => number;
}

/** `minimal`: a small plan that breaks the signature; `original`: the plan that it came from. */
export async function explain(
  system: System,
  minimal: Plan,
  original: Plan,
  options: ExplainOptions,
): Promise<Explanation> {
  const release = holdGuard();
  try {
    return await new Explainer(system, minimal, options).explain(original);
  } finally {
    release();
  }
}

class Explainer {
  readonly #system: System;
  readonly #minimal: Plan;
  readonly #options: ExplainOptions;
  readonly #startedAt: number;

  constructor(system: System, minimal: Plan, options: ExplainOptions) {
    this.#system = system;
    this.#minimal = minimal;
    this.#options = options;
    this.#startedAt = options.wallClock();
  }

  async explain(original: Plan): Promise<Explanation> {
    const {trace} = await this.#run(this.#minimal);
    const lines = trace ?? [];
    const {events} = parseTrace(lines);
    const steps = stepsOf(this.#minimal, events);
    const {necessary, nearest} = await this.#withoutEach(steps, lines);
    const kinds = await this.#kinds(original);
    const {futures, signature} = this.#options;
    const curve =
      futures === 0 ? [] : await inevitability(this.#system, this.#minimal, steps, signature, futures);
    return {
      curve,
      necessary,
      kinds,
      slice: causalSlice(events, placesOf(this.#system, this.#minimal)),
      nearest,
    };
  }

  #run(plan: Plan): Promise<Outcome> {
    return run(this.#system, {plan, trace: true});
  }

  #outOfTime(): boolean {
    return this.#options.wallClock() - this.#startedAt >= this.#options.budgetMs;
  }

  /** The minimal plan without one step at a time: is the violation still there, and if all is well, where do the traces part? */
  async #withoutEach(
    steps: readonly PlanStep[],
    failing: readonly string[],
  ): Promise<{necessary: Necessity[]; nearest: NearestPass | null}> {
    const necessary: Necessity[] = [];
    let nearest: NearestPass | null = null;
    for (const step of steps) {
      if (this.#outOfTime()) {
        necessary.push({step, necessary: null});
        continue;
      }
      const {violation, trace} = await this.#run(withoutStep(this.#minimal, step));
      necessary.push({step, necessary: violation?.signature !== this.#options.signature});
      if (violation !== null || trace === null) continue;
      const event = failing.findIndex((line, index) => line !== trace[index]);
      if (nearest === null || event > nearest.event) {
        nearest = {without: step, event, failing: failing[event] ?? null, passing: trace[event] ?? null};
      }
    }
    return {necessary, nearest};
  }

  /** The original plan without one kind of step at a time. */
  async #kinds(original: Plan): Promise<KindNecessity[]> {
    const kinds: KindNecessity[] = [];
    for (const {kind, count, rest} of kindsOf(original)) {
      if (this.#outOfTime()) {
        kinds.push({kind, count, necessary: null});
        continue;
      }
      const {violation} = await run(this.#system, {plan: rest});
      kinds.push({kind, count, necessary: violation?.signature !== this.#options.signature});
    }
    return kinds;
  }
}

/** Every kind of step that a plan has, as `fate lose-response`, with how many there are and the plan without them. */
function kindsOf(plan: Plan): {kind: string; count: number; rest: Plan}[] {
  const fates = Object.entries(plan.fates ?? {});
  const kindOfFate = (act: string | undefined): string => (act ?? 'delay').replace(/^tamper:.*$/, 'tamper');
  return [
    ...counted(plan.operations.map(({kind}) => kind)).map(([kind, count]) => ({
      kind: `operation ${kind}`,
      count,
      rest: {...plan, operations: plan.operations.filter(operation => operation.kind !== kind)},
    })),
    ...counted(plan.faults.map(({kind}) => kind)).map(([kind, count]) => ({
      kind: `fault ${kind}`,
      count,
      rest: {...plan, faults: plan.faults.filter(fault => fault.kind !== kind)},
    })),
    ...counted(fates.map(([, {act}]) => kindOfFate(act))).map(([kind, count]) => ({
      kind: `fate ${kind}`,
      count,
      rest: {...plan, fates: Object.fromEntries(fates.filter(([, {act}]) => kindOfFate(act) !== kind))},
    })),
  ];
}

function counted(kinds: readonly string[]): [kind: string, count: number][] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort((a, b) => compareText(a[0], b[0]));
}
