/** The worlds of the journal: tenants with their objects and devices, one or two servers over one database. */
import type {Json, Stream, World} from '../../src/index.ts';
import type {Scope} from '../../src/model/journal/types.ts';

export interface ObjectPlan {
  readonly type: string;
  readonly id: string;
}

export interface TenantPlan {
  readonly id: string;
  readonly objects: readonly ObjectPlan[];
}

export interface DevicePlan {
  readonly id: string;
  readonly tenant: string;
  readonly pullLimit: number;
  /** What it asks for until its user asks for something else; null for everything. */
  readonly scope: Scope | null;
}

export interface JournalWorld {
  /** How concurrent operations are resolved: `default`, or a rule that somebody wrote down. */
  readonly policy: string;
  readonly servers: number;
  readonly tenants: readonly TenantPlan[];
  readonly devices: readonly DevicePlan[];
  /** How many entries one push may carry. */
  readonly batchLimit: number;
}

const TYPES = ['note', 'task'] as const;
export const TAGS = ['red', 'green', 'blue'] as const;
const NAMES = ['x', 'y', 'z'] as const;
const PULL_LIMITS = [1, 2, 3, 7, 100] as const;
const MANY_ONE_IN = 12;
const MANY = [12, 30] as const;

/** What users may ask for, plain to strange; an empty list asks for nothing. By index, so that a plan can name one. */
export const SCOPES: readonly (Scope | null)[] = [
  null,
  {tags: ['red']},
  {types: ['note']},
  {tags: ['red', 'green']},
  {ids: ['x']},
  {types: ['task'], tags: ['blue']},
  {ids: ['x', 'y'], tags: ['green']},
  {types: []},
  {tags: []},
  {types: ['note', 'task'], ids: ['z']},
  {types: ['drawing']},
];

export const scopeAt = (index: number): Scope | null => SCOPES[index % SCOPES.length] ?? null;

const ids = (prefix: string, count: number): string[] =>
  Array.from({length: count}, (_, index) => `${prefix}${index + 1}`);

/** The same names in every tenant: what leaks from one into another is then taken for its own. */
function drawObjects(random: Stream): ObjectPlan[] {
  if (random.oneIn(MANY_ONE_IN)) return ids('item', random.integer(...MANY)).map(id => ({type: 'note', id}));
  return NAMES.slice(0, random.integer(1, NAMES.length)).map(id => ({type: random.pick(TYPES), id}));
}

export function drawJournalWorld(random: Stream, policy: string): World {
  const objects = drawObjects(random);
  const tenants = ids('t', random.integer(1, 2)).map(id => ({id, objects}));
  const devices = ids('d', random.integer(2, 4)).map((id, index) => ({
    id,
    tenant: (tenants[index % tenants.length] ?? {id: 't1'}).id,
    pullLimit: random.pick(PULL_LIMITS),
    scope: random.oneIn(2) ? null : scopeAt(random.integer(0, SCOPES.length - 1)),
  }));
  return {
    policy,
    servers: random.oneIn(3) ? 2 : 1,
    tenants,
    devices,
    batchLimit: random.pick([3, 10, 100]),
  } as unknown as {readonly [key: string]: Json};
}

/** A plan's world, as this scenario drew it. */
export const journalWorld = (world: World): JournalWorld => world as unknown as JournalWorld;

export const tokenOf = (device: string): string => `token-${device}`;
