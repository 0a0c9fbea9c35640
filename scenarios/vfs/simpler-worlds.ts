/** Simpler worlds of VFS, for shrinking: fewer clients, users, groups, items and servers, and fewer peculiarities. */
import type {World} from '../../src/index.ts';
import {vfsWorld, type VfsClientPlan, type VfsWorld} from './world.ts';

/** A page size at which a client sees everything at once. */
const LARGE_PAGE = 500;

/** Every world that is simpler than this one by one decision, boldest first. */
export function simplerWorlds(world: World): World[] {
  const plan = vfsWorld(world);
  return [
    ...withoutOthers(plan),
    ...each(plan.clients, client => withoutClient(plan, client.id)),
    ...each(plan.users, user => withoutUser(plan, user.id)),
    ...each(plan.groups, group => withoutGroup(plan, group)),
    ...each(plan.items, item => ({...plan, items: plan.items.filter(({id}) => id !== item.id)})),
    ...(plan.servers > 1 ? [{...plan, servers: 1}] : []),
    ...(plan.readReplica ? [{...plan, readReplica: false}] : []),
    ...(plan.compaction === null ? [] : [{...plan, compaction: null}]),
    ...(plan.bulk ? [{...plan, bulk: false}] : []),
    ...each(plan.clients, client => simplerClient(plan, client)),
  ].filter(
    ({clients, users, items}) => clients.length > 0 && users.length > 0 && items.length > 0,
  ) as unknown as World[];
}

const each = <T>(items: readonly T[], simpler: (item: T) => VfsWorld | readonly VfsWorld[]): VfsWorld[] =>
  items.flatMap(item => simpler(item));

/** One client alone, then two: most faults need no more. */
function withoutOthers(plan: VfsWorld): VfsWorld[] {
  if (plan.clients.length < 3) return [];
  return plan.clients.map(({id}) =>
    plan.clients
      .filter(other => other.id !== id)
      .reduce((rest, other) => withoutClient(rest, other.id), plan),
  );
}

function withoutClient(plan: VfsWorld, id: string): VfsWorld {
  return {...plan, clients: plan.clients.filter(client => client.id !== id)};
}

/** A user goes with their clients and items. */
function withoutUser(plan: VfsWorld, id: string): VfsWorld {
  return {
    ...plan,
    users: plan.users.filter(user => user.id !== id),
    clients: plan.clients.filter(({user}) => user !== id),
    items: plan.items.filter(({owner}) => owner !== id),
  };
}

function withoutGroup(plan: VfsWorld, id: string): VfsWorld {
  const users = plan.users.map(user => ({...user, groups: user.groups.filter(group => group !== id)}));
  return {...plan, groups: plan.groups.filter(group => group !== id), users};
}

function simplerClient(plan: VfsWorld, client: VfsClientPlan): VfsWorld[] {
  const simpler: VfsClientPlan[] = [
    ...(client.backgroundMs > 0 ? [{...client, backgroundMs: 0}] : []),
    ...(client.pullLimit < LARGE_PAGE ? [{...client, pullLimit: LARGE_PAGE}] : []),
    ...(client.stalePages === 'soften' ? [{...client, stalePages: 'fail' as const}] : []),
    ...(client.rematerializations > 1 ? [{...client, rematerializations: 1}] : []),
  ];
  return simpler.map(other => ({
    ...plan,
    clients: plan.clients.map(one => (one.id === client.id ? other : one)),
  }));
}
