/** Passes that make what is left plain: calmer fates, shorter faults, smaller arguments, round times, a smaller world. */
import {compareText, type Json} from '../json.ts';
import type {Fate, Plan, PlannedFault, PlannedOperation} from '../plan.ts';
import type {System} from '../system.ts';
import {oneByOne, type Pass} from './pass.ts';

/** Distance between steps once their times are made round, ms: long enough for each to come to its end. */
const APART_MS = 1_000;
/** A list of so many members is left to be shortened with all else. */
const LONG_LIST = 16;
/** Fates that are told by their act alone: their delay and strength say nothing more. */
const DELAYING = ['delay', 'reorder', 'slow-statement', 'duplicate'];

/** Smaller whole numbers, boldest first: the least, those just above it, half. */
const smaller = (value: number, least: number): number[] =>
  [...new Set([least, least + 1, least + 2, least + 3, least + Math.trunc((value - least) / 2)])].filter(
    candidate => candidate < value,
  );

/** Shorter times, boldest first: the least, then half. */
const halved = (ms: number, least: number): number[] =>
  [least, least + Math.trunc((ms - least) / 2)].filter(candidate => candidate < ms);

/** Simpler worlds, with the targets of steps moved so that they still hit the nodes that they hit. */
export const worlds = (system: System) =>
  oneByOne('worlds', plan =>
    (system.simplerWorlds?.(plan.world) ?? []).map(world => retarget(system, plan, {...plan, world})),
  );

/** A target is an index among nodes of a role: when nodes go, it is another index. */
function retarget(system: System, before: Plan, after: Plan): Plan {
  const idsBefore = nodesByRole(system, before);
  const idsAfter = nodesByRole(system, after);
  const moved = (roles: readonly string[], target: number): number => {
    const old = roles.flatMap(role => idsBefore.get(role) ?? []);
    const now = roles.flatMap(role => idsAfter.get(role) ?? []);
    const index = now.indexOf(old[target % Math.max(1, old.length)] ?? '');
    return index < 0 ? target : index;
  };
  return {
    ...after,
    operations: after.operations.map(operation => ({
      ...operation,
      target: moved([system.operations[operation.kind]?.role ?? ''], operation.target),
    })),
    faults: after.faults.map(fault => ({...fault, target: movedFault(system, fault, before, after)})),
  };
}

/** Faults pick among all nodes of their roles in the order of the world. */
function movedFault(system: System, fault: PlannedFault, before: Plan, after: Plan): number {
  const roles = system.hazards[fault.kind] ?? [];
  const ids = (plan: Plan): string[] =>
    system
      .nodes(plan.world)
      .filter(({role}) => roles.includes(role))
      .map(({id}) => id);
  const old = ids(before);
  const index = ids(after).indexOf(old[fault.target % Math.max(1, old.length)] ?? '');
  if (index < 0) return fault.target;
  // some faults take their sign from whether the target is even
  return index % 2 === fault.target % 2 ? index : index + ids(after).length;
}

function nodesByRole(system: System, plan: Plan): Map<string, string[]> {
  const byRole = new Map<string, string[]>();
  for (const {id, role} of system.nodes(plan.world)) byRole.set(role, [...(byRole.get(role) ?? []), id]);
  return byRole;
}

/** Fates that do less: no delay beyond what the act needs, the least strength. */
export const calmer = oneByOne('calmer', plan => {
  const keys = Object.keys(plan.fates ?? {}).sort(compareText);
  return keys.flatMap(key => {
    const fate = plan.fates?.[key];
    if (fate === undefined) return [];
    return calmerFates(fate).map(calm => ({...plan, fates: {...plan.fates, [key]: calm}}));
  });
});

function calmerFates(fate: Fate): Fate[] {
  const {delayMs, arg} = fate;
  const delays = DELAYING.includes(fate.act ?? '') ? halved(delayMs, 0) : smaller(delayMs, 0).slice(0, 1);
  return [
    ...delays.map(less => ({...fate, delayMs: less})),
    ...(arg === undefined ? [] : smaller(arg, 1).map(less => ({...fate, arg: less}))),
  ];
}

/** Faults that are shorter or weaker. */
export const milder = oneByOne('milder', plan =>
  plan.faults.flatMap((fault, index) =>
    milderFaults(fault).map(mild => ({...plan, faults: plan.faults.with(index, mild)})),
  ),
);

function milderFaults(fault: PlannedFault): PlannedFault[] {
  const {lasts, arg} = fault;
  return [
    ...(lasts === null ? [] : halved(lasts, 1).map(less => ({...fault, lasts: less}))),
    ...smaller(arg, 0).map(less => ({...fault, arg: less})),
  ];
}

/**
 * Long lists in arguments cut to nothing or to a half, again and again, operation by operation: what makes runs long is
 * mostly not what makes them fail. A position is the index of an operation and that of what is tried on it.
 */
export const longLists: Pass = {
  name: 'lists',
  at: (plan, [index, alternative]) => {
    for (let at = index; at < plan.operations.length; at += 1) {
      const operation = plan.operations[at];
      const tried = at === index ? alternative : 0;
      const args = operation === undefined ? undefined : withShortList(operation.args)[tried];
      if (operation === undefined || args === undefined) continue;
      const candidate = {...plan, operations: plan.operations.with(at, {...operation, args})};
      return {candidates: [candidate], taken: [at, 0], refused: [at, tried + 1]};
    }
    return null;
  },
};

function withShortList(value: Json): Json[] {
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    const half = Math.trunc(list.length / 2);
    return list.length > LONG_LIST ? [[], list.slice(0, half), list.slice(half)] : [];
  }
  if (!isRecord(value)) return [];
  return Object.keys(value)
    .sort(compareText)
    .flatMap(key => withShortList(value[key] ?? null).map(short => ({...value, [key]: short})));
}

/** Operations with smaller arguments. */
export const plainer = oneByOne('plainer', plan =>
  plan.operations.flatMap((operation, index) =>
    plainerOperations(operation).map(plain => ({...plan, operations: plan.operations.with(index, plain)})),
  ),
);

const plainerOperations = (operation: PlannedOperation): PlannedOperation[] =>
  simplerJson(operation.args).map(args => ({...operation, args}));

/** Values that are simpler than this one in one place: 0, false, null, a shorter list. Text stays: it may be a name. */
function simplerJson(value: Json): Json[] {
  if (typeof value === 'number')
    return Number.isInteger(value) && value > 0 ? smaller(value, 0) : value < 0 ? [0] : [];
  if (value === true) return [false];
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    return [
      // members that have become the same make the same list, whichever of them goes: that is tried once
      ...alike(list),
      ...shorter(list),
      ...list.flatMap((item, index) => simplerJson(item).map(simpler => list.with(index, simpler) as Json)),
    ];
  }
  const record = value as {readonly [key: string]: Json};
  return Object.keys(record)
    .sort(compareText)
    .flatMap(key => {
      const inner = record[key];
      if (inner === undefined) return [];
      return simplerJson(inner).map(simpler => ({...record, [key]: simpler}));
    });
}

/** The list without a piece of it, boldest first: without all of it, without a half, a quarter, …, a single item. */
function shorter(list: readonly Json[]): Json[] {
  const lists: Json[] = [];
  for (let size = list.length; size >= 1; size = Math.trunc(size / 2)) {
    for (let start = 0; start < list.length; start += size) lists.push(list.toSpliced(start, size));
  }
  return lists;
}

/** The list with one field made as simple as can be in all of its members at once. */
function alike(list: readonly Json[]): Json[] {
  const keys = new Set(list.flatMap(item => (isRecord(item) ? Object.keys(item) : [])));
  return [...keys].sort(compareText).flatMap(key => {
    let changed = false;
    const simplest = list.map(item => {
      const simpler = isRecord(item) && item[key] !== undefined ? simplerJson(item[key])[0] : undefined;
      if (simpler === undefined) return item;
      changed = true;
      return {...(item as object), [key]: simpler};
    });
    return changed ? [simplest] : [];
  });
}

const isRecord = (value: Json): value is {readonly [key: string]: Json} =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Steps at round times: all at once, then the distance before each one alone. */
export const times = oneByOne('times', plan => {
  const steps = stepTimes(plan);
  const evenly = retimed(plan, new Map(steps.map((at, index) => [at, index * APART_MS])));
  return [evenly, ...steps.flatMap((_, index) => sooner(plan, steps, index))].filter(
    candidate => weight(candidate) < weight(plan),
  );
});

const stepTimes = (plan: Plan): number[] =>
  [...new Set([...plan.operations, ...plan.faults].map(({at}) => at))].sort((a, b) => a - b);

/** The step at `index` and all later ones, sooner: right behind the one before, or at a round distance from it. */
function sooner(plan: Plan, steps: readonly number[], index: number): Plan[] {
  const at = steps[index] ?? 0;
  const before = index === 0 ? 0 : (steps[index - 1] ?? 0);
  const gap = index === 0 ? at : at - before;
  const gaps = [
    0,
    ...smaller(Math.ceil(gap / APART_MS), 0).map(seconds => seconds * APART_MS),
    roundedDown(gap),
  ];
  return gaps
    .filter(less => less < gap && (index === 0 || less > 0))
    .map(less => retimed(plan, new Map(steps.slice(index).map(later => [later, later - gap + less]))));
}

const roundedDown = (ms: number): number => ms - (ms % APART_MS);

function retimed(plan: Plan, to: ReadonlyMap<number, number>): Plan {
  const move = <T extends {readonly at: number}>(step: T): T => ({...step, at: to.get(step.at) ?? step.at});
  return {...plan, operations: plan.operations.map(move), faults: plan.faults.map(move)};
}

/** Sum of all times: what making them round must bring down. */
const weight = (plan: Plan): number =>
  [...plan.operations, ...plan.faults].reduce((sum, {at}) => sum + at, 0);

/** A storm that ends soon after the last step. */
export const shorterStorm = (endMs: number) =>
  oneByOne('storm', plan => {
    const last = Math.max(0, ...[...plan.operations, ...plan.faults].map(({at}) => at));
    return [last + APART_MS, Math.max(last, endMs) + APART_MS]
      .filter(stormMs => stormMs < plan.stormMs)
      .map(stormMs => ({...plan, stormMs}));
  });

/** Targets as the least number that means the same node where all run. */
export const targets = (system: System) =>
  oneByOne('targets', plan =>
    plan.operations.flatMap((operation, index) => {
      const role = system.operations[operation.kind]?.role ?? '';
      const able = system.nodes(plan.world).filter(node => node.role === role).length;
      const least = operation.target % Math.max(1, able);
      return least < operation.target
        ? [{...plan, operations: plan.operations.with(index, {...operation, target: least})}]
        : [];
    }),
  );
