/** The tasks of the process that runs a mutant: seeds until one is a violation, shrinking, replaying. */
import {holdGuard} from '../../sim/guard.ts';
import type {Plan} from '../../sim/plan.ts';
import {seedAt} from '../../sim/random.ts';
import {run, type RunOptions} from '../../sim/run.ts';
import {shrink, type Shrunk} from '../../sim/shrink/shrink.ts';
import type {System} from '../../sim/system.ts';
import {loadSystem} from '../load-system.ts';
import type {Answer, CampaignTask, LoadTask, Minimal, Progress, ShrinkTask, Task} from './tasks.ts';

/** The real one: while a campaign is on, a guard stands before it. */
const later = setImmediate;

/** A system that is loaded, and what can be done with it. */
export class Work {
  readonly #system: System;

  private constructor(system: System) {
    this.#system = system;
  }

  static async load(given: string, cwd: string): Promise<Work> {
    return new Work((await loadSystem(given, cwd)).system);
  }

  perform(task: Exclude<Task, LoadTask>, say: (progress: Progress) => void): Promise<Answer> {
    switch (task.kind) {
      case 'campaign':
        return this.#campaign(task, say);
      case 'shrink':
        return this.#shrink(task, say);
      case 'replay':
        return this.#once({plan: task.plan});
      case 'seed':
        return this.#once({seed: task.seed, variant: task.variant});
    }
  }

  async #campaign(
    {seedBase, variant, seeds}: CampaignTask,
    say: (progress: Progress) => void,
  ): Promise<Answer> {
    const release = holdGuard();
    try {
      for (let index = 0; index < seeds; index += 1) {
        // said before the run, so that the seed is known if it never ends
        say({kind: 'at', index});
        const seed = seedAt(seedBase, index);
        const {violation} = await run(this.#system, {seed, variant});
        if (violation !== null) {
          const {claim, sentence, signature, message} = violation;
          return {kind: 'killed', kill: {seeds: index + 1, seed, claim, sentence, signature, message}};
        }
        // runs leave no room between them for hearing that the parent is gone
        await new Promise(resolve => later(resolve));
      }
    } finally {
      release();
    }
    return {kind: 'survived'};
  }

  async #shrink(task: ShrinkTask, say: (progress: Progress) => void): Promise<Answer> {
    const plan = await this.#explicit(task.seed, task.variant);
    const shrunk = await shrink(this.#system, plan, {
      signature: task.signature,
      budgetMs: task.budgetMs,
      wallClock: () => performance.now(),
      onSmaller: soFar => say({kind: 'smaller', minimal: minimalOf(soFar)}),
    });
    return {kind: 'minimal', minimal: minimalOf(shrunk)};
  }

  /** The plan of a seed with its fates by name; with its fates still drawn if naming them gives another run. */
  async #explicit(seed: string, variant: string): Promise<Plan> {
    const {plan, digest, fates} = await run(this.#system, {seed, variant});
    const explicit = {...plan, fates};
    return (await run(this.#system, {plan: explicit})).digest === digest ? explicit : plan;
  }

  async #once(options: RunOptions): Promise<Answer> {
    const {violation, digest} = await run(this.#system, options);
    return {kind: 'ran', signature: violation?.signature ?? null, digest};
  }
}

const minimalOf = ({plan, size, digest, violation, complete}: Shrunk): Minimal => ({
  plan,
  size,
  digest,
  message: violation.message,
  complete,
});
