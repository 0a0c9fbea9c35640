/** The worlds of VFS: users with their groups and items, several clients each, one or two servers over one database. */
import type {Stream, World} from '../../src/index.ts';

export interface VfsUserPlan {
  readonly id: string;
  readonly groups: readonly string[];
}

export interface VfsClientPlan {
  readonly id: string;
  readonly user: string;
  readonly pullLimit: number;
  readonly stalePages: 'fail' | 'soften';
  /** Interval of the background loop in ms; 0: it is off. */
  readonly backgroundMs: number;
  /** How often a run may start over from a snapshot. */
  readonly rematerializations: number;
}

export interface VfsItemPlan {
  readonly id: string;
  readonly owner: string;
}

export interface CompactionPlan {
  readonly everyMs: number;
  readonly hotRetentionMs: number;
  readonly inactiveClientMs: number;
  readonly safetyBufferMs: number;
  readonly maxRows: number;
}

export interface VfsWorld {
  readonly users: readonly VfsUserPlan[];
  readonly groups: readonly string[];
  readonly clients: readonly VfsClientPlan[];
  readonly items: readonly VfsItemPlan[];
  readonly servers: number;
  readonly readReplica: boolean;
  readonly compaction: CompactionPlan | null;
  /** Some users write more at once than one push may carry. */
  readonly bulk: boolean;
}

const PULL_LIMITS = [1, 2, 3, 7, 25, 100, 500] as const;
const BULK_ONE_IN = 40;
const TRICKY_ONE_IN = 6;
/** Names of items that run into each other where somebody joins two of them with a colon. */
const TRICKY_NAMES = ['a', 'b:a', 'a:b', 'b', 'c', 'b:c'] as const;

const ids = (prefix: string, count: number): string[] =>
  Array.from({length: count}, (_, index) => `${prefix}${index + 1}`);

export function drawVfsWorld(random: Stream): World {
  const groups = ids('group', random.integer(0, 2));
  const users = ids('user', random.integer(1, 3)).map(id => ({
    id,
    groups: groups.filter(() => random.oneIn(2)),
  }));
  const clients = ids('c', Math.max(users.length, random.integer(1, 4))).map((id, index) => ({
    id,
    user: (users[index % users.length] ?? {id: 'user1'}).id,
    pullLimit: random.pick(PULL_LIMITS),
    stalePages: random.oneIn(4) ? 'soften' : 'fail',
    backgroundMs: random.oneIn(3) ? random.integer(1_500, 12_000) : 0,
    rematerializations: random.pick([0, 1, 1, 2]),
  }));
  const count = random.integer(2, TRICKY_NAMES.length);
  const names = random.oneIn(TRICKY_ONE_IN) ? TRICKY_NAMES.slice(0, count) : ids('item', count);
  const items = names.map(id => ({id, owner: random.pick(users).id}));
  const compaction = random.oneIn(2)
    ? {
        everyMs: random.integer(1_000, 10_000),
        hotRetentionMs: random.integer(0, 6_000),
        inactiveClientMs: random.integer(2_000, 20_000),
        safetyBufferMs: random.integer(0, 2_000),
        maxRows: random.pick([1, 10, 10_000]),
      }
    : null;
  return {
    users,
    groups,
    clients,
    items,
    servers: random.oneIn(3) ? 2 : 1,
    readReplica: random.oneIn(4),
    compaction,
    bulk: random.oneIn(BULK_ONE_IN),
  };
}

/** A plan's world, as this scenario drew it. */
export const vfsWorld = (world: World): VfsWorld => world as unknown as VfsWorld;

export const tokenOf = (userId: string): string => `token-${userId}`;
