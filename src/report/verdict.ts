/** What a run or a campaign amounts to: one of four verdicts, and the reasons where it is not `ok`. */
import type {Campaign, CanaryFate} from '../sim/campaign.ts';
import {compareText} from '../sim/json.ts';
import type {System} from '../sim/system.ts';
import {counted} from './amounts.ts';

export type {CanaryFate};

export type Verdict = 'ok' | 'violation' | 'nondeterminism' | 'inconclusive';

/** The claims of a system with how often each was judged, those never judged included. */
export function claimRows(
  campaign: Campaign,
  system: System,
): {id: string; checked: number; armed: number}[] {
  const ids = new Set(Object.keys(campaign.claims));
  for (const claim of system.claims) ids.add(claim.id);
  if (system.attemptClaim !== undefined) ids.add(system.attemptClaim.id);
  return [...ids].sort(compareText).map(id => ({id, ...(campaign.claims[id] ?? {checked: 0, armed: 0})}));
}

/** Those that never had anything to judge: nothing is known about them. */
const vacuousClaims = (campaign: Campaign, system: System): string[] =>
  claimRows(campaign, system)
    .filter(row => row.armed === 0)
    .map(row => row.id);

/**
 * The verdict of a campaign. A mismatch wins over a violation, because without determinism nothing else can be
 * trusted; what is missing (lost seeds, the canary, `requireGoals`) counts only where nothing was found.
 */
export function judge(
  campaign: Campaign,
  system: System,
  requireGoals: boolean,
  canary: CanaryFate = {kind: 'off'},
  /** What else was wanted of it and is not there. */
  wanting: readonly string[] = [],
): {readonly verdict: Verdict; readonly reasons: readonly string[]} {
  if (campaign.mismatches.length > 0) return {verdict: 'nondeterminism', reasons: []};
  if (campaign.findings.length > 0) return {verdict: 'violation', reasons: []};
  const reasons = [
    ...(campaign.runs === 0 ? ['nothing ran'] : []),
    ...lostReasons(campaign),
    ...canaryReasons(canary),
    ...(requireGoals && campaign.runs > 0 ? missing(campaign, system) : []),
    ...wanting,
  ];
  return {verdict: reasons.length > 0 ? 'inconclusive' : 'ok', reasons};
}

/** Silence about seeds that never came to an end is no proof. */
function lostReasons({lost}: Campaign): string[] {
  const seeds = lost.reduce((sum, {indices}) => sum + indices.length, 0);
  return seeds === 0 ? [] : [`nothing is known about ${counted(seeds, 'seed')}: lost with their workers`];
}

function canaryReasons(canary: CanaryFate): string[] {
  if (canary.kind === 'missed') return [`the canary ${canary.id} was not caught`];
  return canary.kind === 'failed' ? [`the canary was not caught: ${canary.reason}`] : [];
}

function missing(campaign: Campaign, system: System): string[] {
  const {missed} = campaign.goals;
  const vacuous = vacuousClaims(campaign, system);
  return [
    ...(missed.length > 0 ? [`goals not reached: ${missed.join(', ')}`] : []),
    ...(vacuous.length > 0 ? [`claims that never had anything to judge: ${vacuous.join(', ')}`] : []),
  ];
}

const RANK: readonly Verdict[] = ['nondeterminism', 'violation', 'inconclusive', 'ok'];

/** The verdict over several campaigns: the gravest of theirs; `inconclusive` if there is none. */
export const gravest = (verdicts: readonly Verdict[]): Verdict =>
  RANK.find(verdict => verdicts.includes(verdict)) ?? 'inconclusive';
