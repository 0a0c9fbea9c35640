/** Tries many mutants, so many at a time, each in processes of its own. */
import type {AtWork} from '../../report/mutant-lines.ts';
import type {Planted} from './patch.ts';
import {Trial, type TrialOptions, type Tried} from './trial.ts';

/** Told while the crew is at work. */
export interface Onlooker {
  /** Something moved: what is at work now, in the order in which it began. */
  readonly moved: (atWork: readonly AtWork[]) => void;
  /** A mutant is done, after so long of wall time. */
  readonly done: (tried: Tried, elapsedMs: number) => void;
}

export class Crew {
  readonly #options: TrialOptions;
  readonly #onlooker: Onlooker;
  readonly #queue: Planted[];
  readonly #trials = new Map<Trial, AtWork>();
  #stopped = false;

  constructor(planted: readonly Planted[], options: TrialOptions, onlooker: Onlooker) {
    this.#queue = [...planted];
    this.#options = options;
    this.#onlooker = onlooker;
  }

  /** Resolves when all are done, or none of those at work is going on. */
  async work(workers: number): Promise<void> {
    const hands = Array.from({length: Math.min(workers, this.#queue.length)}, () => this.#workOn());
    try {
      await Promise.all(hands);
    } finally {
      this.stop();
      await Promise.allSettled(hands);
    }
  }

  /** What is at work is given up, and nothing else is begun. */
  stop(): void {
    this.#stopped = true;
    for (const trial of this.#trials.keys()) trial.stop();
  }

  async #workOn(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#try(next);
  }

  #next(): Planted | undefined {
    return this.#stopped ? undefined : this.#queue.shift();
  }

  async #try(planted: Planted): Promise<void> {
    const {wallClock} = this.#options;
    const {id} = planted.mutant;
    const startedAt = wallClock();
    const trial = new Trial(planted, this.#options, (campaign, seeds) => {
      this.#trials.set(trial, {id, campaign, seeds});
      this.#onlooker.moved([...this.#trials.values()]);
    });
    this.#trials.set(trial, {id, campaign: 0, seeds: 0});
    try {
      const tried = await trial.outcome();
      if (tried !== null) this.#onlooker.done(tried, wallClock() - startedAt);
    } finally {
      this.#trials.delete(trial);
    }
  }
}
