/** What is told of a violation beyond the plan that shows it: the shapes of shrinking, explaining and filming. */
import type {Json} from './json.ts';
import type {Violation} from './outcome.ts';
import type {Plan} from './plan.ts';

/** How large a plan is: what a person has to read. */
export interface PlanSize {
  readonly operations: number;
  readonly faults: number;
  /** Explicit fates that are not calm. */
  readonly fates: number;
  readonly nodes: number;
  /** Operations, faults and fates together. */
  readonly steps: number;
}

/** One step of a plan: what it is, and how a person names it. */
export interface PlanStep {
  readonly kind: 'operation' | 'fault' | 'fate';
  /** Id of the operation or fault; the key of the fate. */
  readonly id: string;
  /** As in `o3 edit on c1` or `lose-response: c1>api POST /v1/… #2 res`. */
  readonly label: string;
  /** Virtual ms at which it first shows in the trace of the plan; null if it never does. */
  readonly atMs: number | null;
}

/** How likely the violation is once everything up to and including a step is fixed and the rest is drawn anew. */
export interface CurvePoint {
  /** Steps that are fixed: 0 is none, the world alone. */
  readonly fixed: number;
  readonly step: PlanStep | null;
  readonly runs: number;
  readonly hits: number;
}

/** What becomes of the violation without one step. */
export interface Necessity {
  readonly step: PlanStep;
  /** Null: not examined, since the time was up. */
  readonly necessary: boolean | null;
}

/** A kind of hazard, or of operation, that the original plan has: does the violation need any of it? */
export interface KindNecessity {
  readonly kind: string;
  readonly count: number;
  readonly necessary: boolean | null;
}

/** The plan that passes and differs least: the minimal one without one step, whose trace parts from it latest. */
export interface NearestPass {
  readonly without: PlanStep;
  /** Number of the first event that differs, and its line in each trace; null where a trace has ended. */
  readonly event: number;
  readonly failing: string | null;
  readonly passing: string | null;
}

export interface Explanation {
  readonly curve: readonly CurvePoint[];
  /** Every step of the minimal plan. */
  readonly necessary: readonly Necessity[];
  /** Every kind of step of the original plan. */
  readonly kinds: readonly KindNecessity[];
  /** Numbers of the events of the minimal plan's trace that could have influenced the violation. */
  readonly slice: readonly number[];
  readonly nearest: NearestPass | null;
}

/** What a node's state is after an event: only told when it is not what it was. */
export interface Frame {
  /** Number of the last event of the trace by then. */
  readonly event: number;
  readonly node: string;
  readonly state: Json;
}

/** The bodies of one exchange as text, cut where they are long; bytes that are no text as hexadecimal digits. */
export interface FilmedBodies {
  /** Method and path of the request where it has a query, which the trace leaves out. */
  readonly path?: string;
  readonly request?: string;
  /** As the server gave it first. */
  readonly answer?: string;
  /** As it reached the node that asked, where that is something else. */
  readonly arrived?: string;
}

/** What a run looks like from inside, beside its trace. */
export interface Film {
  readonly nodes: readonly {readonly id: string; readonly role: string; readonly place: string}[];
  readonly frames: readonly Frame[];
  /** Bodies of requests and answers by the number of their exchange (`x` in the trace), as text. */
  readonly bodies: Readonly<Record<string, FilmedBodies>>;
}

/** All there is to know about one finding: what a bundle is written from. */
export interface Examined {
  /** The plan as it was found, with its fates by name where that gives the same run, and its digest. */
  readonly original: Plan;
  readonly originalDigest: string;
  readonly originalSize: PlanSize;
  readonly minimal: Plan;
  readonly digest: string;
  readonly size: PlanSize;
  /** Of the minimal plan. */
  readonly violation: Violation;
  /** False: the time was up before the plan was seen to be locally minimal. */
  readonly locallyMinimal: boolean;
  /** Runs that shrinking took. */
  readonly runs: number;
  readonly explanation: Explanation;
  /** Lines of the minimal plan's trace. */
  readonly trace: readonly string[];
  readonly film: Film;
}
