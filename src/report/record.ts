/** The one object that `--json` prints, verb by verb; its keys are described in `reports/README.md`. */
import type {Campaign, CampaignFinding, LostBatch, Mismatch} from '../sim/campaign.ts';
import {compareText} from '../sim/json.ts';
import type {ClaimCount, HazardCount, Outcome} from '../sim/outcome.ts';
import type {CanaryFate, Verdict} from './verdict.ts';

const RECORD_SCHEMA = 'syncstorm/1';

/** The keys that every record has. */
export interface RecordHead {
  readonly schema: typeof RECORD_SCHEMA;
  readonly verb: string;
  /** The system's name; several are joined with commas; null where there is none. */
  readonly system: string | null;
  readonly verdict: Verdict;
  readonly runs: number;
  /** Wall time, to the ms. */
  readonly seconds: number;
}

/** The head of a record of `verb`; `elapsedMs` is wall time. */
export const recordHead = (
  verb: string,
  system: string | null,
  verdict: Verdict,
  runs: number,
  elapsedMs: number,
): RecordHead => ({
  schema: RECORD_SCHEMA,
  verb,
  system,
  verdict,
  runs,
  seconds: Math.round(elapsedMs) / 1_000,
});

/** What a record of one run says of its outcome. */
export function outcomeRecord(outcome: Outcome): Readonly<Record<string, unknown>> {
  const {plan} = outcome;
  return {
    seed: plan.seed,
    variant: plan.variant,
    digest: outcome.digest,
    violation: outcome.violation,
    steps: plan.operations.length + plan.faults.length + Object.keys(plan.fates ?? {}).length,
    happenings: outcome.happenings,
    messages: outcome.messages,
    virtualMs: outcome.virtualMs,
    probes: outcome.probes,
    hazards: outcome.hazards,
    claims: outcome.claims,
  };
}

/** A campaign, and what the command line knows beyond it. */
export interface CampaignFacts {
  readonly campaign: Campaign;
  /** Where the plan of each finding was written, and the command that reproduces it, by signature. */
  readonly files: ReadonlyMap<string, string>;
  readonly commands: ReadonlyMap<string, string>;
  /** What became of the canary; left out where there is nothing to say of one. */
  readonly canary?: CanaryFate;
  /** The command that runs one seed. */
  readonly commandOf?: (seed: string) => string;
}

/** What a record says of one campaign, or of several taken together: findings in turn, counts added up. */
export function campaignRecord(all: readonly CampaignFacts[]): Readonly<Record<string, unknown>> {
  const campaigns = all.map(facts => facts.campaign);
  const total = (pick: (campaign: Campaign) => number): number =>
    campaigns.reduce((sum, campaign) => sum + pick(campaign), 0);
  const only = campaigns.length === 1 ? campaigns[0] : undefined;
  return {
    variant: only?.variant ?? null,
    seedBase: campaigns[0]?.seedBase ?? null,
    happenings: total(campaign => campaign.happenings),
    messages: total(campaign => campaign.messages),
    virtualMs: total(campaign => campaign.virtualMs),
    findings: all.flatMap(facts => facts.campaign.findings.map(finding => findingRecord(finding, facts))),
    goals: {
      reached: distinct(campaigns.flatMap(campaign => Object.keys(campaign.goals.reached))),
      missed: distinct(campaigns.flatMap(campaign => campaign.goals.missed)),
    },
    hazards: addUp<keyof HazardCount>(
      campaigns.map(campaign => campaign.hazards),
      ['offered', 'delivered', 'effective'],
    ),
    claims: addUp<keyof ClaimCount>(
      campaigns.map(campaign => campaign.claims),
      ['checked', 'armed'],
    ),
    reruns: total(campaign => campaign.reruns),
    mismatches: campaigns.flatMap((campaign): readonly Mismatch[] => campaign.mismatches),
    slowest: only?.slowest ?? null,
    lost: all.flatMap(facts => facts.campaign.lost.map(lost => lostRecord(lost, facts))),
    canary: canaryRecord(all.flatMap(({canary}) => (canary === undefined ? [] : [canary]))),
  };
}

const lostRecord = (
  {indices, seed, cause}: LostBatch,
  {campaign, commandOf}: CampaignFacts,
): Readonly<Record<string, unknown>> => ({
  system: campaign.system,
  seeds: indices.length,
  seed,
  cause,
  command: seed === null ? null : (commandOf?.(seed) ?? null),
});

/** Of several the one that says most against the campaign; null where none was run. */
function canaryRecord(all: readonly CanaryFate[]): Readonly<Record<string, unknown>> | null {
  for (const kind of ['failed', 'missed', 'caught'] as const) {
    const fate = all.find(canary => canary.kind === kind);
    if (fate === undefined) continue;
    if (fate.kind === 'failed')
      return {id: null, caught: false, seeds: 0, signature: null, reason: fate.reason};
    if (fate.kind === 'missed' || fate.kind === 'caught') {
      return {id: fate.id, caught: kind === 'caught', seeds: fate.seeds, signature: fate.signature};
    }
  }
  return null;
}

function findingRecord(finding: CampaignFinding, facts: CampaignFacts): Readonly<Record<string, unknown>> {
  const {signature, claim, sentence, count, seed, steps, violation} = finding;
  return {
    signature,
    claim,
    count,
    seed,
    steps,
    bundle: facts.files.get(signature) ?? null,
    system: facts.campaign.system,
    sentence,
    message: violation.message,
    command: facts.commands.get(signature) ?? null,
  };
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort(compareText);

/** Adds up, id by id and key by key; an id that a record lacks counts as zero there. */
function addUp<Key extends string>(
  records: readonly Readonly<Record<string, Readonly<Record<Key, number>>>>[],
  keys: readonly Key[],
): Record<string, Record<Key, number>> {
  const ids = distinct(records.flatMap(record => Object.keys(record)));
  const sum = (id: string, key: Key): number =>
    records.reduce((total, record) => total + (record[id]?.[key] ?? 0), 0);
  return Object.fromEntries(
    ids.map(id => [id, Object.fromEntries(keys.map(key => [key, sum(id, key)])) as Record<Key, number>]),
  );
}
