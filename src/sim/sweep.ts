/** The sweep: a reference plan run over and over, each time with one single thing that goes wrong, at every place where it could. */
import {assert, UsageError} from './assert.ts';
import type {Census} from './census.ts';
import type {Outcome, Violation} from './outcome.ts';
import {INJECTED, type Injection} from './injection.ts';
import type {Plan} from './plan.ts';
import {run} from './run.ts';
import {faultInjections} from './sweep-faults.ts';
import {legInjections} from './sweep-legs.ts';
import {plainly} from './sums.ts';
import type {System} from './system.ts';

/** What everything is injected into. */
export interface Reference {
  /** The reference plan with its fates by name. */
  readonly plan: Plan;
  /** How often each hazard changed something in its own run. */
  readonly struck: Readonly<Record<string, number>>;
}

/** The list of a sweep, drawn up before anything is injected. */
export interface Sweep extends Reference {
  /** Of the reference plan's run. */
  readonly digest: string;
  readonly injections: readonly Injection[];
  /** What the plan itself breaks, if anything: then a sweep of it would tell nothing. */
  readonly violation: Violation | null;
  /** Tampers that are for an answer and find nothing in it to change: they are not injected. */
  readonly blank: number;
}

/** What came of one injection, as plain data. */
export interface Injected {
  /** `idle`: its message or statement never came, or its fault found no target. */
  readonly verdict: 'ok' | 'violation' | 'idle';
  /** It changed something. */
  readonly effective: boolean;
  readonly violation: Violation | null;
  readonly digest: string;
}

/**
 * Draws up every single thing that can go wrong in a plan: each hazard that the system declares, at every message,
 * statement and step that the plan meets. The same plan gives the same list in the same order.
 * Throws {@link UsageError} if the plan has a step of the name that injections use.
 */
export async function sweepInjections(system: System, reference: Plan): Promise<Sweep> {
  if (reference.faults.some(({id}) => id === INJECTED)) {
    throw new UsageError(`the plan has a fault called "${INJECTED}": that name is for what a sweep adds`);
  }
  const plan = await explicit(system, reference);
  const outcome = await run(system, {plan, census: 'all'});
  const {census, digest, violation} = outcome;
  assert(census !== null, 'a census that was asked for is taken');
  const nodes = system.nodes(plan.world);
  const unnumbered = [...legInjections(system, nodes, census), ...faultInjections(system, nodes, census)];
  const injections = unnumbered.map((injection, index) => ({id: `i${index + 1}`, ...injection}));
  return {plan, digest, injections, violation, struck: struck(outcome), blank: blanks(census)};
}

/** The plan with its fates by name and all else calm. */
async function explicit(system: System, plan: Plan): Promise<Plan> {
  if (plan.fates !== null) return plan;
  const {fates} = await run(system, {plan});
  return {...plan, fates};
}

const blanks = ({legs}: Census): number => legs.reduce((sum, {instead}) => sum + (instead?.blank ?? 0), 0);

/** The reference plan with one injection: a plan like any other. */
export function injectedPlan(plan: Plan, {change}: Pick<Injection, 'change'>): Plan {
  if (change.kind === 'fate') return {...plan, fates: {...plan.fates, [change.key]: change.fate}};
  return {...plan, faults: [...plan.faults, change.fault]};
}

/** Runs a reference plan with one injection. */
export async function runInjection(
  system: System,
  {plan, struck: before}: Reference,
  injection: Injection,
): Promise<Injected> {
  const outcome = await run(system, {plan: injectedPlan(plan, injection), census: 'steps'});
  const {digest} = outcome;
  const violation = outcome.violation === null ? null : plainly(outcome.violation);
  const verdict = violation !== null ? 'violation' : met(outcome, injection) ? 'ok' : 'idle';
  const {hazard} = injection;
  return {verdict, effective: (struck(outcome)[hazard] ?? 0) > (before[hazard] ?? 0), violation, digest};
}

const struck = ({hazards}: Outcome): Record<string, number> =>
  Object.fromEntries(Object.entries(hazards).map(([id, {effective}]) => [id, effective]));

function met({fates, census}: Outcome, {change}: Injection): boolean {
  if (change.kind === 'fate') return Object.hasOwn(fates, change.key);
  return census?.steps.some(({kind, id}) => kind === 'fault' && id === INJECTED) === true;
}
