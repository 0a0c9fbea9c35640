/** What a run leaves behind: the verdict, what was seen and what was met, as plain data. */
import type {Census} from './census.ts';
import type {Film} from './explanation.ts';
import type {Fate, Plan} from './plan.ts';

/** A claim that did not hold: where, when, and what was seen in place of what was expected. */
export interface Violation {
  /** Id of the claim, as in `VFS-I8`; `SIM-…` for the harness's own claims about any system. */
  readonly claim: string;
  readonly sentence: string;
  /** `claim/stage/code/role`: one bug has one signature, whatever the seed. */
  readonly signature: string;
  readonly stage: string;
  readonly code: string;
  /** Role and id of the node concerned; empty when it is the world as a whole. */
  readonly role: string;
  readonly node: string;
  readonly message: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
  /** Number of the happening after which it was seen, and the virtual time in ms. */
  readonly happening: number;
  readonly atMs: number;
}

/** How often a hazard could have struck, struck, and changed anything. */
export interface HazardCount {
  readonly offered: number;
  readonly delivered: number;
  readonly effective: number;
}

/** How often a claim was asked, and how often it had something to judge. */
export interface ClaimCount {
  readonly checked: number;
  readonly armed: number;
}

export interface Outcome {
  readonly plan: Plan;
  readonly verdict: 'ok' | 'violation';
  readonly violation: Violation | null;
  /** Rolling hash over every event of the run: 16 hexadecimal digits. */
  readonly digest: string;
  readonly happenings: number;
  readonly virtualMs: number;
  readonly messages: number;
  /** Marks reached, with how often. */
  readonly probes: Readonly<Record<string, number>>;
  readonly hazards: Readonly<Record<string, HazardCount>>;
  readonly claims: Readonly<Record<string, ClaimCount>>;
  /** Every fate that was not calm, by identity: put into the plan, they make it explicit. */
  readonly fates: Readonly<Record<string, Fate>>;
  /** The trace's lines, header and footer included; null when it was not asked for. */
  readonly trace: readonly string[] | null;
  /**
   * For which operation each message and statement was, in order, by the name that fates know them by, without the
   * number; null when it was not asked for.
   */
  readonly owners: Readonly<Record<string, readonly string[]>> | null;
  /** What began and what could have met something; null when it was not asked for. */
  readonly census: Census | null;
  /** What the nodes looked like from inside; null when it was not asked for. */
  readonly film: Film | null;
}

/** The signature of a violation: what makes a thousand seeds of one bug one finding. */
export const signatureOf = (claim: string, stage: string, code: string, role: string): string =>
  [claim, stage, code, role].map(part => (part === '' ? '-' : part)).join('/');
