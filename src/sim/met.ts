/** Which steps of a plan took effect in a run: what a stored plan must still meet, or it tests nothing any more. */
import {assert} from './assert.ts';
import {compareText} from './json.ts';
import type {Outcome} from './outcome.ts';

/**
 * The steps of the plan that were met while the storm was on, in order of text: `operation o3`, `fault f1`, `fate KEY`; and as
 * `effect HAZARD` every hazard that changed something. The run must have been asked for a census.
 */
export function metSteps({plan, census, fates, hazards}: Outcome): string[] {
  assert(census !== null, 'what a run met is told by its census');
  const planned = new Set([
    ...plan.operations.map(({id}) => `operation ${id}`),
    ...plan.faults.map(({id}) => `fault ${id}`),
    ...Object.keys(plan.fates ?? {}).map(key => `fate ${key}`),
  ]);
  const met = [
    ...census.steps.map(({kind, id}) => `${kind} ${id}`),
    ...Object.keys(fates).map(key => `fate ${key}`),
  ].filter(step => planned.has(step));
  const effects = Object.keys(hazards).filter(id => (hazards[id]?.effective ?? 0) > 0);
  return [...new Set([...met, ...effects.map(id => `effect ${id}`)])].sort(compareText);
}
