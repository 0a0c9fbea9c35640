/** Shards of campaigns as they are stored, made by hand, with every part that a test wants to change. */
import {
  CAMPAIGN_SCHEMA,
  type CampaignSum,
  type StoredCampaign,
  type StoredShard,
} from '../../src/sim/campaign.ts';

export const aSum = (change: Partial<CampaignSum> = {}): CampaignSum => ({
  runs: 25,
  happenings: 5_000,
  messages: 900,
  virtualMs: 750_000,
  findings: {},
  probes: {'page applied': 12},
  hazards: {delay: {offered: 900, delivered: 80, effective: 70}},
  claims: {'VFS-3': {checked: 500, armed: 40}},
  reruns: 1,
  mismatches: [],
  slowest: {seed: '0x9f3ac1d204e71b55', ms: 31},
  lost: [],
  ...change,
});

export const aShard = (change: Partial<StoredShard> = {}): StoredShard => ({
  system: 'sample',
  variant: 'default',
  seedBase: '0x0000000000000007',
  shard: {index: 1, of: 8},
  done: [[0, 25]],
  elapsedMs: 1_000,
  sum: aSum(),
  ...change,
});

export const stored = (...shards: readonly StoredShard[]): StoredCampaign => ({
  schema: CAMPAIGN_SCHEMA,
  shards,
});
