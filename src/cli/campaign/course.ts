/** The course of a campaign: which positions of its shard are done, which are being run, and which come next. */
import type {StoredShard} from '../../sim/campaign.ts';
import {firstGap, positionsOf, withoutRange, withRange, type Range, type Shard} from '../../sim/positions.ts';

/** Fewer seeds a message would be more talk than work. */
const LEAST = 25;
/** More would be too much to lose with a worker. */
const MOST = 100;
/** How long a batch should take. */
const BATCH_MS = 500;
/** The last batches are small, so that all workers come to their end together. */
const SHARES = 2;

export class Course {
  readonly #end: number;
  #done: readonly Range[];
  /** What is done, being run, or lost. */
  #taken: readonly Range[];
  /** What is done or lost. */
  #over: readonly Range[];
  #msASeed: number | null = null;

  /** `runs`: the campaign's seeds are 0 to `runs - 1`; undefined for no end. */
  constructor(shard: Shard, runs: number | undefined, done: StoredShard['done']) {
    this.#end = runs === undefined ? Number.MAX_SAFE_INTEGER : positionsOf(shard, runs);
    this.#done = done;
    this.#taken = done;
    this.#over = done;
  }

  get done(): readonly Range[] {
    return this.#done;
  }

  /** The first position that may still have something to tell: all before it are done, or lost. */
  get firstOpen(): number {
    return firstGap(this.#over)[0];
  }

  /** Whether every position is done, or lost. */
  get isComplete(): boolean {
    return firstGap(this.#taken)[0] >= this.#end;
  }

  /** Takes the next positions to run, for one of `workers`; null if nothing is left. */
  next(workers: number): Range | null {
    const [from, gapEnd] = firstGap(this.#taken);
    const to = Math.min(gapEnd, this.#end);
    if (from >= to) return null;
    const range: Range = [from, Math.min(to, from + this.#size(to - from, workers))];
    this.#taken = withRange(this.#taken, range);
    return range;
  }

  /** The first `count` of these positions are done, in so many ms; the rest is open again. */
  finish([from, to]: Range, count: number, ms: number): void {
    this.#taken = withoutRange(this.#taken, [from + count, to]);
    this.#done = withRange(this.#done, [from, from + count]);
    this.#over = withRange(this.#over, [from, from + count]);
    if (count > 0) this.#msASeed = ms / count;
  }

  /** These positions went down with their worker: nothing will be known of them. */
  lose(range: Range): void {
    this.#over = withRange(this.#over, range);
  }

  #size(left: number, workers: number): number {
    const fitting = this.#msASeed === null ? LEAST : Math.ceil(BATCH_MS / Math.max(this.#msASeed, 0.01));
    return Math.max(LEAST, Math.min(MOST, fitting, Math.ceil(left / (workers * SHARES))));
  }
}
