/** Runs a finding once more: to see that it comes again, and to learn the digest and the fates that make its plan explicit. */
import type {CampaignFinding, Mismatch} from '../sim/campaign.ts';
import type {Plan} from '../sim/plan.ts';
import {run} from '../sim/run.ts';
import type {System} from '../sim/system.ts';

export type Confirmation =
  | {readonly kind: 'confirmed'; readonly plan: Plan; readonly digest: string}
  | {readonly kind: 'lost'; readonly mismatch: Mismatch};

/**
 * The plan of a finding with every fate in it by name, so that it outlives changes to how fates are drawn; with the
 * fates still drawn if naming them gives another run. `lost` if the seed does not fail in the same way again.
 */
export async function confirm(
  system: System,
  finding: CampaignFinding,
  variant: string,
): Promise<Confirmation> {
  const {seed, signature} = finding;
  const {plan, violation, digest, fates} = await run(system, {seed, variant});
  if (violation?.signature !== signature) {
    const second = violation === null ? 'no violation' : violation.signature;
    return {kind: 'lost', mismatch: {seed, first: signature, second, divergence: null}};
  }
  const explicit = {...plan, fates};
  const again = await run(system, {plan: explicit});
  return {kind: 'confirmed', plan: again.digest === digest ? explicit : plan, digest};
}
