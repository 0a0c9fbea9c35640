/** The first pass: everything that cannot have caused the violation goes at once, and the weather, which fates stand for. */
import {parseTrace} from '../events.ts';
import type {Outcome} from '../outcome.ts';
import type {Plan} from '../plan.ts';
import {placesOf} from '../size.ts';
import {causalSlice, sliceSteps, type StepsInSlice} from '../slice.ts';
import type {System} from '../system.ts';
import {oneByOne, type Pass} from './pass.ts';
import {renumber} from './renumber.ts';
import {withoutFates, withoutFaults, withoutOperations} from './steps.ts';

/** Distance from the violation to the end of the storm, ms. */
const AFTER_MS = 1;

/** The steps of a run's plan that are in the causal past of its violation; the run must have kept its trace. */
export function stepsInPast(system: System, {plan, trace}: Outcome): StepsInSlice {
  const {events} = parseTrace(trace ?? []);
  return sliceSteps(plan, events, causalSlice(events, placesOf(system, plan)));
}

/** `violating` gives the run that the plan is of, `inPast` the steps of the plan that shrinking began with. */
export const past = (violating: () => Outcome, inPast: () => StepsInSlice): Pass =>
  oneByOne('past', plan => {
    const atMs = violating().violation?.atMs ?? plan.stormMs;
    const weather = plan.fates === null ? plan.weather : {};
    const begun = {
      ...withoutOperations(
        withoutFaults(plan, ({at}) => at > atMs),
        ({at}) => at > atMs,
      ),
      weather,
    };
    const {operations, faults, fates} = inPast();
    const gone = begun.operations.map(({id}) => id).filter(id => !operations.has(id));
    const causes = withoutFates(
      withoutFaults(
        withoutOperations(begun, ({id}) => gone.includes(id)),
        ({id}) => !faults.has(id),
      ),
      key => !fates.has(key),
    );
    const renumbered = renumber({...violating(), plan: causes}, gone);
    const stormMs = Math.min(plan.stormMs, atMs + AFTER_MS);
    return [
      {...causes, stormMs},
      ...(renumbered === null ? [] : [{...causes, fates: renumbered, stormMs}]),
      {...begun, stormMs},
      begun,
    ].filter(candidate => size(candidate) < size(plan));
  });

const size = ({operations, faults, fates, weather, stormMs}: Plan): number =>
  operations.length + faults.length + Object.keys(fates ?? {}).length + Object.keys(weather).length + stormMs;
