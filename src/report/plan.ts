/** A drawn plan as columns that a person can read: world, weather, faults and operations, before anything runs. */
import {compareText} from '../sim/json.ts';
import type {Plan, PlannedFault, PlannedOperation} from '../sim/plan.ts';
import {counted, duration, grouped} from './amounts.ts';
import {columns, indent} from './columns.ts';
import type {Paint} from './paint.ts';
import {printable, shown} from './printable.ts';

/** The whole configuration of a run. World and weather are sorted by name; steps are in the order of the plan. */
export function planLines(plan: Plan, paint: Paint): string[] {
  const heading = (title: string): string => paint.bold(title);
  return [
    ...columns([
      [heading('plan'), `${printable(plan.system)}, variant ${printable(plan.variant)}, seed ${plan.seed}`],
      [heading('limits'), limits(plan)],
      [heading('world'), pairs(plan.world, shown)],
      [heading('weather'), weather(plan)],
      [heading('fates'), fates(plan)],
    ]),
    heading(counted(plan.faults.length, 'fault')),
    ...indent(faultRows(plan.faults)),
    heading(counted(plan.operations.length, 'operation')),
    ...indent(operationRows(plan.operations)),
    ...fateLines(plan, heading),
  ];
}

/** Fates by name, where the plan gives any. */
function fateLines({fates: given}: Plan, heading: (title: string) => string): string[] {
  const keys = Object.keys(given ?? {}).sort(compareText);
  if (keys.length === 0) return [];
  const rows = keys.map(key => {
    const {act, delayMs, arg} = given?.[key] ?? {delayMs: 0};
    return [printable(key), printable(act ?? ''), grouped(delayMs), arg === undefined ? '' : `${arg}`];
  });
  return [
    heading(counted(keys.length, 'fate')),
    ...indent(
      columns(
        [['message or statement', 'act', 'delay ms', 'arg'], ...rows],
        ['left', 'left', 'right', 'right'],
      ),
    ),
  ];
}

const limits = (plan: Plan): string =>
  `storm ${duration(plan.stormMs)}, patience ${duration(plan.patienceMs)}, ` +
  `at most ${grouped(plan.maxHappenings)} happenings`;

function pairs<T>(record: Readonly<Record<string, T>>, text: (value: T) => string): string {
  const names = Object.keys(record).sort(compareText);
  return names.length === 0
    ? 'nothing'
    : names.map(name => `${printable(name)}=${text(record[name] as T)}`).join('  ');
}

function weather(plan: Plan): string {
  const blowing = Object.entries(plan.weather).filter(([, oneIn]) => oneIn > 0);
  return blowing.length === 0 ? 'calm' : pairs(Object.fromEntries(blowing), oneIn => `1/${oneIn}`);
}

const fates = (plan: Plan): string =>
  plan.fates === null
    ? 'drawn from the weather'
    : `${counted(Object.keys(plan.fates).length, 'fate')} given, all else calm`;

function faultRows(faults: readonly PlannedFault[]): string[] {
  if (faults.length === 0) return [];
  const rows = faults.map(fault => [
    grouped(fault.at),
    fault.lasts === null ? 'for ever' : grouped(fault.lasts),
    printable(fault.id),
    printable(fault.kind),
    `${fault.target}`,
    `${fault.arg}`,
  ]);
  return columns(
    [['at ms', 'lasts ms', 'id', 'kind', 'target', 'arg'], ...rows],
    ['right', 'right', 'left', 'left', 'right', 'right'],
  );
}

function operationRows(operations: readonly PlannedOperation[]): string[] {
  if (operations.length === 0) return [];
  const rows = operations.map(operation => [
    grouped(operation.at),
    printable(operation.id),
    printable(operation.kind),
    `${operation.target}`,
    shown(operation.args),
  ]);
  return columns(
    [['at ms', 'id', 'kind', 'target', 'args'], ...rows],
    ['right', 'left', 'left', 'right', 'left'],
  );
}
