/** What many runs of one system add up to: findings by signature, goals, hazards, claims, and whether reruns agreed. */
import type {ClaimCount, HazardCount, Violation} from './outcome.ts';

/** All runs that broke the same claim in the same way. */
export interface CampaignFinding {
  readonly signature: string;
  readonly claim: string;
  readonly sentence: string;
  /** How many runs had it, and the first seed that did. */
  readonly count: number;
  readonly seed: string;
  /** Operations and faults in that seed's plan. */
  readonly steps: number;
  readonly violation: Violation;
}

/** A run that gave another digest when it was run again. */
export interface Mismatch {
  readonly seed: string;
  readonly first: string;
  readonly second: string;
  /** Number of the first event at which the two traces differ, and its line in each; null when the traces are equal. */
  readonly divergence: {readonly line: number; readonly first: string; readonly second: string} | null;
}

/** Seeds that were given to a worker which died or hung: nothing is known about them. */
export interface LostBatch {
  /** Indices of the campaign's seeds, in rising order. */
  readonly indices: readonly number[];
  /** The seed that it was at; null if it had not begun. */
  readonly seed: string | null;
  readonly cause: 'died' | 'hung';
}

export interface Campaign {
  readonly system: string;
  readonly variant: string;
  readonly seedBase: string;
  readonly runs: number;
  readonly happenings: number;
  readonly messages: number;
  readonly virtualMs: number;
  readonly findings: readonly CampaignFinding[];
  readonly goals: {readonly reached: Readonly<Record<string, number>>; readonly missed: readonly string[]};
  readonly hazards: Readonly<Record<string, HazardCount>>;
  readonly claims: Readonly<Record<string, ClaimCount>>;
  /** How many seeds were run a second time, and those whose digests differed. */
  readonly reruns: number;
  readonly mismatches: readonly Mismatch[];
  /** The seed that took longest, in ms of the clock that the caller gave; null when nothing ran. */
  readonly slowest: {readonly seed: string; readonly ms: number} | null;
  /** Batches of seeds that were lost with their worker. */
  readonly lost: readonly LostBatch[];
}

/** What some of a campaign's seeds add up to, as plain data: sums of disjoint seeds join into the sum of all. */
export interface CampaignSum {
  readonly runs: number;
  readonly happenings: number;
  readonly messages: number;
  readonly virtualMs: number;
  /** By signature; `index` is that of the first seed that had it, which `seed`, `steps` and `violation` are of. */
  readonly findings: Readonly<Record<string, CampaignFinding & {readonly index: number}>>;
  readonly probes: Readonly<Record<string, number>>;
  readonly hazards: Readonly<Record<string, HazardCount>>;
  readonly claims: Readonly<Record<string, ClaimCount>>;
  readonly reruns: number;
  readonly mismatches: readonly Mismatch[];
  readonly slowest: {readonly seed: string; readonly ms: number} | null;
  readonly lost: readonly LostBatch[];
}

/** What became of the canary: the one known bug that a campaign has to catch, or its silence is worth nothing. */
export type CanaryFate =
  | {
      readonly kind: 'caught' | 'missed';
      /** Id of its mutant. */
      readonly id: string;
      readonly seeds: number;
      readonly signature: string | null;
    }
  /** The system has none. */
  | {readonly kind: 'none'}
  /** Nobody asked for it. */
  | {readonly kind: 'off'}
  | {readonly kind: 'failed'; readonly reason: string};

/** One shard of a campaign as it is stored. Seed `i` belongs to shard `index` of `of` if `i % of === index - 1`. */
export interface StoredShard {
  readonly system: string;
  readonly variant: string;
  readonly seedBase: string;
  readonly shard: {readonly index: number; readonly of: number};
  /** Positions within the shard that are done, as rising disjoint ranges `[from, to)`: position p is seed `p * of + index - 1`. */
  readonly done: readonly (readonly [number, number])[];
  /** Wall time that it took so far, in ms. */
  readonly elapsedMs: number;
  readonly sum: CampaignSum;
  /** Left out until it is known, and where nobody asked. */
  readonly canary?: CanaryFate;
}

export const CAMPAIGN_SCHEMA = 'syncstorm.campaign/1';

/** The file `campaign.json` of a folder of results: one shard, or several that were merged. */
export interface StoredCampaign {
  readonly schema: typeof CAMPAIGN_SCHEMA;
  readonly shards: readonly StoredShard[];
}

export interface CampaignOptions {
  /** Stop after so many runs, or so many ms, whichever comes first; at least one must be given. */
  readonly runs?: number;
  readonly forMs?: number;
  /** Seed `i` of the campaign is derived from this text and `i`. */
  readonly seedBase: string;
  readonly variant?: string;
  /** Run one seed in so many a second time and compare digests; 0 for never, 20 unless told. */
  readonly rerunOneIn?: number;
  /** Stop at so many different signatures; 10 unless told. */
  readonly maxFindings?: number;
  /** Wall clock in ms, for `forMs` and speeds only; never part of a verdict. */
  readonly wallClock: () => number;
  /** Called after every run. Returning true stops the campaign. */
  readonly onProgress?: (campaign: Campaign) => boolean | undefined;
}
