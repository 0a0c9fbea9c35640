/** Draws the plan of a seed: the world, which hazards and operations this run has at all, then every step, before anything runs. */
import {assert, UsageError} from './assert.ts';
import {isFault} from './faults.ts';
import {HAZARDS} from './hazards.ts';
import {PLAN_SCHEMA, type Plan, type PlannedFault, type PlannedOperation} from './plan.ts';
import {Stream} from './random.ts';
import type {System, World} from './system.ts';

const DEFAULT_PATIENCE_MS = 600_000;
const MAX_HAPPENINGS = 200_000;
const MAX_FAULTS = 8;
const BROKEN_FOR_EVER_ONE_IN = 12;
const SEED = /^0x[0-9a-f]{16}$/;

/** The plan that `seed` stands for. Throws {@link UsageError} for a seed or variant that is none. */
export function drawPlan(system: System, seed: string, variant = 'default'): Plan {
  if (!SEED.test(seed)) throw new UsageError(`a seed is 0x and 16 hexadecimal digits, got "${seed}"`);
  const variants = ['default', ...(system.variants ?? [])];
  if (!variants.includes(variant)) {
    throw new UsageError(`${system.name} has no variant "${variant}"; it has ${variants.join(', ')}`);
  }
  const world = system.drawWorld(Stream.named(seed, 'world'), variant);
  const enabled = swarm(system, seed);
  const {stormMs, count} = extent(system, seed);
  return {
    schema: PLAN_SCHEMA,
    system: system.name,
    variant,
    seed,
    world,
    operations: drawOperations(system, seed, world, enabled.operations, count, stormMs),
    faults: drawFaults(seed, enabled.faults, stormMs),
    weather: enabled.weather,
    fates: null,
    stormMs,
    patienceMs: system.patienceMs ?? DEFAULT_PATIENCE_MS,
    maxHappenings: MAX_HAPPENINGS,
  };
}

/** How long the storm of a seed lasts, and how many operations it has. */
function extent(system: System, seed: string): {readonly stormMs: number; readonly count: number} {
  const size = Stream.keyed(seed, 'size');
  const stormMs = size.integer(...system.size.stormMs);
  return {stormMs, count: size.integer(...system.size.operations)};
}

/**
 * Another future after the same past: the plan's steps up to and including `untilMs`, then steps and fates drawn by
 * another seed for the same world. Fates of the past stay those that the plan names.
 */
export function drawAnew(system: System, plan: Plan, untilMs: number, seed: string): Plan {
  assert(plan.fates !== null, 'the past of a plan is fixed only where its fates are named');
  const {operations, faults, weather} = swarm(system, seed);
  const {stormMs: drawnMs, count} = extent(system, seed);
  const stormMs = Math.max(drawnMs, untilMs + 1);
  const later = <T extends {readonly id: string; readonly at: number}>(steps: readonly T[]): T[] =>
    steps.filter(({at}) => at > untilMs).map(step => ({...step, id: `${step.id}-anew`}));
  const past = <T extends {readonly at: number}>(steps: readonly T[]): T[] =>
    steps.filter(({at}) => at <= untilMs);
  return {
    ...plan,
    operations: [
      ...past(plan.operations),
      ...later(drawOperations(system, seed, plan.world, operations, count, stormMs)),
    ],
    faults: [...past(plan.faults), ...later(drawFaults(seed, faults, stormMs))],
    weather,
    anew: {fromMs: untilMs + 1, seed},
    stormMs,
  };
}

interface Enabled {
  readonly operations: readonly string[];
  readonly faults: readonly string[];
  readonly weather: {readonly [hazard: string]: number};
}

/** Swarming: each hazard and each operation is off in half of all runs. Rich runs crowd out simple combinations. */
function swarm(system: System, seed: string): Enabled {
  const coin = (what: string): Stream => Stream.keyed(seed, `swarm/${what}`);
  const kinds = Object.keys(system.operations).filter(kind => (system.operations[kind]?.weight ?? 0) > 0);
  let operations = kinds.filter(
    kind => system.operations[kind]?.essential === true || coin(`operation ${kind}`).oneIn(2),
  );
  if (operations.length === 0) operations = kinds;
  const faults: string[] = [];
  const weather: Record<string, number> = {};
  for (const {id, kind, range} of HAZARDS) {
    if (system.hazards[id] === undefined || kind === 'consequence') continue;
    const random = coin(`hazard ${id}`);
    if (!random.oneIn(2)) continue;
    if (kind === 'fault') {
      if (isFault(id)) faults.push(id);
    } else {
      weather[id] = random.octave(...range);
    }
  }
  return {operations, faults, weather};
}

function drawOperations(
  system: System,
  seed: string,
  world: World,
  kinds: readonly string[],
  count: number,
  stormMs: number,
): PlannedOperation[] {
  const weights = kinds.map(kind => system.operations[kind]?.weight ?? 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const operations: PlannedOperation[] = [];
  if (total === 0) return operations;
  for (let index = 0; index < count; index += 1) {
    // each operation has a stream of its own: what one draws does not move the next
    const random = Stream.keyed(seed, `operation/${index}`);
    let ticket = random.integer(1, total);
    const at = kinds.findIndex((_, position) => (ticket -= weights[position] ?? 0) <= 0);
    const kind = kinds[at] as string;
    const spec = system.operations[kind];
    if (spec === undefined) continue;
    operations.push({
      id: `o${index + 1}`,
      at: random.integer(0, stormMs),
      kind,
      target: random.integer(0, 0xffff),
      args: spec.draw(random, world),
    });
  }
  return operations.sort((a, b) => a.at - b.at);
}

function drawFaults(seed: string, kinds: readonly string[], stormMs: number): PlannedFault[] {
  if (kinds.length === 0) return [];
  const count = Stream.keyed(seed, 'faults').integer(0, MAX_FAULTS);
  const faults: PlannedFault[] = [];
  for (let index = 0; index < count; index += 1) {
    const random = Stream.keyed(seed, `fault/${index}`);
    const kind = random.pick(kinds);
    const hazard = HAZARDS.find(({id}) => id === kind);
    if (hazard === undefined) continue;
    const lasts = random.octave(...hazard.range);
    faults.push({
      id: `f${index + 1}`,
      at: random.integer(0, stormMs),
      kind,
      target: random.integer(0, 0xffff),
      // in some runs a part of the world stays cut off for ever
      lasts: kind === 'partition' && random.oneIn(BROKEN_FOR_EVER_ONE_IN) ? null : lasts,
      arg: hazard.arg[0] === 0 ? random.integer(...hazard.arg) : random.octave(...hazard.arg),
    });
  }
  return faults.sort((a, b) => a.at - b.at);
}
