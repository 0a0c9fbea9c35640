/** Chooses who carries out a campaign's jobs: worker threads where the code is built and several are wanted, else this process. */
import type {Batch} from '../../sim/batch.ts';
import type {Io} from '../io.ts';
import type {Named} from '../load-system.ts';
import type {Executor} from './executor.ts';
import {InProcess} from './in-process.ts';
import {Pool} from './pool.ts';

const isBuilt = import.meta.url.endsWith('.js');

/** How many workers there will be: sources run in this process, since a thread could not load them. */
export const workersFor = (wanted: number): number => (isBuilt ? wanted : 1);

export interface OpenOptions {
  readonly named: Named;
  readonly workers: number;
  readonly stallMs: number;
  readonly io: Io;
  /** This process begins the seed after so many of a batch. */
  readonly onSeed: (batch: Batch, done: number) => void;
  /** Called again and again while jobs are under way. */
  readonly onTick: () => void;
  readonly onOutput: (text: string) => void;
}

/** Opens one; it has to be closed. */
export function openExecutor(options: OpenOptions): Executor {
  const {named, workers, stallMs, io, onSeed, onTick, onOutput} = options;
  const {wallClock, cwd} = io;
  if (workersFor(workers) === 1) return new InProcess(named.system, {wallClock, onSeed, onDone: onTick});
  const entry = {url: new URL('./worker.js', import.meta.url)};
  return new Pool({given: named.given, cwd, entry, wallClock, onTick, onOutput, width: workers, stallMs});
}
