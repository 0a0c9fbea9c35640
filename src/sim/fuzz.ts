/** A campaign: seed after seed, one finding a signature, a sample run twice to see that the same seed gives the same bytes. */
import {UsageError} from './assert.ts';
import type {Campaign, CampaignFinding, CampaignOptions, Mismatch} from './campaign.ts';
import {holdGuard} from './guard.ts';
import {compareText} from './json.ts';
import type {ClaimCount, HazardCount, Outcome} from './outcome.ts';
import {seedAt, Stream} from './random.ts';
import {run} from './run.ts';
import type {System} from './system.ts';

const RERUN_ONE_IN = 20;
const MAX_FINDINGS = 10;

/** Runs seeds until the runs, the time or the findings are full. Throws {@link UsageError} without a bound. */
export async function fuzz(system: System, options: CampaignOptions): Promise<Campaign> {
  if (options.runs === undefined && options.forMs === undefined) {
    throw new UsageError('a campaign needs a number of runs or a time');
  }
  const release = holdGuard();
  try {
    return await runSeeds(system, options);
  } finally {
    release();
  }
}

async function runSeeds(system: System, options: CampaignOptions): Promise<Campaign> {
  const {runs, forMs, seedBase, wallClock} = options;
  const sums = new Sums(system, options);
  const start = wallClock();
  for (let index = 0; runs === undefined || index < runs; index += 1) {
    if (forMs !== undefined && wallClock() - start >= forMs) break;
    const seed = seedAt(seedBase, index);
    const before = wallClock();
    const outcome = await run(system, {
      seed,
      ...(options.variant === undefined ? {} : {variant: options.variant}),
    });
    sums.add(outcome, wallClock() - before);
    if (Stream.keyed(seed, 'rerun').oneIn(options.rerunOneIn ?? RERUN_ONE_IN)) {
      sums.rerun(await compareReruns(system, outcome));
    }
    if (options.onProgress?.(sums.campaign()) === true) break;
    if (sums.signatures >= (options.maxFindings ?? MAX_FINDINGS)) break;
  }
  return sums.campaign();
}

/** Runs an outcome's plan again; null if the digest is the same. */
async function compareReruns(system: System, first: Outcome): Promise<Mismatch | null> {
  const second = await run(system, {plan: first.plan});
  if (second.digest === first.digest) return null;
  const traces = [
    (await run(system, {plan: first.plan, trace: true})).trace ?? [],
    (await run(system, {plan: first.plan, trace: true})).trace ?? [],
  ] as const;
  const line = traces[0].findIndex((text, index) => text !== traces[1][index]);
  const divergence = line < 0 ? null : {line, first: traces[0][line] ?? '', second: traces[1][line] ?? ''};
  return {seed: first.plan.seed, first: first.digest, second: second.digest, divergence};
}

/** What has been added up so far. */
class Sums {
  readonly #system: System;
  readonly #options: CampaignOptions;
  readonly #findings = new Map<string, CampaignFinding>();
  readonly #probes = new Map<string, number>();
  readonly #hazards = new Map<string, HazardCount>();
  readonly #claims = new Map<string, ClaimCount>();
  readonly #mismatches: Mismatch[] = [];
  #runs = 0;
  #reruns = 0;
  #happenings = 0;
  #messages = 0;
  #virtualMs = 0;
  #slowest: {seed: string; ms: number} | null = null;

  constructor(system: System, options: CampaignOptions) {
    this.#system = system;
    this.#options = options;
    for (const id of Object.keys(system.hazards))
      this.#hazards.set(id, {offered: 0, delivered: 0, effective: 0});
    for (const {id} of system.tampers ?? []) {
      this.#hazards.set(`tamper:${id}`, {offered: 0, delivered: 0, effective: 0});
    }
    for (const {id} of system.claims) this.#claims.set(id, {checked: 0, armed: 0});
  }

  get signatures(): number {
    return this.#findings.size;
  }

  add(outcome: Outcome, ms: number): void {
    this.#runs += 1;
    this.#happenings += outcome.happenings;
    this.#messages += outcome.messages;
    this.#virtualMs += outcome.virtualMs;
    const {seed} = outcome.plan;
    if (this.#slowest === null || ms > this.#slowest.ms) this.#slowest = {seed, ms};
    for (const [mark, count] of Object.entries(outcome.probes)) {
      this.#probes.set(mark, (this.#probes.get(mark) ?? 0) + count);
    }
    for (const [id, {offered, delivered, effective}] of Object.entries(outcome.hazards)) {
      const sum = this.#hazards.get(id) ?? {offered: 0, delivered: 0, effective: 0};
      this.#hazards.set(id, {
        offered: sum.offered + offered,
        delivered: sum.delivered + delivered,
        effective: sum.effective + effective,
      });
    }
    for (const [id, {checked, armed}] of Object.entries(outcome.claims)) {
      const sum = this.#claims.get(id) ?? {checked: 0, armed: 0};
      this.#claims.set(id, {checked: sum.checked + checked, armed: sum.armed + armed});
    }
    if (outcome.violation !== null) this.#found(outcome, outcome.violation);
  }

  #found(outcome: Outcome, violation: NonNullable<Outcome['violation']>): void {
    const known = this.#findings.get(violation.signature);
    if (known !== undefined) {
      this.#findings.set(violation.signature, {...known, count: known.count + 1});
      return;
    }
    const {plan} = outcome;
    this.#findings.set(violation.signature, {
      signature: violation.signature,
      claim: violation.claim,
      sentence: violation.sentence,
      count: 1,
      seed: plan.seed,
      steps: plan.operations.length + plan.faults.length,
      violation,
    });
  }

  rerun(mismatch: Mismatch | null): void {
    this.#reruns += 1;
    if (mismatch !== null) this.#mismatches.push(mismatch);
  }

  campaign(): Campaign {
    const reached = this.#system.goals.filter(goal => this.#probes.has(goal));
    return {
      system: this.#system.name,
      variant: this.#options.variant ?? 'default',
      seedBase: this.#options.seedBase,
      runs: this.#runs,
      happenings: this.#happenings,
      messages: this.#messages,
      virtualMs: this.#virtualMs,
      findings: [...this.#findings.values()],
      goals: {
        reached: Object.fromEntries(reached.map(goal => [goal, this.#probes.get(goal) ?? 0])),
        missed: this.#system.goals.filter(goal => !this.#probes.has(goal)),
      },
      hazards: byKey(this.#hazards),
      claims: byKey(this.#claims),
      reruns: this.#reruns,
      mismatches: [...this.#mismatches],
      slowest: this.#slowest,
    };
  }
}

const byKey = <T>(map: ReadonlyMap<string, T>): Record<string, T> =>
  Object.fromEntries([...map].sort((a, b) => compareText(a[0], b[0])));
