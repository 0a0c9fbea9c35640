/** Rows on the standard run of VFS: seeds a second, what the simulator and the claims add, and virtual against real time. */
import {run, type Outcome, type Plan, type System} from '../src/index.ts';
import {loadSqlite} from '../src/sim/sqlite.ts';
import {compare, mapSpread, repeat, timed, type Effort, type Size} from './measure.ts';
import {runPlain} from './plain-run.ts';
import {benchSeed} from './plans.ts';
import type {Figures, Row} from './row.ts';
import {calmPlan, standard, unwatched} from './vfs-plans.ts';

const SEEDS: Readonly<Record<Size, number>> = {full: 60, quick: 2};
const A_SECOND_IN_US = 1e6;
const US_A_MS = 1_000;

/** What the runs of one side added up to. */
class Sums {
  runs = 0;
  messages = 0;
  happenings = 0;
  virtualMs = 0;
  violations = 0;

  add({messages, happenings, virtualMs, violation}: Outcome): void {
    this.runs += 1;
    this.messages += messages;
    this.happenings += happenings;
    this.virtualMs += virtualMs;
    if (violation !== null) this.violations += 1;
  }

  mean(what: 'messages' | 'happenings' | 'virtualMs'): number {
    return this[what] / this.runs;
  }
}

async function runSeeds(count: number, sums: Sums): Promise<number> {
  for (let index = 0; index < count; index += 1) sums.add(await run(standard, {seed: benchSeed(index)}));
  return count;
}

/** Resolves to the number of happenings. */
async function runPlans(system: System, plans: readonly Plan[], sums: Sums): Promise<number> {
  const before = sums.happenings;
  for (const plan of plans) sums.add(await run(system, {plan}));
  return sums.happenings - before;
}

async function rate(size: Size): Promise<Figures> {
  const sums = new Sums();
  const costs = await repeat(() => timed(() => runSeeds(SEEDS[size], sums)), size);
  return {
    figure: mapSpread(costs, us => A_SECOND_IN_US / us),
    details: {
      'ms a seed': costs.median / US_A_MS,
      'messages a seed': sums.mean('messages'),
      'happenings a seed': sums.mean('happenings'),
      'runs that found something': sums.violations,
    },
  };
}

async function virtualTime(size: Size): Promise<Figures> {
  const sums = new Sums();
  const costs = await repeat(() => timed(() => runSeeds(SEEDS[size], sums)), size);
  const virtualMs = sums.mean('virtualMs');
  return {
    figure: mapSpread(costs, us => (virtualMs * US_A_MS) / us),
    details: {
      's of virtual time a seed': virtualMs / 1_000,
      'ms of real time a seed': costs.median / US_A_MS,
    },
  };
}

const calmPlans = (size: Size): readonly Plan[] =>
  Array.from({length: SEEDS[size]}, (_, index) => calmPlan(index));

async function overhead(size: Size): Promise<Figures> {
  await loadSqlite();
  const plans = calmPlans(size);
  const sums = new Sums();
  let [plainRuns, plainMessages] = [0, 0];
  const simulated = (): Promise<Effort> =>
    timed(async () => {
      await runPlans(unwatched, plans, sums);
      return plans.length;
    });
  const plain = (): Promise<Effort> =>
    timed(async () => {
      for (const plan of plans) plainMessages += await runPlain(unwatched, plan);
      plainRuns += plans.length;
      return plans.length;
    });
  const {quotient, first, second} = await compare(simulated, plain, size);
  return {
    figure: mapSpread(quotient, value => value - 1),
    details: {
      'ms a plan': first.median / US_A_MS,
      'ms a plan on plain hosts': second.median / US_A_MS,
      'messages a plan': sums.mean('messages'),
      'messages a plan on plain hosts': plainMessages / plainRuns,
      'happenings a plan': sums.mean('happenings'),
    },
  };
}

async function claims(size: Size): Promise<Figures> {
  const plans = calmPlans(size);
  const [watched, alone] = [new Sums(), new Sums()];
  // by happening, since who is watched may settle a round later
  const {quotient, first, second} = await compare(
    () => timed(() => runPlans(standard, plans, watched)),
    () => timed(() => runPlans(unwatched, plans, alone)),
    size,
  );
  return {
    figure: mapSpread(quotient, value => value - 1),
    details: {
      'us a happening': first.median,
      'us a happening unwatched': second.median,
      'happenings a plan': watched.mean('happenings'),
      'happenings a plan unwatched': alone.mean('happenings'),
    },
  };
}

export const vfsRows: readonly Row[] = [
  {
    name: 'vfs-rate',
    measure: 'seeds a second on one core: 3 clients, 1 server, 60 operations, all hazards and claims',
    reach: {at: 'least', value: 100},
    take: rate,
  },
  {
    name: 'vfs-overhead',
    measure: 'what the simulator adds to the time of the same work on plain hosts',
    reach: {at: 'most', value: 0.3},
    take: overhead,
  },
  {
    name: 'vfs-claims',
    measure: 'what all observers and claims add to the time of the work they judge',
    reach: {at: 'most', value: 1},
    take: claims,
  },
  {
    name: 'virtual',
    measure: 'virtual time : real time, on that run',
    reach: {at: 'least', value: 10_000},
    take: virtualTime,
  },
];
