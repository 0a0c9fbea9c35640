/** The worlds of the rollout: what years of the old release left in the database, and the servers that are to be replaced. */
import type {Stream, World} from '../../../src/index.ts';
import {baselineSchema} from '../../../src/impl/vfs/migration/legacy-schema.ts';
import type {VfsWorld} from '../world.ts';

export interface PastStaging {
  readonly id: string;
  readonly blob: string;
  readonly user: string;
  /** Any text at all where the database is older than the check of it. */
  readonly status: string;
  readonly item: string | null;
}

export interface PastGrant {
  readonly item: string;
  readonly user: string;
  readonly level: string;
}

export interface FlatteningWorld extends VfsWorld {
  /** Whether the legacy staging table checks the status. */
  readonly checked: boolean;
  readonly blobs: readonly {readonly id: string; readonly user: string}[];
  readonly stagings: readonly PastStaging[];
  readonly grants: readonly PastGrant[];
}

const LEVELS = ['read', 'write', 'admin'] as const;
const PULL_LIMITS = [1, 3, 25, 500] as const;
const ODD_STATUS = 'STAGED?';
const PAST_MS = 1_700_000_000_000;
const FAR_MS = 4_102_444_800_000;
const MAX_STAGINGS = 4;

const ids = (prefix: string, count: number): string[] =>
  Array.from({length: count}, (_, index) => `${prefix}${index + 1}`);

export function drawFlatteningWorld(random: Stream): World {
  const users = ids('user', random.integer(1, 2)).map(id => ({id, groups: []}));
  const clients = ids('c', Math.max(users.length, random.integer(1, 3))).map((id, index) => ({
    id,
    user: (users[index % users.length] ?? {id: 'user1'}).id,
    pullLimit: random.pick(PULL_LIMITS),
    stalePages: 'fail' as const,
    backgroundMs: 0,
    rematerializations: random.pick([0, 1]),
  }));
  const items = ids('item', random.integer(2, 4)).map(id => ({id, owner: random.pick(users).id}));
  const blobs = ids('blob', random.integer(1, 3)).map(id => ({id, user: random.pick(users).id}));
  const checked = !random.oneIn(4);
  const stagings = ids('past', random.integer(1, MAX_STAGINGS)).map(id => {
    const blob = random.pick(blobs);
    const statuses = ['staged', 'staged', 'attached', 'abandoned', ...(checked ? [] : [ODD_STATUS])];
    const status = random.pick(statuses);
    const own = items.filter(({owner}) => owner === blob.user);
    const item = status === 'attached' && own.length > 0 ? random.pick(own).id : null;
    return {
      id,
      blob: blob.id,
      user: blob.user,
      status: status === 'attached' && item === null ? 'staged' : status,
      item,
    };
  });
  const grants = items
    .filter(() => random.oneIn(2))
    .map(({id}) => ({item: id, user: random.pick(users).id, level: random.pick(LEVELS)}));
  return {
    ...{users, groups: [], clients, items, servers: random.integer(1, 3)},
    ...{readReplica: false, compaction: null, bulk: false, checked, blobs, stagings, grants},
  };
}

/** A plan's world, as this scenario drew it. */
export const flatteningWorld = (world: World): FlatteningWorld => world as unknown as FlatteningWorld;

/** Where the bytes of a blob from the past are: not under its id, so that whoever loses the key loses them. */
const storageKeyOf = (blob: string): string => `old-${blob}`;

/** The database as the rollout finds it. */
export function schemaOf(world: FlatteningWorld): readonly string[] {
  const {checked, items, blobs, stagings, grants} = world;
  const text = (value: string | null): string => (value === null ? 'NULL' : `'${value}'`);
  const attached = stagings.filter(({item}) => item !== null);
  const refs = attached.filter(
    ({blob, item}, index) =>
      attached.findIndex(other => other.blob === blob && other.item === item) === index,
  );
  return [
    ...baselineSchema({checked}),
    ...items.map(
      ({id, owner}) => `INSERT INTO vfs_registry VALUES ('${id}', 'folder', '${owner}', ${PAST_MS})`,
    ),
    ...blobs.map(
      ({id, user}) =>
        `INSERT INTO vfs_blob_objects VALUES ('${id}', 'sha-${id}', 3, '${storageKeyOf(id)}', '${user}', ${PAST_MS})`,
    ),
    ...stagings.map(
      ({id, blob, user, status, item}) =>
        `INSERT INTO vfs_blob_staging VALUES ('${id}', '${blob}', '${user}', '${status}', ${PAST_MS},
          ${item === null ? 'NULL' : PAST_MS + 1}, ${FAR_MS}, ${text(item)})`,
    ),
    ...refs.map(
      ({id, blob, item, user}) =>
        `INSERT INTO vfs_blob_refs VALUES ('ref-${id}', '${blob}', ${text(item)}, 'file', '${user}', ${PAST_MS + 1})`,
    ),
    ...grants.flatMap(({item, user, level}) => [
      `INSERT INTO vfs_access VALUES ('${item}', '${user}', 'key-${item}', NULL, '${level}', NULL, ${PAST_MS}, NULL)`,
      `INSERT INTO vfs_acl_entries VALUES
        ('acl-${item}', '${item}', 'user', '${user}', '${level}', 'key-${item}', NULL, NULL, ${PAST_MS}, ${PAST_MS}, NULL, NULL)`,
    ]),
  ];
}

/** Simpler worlds, boldest first: fewer servers, clients, and rows of the past. */
export function simplerFlatteningWorlds(world: World): readonly World[] {
  const plan = flatteningWorld(world);
  const without = <Key extends 'clients' | 'stagings' | 'grants'>(key: Key, least: number): World[] =>
    plan[key].length <= least
      ? []
      : plan[key].map((_, index) => ({...world, [key]: plan[key].filter((__, at) => at !== index)}) as World);
  return [
    ...(plan.servers > 1 ? [{...world, servers: plan.servers - 1}] : []),
    ...without('clients', 1),
    ...without('stagings', 0),
    ...without('grants', 0),
  ];
}
