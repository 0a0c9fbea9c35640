/** The row on memory: how much more the process holds after each seed, over many seeds of the toy. */
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {run} from '../src/index.ts';
import type {Size} from './measure.ts';
import {benchSeed} from './plans.ts';
import type {Figures, Row} from './row.ts';
import {toySystem} from './toy.ts';

const SEEDS: Readonly<Record<Size, number>> = {full: 20_000, quick: 40};
/** Seeds between two looks; the first fifth of the looks is warm-up. */
const LOOKS = 40;
const WARM_UP = 5;
const MB = 1024 * 1024;
const PER_SEEDS = 10_000;

interface Look {
  readonly seeds: number;
  readonly rss: number;
  readonly heap: number;
}

/** The engine's own collection of garbage, called by name. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

async function memory(size: Size): Promise<Figures> {
  const collect = collector();
  const every = SEEDS[size] / LOOKS;
  const looks: Look[] = [];
  for (let seeds = 1; seeds <= SEEDS[size]; seeds += 1) {
    await run(toySystem, {seed: benchSeed(seeds)});
    if (seeds % every !== 0) continue;
    collect();
    const {rss, heapUsed} = process.memoryUsage();
    looks.push({seeds, rss, heap: heapUsed});
  }
  const steady = looks.slice(LOOKS / WARM_UP);
  const rss = slope(steady.map(look => [look.seeds, look.rss]));
  const heap = slope(steady.map(look => [look.seeds, look.heap]));
  const last = looks.at(-1);
  return {
    figure: {median: rss, low: rss, high: rss, samples: steady.length},
    details: {
      seeds: SEEDS[size],
      'MB of heap more after 10,000 seeds': heap,
      'MB resident at the end': (last?.rss ?? 0) / MB,
    },
  };
}

/** MB more after {@link PER_SEEDS} seeds, by least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (pick: 0 | 1): number => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  const variance = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return ((covariance / variance) * PER_SEEDS) / MB;
}

export const memoryRow: Row = {
  name: 'memory',
  measure: 'MB resident more after 10,000 seeds of the toy, garbage collected',
  reach: {at: 'most', value: 2},
  take: memory,
};
