/** Carries out the faults of a plan: each begins at its time and ends by itself, and does nothing where it finds no target. */
import {DISK_FAULTS} from './disk-faults.ts';
import {effective, holdDown, nothing, whenQuiet, type Ending, type Handler} from './fault.ts';
import {hazardById} from './hazards.ts';
import {SimNode} from './life.ts';
import type {PlannedFault} from './plan.ts';
import type {World} from './world.ts';

const CRASH_MOMENTS = ['now', 'before-commit', 'after-commit'] as const;

/** Enters every fault of the plan into the agenda. Returns a function that ends all that are in force, for healing. */
export function scheduleFaults(world: World): () => void {
  const {core} = world;
  const inForce = new Set<() => void>();
  for (const fault of core.plan.faults) {
    core.scheduleWorld(fault.at, () => begin(world, fault, inForce));
  }
  return () => {
    for (const end of [...inForce]) end();
  };
}

function begin(world: World, fault: PlannedFault, inForce: Set<() => void>): void {
  const {core, system} = world;
  if (!core.weather.stormy || !isFault(fault.kind)) return;
  const handler = HANDLERS[fault.kind];
  const roles = Object.hasOwn(system.hazards, fault.kind) ? (system.hazards[fault.kind] ?? []) : [];
  const candidates = [...world.nodes.values()].filter(
    node => roles.includes(node.spec.role) && !node.gone && (node.twinOf === null || fault.kind !== 'twin'),
  );
  core.tally.hazard(fault.kind, 'offered');
  const node = candidates[fault.target % Math.max(1, candidates.length)];
  if (handler === undefined || node === undefined) return;
  // only a partition can last for ever; whatever else has no end lasts as long as the storm
  const forEver = fault.lasts === null && fault.kind === 'partition';
  const lasts = fault.lasts ?? Math.max(0, core.plan.stormMs - core.now);
  const ending = handler(world, node, forEver ? fault : {...fault, lasts});
  if (ending === null) return;
  core.tally.hazard(fault.kind, 'delivered');
  core.event('fault', node.id, fault.id, fault.kind, 'begins');
  core.census?.step('fault', fault.id, node.id);
  if (forEver) return;
  const end = (): void => {
    if (!inForce.delete(end)) return;
    core.event('fault', node.id, fault.id, fault.kind, 'ends');
    ending();
  };
  inForce.add(end);
  core.scheduleWorld(lasts, end);
}

/** Holds back what is due to a life, or only its timers; at the end all of it happens, in the order in which it was due. */
const holdBack =
  (what: 'pauses' | 'freezes'): Handler =>
  (world, node, fault) => {
    const {life} = node;
    if (life === null) return null;
    life[what] += 1;
    return () => {
      life[what] -= 1;
      if (life.alive && life.held.length > 0) effective(world.core, fault.kind);
      for (const happening of life.held.splice(0)) world.core.agenda.resume(happening);
    };
  };

/** Counts a clock fault as effective if the node looked at its clock while it lasted. */
function clockFault(world: World, node: SimNode, fault: PlannedFault, end: Ending): Ending {
  const before = node.clock.reads;
  return () => {
    if (node.clock.reads > before) effective(world.core, fault.kind);
    end();
  };
}

/** A jump stays; it is effective if the clock is looked at afterwards. */
function jump(world: World, node: SimNode, fault: PlannedFault, byMs: number): Ending {
  node.clock.shift(byMs);
  return clockFault(world, node, fault, nothing);
}

const sign = (fault: PlannedFault): number => (fault.target % 2 === 0 ? 1 : -1);

const HANDLERS: Readonly<Record<string, Handler>> = {
  ...DISK_FAULTS,
  crash: (world, node, fault) => {
    const moment = CRASH_MOMENTS[fault.arg % CRASH_MOMENTS.length] ?? 'now';
    const {life} = node;
    if (life === null) return null;
    if (moment === 'now') {
      if (life.pending > 0) effective(world.core, 'crash');
      return holdDown(world, node, fault.id);
    }
    const downMs = Math.max(1, Math.trunc((fault.lasts ?? 1_000) / 2));
    const armed = {moment, downMs, fault: fault.id};
    life.armedCrash = armed;
    return () => {
      if (life.armedCrash === armed) life.armedCrash = null;
    };
  },
  pause: holdBack('pauses'),
  freeze: holdBack('freezes'),
  partition: (world, node, fault) => {
    const links = world.network.links.of(node.id);
    links.out.set(fault.id, 'partition');
    links.in.set(fault.id, 'partition');
    if (fault.lasts === null) node.cutOff = true;
    return () => {
      links.out.delete(fault.id);
      links.in.delete(fault.id);
    };
  },
  'partition-one-way': (world, node, fault) => {
    const links = world.network.links.of(node.id);
    const side = fault.arg % 2 === 0 ? links.in : links.out;
    side.set(fault.id, 'partition-one-way');
    return () => side.delete(fault.id);
  },
  clog: (world, node, fault) => {
    const links = world.network.links.of(node.id);
    links.clogs.set(fault.id, world.core.now + (fault.lasts ?? 0));
    return () => links.clogs.delete(fault.id);
  },
  'slow-link': (world, node, fault) => {
    const links = world.network.links.of(node.id);
    links.slow.set(fault.id, Math.max(2, fault.arg));
    return () => links.slow.delete(fault.id);
  },
  'stubborn-peer': (world, node, fault) => {
    world.network.stubborn.set(node.id, fault.arg);
    return () => {
      if (world.network.stubborn.get(node.id) === fault.arg) world.network.stubborn.delete(node.id);
    };
  },
  'half-open': (world, node) => {
    if (world.sockets.halfOpen(node.id) === 0) return null;
    effective(world.core, 'half-open');
    return nothing;
  },
  twin: (world, node, fault) => {
    if (world.nodes.has(`${node.id}~${fault.id}`)) return null;
    const twin = new SimNode(
      {...node.spec, id: `${node.id}~${fault.id}`, place: `${node.id}~${fault.id}`},
      node.id,
    );
    twin.release = node.release;
    whenQuiet(world, node.place, () => {
      if (twin.gone) return;
      for (const [name, bytes] of world.storage.images(node.place))
        world.storage.put(twin.place, name, bytes);
      world.add(twin);
      world.boot(twin);
      effective(world.core, 'twin');
    });
    return () => {
      world.retire(twin, 'twin ends');
    };
  },
  upgrade: (world, node, fault) => {
    const before = node.release;
    if (before === fault.arg) return null;
    const schemaBefore = schemaVersions(world, node.place);
    const restart = (release: number): void => {
      world.crash(node, null, `release ${release}`);
      node.release = release;
      world.boot(node);
    };
    restart(fault.arg);
    effective(world.core, 'upgrade');
    return () => {
      world.core.tally.hazard('schema-change', 'offered');
      if (schemaVersions(world, node.place) !== schemaBefore) {
        world.core.tally.hazard('schema-change', 'delivered');
        effective(world.core, 'schema-change');
      }
      restart(before);
    };
  },
  'hung-statement': (world, node) => {
    const {life} = node;
    if (life === null || life.hang !== null) return null;
    life.hang = 'next';
    return () => {
      if (life.hang === 'hung' && life.alive) {
        effective(world.core, 'hung-statement');
        world.crash(node, 1, 'killed while hung');
      }
      life.hang = null;
    };
  },
  'clock-skew': (world, node, fault) => {
    const by = sign(fault) * fault.arg;
    node.clock.shift(by);
    return clockFault(world, node, fault, () => node.clock.shift(-by));
  },
  'clock-drift': (world, node, fault) => {
    node.clock.drift(sign(fault) * fault.arg, world.core.now);
    return clockFault(world, node, fault, () => node.clock.drift(-sign(fault) * fault.arg, world.core.now));
  },
  'clock-jump-forward': (world, node, fault) => jump(world, node, fault, fault.arg),
  'clock-jump-back': (world, node, fault) => jump(world, node, fault, -fault.arg),
  'clock-freeze': (world, node, fault) => {
    node.clock.freeze(world.core.now);
    return clockFault(world, node, fault, () => node.clock.thaw());
  },
  'equal-timestamps': (world, node, fault) => {
    const grainMs = Math.max(2, fault.arg);
    node.clock.coarsen(grainMs);
    return clockFault(world, node, fault, () => node.clock.refine(grainMs));
  },
};

function schemaVersions(world: World, place: string): string {
  return world.storage
    .filesOf(place)
    .map(file => `${file.name}:${file.sqlite.schemaVersion()}`)
    .join();
}

/** True for a fault that the plan may draw; consequences and weather are not. */
export const isFault = (id: string): boolean =>
  hazardById(id)?.kind === 'fault' && Object.hasOwn(HANDLERS, id);
