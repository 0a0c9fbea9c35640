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
