/** The shrinker: from a plan that breaks a claim to a small one that breaks it in the same way; what is refused once is not tried again. */
import {assert, UsageError} from '../assert.ts';
import type {PlanSize} from '../explanation.ts';
import {holdGuard} from '../guard.ts';
import {canonicalJson} from '../json.ts';
import {hash64} from '../digest.ts';
import type {Outcome, Violation} from '../outcome.ts';
import {SIM_CLAIMS} from '../core.ts';
import type {Plan} from '../plan.ts';
import {run} from '../run.ts';
import {sizeOf} from '../size.ts';
import type {StepsInSlice} from '../slice.ts';
import type {System} from '../system.ts';
import {START, type Pass, type Position} from './pass.ts';
import {past, stepsInPast} from './past.ts';
import * as steps from './steps.ts';
import * as values from './values.ts';

/** Where shrinking stands, as plain data: given back, it goes on from there as if it had never stopped. */
export interface ShrinkState {
  /** The pass at work, its position, and whether this round of passes has made anything smaller. */
  readonly pass: number;
  readonly position: Position;
  readonly changed: boolean;
  /** Whether this round lets every run go on to its end. */
  readonly thorough: boolean;
  /** Runs so far. */
  readonly runs: number;
}

export interface ShrinkOptions {
  /** What has to stay: `claim/stage/code/role`. */
  readonly signature: string;
  /** Stop after so many ms of `wallClock`; what was reached by then is the result. */
  readonly budgetMs: number;
  readonly wallClock: () => number;
  /** Goes on from here; the plan must be the one that came with it. */
  readonly from?: ShrinkState;
  /** Called whenever the plan became smaller. */
  readonly onSmaller?: (soFar: Shrunk) => void;
}

export interface Shrunk {
  readonly plan: Plan;
  readonly size: PlanSize;
  readonly digest: string;
  readonly violation: Violation;
  /** True: every pass was tried on this very plan and none of them, single steps included, could take anything away. */
  readonly complete: boolean;
  readonly runs: number;
  readonly state: ShrinkState;
}

/**
 * Makes a plan small. The same plan and options give the same result, unless the budget ends it sooner.
 * Throws {@link UsageError} if the plan does not break that signature to begin with.
 */
export async function shrink(system: System, plan: Plan, options: ShrinkOptions): Promise<Shrunk> {
  const release = holdGuard();
  try {
    return await new Shrinker(system, options).shrink(plan);
  } finally {
    release();
  }
}

/** Which part more than the best run another may take, and how many happenings it may take in any case. */
const LENIENCE = 4;
const LEAST_HAPPENINGS = 1_000;

class Shrinker {
  readonly #system: System;
  readonly #options: ShrinkOptions;
  readonly #passes: readonly Pass[];
  readonly #refused = new Set<string>();
  readonly #cutShort = new Set<string>();
  readonly #startedAt: number;
  #runs: number;
  #best: Outcome | null = null;
  #inPast: StepsInSlice = {operations: new Set(), faults: new Set(), fates: new Set()};

  constructor(system: System, options: ShrinkOptions) {
    this.#system = system;
    this.#options = options;
    this.#startedAt = options.wallClock();
    this.#runs = options.from?.runs ?? 0;
    this.#passes = passesFor(
      system,
      () => this.#violating(),
      () => this.#inPast,
    );
  }

  async shrink(given: Plan): Promise<Shrunk> {
    await this.#begin(given);
    const fresh = {pass: 0, position: START, changed: false, thorough: false};
    let {pass, position, changed, thorough} = this.#options.from ?? fresh;
    let complete = false;
    while (!this.#outOfTime()) {
      const trial = this.#passes[pass]?.at(this.#violating().plan, position) ?? null;
      if (trial === null) {
        pass += 1;
        position = START;
        if (pass < this.#passes.length) continue;
        complete = thorough && !changed;
        if (complete) break;
        [pass, changed, thorough] = [0, false, thorough || !changed];
        continue;
      }
      const smaller = await this.#firstViolating(trial.candidates, thorough);
      position = smaller ? trial.taken : trial.refused;
      changed ||= smaller;
      if (smaller) this.#options.onSmaller?.(this.#result(false, {pass, position, changed, thorough}));
    }
    return this.#result(complete, {pass, position, changed, thorough});
  }

  /** The plan with its fates by name where that gives the same run: only named fates can be taken away one by one. */
  async #begin(given: Plan): Promise<void> {
    const first = await this.#run(given, {trace: true});
    if (first.violation?.signature !== this.#options.signature) {
      const now = first.violation === null ? 'nothing' : first.violation.signature;
      throw new UsageError(`the plan breaks ${now}, not ${this.#options.signature}`);
    }
    this.#best = first;
    if (given.fates === null) await this.#firstViolating([{...given, fates: first.fates}], true);
    const {plan} = (this.#best = withoutUnmet(this.#violating()));
    // what it is called in the plan as it is now is what it was called in the run that was traced
    this.#inPast = stepsInPast(this.#system, {...first, plan});
  }

  #violating(): Outcome {
    assert(this.#best !== null, 'shrinking begins with a plan that violates');
    return this.#best;
  }

  async #firstViolating(candidates: readonly Plan[], thorough: boolean): Promise<boolean> {
    for (const plan of candidates) {
      const name = nameOf(plan);
      const refused = this.#refused.has(name) || (!thorough && this.#cutShort.has(name));
      if (refused || name === nameOf(this.#violating().plan)) continue;
      const within = thorough ? Number.MAX_SAFE_INTEGER : this.#longEnough();
      const outcome = await this.#run(plan, {within});
      if (outcome.violation?.signature === this.#options.signature) {
        this.#best = withoutUnmet(outcome);
        return true;
      }
      (outcome.happenings < within ? this.#refused : this.#cutShort).add(name);
    }
    return false;
  }

  /**
   * A smaller plan mostly fails sooner, and one that does not fail goes on and on. So whoever takes far longer than the best
   * is given up, until nothing else makes the plan smaller; then those, too, are let run to their end.
   */
  #longEnough(): number {
    const {violation} = this.#violating();
    if (violation === null || violation.claim === SIM_CLAIMS.budget.id) return Number.MAX_SAFE_INTEGER;
    return violation.happening + Math.trunc(violation.happening / LENIENCE) + LEAST_HAPPENINGS;
  }

  async #run(plan: Plan, how: {readonly trace?: boolean; readonly within?: number}): Promise<Outcome> {
    this.#runs += 1;
    return run(this.#system, {plan, owners: true, ...how});
  }

  #outOfTime(): boolean {
    return this.#options.wallClock() - this.#startedAt >= this.#options.budgetMs;
  }

  #result(complete: boolean, state: Omit<ShrinkState, 'runs'>): Shrunk {
    const {plan, digest, violation} = this.#violating();
    assert(violation !== null, 'what is kept violates');
    return {
      plan,
      size: sizeOf(this.#system, plan),
      digest,
      violation,
      complete,
      runs: this.#runs,
      state: {...state, runs: this.#runs},
    };
  }
}

/** Fates that no message met before the violation are not part of what happened: without them the run is the same. */
function withoutUnmet(outcome: Outcome): Outcome {
  const {plan, fates} = outcome;
  return plan.fates === null ? outcome : {...outcome, plan: {...plan, fates}};
}

const nameOf = (plan: Plan): string => hash64('plan', canonicalJson(plan)).join();

const passesFor = (system: System, violating: () => Outcome, inPast: () => StepsInSlice): readonly Pass[] => [
  past(violating, inPast),
  values.longLists,
  steps.kinds,
  steps.faults,
  steps.fates,
  steps.operations(violating),
  values.worlds(system),
  values.shorterStorm(0),
  values.targets(system),
  values.calmer,
  values.milder,
  values.plainer,
  values.times,
];
