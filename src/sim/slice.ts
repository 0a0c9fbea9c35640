/** The causal slice of a run: the events that could have influenced the violation, and the steps of its plan among them. */
import {Causes} from './causes/causes.ts';
import type {TraceEvent} from './events.ts';
import type {Plan} from './plan.ts';

/**
 * Numbers of the events in the causal past of the violation, in rising order, its own the last of them but for a fault
 * that is told after its first blow; empty where nothing was violated. `places`: where each node keeps its databases, by
 * id; a node that is not in it (a twin) has a place of its own.
 *
 * What counts: the order of a node's own doings within a life; for a request that it serves, only the request and what
 * was committed before, as long as the node keeps anything on its disk at all (what it remembers besides is not seen);
 * a message and what befell it; what is stored at a place, in the order of commits; faults of a node. Where the trace
 * leaves open which of several events it was, all of them count.
 */
export function causalSlice(events: readonly TraceEvent[], places: ReadonlyMap<string, string>): number[] {
  const violation = events.find(({k}) => k === 'violation');
  if (violation === undefined) return [];
  const causes = new Causes(events, places);
  const slice = new Set([violation.n]);
  // a set grows while it is gone through
  for (const n of slice) for (const cause of causes.of(n)) slice.add(cause);
  return [...slice].sort((a, b) => a - b);
}

/** Steps of a plan: operations and faults by id, fates by key. */
export interface StepsInSlice {
  readonly operations: ReadonlySet<string>;
  readonly faults: ReadonlySet<string>;
  readonly fates: ReadonlySet<string>;
}

/**
 * The steps of `plan` that show in `slice`, where `events` is the trace of that plan. A fate without an act only takes
 * its time and leaves no event: it counts if the node whose message or statement it is has any event in the slice. What
 * found no target and what was never met is in no slice.
 */
export function sliceSteps(
  plan: Plan,
  events: readonly TraceEvent[],
  slice: readonly number[],
): StepsInSlice {
  const operations = new Set<string>();
  const faults = new Set<string>();
  const fates = new Set<string>();
  const nodes = new Set<string>();
  for (const n of slice) {
    const event = events[n - 1];
    if (event === undefined) continue;
    nodes.add(event.at);
    if (event.k === 'op') operations.add(event.op);
    if (event.k === 'fault') faults.add(event.id);
    if (event.k === 'fate') fates.add(event.key);
  }
  const ofNodeIn = (key: string): boolean =>
    [...nodes].some(node => node !== '' && (key.startsWith(`${node}>`) || key.startsWith(`${node} sql `)));
  const silent = (key: string): boolean => plan.fates?.[key]?.act === undefined;
  return {
    operations: new Set(plan.operations.map(({id}) => id).filter(id => operations.has(id))),
    faults: new Set(plan.faults.map(({id}) => id).filter(id => faults.has(id))),
    fates: new Set(
      Object.keys(plan.fates ?? {}).filter(key => fates.has(key) || (silent(key) && ofNodeIn(key))),
    ),
  };
}
