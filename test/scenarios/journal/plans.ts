/** Plans of the journal for tests: drawn from seeds, and cut to what a test can compare. */
import {journal} from '../../../scenarios/journal/system.ts';
import {journalWorld, type JournalWorld} from '../../../scenarios/journal/world.ts';
import {drawPlan, seedAt, type Plan} from '../../../src/index.ts';

/** Faults that strike by the clock alone: nothing that another node does moves them. */
const BY_THE_CLOCK = [
  'partition',
  'partition-one-way',
  'clog',
  'slow-link',
  'pause',
  'freeze',
  'clock-skew',
  'clock-freeze',
];

export const worldOf = (plan: Plan): JournalWorld => journalWorld(plan.world);

/** The plan of a seed, in which no disk fails and nothing crashes: what befalls one node is then nobody else's doing. */
export function steadyPlan(base: string, index: number): Plan {
  const plan = drawPlan(journal, seedAt(base, index));
  const weather = Object.fromEntries(
    Object.entries(plan.weather).filter(([hazard]) => !hazard.endsWith('statement')),
  );
  return {...plan, weather, faults: plan.faults.filter(({kind}) => BY_THE_CLOCK.includes(kind))};
}

/** Whether an operation is done by, or to, a tenant. What is done to all servers is done to every tenant. */
function concerns(plan: Plan, {kind, target, args}: Plan['operations'][number], tenant: string): boolean {
  const {devices, tenants} = worldOf(plan);
  if (journal.operations[kind]?.role === 'device') return devices[target % devices.length]?.tenant === tenant;
  if (kind === 'rebuild') return tenants[(args as {tenant: number}).tenant % tenants.length]?.id === tenant;
  if (kind === 'cancel-rebuild') return tenants[Number(args) % tenants.length]?.id === tenant;
  return true;
}

/** The same plan without what other tenants do. */
export const withoutOthers = (plan: Plan, tenant: string): Plan => ({
  ...plan,
  operations: plan.operations.filter(operation => concerns(plan, operation, tenant)),
});
