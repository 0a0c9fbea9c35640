/** Carries out jobs in worker threads, one a thread; a thread that dies or hangs is replaced. */
import type {Answers, Executor, JobOf, Reply} from './executor.ts';
import {Signs} from './slot.ts';
import {Thread, type ThreadOptions} from './thread.ts';

/** How often it looks whether a worker gets on, in ms; how often within the time that a worker has, at least. */
const CHECK_MS = 1_000;
const CHECKS_A_STALL = 8;
/** How often who asked for jobs is told that time goes by, in ms. */
const TICK_MS = 50;

export interface PoolOptions extends Omit<ThreadOptions, 'signs'> {
  readonly width: number;
  /** A worker that finishes no seed for so long is given up. */
  readonly stallMs: number;
  /** Called again and again until it is closed. */
  readonly onTick: () => void;
}

export class Pool implements Executor {
  readonly width: number;
  readonly apart = true;
  readonly #options: PoolOptions;
  readonly #signs = new Signs();
  readonly #checking: NodeJS.Timeout;
  readonly #ticking: NodeJS.Timeout;
  #threads: Thread[] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
    this.width = options.width;
    const {stallMs, onTick} = options;
    this.#ticking = setInterval(onTick, TICK_MS);
    this.#checking = setInterval(
      () => {
        for (const thread of this.#threads) thread.check(stallMs);
      },
      Math.max(1, Math.min(CHECK_MS, stallMs / CHECKS_A_STALL)),
    );
  }

  get inFlight(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.inFlight, 0);
  }

  /** At most {@link width} jobs at a time: who has more waits for one to end. */
  async ask<Kind extends keyof Answers>(job: JobOf<Kind>): Promise<Reply<Kind>> {
    this.#threads = this.#threads.filter(thread => !thread.isOver);
    let thread = this.#threads.find(({isFree}) => isFree);
    if (thread === undefined) {
      thread = new Thread({...this.#options, signs: this.#signs});
      this.#threads.push(thread);
    }
    return (await thread.ask(job)) as Reply<Kind>;
  }

  stop(): void {
    this.#signs.stop();
  }

  hurry(): void {
    this.#signs.hurry();
  }

  async close(): Promise<void> {
    clearInterval(this.#checking);
    clearInterval(this.#ticking);
    await Promise.all(this.#threads.map(thread => thread.end()));
    this.#threads = [];
  }
}
