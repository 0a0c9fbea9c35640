/** Starts the canary beside a campaign, and says at its end what became of it. */
import type {CanaryFate} from '../../report/verdict.ts';
import type {Io} from '../io.ts';
import type {Named} from '../load-system.ts';
import {catchCanary} from '../mutants/canary.ts';

/** A canary that is under way. */
export interface Flight {
  /** What became of it; waits for it unless the user has asked to stop. */
  readonly land: (interrupted: boolean) => Promise<CanaryFate>;
}

/** Runs in a process of its own. A canary that cannot be run at all has not been caught: the campaign goes on, and says so. */
export function releaseCanary(
  named: Named,
  options: {readonly seedBase: string; readonly variant: string},
  io: Io,
): Flight {
  let landed: CanaryFate | null = null;
  const flying = fly(named, options, io).then(fate => (landed = fate));
  return {
    land: async interrupted => {
      if (interrupted)
        return landed ?? {kind: 'failed', reason: 'it was not caught by the time of the interruption'};
      return flying;
    },
  };
}

async function fly(
  named: Named,
  options: {readonly seedBase: string; readonly variant: string},
  {cwd}: Io,
): Promise<CanaryFate> {
  try {
    const canary = await catchCanary(named, {...options, cwd});
    if (canary === null) return {kind: 'none'};
    const {id, caught, seeds, signature} = canary;
    return {kind: caught ? 'caught' : 'missed', id, seeds, signature};
  } catch (error) {
    return {kind: 'failed', reason: error instanceof Error ? error.message : String(error)};
  }
}
