/** Plans for benchmarks: seeds in a row, and worlds in which nothing is drawn and nothing goes wrong. */
import {drawPlan, seedAt, type Plan, type System, type World} from '../src/index.ts';

const SEED_BASE = 'bench';

export const benchSeed = (index: number): string => seedAt(SEED_BASE, index);

/** A plan without operations, faults and weather: only what the nodes do by themselves, for so long. */
export function plainPlan<Ledger>(system: System<Ledger>, world: World, stormMs: number, most: number): Plan {
  return {
    ...drawPlan(system, benchSeed(0)),
    world,
    operations: [],
    faults: [],
    weather: {},
    stormMs,
    maxHappenings: most,
  };
}
