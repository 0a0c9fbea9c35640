/** Measures two things against each other in one run: A B A B …, so that what else the machine does falls on both. */

/** What one side did, and how long it took by the wall clock. */
export interface Effort {
  readonly ms: number;
  readonly units: number;
}

export type Side = () => Promise<Effort>;

/** The middle of several samples, and the least and greatest of them. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

/** Two sides, by their cost in µs a unit, and the quotient of the costs, pair by pair. */
export interface Comparison {
  readonly quotient: Spread;
  readonly first: Spread;
  readonly second: Spread;
}

/** How much to measure: `full` for figures, `quick` to see that it works at all. */
export type Size = 'full' | 'quick';

const PAIRS: Readonly<Record<Size, number>> = {full: 9, quick: 2};

/** Times `work`, which tells how many units it did. */
export async function timed(work: () => Promise<number>): Promise<Effort> {
  const start = performance.now();
  const units = await work();
  return {ms: performance.now() - start, units};
}

/** Runs both sides in turns, once to warm up and then pair after pair; the quotient is first over second. */
export async function compare(first: Side, second: Side, size: Size): Promise<Comparison> {
  await first();
  await second();
  const costs: (readonly [number, number])[] = [];
  for (let pair = 0; pair < PAIRS[size]; pair += 1)
    costs.push([costOf(await first()), costOf(await second())]);
  return {
    quotient: spreadOf(costs.map(([a, b]) => a / b)),
    first: spreadOf(costs.map(([a]) => a)),
    second: spreadOf(costs.map(([, b]) => b)),
  };
}

/** Runs one side again and again, once to warm up; in µs a unit. */
export async function repeat(side: Side, size: Size): Promise<Spread> {
  await side();
  const costs: number[] = [];
  for (let round = 0; round < PAIRS[size]; round += 1) costs.push(costOf(await side()));
  return spreadOf(costs);
}

const costOf = ({ms, units}: Effort): number => (ms * 1_000) / units;

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? upper) : upper;
  return {
    median: (lower + upper) / 2,
    low: sorted[0] ?? Number.NaN,
    high: sorted.at(-1) ?? Number.NaN,
    samples: sorted.length,
  };
}

/** The same spread in another measure; where the measure falls as the samples rise, low and high change places. */
export function mapSpread({median, low, high, samples}: Spread, to: (sample: number) => number): Spread {
  const [a, b] = [to(low), to(high)];
  return {median: to(median), low: Math.min(a, b), high: Math.max(a, b), samples};
}
