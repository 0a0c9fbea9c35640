/** The steps of a plan as a person goes through them: operations, faults and fates by the time at which they show. */
import type {TraceEvent} from '../events.ts';
import type {PlanStep} from '../explanation.ts';
import {compareText} from '../json.ts';
import type {Plan} from '../plan.ts';

/** What a step does to a plan that goes without it. */
export function withoutStep(plan: Plan, {kind, id}: PlanStep): Plan {
  switch (kind) {
    case 'operation':
      return {...plan, operations: plan.operations.filter(operation => operation.id !== id)};
    case 'fault':
      return {...plan, faults: plan.faults.filter(fault => fault.id !== id)};
    case 'fate':
      return {
        ...plan,
        fates: Object.fromEntries(Object.entries(plan.fates ?? {}).filter(([key]) => key !== id)),
      };
  }
}

/**
 * All steps of a plan, in the order of their times; a step that its trace does not tell of comes last. `events`: of
 * the trace of the plan's run.
 */
export function stepsOf(plan: Plan, events: readonly TraceEvent[]): PlanStep[] {
  const seen = firstSeen(events);
  const step = (kind: PlanStep['kind'], id: string, label: string): PlanStep => {
    const event = seen[kind].get(id);
    const where = event === undefined || event.at === '' || kind === 'fate' ? '' : ` on ${event.at}`;
    return {kind, id, label: `${label}${where}`, atMs: event?.t ?? null};
  };
  const steps = [
    ...plan.operations.map(({id, kind}) => step('operation', id, `${id} ${kind}`)),
    ...plan.faults.map(({id, kind}) => step('fault', id, `${id} ${kind}`)),
    ...Object.entries(plan.fates ?? {})
      .sort((a, b) => compareText(a[0], b[0]))
      .map(([id, {act, delayMs}]) => step('fate', id, `${act ?? `${delayMs} ms`}: ${id}`)),
  ];
  const last = Number.MAX_SAFE_INTEGER;
  // the sort is stable: operations, faults and fates of one moment stay in that order
  return steps.sort((a, b) => (a.atMs ?? last) - (b.atMs ?? last));
}

/** The first event that tells of each step, by its id. */
function firstSeen(events: readonly TraceEvent[]): Record<PlanStep['kind'], Map<string, TraceEvent>> {
  const seen = {
    operation: new Map<string, TraceEvent>(),
    fault: new Map<string, TraceEvent>(),
    fate: new Map<string, TraceEvent>(),
  };
  for (const event of events) {
    if (event.k === 'op' && !seen.operation.has(event.op)) seen.operation.set(event.op, event);
    if (event.k === 'fault' && !seen.fault.has(event.id)) seen.fault.set(event.id, event);
    if (event.k === 'fate' && !seen.fate.has(event.key)) seen.fate.set(event.key, event);
  }
  return seen;
}
