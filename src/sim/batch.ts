/** Some seeds of a campaign, one after another: what a worker is given, and what it gives back. */
import type {CampaignSum, Mismatch} from './campaign.ts';
import {seedIndex, type Range, type Shard} from './positions.ts';
import type {Outcome} from './outcome.ts';
import {seedAt, Stream} from './random.ts';
import {run} from './run.ts';
import {emptySum, Summing, sumOfRerun, sumOfRun} from './sums.ts';
import type {System} from './system.ts';

/** Which seeds, and when to stop before the last of them. Plain data. */
export interface Batch {
  readonly seedBase: string;
  readonly variant: string;
  readonly shard: Shard;
  /** Positions within the shard. */
  readonly positions: Range;
  /** Run one seed in so many a second time and compare digests; 0 for never. */
  readonly rerunOneIn: number;
  /** Stop at so many different signatures, those that are known before included. */
  readonly maxFindings: number;
  readonly known: readonly string[];
}

/** What came of a batch: the sum of its first `done` positions. */
export interface BatchResult {
  readonly done: number;
  readonly sum: CampaignSum;
}

/** How the batch is watched. */
export interface BatchWatch {
  /** Wall clock in ms, to tell which seed was slow; never part of a verdict. */
  readonly wallClock: () => number;
  /** Called before each seed with how many are done. Returning true stops the batch there. */
  readonly onSeed: (done: number) => boolean;
  /** Called after each seed with the sum so far. Returning true stops the batch. */
  readonly onDone?: (sum: Summing) => boolean;
}

/** Runs the seeds of a batch in their order. What a run throws is thrown. */
export async function runBatch(system: System, batch: Batch, watch: BatchWatch): Promise<BatchResult> {
  const {seedBase, variant, shard, positions, rerunOneIn} = batch;
  const [from, to] = positions;
  const known = new Set(batch.known);
  const sum = new Summing();
  sum.add(emptySum(system));
  let done = 0;
  while (from + done < to && !watch.onSeed(done)) {
    const index = seedIndex(shard, from + done);
    const seed = seedAt(seedBase, index);
    const before = watch.wallClock();
    const outcome = await run(system, {seed, variant});
    sum.add(sumOfRun(outcome, index, watch.wallClock() - before));
    if (Stream.keyed(seed, 'rerun').oneIn(rerunOneIn)) {
      sum.add(sumOfRerun(await compareReruns(system, outcome)));
    }
    done += 1;
    if (outcome.violation !== null) known.add(outcome.violation.signature);
    if (watch.onDone?.(sum) === true || known.size >= batch.maxFindings) break;
  }
  return {done, sum: sum.result()};
}

/** Runs an outcome's plan again; null if the digest is the same. */
async function compareReruns(system: System, first: Outcome): Promise<Mismatch | null> {
  const second = await run(system, {plan: first.plan});
  if (second.digest === first.digest) return null;
  const traces = [
    (await run(system, {plan: first.plan, trace: true})).trace ?? [],
    (await run(system, {plan: first.plan, trace: true})).trace ?? [],
  ] as const;
  const line = traces[0].findIndex((text, index) => text !== traces[1][index]);
  const divergence = line < 0 ? null : {line, first: traces[0][line] ?? '', second: traces[1][line] ?? ''};
  return {seed: first.plan.seed, first: first.digest, second: second.digest, divergence};
}
