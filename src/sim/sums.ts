/** What runs add up to: sums of different seeds join into the sum of all of them, in whatever order they come. */
import {assert} from './assert.ts';
import type {Campaign, CampaignSum, LostBatch, Mismatch, StoredShard} from './campaign.ts';
import {canonicalJson, compareText} from './json.ts';
import type {ClaimCount, HazardCount, Outcome, Violation} from './outcome.ts';
import type {System} from './system.ts';

type Found = CampaignSum['findings'][string];
type Slowest = CampaignSum['slowest'];

const NOTHING: CampaignSum = {
  runs: 0,
  happenings: 0,
  messages: 0,
  virtualMs: 0,
  findings: {},
  probes: {},
  hazards: {},
  claims: {},
  reruns: 0,
  mismatches: [],
  slowest: null,
  lost: [],
};

/** The sum of no seeds: every hazard, tamper and claim of the system is there with zeros, so that what never came is seen. */
export function emptySum(system: System): CampaignSum {
  const hazards = [...Object.keys(system.hazards), ...(system.tampers ?? []).map(({id}) => `tamper:${id}`)];
  const sum = new Summing();
  sum.add({
    ...NOTHING,
    hazards: Object.fromEntries(hazards.map(id => [id, {offered: 0, delivered: 0, effective: 0}])),
    claims: Object.fromEntries(system.claims.map(({id}) => [id, {checked: 0, armed: 0}])),
  });
  return sum.result();
}

/** The sum of all seeds of both, which must have none in common. Commutative and associative. */
export function joinSums(a: CampaignSum, b: CampaignSum): CampaignSum {
  const sum = new Summing();
  sum.add(a);
  sum.add(b);
  return sum.result();
}

/** What of an outcome is added up. */
type Summed = Pick<
  Outcome,
  'plan' | 'violation' | 'happenings' | 'messages' | 'virtualMs' | 'probes' | 'hazards' | 'claims'
>;

/** The sum of one seed: run number `index` of its campaign, which took `ms` of wall time. */
export function sumOfRun(outcome: Summed, index: number, ms: number): CampaignSum {
  const {plan, violation, happenings, messages, virtualMs, probes, hazards, claims} = outcome;
  const {seed} = plan;
  const found = (of: Violation): Found => ({
    signature: of.signature,
    claim: of.claim,
    sentence: of.sentence,
    count: 1,
    seed,
    steps: plan.operations.length + plan.faults.length,
    violation: plainly(of),
    index,
  });
  return {
    ...NOTHING,
    ...{runs: 1, happenings, messages, virtualMs, probes, hazards, claims},
    findings: violation === null ? {} : {[violation.signature]: found(violation)},
    slowest: {seed, ms},
  };
}

/** What a claim gives as expected and actual may be anything; what is sent, stored and added up is plain JSON. */
export function plainly(violation: Violation): Violation {
  const {expected, actual, ...rest} = violation;
  return {
    ...rest,
    ...(expected === undefined ? {} : {expected: plain(expected)}),
    ...(actual === undefined ? {} : {actual: plain(actual)}),
  };
}

function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value)) as unknown;
  } catch {
    return `a value that JSON cannot say (${typeof value})`;
  }
}

/** The sum of one seed that was run a second time. */
export const sumOfRerun = (mismatch: Mismatch | null): CampaignSum => ({
  ...sumOfMismatches(mismatch === null ? [] : [mismatch]),
  reruns: 1,
});

/** The sum of findings that did not come again when they were examined. */
export const sumOfMismatches = (mismatches: readonly Mismatch[]): CampaignSum => ({...NOTHING, mismatches});

/** The sum of seeds that were lost with their worker. */
export const sumOfLost = (lost: LostBatch): CampaignSum => ({...NOTHING, lost: [lost]});

/** The campaign that shards of one system and variant make up. */
export function campaignOf(system: System, ...shards: readonly StoredShard[]): Campaign {
  const [first] = shards;
  assert(first !== undefined, 'a campaign has at least one shard');
  const seedBases = [...new Set(shards.map(({seedBase}) => seedBase))].sort(compareText);
  const sum = shards.map(shard => shard.sum).reduce(joinSums);
  return campaignFrom(system, first.variant, seedBases.join(','), sum);
}

/** The campaign that a sum of seeds is. */
export function campaignFrom(system: System, variant: string, seedBase: string, sum: CampaignSum): Campaign {
  const {findings, probes, ...counts} = sum;
  const reached = system.goals.filter(goal => Object.hasOwn(probes, goal));
  return {
    ...counts,
    system: system.name,
    variant,
    seedBase,
    findings: Object.values(findings)
      .sort((a, b) => a.index - b.index || compareText(a.signature, b.signature))
      .map(({index: _, ...finding}) => finding),
    goals: {
      reached: Object.fromEntries(reached.map(goal => [goal, probes[goal] ?? 0])),
      missed: system.goals.filter(goal => !Object.hasOwn(probes, goal)),
    },
  };
}

/** A sum that grows. */
export class Summing {
  readonly #findings = new Map<string, Found>();
  readonly #probes = new Map<string, number>();
  readonly #hazards = new Map<string, {-readonly [K in keyof HazardCount]: number}>();
  readonly #claims = new Map<string, {-readonly [K in keyof ClaimCount]: number}>();
  readonly #mismatches: Mismatch[] = [];
  readonly #lost: LostBatch[] = [];
  readonly #counts = {runs: 0, happenings: 0, messages: 0, virtualMs: 0, reruns: 0};
  #slowest: Slowest = null;

  get runs(): number {
    return this.#counts.runs;
  }

  /** The signatures found so far. */
  get signatures(): readonly string[] {
    return [...this.#findings.keys()];
  }

  add(part: CampaignSum): void {
    addTo(this.#counts, part, ['runs', 'happenings', 'messages', 'virtualMs', 'reruns']);
    for (const [mark, count] of Object.entries(part.probes)) {
      this.#probes.set(mark, (this.#probes.get(mark) ?? 0) + count);
    }
    for (const [id, count] of Object.entries(part.hazards)) {
      const sum = entry(this.#hazards, id, () => ({offered: 0, delivered: 0, effective: 0}));
      addTo(sum, count, ['offered', 'delivered', 'effective']);
    }
    for (const [id, count] of Object.entries(part.claims)) {
      addTo(
        entry(this.#claims, id, () => ({checked: 0, armed: 0})),
        count,
        ['checked', 'armed'],
      );
    }
    for (const found of Object.values(part.findings)) this.#find(found);
    this.#slowest = slower(this.#slowest, part.slowest);
    this.#mismatches.push(...part.mismatches);
    this.#lost.push(...part.lost);
  }

  #find(found: Found): void {
    const known = this.#findings.get(found.signature);
    if (known === undefined) this.#findings.set(found.signature, found);
    else {
      const first = earlier(known, found);
      this.#findings.set(found.signature, {...first, count: known.count + found.count});
    }
  }

  result(): CampaignSum {
    return {
      ...this.#counts,
      findings: byKey(this.#findings),
      probes: byKey(this.#probes),
      hazards: byKey(this.#hazards, count => ({...count})),
      claims: byKey(this.#claims, count => ({...count})),
      mismatches: inOrder(this.#mismatches, (a, b) => compareText(a.seed, b.seed)),
      slowest: this.#slowest,
      lost: inOrder(this.#lost, (a, b) => (a.indices[0] ?? -1) - (b.indices[0] ?? -1)),
    };
  }
}

function addTo<Key extends string>(
  sum: Record<Key, number>,
  more: Readonly<Record<Key, number>>,
  keys: readonly Key[],
): void {
  for (const key of keys) sum[key] += more[key];
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}

/** The one that was found first in the order of seeds, whichever was seen first by the clock. */
function earlier(a: Found, b: Found): Found {
  const order = a.index - b.index || compareText(a.seed, b.seed) || byText(a, b);
  return order <= 0 ? a : b;
}

function slower(a: Slowest, b: Slowest): Slowest {
  if (a === null || b === null) return a ?? b;
  return (a.ms - b.ms || compareText(b.seed, a.seed)) >= 0 ? a : b;
}

const byText = (a: unknown, b: unknown): number => compareText(canonicalJson(a), canonicalJson(b));

/** Sorted, ties by their text, so that no order of joining shows. */
const inOrder = <T>(items: readonly T[], order: (a: T, b: T) => number): T[] =>
  [...items].sort((a, b) => order(a, b) || byText(a, b));

const byKey = <T>(map: ReadonlyMap<string, T>, copy: (value: T) => T = value => value): Record<string, T> =>
  Object.fromEntries(
    [...map].sort((a, b) => compareText(a[0], b[0])).map(([key, value]) => [key, copy(value)]),
  );
