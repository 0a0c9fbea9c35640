/** What every fault needs: how it begins and ends, and what several of them do to nodes. */
import type {Core} from './core.ts';
import type {SimNode} from './life.ts';
import type {PlannedFault} from './plan.ts';
import type {World} from './world.ts';

export type Ending = () => void;
/** Begins a fault on its target; returns what ends it, or null if there was nothing to do. */
export type Handler = (world: World, node: SimNode, fault: PlannedFault) => Ending | null;

const LONGEST_WAIT_MS = 64;

export const nothing: Ending = () => undefined;

export const effective = (core: Core, id: string): void => core.tally.hazard(id, 'effective');

/** Holds a node down for the length of a fault. */
export function holdDown(world: World, node: SimNode, cause: string): Ending {
  node.heldDown += 1;
  world.crash(node, null, cause);
  return () => {
    node.heldDown -= 1;
    world.boot(node);
  };
}

/** Calls `then` once no transaction is open at the place; looks again after 1 ms, then ever less often. */
export function whenQuiet(world: World, place: string, then: () => void, waitMs = 1): void {
  if (!world.storage.busy(place)) then();
  else {
    const longerMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    world.core.scheduleWorld(waitMs, () => whenQuiet(world, place, then, longerMs));
  }
}
