/** What a plan amounts to: how many steps a person has to read, and where its nodes keep their databases. */
import type {PlanSize} from './explanation.ts';
import type {Plan} from './plan.ts';
import type {System} from './system.ts';

/** The size of a plan: its operations, faults and explicit fates are its steps. */
export function sizeOf(system: System, plan: Plan): PlanSize {
  const operations = plan.operations.length;
  const faults = plan.faults.length;
  const fates = Object.keys(plan.fates ?? {}).length;
  return {
    operations,
    faults,
    fates,
    nodes: system.nodes(plan.world).length,
    steps: operations + faults + fates,
  };
}

/** Where each node of a plan's world keeps its databases, by its id. */
export const placesOf = (system: System, plan: Plan): Map<string, string> =>
  new Map(system.nodes(plan.world).map(({id, place}) => [id, place ?? id]));
