/** The row on worker threads: how many more seeds of VFS two workers of a campaign run than one does. */
import {vfs} from '../scenarios/vfs/system.ts';
import type {Executor} from '../src/cli/campaign/executor.ts';
import {InProcess} from '../src/cli/campaign/in-process.ts';
import {Pool} from '../src/cli/campaign/pool.ts';
import {WHOLE, type Range} from '../src/sim/positions.ts';
import {compare, mapSpread, type Effort, type Size} from './measure.ts';
import type {Figures, Row} from './row.ts';

/** As many batches for each of two workers; as many seeds in each as a campaign sends at least. */
const BATCHES: Readonly<Record<Size, number>> = {full: 20, quick: 2};
const BATCH: Readonly<Record<Size, number>> = {full: 25, quick: 1};
const SEED_BASE = '0x00000000000b3c44';
const A_SECOND_IN_US = 1e6;
const STALL_MS = 60_000;

const isBuilt = import.meta.url.endsWith('.js');
const wallClock = (): number => performance.now();

/** Sources cannot be loaded by a thread: there both sides run in this process, which shows that the row works, no more. */
function executorOf(width: number): Executor {
  const ignore = (): void => undefined;
  if (!isBuilt) return new InProcess(vfs, {wallClock, onSeed: ignore, onDone: ignore});
  return new Pool({
    given: 'vfs',
    cwd: process.cwd(),
    entry: {url: new URL('../src/cli/campaign/worker.js', import.meta.url)},
    width,
    stallMs: STALL_MS,
    wallClock,
    onTick: ignore,
    onOutput: text => void process.stderr.write(text),
  });
}

/**
 * The same seeds every time, handed out as a campaign does. The time is what a worker takes on average to come to its end:
 * what one does alone while another has nothing left to do is the end of a campaign, not its rate.
 */
async function runSeeds(executor: Executor, size: Size): Promise<Effort> {
  const start = performance.now();
  let next = 0;
  let units = 0;
  let atWork = 0;
  const lane = async (): Promise<void> => {
    while (next < BATCHES[size]) {
      const from = next * BATCH[size];
      next += 1;
      const positions: Range = [from, from + BATCH[size]];
      const rest = {seedBase: SEED_BASE, variant: 'default', shard: WHOLE, rerunOneIn: 0};
      const batch = {...rest, positions, maxFindings: Number.MAX_SAFE_INTEGER, known: []};
      const reply = await executor.ask<'batch'>({kind: 'batch', batch});
      if (reply.kind === 'lost') throw new Error(`a worker ${reply.cause}: ${reply.reason}`);
      units += reply.answer.done;
    }
    atWork += performance.now() - start;
  };
  await Promise.all(Array.from({length: executor.width}, lane));
  return {ms: atWork / executor.width, units};
}

async function workers(size: Size): Promise<Figures> {
  const [one, two] = [executorOf(1), executorOf(2)];
  const side = (executor: Executor) => (): Promise<Effort> => runSeeds(executor, size);
  try {
    const {quotient, first, second} = await compare(side(one), side(two), size);
    const perSecond = (us: number): number => A_SECOND_IN_US / us;
    return {
      figure: quotient,
      details: {
        'seeds a second of one worker': mapSpread(first, perSecond).median,
        'seeds a second of two workers': mapSpread(second, perSecond).median,
        'seeds a batch': BATCH[size],
      },
    };
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
}

export const workersRow: Row = {
  name: 'workers',
  measure: 'seeds of VFS a second by two workers, both at work : by one worker',
  reach: {at: 'least', value: 1.8},
  take: workers,
};
