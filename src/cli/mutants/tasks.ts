/** What a process that runs a mutant is asked to do, and what it says: plain data between two processes. */
import type {PlanSize} from '../../sim/explanation.ts';
import type {Plan} from '../../sim/plan.ts';
import type {Patch} from './patch.ts';

/** Loads a system, with a module patched or as it is; has to come first. */
export interface LoadTask {
  readonly kind: 'load';
  readonly given: string;
  readonly cwd: string;
  readonly patch: Patch | null;
}

/** Runs seeds until one breaks a claim. */
export interface CampaignTask {
  readonly kind: 'campaign';
  readonly seedBase: string;
  readonly variant: string;
  readonly seeds: number;
}

/** Makes the plan of a seed small. */
export interface ShrinkTask {
  readonly kind: 'shrink';
  readonly seed: string;
  readonly variant: string;
  readonly signature: string;
  readonly budgetMs: number;
}

/** Runs a plan once. */
export interface ReplayTask {
  readonly kind: 'replay';
  readonly plan: Plan;
}

/** Runs a seed once. */
export interface SeedTask {
  readonly kind: 'seed';
  readonly seed: string;
  readonly variant: string;
}

export type Task = LoadTask | CampaignTask | ShrinkTask | ReplayTask | SeedTask;

/** The first violation of a campaign. */
export interface Kill {
  /** How many seeds it took, this one included. */
  readonly seeds: number;
  readonly seed: string;
  readonly claim: string;
  readonly sentence: string;
  readonly signature: string;
  readonly message: string;
}

/** A plan made small, or as small as it was when the time was up. */
export interface Minimal {
  readonly plan: Plan;
  readonly size: PlanSize;
  readonly digest: string;
  readonly message: string;
  /** It was seen to be locally minimal. */
  readonly complete: boolean;
}

/** How far a task is; whoever says this is alive. */
export type Progress =
  {readonly kind: 'at'; readonly index: number} | {readonly kind: 'smaller'; readonly minimal: Minimal};

/** What came of a task. */
export type Answer =
  /** `met`: the patched module was not only found, but has run; or there is none. */
  | {readonly kind: 'loaded'; readonly met: boolean}
  | {readonly kind: 'killed'; readonly kill: Kill}
  | {readonly kind: 'survived'}
  | {readonly kind: 'minimal'; readonly minimal: Minimal}
  | {readonly kind: 'ran'; readonly signature: string | null; readonly digest: string}
  /** It could not be done: in words why. */
  | {readonly kind: 'failed'; readonly message: string};

export type Said = Progress | Answer;

/** What the child says is wrapped, since loaders and systems may send messages of their own. */
export interface Wrapped {
  readonly syncstorm: Said;
}

export const unwrap = (message: unknown): Said | null =>
  typeof message === 'object' && message !== null && 'syncstorm' in message
    ? (message as Wrapped).syncstorm
    : null;

export const isProgress = (said: Said): said is Progress => said.kind === 'at' || said.kind === 'smaller';
