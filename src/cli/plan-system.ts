/** Finds the system that a stored plan is of: by its name among the registered ones, or where the user says it is. */
import {printable} from '../report/printable.ts';
import type {Plan} from '../sim/plan.ts';
import {replayCommand} from './command.ts';
import {loadSystem, registered, type Named} from './load-system.ts';
import {Misuse} from './misuse.ts';

/** `given`: what `--system` says; null without it. A stored file never names code to load. Throws {@link Misuse}. */
export async function systemOf(plan: Plan, given: string | null, file: string, cwd: string): Promise<Named> {
  if (given === null) {
    const named = registered().find(({system}) => system.name === plan.system);
    if (named !== undefined) return named;
    throw new Misuse(
      `the plan is of a system called "${printable(plan.system)}", which is not registered`,
      `say where it is: ${replayCommand(file, './module-that-exports-it.mjs')}`,
    );
  }
  const named = await loadSystem(given, cwd);
  if (named.system.name === plan.system) return named;
  throw new Misuse(
    `the plan is of the system "${printable(plan.system)}", not of "${named.system.name}"`,
    `leave out --system, or give the one that exports "${printable(plan.system)}"`,
  );
}
