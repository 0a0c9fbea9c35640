/** Rows on growth: what a happening costs in large worlds against small ones, and in long runs against short ones. */
import {run, type Plan} from '../src/index.ts';
import {compare, timed, type Effort, type Size} from './measure.ts';
import {ring, ringPlan} from './ring-system.ts';
import type {Figures, Row} from './row.ts';

const REACH = {at: 'most', value: 1.3} as const;

/** How many runs of one plan make a sample, and the happenings of each. */
interface Load {
  readonly plan: Plan;
  readonly runs: number;
}

/** The cost of so many runs, without what a run costs that does next to nothing. */
async function effortOf({plan, runs}: Load, idle: Plan): Promise<Effort> {
  const [work, fixed] = [
    await timed(() => happeningsOf(plan, runs)),
    await timed(() => happeningsOf(idle, runs)),
  ];
  return {ms: work.ms - fixed.ms, units: work.units - fixed.units};
}

async function happeningsOf(plan: Plan, runs: number): Promise<number> {
  let happenings = 0;
  for (let index = 0; index < runs; index += 1) {
    const outcome = await run(ring, {plan});
    if (outcome.violation !== null) throw new Error(`the ring broke ${outcome.violation.signature}`);
    happenings += outcome.happenings;
  }
  return happenings;
}

const NODES = [2, 64] as const;
const HAPPENINGS_OF_NODES: Readonly<Record<Size, number>> = {full: 200_000, quick: 2_000};

/** From 10³ happenings a run on; as many runs as make the last one's happenings. */
const SHORTEST = 1_000;
const LONGEST: Readonly<Record<Size, number>> = {full: 1_000_000, quick: 4_000};
const NODES_OF_LENGTH = 4;

async function growthOfNodes(size: Size): Promise<Figures> {
  const sideOf = (nodes: number) => (): Promise<Effort> =>
    effortOf({plan: ringPlan(nodes, HAPPENINGS_OF_NODES[size]), runs: 1}, ringPlan(nodes, 1));
  const {quotient, first, second} = await compare(sideOf(NODES[1]), sideOf(NODES[0]), size);
  return {
    figure: quotient,
    details: {
      [`ns a happening with ${NODES[1]} nodes`]: first.median * 1_000,
      [`ns a happening with ${NODES[0]} nodes`]: second.median * 1_000,
    },
  };
}

async function growthOfLength(size: Size): Promise<Figures> {
  const longest = LONGEST[size];
  const idle = ringPlan(NODES_OF_LENGTH, 1);
  const sideOf = (happenings: number) => (): Promise<Effort> =>
    effortOf({plan: ringPlan(NODES_OF_LENGTH, happenings), runs: longest / happenings}, idle);
  const {quotient, first, second} = await compare(sideOf(longest), sideOf(SHORTEST), size);
  return {
    figure: quotient,
    details: {
      [`ns a happening of ${longest}`]: first.median * 1_000,
      [`ns a happening of ${SHORTEST}`]: second.median * 1_000,
    },
  };
}

export const growthRows: readonly Row[] = [
  {
    name: 'growth-nodes',
    measure: 'cost of a happening with 64 nodes : with 2',
    reach: REACH,
    take: growthOfNodes,
  },
  {
    name: 'growth-happenings',
    measure: 'cost of a happening in a run of 10⁶ : in a run of 10³',
    reach: REACH,
    take: growthOfLength,
  },
];
