/** Carries out the faults of a plan: each begins at its time and ends by itself, and does nothing where it finds no target. */
import type {Core} from './core.ts';
import type {DatabaseFile} from './disk.ts';
import {hazardById} from './hazards.ts';
import {SimNode} from './life.ts';
import type {PlannedFault} from './plan.ts';
import {Sqlite} from './sqlite.ts';
import type {World} from './world.ts';

type Ending = () => void;
/** Begins a fault on its target; returns what ends it, or null if there was nothing to do. */
type Handler = (world: World, node: SimNode, fault: PlannedFault) => Ending | null;

const CRASH_MOMENTS = ['now', 'before-commit', 'after-commit'] as const;
const WAIT_FOR_TRANSACTION_MS = 1;

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
  if (forEver) return;
  const end = (): void => {
    if (!inForce.delete(end)) return;
    core.event('fault', node.id, fault.id, fault.kind, 'ends');
    ending();
  };
  inForce.add(end);
  core.scheduleWorld(lasts, end);
}

const nothing: Ending = () => undefined;

const effective = (core: Core, id: string): void => core.tally.hazard(id, 'effective');

/** Holds a node down for the length of a fault. */
function holdDown(world: World, node: SimNode, cause: string): Ending {
  node.heldDown += 1;
  world.crash(node, null, cause);
  return () => {
    node.heldDown -= 1;
    world.boot(node);
  };
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

/** All nodes whose databases are at a place, twins not among them. */
const nodesAt = (world: World, place: string): SimNode[] =>
  [...world.nodes.values()].filter(node => node.place === place && !node.gone);

/** Calls `then` once no transaction is open at the place. */
function whenQuiet(world: World, place: string, then: () => void): void {
  if (!world.storage.busy(place)) then();
  else world.core.scheduleWorld(WAIT_FOR_TRANSACTION_MS, () => whenQuiet(world, place, then));
}

/** Stops a place's nodes, puts its databases back to `images`, and lets the nodes boot. */
function rewind(
  world: World,
  node: SimNode,
  images: ReadonlyMap<string, Uint8Array>,
  cause: 'restored' | 'rebuilt' | 'lost-tail' | 'wiped',
): boolean {
  const nodes = nodesAt(world, node.place);
  for (const at of nodes) world.crash(at, null, cause);
  const before = world.storage.images(node.place);
  world.storage.rewind(node.place, images);
  world.core.event('rewound', node.id, cause);
  world.core.observe({kind: 'rewound', place: node.place, cause});
  if (cause === 'restored' || cause === 'rebuilt') {
    const first = nodes[0];
    if (first !== undefined) first.diskCause = cause;
  }
  for (const at of nodes) world.boot(at);
  return !sameImages(before, images);
}

function sameImages(a: ReadonlyMap<string, Uint8Array>, b: ReadonlyMap<string, Uint8Array>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, bytes] of a) {
    const other = b.get(name);
    if (other === undefined || Buffer.compare(bytes, other) !== 0) return false;
  }
  return true;
}

/** Keeps a copy of a node's disk and puts it back at the end. */
const putBack =
  (cause: 'restored' | 'lost-tail'): Handler =>
  (world, node, fault) => {
    let images: Map<string, Uint8Array> | null = null;
    whenQuiet(world, node.place, () => {
      images = world.storage.images(node.place);
    });
    return () => {
      if (images === null || images.size === 0) return;
      if (rewind(world, node, images, cause)) effective(world.core, fault.kind);
    };
  };

const emptied =
  (cause: 'wiped' | 'rebuilt'): Handler =>
  (world, node, fault) => {
    const others = nodesAt(world, node.place);
    const down = others.map(at => holdDown(world, at, cause));
    if (rewind(world, node, new Map(), cause)) effective(world.core, fault.kind);
    return () => {
      for (const up of down) up();
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
  return clockFault(world, node, {...fault, kind: fault.kind}, nothing);
}

const sign = (fault: PlannedFault): number => (fault.target % 2 === 0 ? 1 : -1);

const HANDLERS: Readonly<Record<string, Handler>> = {
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
      twin.gone = true;
      world.crash(twin, null, 'twin ends');
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
  'lost-tail': putBack('lost-tail'),
  'restore-backup': putBack('lost-tail'),
  wipe: emptied('wiped'),
  'server-restore': putBack('restored'),
  'server-rebuild': emptied('rebuilt'),
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
  'lagging-replica': (world, node) => {
    const lagging: DatabaseFile[] = [];
    let over = false;
    whenQuiet(world, node.place, () => {
      if (over) return;
      for (const file of world.storage.filesOf(node.place)) {
        if (file.lag !== null) continue;
        file.lag = {sqlite: Sqlite.from(file.sqlite.export()), changes: file.sqlite.totalChanges()};
        lagging.push(file);
      }
    });
    return () => {
      over = true;
      for (const file of lagging) {
        file.lag?.sqlite.close();
        file.lag = null;
      }
    };
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
