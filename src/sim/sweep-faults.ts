/** What a sweep injects beside fates: each fault of the system on each node that can meet it, just before and just after each step. */
import type {Census, CensusLeg} from './census.ts';
import {isFault} from './faults.ts';
import {HAZARDS, type Hazard} from './hazards.ts';
import {INJECTED, type Unnumbered} from './injection.ts';
import type {NodeSpec, System} from './system.ts';

/** A moment at which faults begin. */
interface Moment {
  readonly atMs: number;
  readonly when: string;
}

/** How strong a fault is, and what is told of that. */
interface Strength {
  readonly how: string;
  readonly arg: number;
}

const SKEW_MS = 1_000_000;
const DRIFT_PPM = 200_000;

/** Strengths that make a fault another one; of all others, the greatest that the table of hazards knows. */
const STRENGTHS: Readonly<Record<string, readonly Strength[]>> = {
  crash: [
    {how: 'at once', arg: 0},
    {how: 'before its next commit', arg: 1},
    {how: 'after its next commit', arg: 2},
  ],
  'partition-one-way': [
    {how: 'what it sends', arg: 1},
    {how: 'what is sent to it', arg: 2},
  ],
  'clock-skew': [
    {how: 'ahead', arg: SKEW_MS},
    {how: 'behind', arg: -SKEW_MS},
  ],
  'clock-drift': [
    {how: 'fast', arg: DRIFT_PPM},
    {how: 'slow', arg: -DRIFT_PPM},
  ],
};

/** Faults that are over as soon as they have begun. */
const WITHOUT_LENGTH = ['half-open', 'clock-jump-forward', 'clock-jump-back'];
/** Faults that do more the longer they last, and nothing else by being short: they last as long as they ever do. */
const ONLY_LONG = ['partition-one-way', 'slow-link', 'freeze', 'lagging-replica'].concat([
  'clock-skew',
  'clock-drift',
  'clock-freeze',
  'equal-timestamps',
]);
/** Faults whose sign is that of their strength, turned for targets that are odd. */
const SIGNED = ['clock-skew', 'clock-drift'];

/** Every fault of a system at every step of a census, then crashes while messages are on their way. */
export function faultInjections(system: System, nodes: readonly NodeSpec[], census: Census): Unnumbered[] {
  const moments = momentsOf(census);
  const kinds = HAZARDS.filter(({id}) => isFault(id) && system.hazards[id] !== undefined);
  return [
    ...kinds.flatMap(kind =>
      kind.id === 'stubborn-peer'
        ? stubbornPeers(system, nodes, census, kind)
        : moments.flatMap(moment => faultsAt(system, nodes, kind, moment)),
    ),
    ...crashesInFlight(system, nodes, census),
  ];
}

/** Just before and just after each operation and each boot but the first ones, in order. */
function momentsOf({steps}: Census): Moment[] {
  const moments = new Map<number, string>();
  for (const {kind, id, atMs} of steps) {
    if (kind === 'fault' || (kind === 'boot' && atMs === 0)) continue;
    const step = kind === 'boot' ? `the boot of ${id}` : id;
    for (const [at, side] of [
      [Math.max(0, atMs - 1), 'before'],
      [atMs + 1, 'after'],
    ] as const) {
      if (!moments.has(at)) moments.set(at, `just ${side} ${step}`);
    }
  }
  return [...moments].map(([atMs, when]) => ({atMs, when})).sort((a, b) => a.atMs - b.atMs);
}

const candidates = (system: System, nodes: readonly NodeSpec[], kind: string): readonly NodeSpec[] =>
  nodes.filter(({role}) => (system.hazards[kind] ?? []).includes(role));

function faultsAt(system: System, nodes: readonly NodeSpec[], kind: Hazard, moment: Moment): Unnumbered[] {
  const strengths = STRENGTHS[kind.id] ?? [{how: '', arg: kind.arg[1]}];
  return candidates(system, nodes, kind.id).flatMap(({id}, target) =>
    strengths.flatMap(strength =>
      lengthsOf(kind, strength).map(lasts => injection(kind.id, {id, target}, strength, lasts, moment)),
    ),
  );
}

function lengthsOf({id, range}: Hazard, {arg}: Strength): readonly (number | null)[] {
  const [short, long] = range;
  if (WITHOUT_LENGTH.includes(id) || short === long) return [short];
  // a crash that waits for a commit has to wait long enough to meet one
  if (ONLY_LONG.includes(id) || (id === 'crash' && arg !== 0)) return [long];
  return id === 'partition' ? [short, long, null] : [short, long];
}

function injection(
  kind: string,
  node: {readonly id: string; readonly target: number},
  {how, arg}: Strength,
  lasts: number | null,
  {atMs, when}: Moment,
): Unnumbered {
  const turned = SIGNED.includes(kind) && node.target % 2 === 1;
  const strongly = how === '' ? '' : ` (${how})`;
  const long = WITHOUT_LENGTH.includes(kind) ? '' : lasts === null ? ' for ever' : ` for ${lasts} ms`;
  return {
    hazard: kind,
    name: `${kind}${strongly} on ${node.id}${long}, ${when}`,
    change: {
      kind: 'fault',
      fault: {id: INJECTED, at: atMs, kind, target: node.target, lasts, arg: turned ? -arg : arg},
    },
  };
}

/** A peer that tells a client one lie again and again: each lie from the first answer on that it changes. */
function stubbornPeers(
  system: System,
  nodes: readonly NodeSpec[],
  {legs}: Census,
  {id: kind, range}: Hazard,
): Unnumbered[] {
  const askers = askersOf(legs);
  return candidates(system, nodes, kind).flatMap(({id}, target) => {
    const told = new Set<string>();
    return legs.flatMap(leg => {
      if (leg.instead === null || askers.get(leg) !== id) return [];
      const fresh = leg.instead.tampers.filter(tamper => !told.has(tamper));
      return fresh.map(tamper => {
        told.add(tamper);
        const moment = {atMs: Math.max(0, leg.atMs - 1), when: `from ${leg.key} on`};
        const strength = {how: tamper, arg: pickOf(system, tamper)};
        return injection(kind, {id, target}, strength, range[1], moment);
      });
    });
  });
}

/** The number that makes a stubborn peer pick just this tamper. */
function pickOf({tampers = []}: System, tamper: string): number {
  const before = tampers.slice(
    0,
    tampers.findIndex(({id}) => id === tamper),
  );
  return before.reduce((sum, {stubbornWeight = 1}) => sum + stubbornWeight, 0);
}

/** Whoever waits for an answer crashes while request or answer are on their way; whoever gave one, right after it. */
function crashesInFlight(system: System, nodes: readonly NodeSpec[], {legs}: Census): Unnumbered[] {
  const able = candidates(system, nodes, 'crash');
  const askers = askersOf(legs);
  const seen = new Set<string>();
  return legs.flatMap(leg => {
    if (leg.leg === 'statement' || leg.leg === 'socket') return [];
    const ends = new Set([askers.get(leg) ?? leg.node, leg.node]);
    return [...ends].flatMap(id => {
      const target = able.findIndex(node => node.id === id);
      const place = `${id} ${leg.atMs}`;
      if (target < 0 || seen.has(place)) return [];
      seen.add(place);
      const moment = {atMs: leg.atMs + 1, when: `with ${leg.key} on its way`};
      return [injection('crash', {id, target}, {how: 'at once', arg: 0}, DOWN_MS, moment)];
    });
  });
}

const DOWN_MS = 500;

/** Who asked for what an answer is to. */
function askersOf(legs: readonly CensusLeg[]): Map<CensusLeg, string> {
  const byKey = new Map(legs.map(leg => [leg.key, leg]));
  const askers = new Map<CensusLeg, string>();
  for (const leg of legs) {
    const request = byKey.get(leg.key.replace(/ res( of the copy)?$/, ' req'));
    if (leg.leg === 'response' && request !== undefined) askers.set(leg, request.node);
  }
  return askers;
}
