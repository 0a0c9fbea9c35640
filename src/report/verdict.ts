/** What a run or a campaign amounts to: one of four verdicts, and the reasons where it is not `ok`. */
import type {Campaign} from '../sim/campaign.ts';
import {compareText} from '../sim/json.ts';
import type {System} from '../sim/system.ts';

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
 * trusted; what is missing (`requireGoals`) counts only where nothing was found.
 */
export function judge(
  campaign: Campaign,
  system: System,
  requireGoals: boolean,
): {readonly verdict: Verdict; readonly reasons: readonly string[]} {
  if (campaign.mismatches.length > 0) return {verdict: 'nondeterminism', reasons: []};
  if (campaign.findings.length > 0) return {verdict: 'violation', reasons: []};
  if (campaign.runs === 0) return {verdict: 'inconclusive', reasons: ['nothing ran']};
  if (!requireGoals) return {verdict: 'ok', reasons: []};
  const vacuous = vacuousClaims(campaign, system);
  const reasons = [
    ...(campaign.goals.missed.length > 0 ? [`goals not reached: ${campaign.goals.missed.join(', ')}`] : []),
    ...(vacuous.length > 0 ? [`claims that never had anything to judge: ${vacuous.join(', ')}`] : []),
  ];
  return {verdict: reasons.length > 0 ? 'inconclusive' : 'ok', reasons};
}

const RANK: readonly Verdict[] = ['nondeterminism', 'violation', 'inconclusive', 'ok'];

/** The verdict over several campaigns: the gravest of theirs; `inconclusive` if there is none. */
export const gravest = (verdicts: readonly Verdict[]): Verdict =>
  RANK.find(verdict => verdicts.includes(verdict)) ?? 'inconclusive';
