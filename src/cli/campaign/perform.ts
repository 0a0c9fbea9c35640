/** Carries out one job, wherever it was sent: in this process or in a worker thread. */
import {runBatch} from '../../sim/batch.ts';
import {drawPlan} from '../../sim/draw.ts';
import {examine} from '../../sim/examine.ts';
import {runInjection, type Injected} from '../../sim/sweep.ts';
import {plainly} from '../../sim/sums.ts';
import type {System} from '../../sim/system.ts';
import type {Answers, Job, JobOf} from './executor.ts';

/** A batch comes back when its time is up, so that what it found is known soon also where runs are slow. */
const BATCH_MS = 5_000;
const A_DAY_MS = 86_400_000;

/** How a job shows that it is getting on, and learns that it should end. */
export interface Pulse {
  readonly wallClock: () => number;
  /** So many seeds of the batch are done, and the next one begins. */
  readonly at: (done: number) => void;
  /** A seed is done: whether to stop after it. */
  readonly stopped: () => boolean;
  /** A run of an examination begins: whether to make do with what is known. */
  readonly hurried: () => boolean;
}

/** Resolves to what the kind of the job promises. What a run throws is thrown. */
export async function perform(system: System, job: Job, pulse: Pulse): Promise<Answers[keyof Answers]> {
  if (job.kind === 'examine') {
    const {seed, variant, options} = job;
    let leapt = 0;
    // whoever is in a hurry finds, whenever he looks, that his time is over
    const wallClock = (): number => {
      if (pulse.hurried()) leapt += A_DAY_MS;
      return pulse.wallClock() + leapt;
    };
    const found = await examine(system, drawPlan(system, seed, variant), {...options, wallClock});
    // it goes from thread to thread, which only plain data can
    return found.kind === 'vanished' ? found : {...found, violation: plainly(found.violation)};
  }
  if (job.kind === 'sweep') return inject(system, job, pulse);
  const startedAt = pulse.wallClock();
  return runBatch(system, job.batch, {
    wallClock: pulse.wallClock,
    onSeed: done => {
      pulse.at(done);
      return false;
    },
    onDone: () => pulse.stopped() || pulse.wallClock() - startedAt >= BATCH_MS,
  });
}

/** Runs injections one after another, until they are done or it is told to stop. */
async function inject(
  system: System,
  {reference, injections}: JobOf<'sweep'>,
  pulse: Pulse,
): Promise<Injected[]> {
  const results: Injected[] = [];
  for (const injection of injections) {
    pulse.at(results.length);
    results.push(await runInjection(system, reference, injection));
    if (pulse.stopped()) break;
  }
  return results;
}
