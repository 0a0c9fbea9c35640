/** Carries out jobs in this process, one after another: with one worker, and where the code is not built. */
import type {Batch} from '../../sim/batch.ts';
import {holdGuard} from '../../sim/guard.ts';
import type {System} from '../../sim/system.ts';
import type {Answers, Executor, Job, JobOf, Reply} from './executor.ts';
import {perform} from './perform.ts';

/** What the one who waits is told, since nothing else runs meanwhile. */
export interface Onlooker {
  readonly wallClock: () => number;
  /** So many seeds of the batch are done, and the next one begins. */
  readonly onSeed: (batch: Batch, done: number) => void;
  /** A seed is done, or a run of an examination begins. */
  readonly onDone: () => void;
}

export class InProcess implements Executor {
  readonly width = 1;
  readonly apart = false;
  inFlight = 0;
  readonly #system: System;
  readonly #onlooker: Onlooker;
  readonly #release = holdGuard();
  #stopped = false;
  #hurried = false;

  constructor(system: System, onlooker: Onlooker) {
    this.#system = system;
    this.#onlooker = onlooker;
  }

  async ask<Kind extends keyof Answers>(asked: JobOf<Kind>): Promise<Reply<Kind>> {
    const {wallClock, onSeed, onDone} = this.#onlooker;
    const job: Job = asked;
    const answer = await perform(this.#system, job, {
      wallClock,
      at: done => {
        this.inFlight = done;
        if (job.kind === 'batch') onSeed(job.batch, done);
      },
      stopped: () => {
        this.inFlight += 1;
        onDone();
        return this.#stopped;
      },
      hurried: () => {
        onDone();
        return this.#hurried;
      },
    });
    this.inFlight = 0;
    return {kind: 'done', answer: answer as Answers[Kind]};
  }

  stop(): void {
    this.#stopped = true;
  }

  hurry(): void {
    this.#hurried = true;
  }

  close(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }
}
