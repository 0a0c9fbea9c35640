/** When the violation became inevitable: the past is fixed up to a step, the rest is drawn anew, many times. */
import {drawAnew} from '../draw.ts';
import type {CurvePoint, PlanStep} from '../explanation.ts';
import type {Plan} from '../plan.ts';
import {seedAt} from '../random.ts';
import {run} from '../run.ts';
import type {System} from '../system.ts';

/** How many futures are drawn for each point, unless told. */
export const FUTURES = 20;

/** How many points are taken at most, first and last included. */
const MAX_POINTS = 12;

/**
 * The share of futures that break `signature`, for growing pasts: none of the plan's steps, the first, the first two…
 * Steps of one moment are fixed together. Futures are named by the plan's seed, so the curve is always the same.
 */
export async function inevitability(
  system: System,
  plan: Plan,
  steps: readonly PlanStep[],
  signature: string,
  futures: number,
): Promise<CurvePoint[]> {
  if (plan.fates === null) return [];
  const points: CurvePoint[] = [];
  for (const fixed of pastsOf(steps)) {
    const step = steps[fixed - 1] ?? null;
    const untilMs = step?.atMs ?? -1;
    let hits = 0;
    for (let future = 0; future < futures; future += 1) {
      const seed = seedAt(plan.seed, future);
      const outcome = await run(system, {plan: drawAnew(system, plan, untilMs, seed)});
      if (outcome.violation?.signature === signature) hits += 1;
    }
    points.push({fixed, step, runs: futures, hits});
  }
  return points;
}

/** Numbers of steps to fix: 0, then the last step of each moment; of many moments an even choice that ends with the last. */
function pastsOf(steps: readonly PlanStep[]): number[] {
  const moments = steps.flatMap((step, index) =>
    step.atMs !== null && step.atMs !== steps[index + 1]?.atMs ? [index + 1] : [],
  );
  const wanted = MAX_POINTS - 1;
  if (moments.length <= wanted) return [0, ...moments];
  const chosen = Array.from(
    {length: wanted},
    (_, index) => moments[Math.trunc(((index + 1) * moments.length) / wanted) - 1] ?? 0,
  );
  return [0, ...chosen];
}
