/** One single thing that goes wrong in a sweep: what it is, where it strikes, and what it adds to the plan. */
import type {Fate, PlannedFault} from './plan.ts';

/** An injection as it stands in the list of a sweep. */
export interface Injection {
  /** Its number in the list, from 1: `i1`. */
  readonly id: string;
  /** The hazard that it is of; the tamper's for a tampered answer, `crash-before` and `crash-after` for a statement. */
  readonly hazard: string;
  /** One line that says what goes wrong where; no two injections of a list have the same. */
  readonly name: string;
  readonly change: Change;
}

/** What an injection adds to the plan. */
export type Change =
  | {readonly kind: 'fate'; readonly key: string; readonly fate: Fate}
  | {readonly kind: 'fault'; readonly fault: PlannedFault};

/** An injection before it has its number. */
export type Unnumbered = Omit<Injection, 'id'>;

/** The id of the fault that an injection adds to a plan. */
export const INJECTED = 'injected';
