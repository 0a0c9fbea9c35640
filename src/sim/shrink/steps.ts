/** Passes that take steps of a plan away: whole kinds at once, then operations, faults and fates piece by piece. */
import {compareText} from '../json.ts';
import type {Fate, Plan, PlannedFault, PlannedOperation} from '../plan.ts';
import type {Outcome} from '../outcome.ts';
import {byPieces, oneByOne, type Pass} from './pass.ts';
import {renumber} from './renumber.ts';

const fateKeys = (plan: Plan): string[] => Object.keys(plan.fates ?? {}).sort(compareText);

export function withoutFates(plan: Plan, gone: (key: string, fate: Fate) => boolean): Plan {
  if (plan.fates === null) return plan;
  return {
    ...plan,
    fates: Object.fromEntries(Object.entries(plan.fates).filter(([key, fate]) => !gone(key, fate))),
  };
}

export const withoutFaults = (plan: Plan, gone: (fault: PlannedFault) => boolean): Plan => ({
  ...plan,
  faults: plan.faults.filter(fault => !gone(fault)),
});

export const withoutOperations = (plan: Plan, gone: (operation: PlannedOperation) => boolean): Plan => ({
  ...plan,
  operations: plan.operations.filter(operation => !gone(operation)),
});

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort(compareText);

/** The plan without one kind of fate, fault or operation at a time; first without any fate, without any fault. */
export const kinds = oneByOne('kinds', plan => {
  const fates = Object.values(plan.fates ?? {});
  const acts = distinct(fates.map(({act}) => act ?? ''));
  const faults = distinct(plan.faults.map(({kind}) => kind));
  const operations = distinct(plan.operations.map(({kind}) => kind));
  return [
    ...(fates.length > 0 && plan.faults.length > 0
      ? [
          withoutFates(
            withoutFaults(plan, () => true),
            () => true,
          ),
        ]
      : []),
    ...(fates.length > 0 ? [withoutFates(plan, () => true)] : []),
    ...(plan.faults.length > 0 ? [withoutFaults(plan, () => true)] : []),
    ...acts.map(kind => withoutFates(plan, (_, {act}) => (act ?? '') === kind)),
    ...faults.map(kind => withoutFaults(plan, fault => fault.kind === kind)),
    ...operations.map(kind => withoutOperations(plan, operation => operation.kind === kind)),
  ];
});

export const faults: Pass = byPieces(
  'faults',
  plan => plan.faults.map(({id}) => id),
  (plan, gone) => [withoutFaults(plan, ({id}) => gone.includes(id))],
);

export const fates: Pass = byPieces('fates', fateKeys, (plan, gone) => [
  withoutFates(plan, key => gone.includes(key)),
]);

/** `violating` gives the run that the plan is of, with its owners recorded. */
export const operations = (violating: () => Outcome): Pass =>
  byPieces(
    'operations',
    plan => plan.operations.map(({id}) => id),
    (plan, gone) => {
      const rest = withoutOperations(plan, ({id}) => gone.includes(id));
      const moved = renumber(violating(), gone);
      return moved === null ? [rest] : [rest, {...rest, fates: moved}];
    },
  );
