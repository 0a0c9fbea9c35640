/** `--scenario`: one scenario of a system that is given by its name; the same as giving `SYSTEM/SCENARIO`. */
import {printable} from '../report/printable.ts';
import type {Args, Flag} from './args.ts';
import {isRegistered, looksLikePath, scenariosOf} from './load-system.ts';
import {Misuse} from './misuse.ts';
import {suggestion} from './nearest.ts';
import {textOf} from './values.ts';

/** The flag of every verb that takes a system. */
export const SCENARIO_FLAG: Readonly<Record<string, Flag>> = {
  scenario: {value: 'NAME', about: 'a scenario of the system (see list): the same as SYSTEM/NAME'},
};

/**
 * What the user gave as a system, with the scenario that `--scenario` names: from here on there is only one text.
 * Undefined where no system is given at all. Throws {@link Misuse} for a scenario without a system that could have one.
 */
export function systemText(args: Args, given: string | undefined): string | undefined {
  const scenario = textOf(args, 'scenario');
  if (scenario === undefined) return given;
  const wrong = `--scenario says which scenario of a system is meant`;
  if (given === undefined) {
    throw new Misuse(`${wrong}, and no system is given`, 'name the system too, as in: vfs --scenario NAME');
  }
  if (looksLikePath(given)) {
    throw new Misuse(
      `${wrong}, and ${printable(given)} is ${isRegistered(given) ? 'one already' : 'a module, which has none'}`,
      'leave out --scenario',
    );
  }
  const scenarios = scenariosOf(given);
  if (scenarios.includes(scenario)) return `${given}/${scenario}`;
  // a system that is not there is told by whoever looks it up
  if (scenarios.length === 0 && !isRegistered(given)) return given;
  throw new Misuse(
    `${printable(given)} has no scenario "${printable(scenario)}"`,
    scenarios.length === 0 ? 'leave out --scenario' : suggestion(scenario, scenarios, 'scenarios'),
  );
}
