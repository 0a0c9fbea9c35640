/** Rows on the toy of replicas in memory: how many seeds a second, against the loop written by hand, and against real time. */
import {run, type System} from '../src/index.ts';
import {runByHand} from './hand-written.ts';
import {compare, mapSpread, repeat, timed, type Effort, type Size} from './measure.ts';
import {benchSeed} from './plans.ts';
import {replicaSystem} from './replica-system.ts';
import type {Figures, Row} from './row.ts';

const OPERATIONS = 40;
const STORM_MS = 10_000;
const SEEDS: Readonly<Record<Size, number>> = {full: 300, quick: 10};
const SEEDS_A_SECOND = 1_000;
/** What the loop written by hand does where {@link SEEDS_A_SECOND} is what we are to do. */
const BY_HAND_A_SECOND = 1_700;
const A_SECOND_IN_US = 1e6;

export const toySystem: System<null> = replicaSystem(OPERATIONS, STORM_MS);

/** Runs seeds of the toy; resolves to how many. Throws if one of them finds anything: the toy is right. */
async function runSeeds(count: number, each: (virtualMs: number, messages: number) => void): Promise<number> {
  for (let index = 0; index < count; index += 1) {
    const {violation, virtualMs, messages} = await run(toySystem, {seed: benchSeed(index)});
    if (violation !== null)
      throw new Error(`seed ${benchSeed(index)} of the toy broke ${violation.signature}`);
    each(virtualMs, messages);
  }
  return count;
}

async function runSeedsByHand(count: number, each: (messages: number) => void): Promise<number> {
  for (let index = 0; index < count; index += 1)
    each(await runByHand(benchSeed(index), OPERATIONS, STORM_MS));
  return count;
}

async function rate(size: Size): Promise<Figures> {
  let [messages, seeds] = [0, 0];
  const side = (): Promise<Effort> =>
    timed(() =>
      runSeeds(SEEDS[size], (_, sent) => {
        messages += sent;
        seeds += 1;
      }),
    );
  const costs = await repeat(side, size);
  return {
    figure: mapSpread(costs, us => A_SECOND_IN_US / us),
    details: {'messages a seed': messages / seeds, 'ms a seed': costs.median / 1_000},
  };
}

async function ratio(size: Size): Promise<Figures> {
  const sums = {ours: 0, byHand: 0, seeds: 0, seedsByHand: 0};
  const ours = (): Promise<Effort> =>
    timed(() =>
      runSeeds(SEEDS[size], (_, sent) => {
        sums.ours += sent;
        sums.seeds += 1;
      }),
    );
  const byHand = (): Promise<Effort> =>
    timed(() =>
      runSeedsByHand(SEEDS[size], sent => {
        sums.byHand += sent;
        sums.seedsByHand += 1;
      }),
    );
  const {quotient, first, second} = await compare(ours, byHand, size);
  return {
    figure: mapSpread(quotient, value => 1 / value),
    details: {
      'seeds a second': A_SECOND_IN_US / first.median,
      'seeds a second by hand': A_SECOND_IN_US / second.median,
      'messages a seed': sums.ours / sums.seeds,
      'messages a seed by hand': sums.byHand / sums.seedsByHand,
    },
  };
}

export const toyRows: readonly Row[] = [
  {
    name: 'toy-rate',
    measure: 'seeds a second on one core: 5 replicas in memory, 40 operations',
    reach: {at: 'least', value: SEEDS_A_SECOND},
    take: rate,
  },
  {
    name: 'toy-ratio',
    measure: 'seeds of that toy : seeds of a loop written for it alone',
    reach: {at: 'least', value: SEEDS_A_SECOND / BY_HAND_A_SECOND},
    take: ratio,
  },
];
