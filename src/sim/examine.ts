/** Examines a finding: sees that it comes again, makes it small, explains it and films it. */
import type {Examined} from './explanation.ts';
import {explain} from './explain/explain.ts';
import type {Plan} from './plan.ts';
import {run} from './run.ts';
import {shrink, type Shrunk} from './shrink/shrink.ts';
import {sizeOf} from './size.ts';
import type {System} from './system.ts';

export interface ExamineOptions {
  readonly signature: string;
  /** For shrinking, in ms of `wallClock`; 0 leaves the plan as large as it is. */
  readonly shrinkMs: number;
  /** For asking what is necessary, in ms of `wallClock`. */
  readonly explainMs: number;
  /** Futures for each point of the curve; 0 for no curve. */
  readonly futures: number;
  readonly wallClock: () => number;
}

/** A finding that did not come again: what came in its place. */
export interface Vanished {
  readonly kind: 'vanished';
  readonly digest: string;
  /** The signature that was found now; null if nothing was. */
  readonly signature: string | null;
}

export type Examination = ({readonly kind: 'examined'} & Examined) | Vanished;

/** `plan`: drawn from a seed, or stored. */
export async function examine(system: System, plan: Plan, options: ExamineOptions): Promise<Examination> {
  const {signature, wallClock} = options;
  const first = await run(system, {plan});
  if (first.violation?.signature !== signature) {
    return {kind: 'vanished', digest: first.digest, signature: first.violation?.signature ?? null};
  }
  const original = await named(system, plan, first.fates, first.digest);
  const small = await shrink(system, original, {signature, budgetMs: options.shrinkMs, wallClock});
  return {kind: 'examined', ...(await examineSmall(system, original, small, options))};
}

/** All there is to know about a finding whose plan was made small; `original`: the plan as it was found. */
export async function examineSmall(
  system: System,
  original: Plan,
  small: Shrunk,
  options: Omit<ExamineOptions, 'shrinkMs'>,
): Promise<Examined> {
  const {plan: minimal} = small;
  const {signature, wallClock} = options;
  const {digest: originalDigest} = await run(system, {plan: original});
  const explanation = await explain(system, minimal, original, {
    signature,
    futures: options.futures,
    budgetMs: options.explainMs,
    wallClock,
  });
  const {trace, film} = await run(system, {plan: minimal, trace: true, film: true});
  return {
    original,
    originalDigest,
    originalSize: sizeOf(system, original),
    minimal,
    digest: small.digest,
    size: small.size,
    violation: small.violation,
    locallyMinimal: small.complete,
    runs: small.runs,
    explanation,
    trace: trace ?? [],
    film: film ?? {nodes: [], frames: [], bodies: {}},
  };
}

/** The plan with every fate by its name, so that it outlives changes to how fates are drawn; as it is if that is another run. */
async function named(system: System, plan: Plan, fates: Plan['fates'], digest: string): Promise<Plan> {
  if (plan.fates !== null) return plan;
  const explicit = {...plan, fates};
  return (await run(system, {plan: explicit})).digest === digest ? explicit : plan;
}
