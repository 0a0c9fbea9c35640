/** The row on memory: how much more the process holds after each seed, over many seeds of the toy. */
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {run} from '../src/index.ts';
import {spreadOf, type Size} from './measure.ts';
import {benchSeed} from './plans.ts';
import type {Figures, Row} from './row.ts';
import {toySystem} from './toy.ts';

const SEEDS: Readonly<Record<Size, number>> = {full: 20_000, quick: 40};
/** The first half of the looks is warm-up: by then the heap has the size that it keeps. */
const LOOKS = 40;
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
  const steady = looks.slice(LOOKS / 2);
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

/** MB more after {@link PER_SEEDS} seeds: the middle of the slopes between any two looks, which no single look can bend. */
function slope(points: readonly (readonly [number, number])[]): number {
  const slopes = points.flatMap(([x, y], index) =>
    points.slice(index + 1).map(([x2, y2]) => (y2 - y) / (x2 - x)),
  );
  return (spreadOf(slopes).median * PER_SEEDS) / MB;
}

export const memoryRow: Row = {
  name: 'memory',
  measure: 'MB resident more after 10,000 seeds of the toy, garbage collected',
  // what the engine keeps resident comes and goes by a few MB; what it holds, in the details, does not
  reach: {at: 'most', value: 5},
  take: memory,
};
