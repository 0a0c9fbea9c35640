/** What a sweep injects into messages and statements: each hazard of the system at each leg of the census, by an explicit fate. */
import type {Census, CensusLeg} from './census.ts';
import {hazardById} from './hazards.ts';
import type {Fate} from './plan.ts';
import type {Unnumbered} from './injection.ts';
import type {NodeSpec, System} from './system.ts';

/** One way in which a hazard strikes: what is told of it beside its id, its strength, and how much later it makes the leg. */
interface Strike {
  readonly act: string;
  readonly how: string;
  readonly arg: number;
  readonly lateMs?: number;
}

const strike = (act: string, how = '', arg = 1, lateMs = 0): Strike => ({act, how, arg, lateMs});

/** A little late, overtaken by what others do meanwhile, and beyond all patience. */
const delays: readonly Strike[] = [64, 2_000, 20_000].map(ms => strike('delay', `${ms} ms`, ms, ms));
const longest = hazardById('reorder')?.arg[1] ?? 0;
const reorder = strike('reorder', `${longest} ms`, longest, longest);
const duplicates: readonly Strike[] = (hazardById('duplicate')?.arg ?? []).map(ms =>
  strike('duplicate', `${ms} ms later`, ms),
);
/** Strengths of `http-status`: which status it is, and whether its body is JSON or a page, is told by the number. */
const statuses: readonly Strike[] = [strike('http-status', '429', 10), strike('http-status', '503', 3)];
const cuts: readonly Strike[] = [0, 250, 500, 999].map(permille =>
  strike('truncate', `to ${permille} of 1000`, permille),
);

const REQUEST = [strike('lose-request'), ...duplicates, ...delays, reorder, ...statuses];
const RESPONSE = [
  ...[strike('lose-response'), strike('reset'), ...delays, reorder],
  ...[...cuts, strike('not-json'), ...statuses],
];
const ONE_WAY = [strike('lose-request'), ...duplicates, ...delays, reorder];
const SOCKET = [...delays, strike('reset')];
const slow = (hazardById('slow-statement')?.arg ?? []).map(ms =>
  strike('slow-statement', `${ms} ms`, ms, ms),
);
const STATEMENT = [
  ...['busy', 'full', 'io'].map((code, index) => strike('failed-statement', code, index + 1)),
  ...slow,
];
/** How long a node is down that crashed at a statement, ms. */
const DOWN_MS = 500;
const CRASHES = [strike('crash-before', '', DOWN_MS), strike('crash-after', '', DOWN_MS)];

/** Every injection into the messages and statements of a census, in its order. */
export function legInjections(system: System, nodes: readonly NodeSpec[], {legs}: Census): Unnumbered[] {
  const crashing = nodes.filter(({role}) => system.hazards['crash']?.includes(role)).map(({id}) => id);
  const declared = ({act}: Strike): boolean => system.hazards[act] !== undefined;
  return legs.flatMap(leg =>
    [
      ...strikesAt(leg).filter(declared),
      ...(leg.leg === 'statement' && crashing.includes(leg.node) ? CRASHES : []),
      ...lies(leg, system),
    ].map(striking => injection(leg, striking)),
  );
}

function strikesAt({leg}: CensusLeg): readonly Strike[] {
  switch (leg) {
    case 'request':
      return REQUEST;
    case 'response':
      return RESPONSE;
    case 'oneway':
      return ONE_WAY;
    case 'socket':
      return SOCKET;
    case 'statement':
      return STATEMENT;
  }
}

/** Answers that could arrive in place of this one: each earlier one, and each that a faulty peer would make of it. */
function lies({instead}: CensusLeg, {hazards}: System): Strike[] {
  if (instead === null) return [];
  const earlier = Array.from(
    {length: hazards['late-replay'] === undefined ? 0 : instead.earlier},
    (_, index) => strike('late-replay', `${index + 1} back`, index + 1),
  );
  const tampers = hazards['tamper'] === undefined ? [] : instead.tampers;
  return [...earlier, ...tampers.map(id => strike(`tamper:${id}`))];
}

function injection({key, delayMs}: CensusLeg, {act, how, arg, lateMs = 0}: Strike): Unnumbered {
  const fate: Fate = {delayMs: delayMs + lateMs, act, arg};
  const name = how === '' ? `${act}: ${key}` : `${act} (${how}): ${key}`;
  return {hazard: act, name, change: {kind: 'fate', key, fate}};
}
