/** A campaign in this process: seed after seed, one finding a signature, until the runs, the time or the findings are full. */
import {UsageError} from './assert.ts';
import {runBatch} from './batch.ts';
import type {Campaign, CampaignOptions} from './campaign.ts';
import {holdGuard} from './guard.ts';
import {WHOLE} from './positions.ts';
import {campaignFrom} from './sums.ts';
import type {System} from './system.ts';

export const RERUN_ONE_IN = 20;
export const MAX_FINDINGS = 10;

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
  const {forMs, seedBase, wallClock, onProgress, variant = 'default'} = options;
  const start = wallClock();
  const batch = {
    seedBase,
    variant,
    shard: WHOLE,
    positions: [0, options.runs ?? Number.MAX_SAFE_INTEGER] as const,
    rerunOneIn: options.rerunOneIn ?? RERUN_ONE_IN,
    maxFindings: options.maxFindings ?? MAX_FINDINGS,
    known: [],
  };
  const {sum} = await runBatch(system, batch, {
    wallClock,
    onSeed: () => forMs !== undefined && wallClock() - start >= forMs,
    onDone: soFar => onProgress?.(campaignFrom(system, variant, seedBase, soFar.result())) === true,
  });
  return campaignFrom(system, variant, seedBase, sum);
}
