/** The standard run of VFS: three clients, one server, sixty operations; as the harness runs it, calmed down, and unwatched. */
import {defineSystem, drawPlan, type Plan, type System, type World} from '../src/index.ts';
import type {VfsLedger} from '../scenarios/vfs/ledger.ts';
import {vfs} from '../scenarios/vfs/system.ts';
import type {VfsWorld} from '../scenarios/vfs/world.ts';
import {benchSeed} from './plans.ts';

const OPERATIONS = 60;
const STORM_MS = 90_000;

const client = (id: string, user: string): VfsWorld['clients'][number] => ({
  id,
  user,
  pullLimit: 25,
  stalePages: 'fail',
  backgroundMs: 0,
  rematerializations: 1,
});

const WORLD: VfsWorld = {
  users: [
    {id: 'user1', groups: ['group1']},
    {id: 'user2', groups: []},
  ],
  groups: ['group1'],
  clients: [client('c1', 'user1'), client('c2', 'user2'), client('c3', 'user1')],
  items: ['item1', 'item2', 'item3', 'item4'].map((id, index) => ({
    id,
    owner: index % 2 === 0 ? 'user1' : 'user2',
  })),
  servers: 1,
  readReplica: false,
  compaction: null,
  bulk: false,
};

const {background, ...others} = vfs.operations;

/** With every claim, and every hazard that the system can meet. No loop runs by itself, so all work is in the plan. */
export const standard: System<VfsLedger> = defineSystem<VfsLedger>({
  ...vfs,
  drawWorld: () => WORLD as unknown as World,
  operations: background === undefined ? others : {...others, background: {...background, weight: 0}},
  size: {operations: [OPERATIONS, OPERATIONS], stormMs: [STORM_MS, STORM_MS]},
});

/** The same without anybody watching: no observer, no claims. */
export const unwatched: System<VfsLedger> = defineSystem<VfsLedger>({
  ...standard,
  observe: () => undefined,
  claims: [],
});

/** A plan of the standard run in which nothing goes wrong, so that everybody who runs it does the same work. */
export const calmPlan = (index: number): Plan => ({
  ...drawPlan(standard, benchSeed(index)),
  faults: [],
  weather: {},
});
