/** Simpler worlds of the journal, for shrinking: fewer devices, tenants, objects and servers, and fewer peculiarities. */
import type {World} from '../../src/index.ts';
import {journalWorld, type DevicePlan, type JournalWorld} from './world.ts';

/** A page size at which a device sees everything at once, and a batch size that no push reaches. */
const LARGE = 100;

/** Every world that is simpler than this one by one decision, boldest first. */
export function simplerWorlds(world: World): World[] {
  const plan = journalWorld(world);
  return [
    ...plan.tenants.map(({id}) => withoutTenant(plan, id)),
    ...withoutOthers(plan),
    ...plan.devices.map(({id}) => without(plan, id)),
    ...fewerObjects(plan),
    ...(plan.servers > 1 ? [{...plan, servers: 1}] : []),
    ...(plan.batchLimit < LARGE ? [{...plan, batchLimit: LARGE}] : []),
    ...plan.devices.flatMap(device => simplerDevices(device).map(simpler => withDevice(plan, simpler))),
  ].filter(({tenants, devices}) => tenants.length > 0 && devices.length > 0) as unknown as World[];
}

const without = (plan: JournalWorld, device: string): JournalWorld => ({
  ...plan,
  devices: plan.devices.filter(({id}) => id !== device),
});

const withDevice = (plan: JournalWorld, device: DevicePlan): JournalWorld => ({
  ...plan,
  devices: plan.devices.map(one => (one.id === device.id ? device : one)),
});

/** A tenant goes with its devices. */
const withoutTenant = (plan: JournalWorld, tenant: string): JournalWorld => ({
  ...plan,
  tenants: plan.tenants.filter(({id}) => id !== tenant),
  devices: plan.devices.filter(device => device.tenant !== tenant),
});

/** Two devices alone: most faults need no more. */
function withoutOthers(plan: JournalWorld): JournalWorld[] {
  const {devices} = plan;
  if (devices.length < 4) return [];
  return devices.flatMap((one, index) =>
    devices.slice(index + 1).map(other => ({...plan, devices: [one, other]})),
  );
}

/** The objects are the same in every tenant: they go together, all but one first. */
function fewerObjects(plan: JournalWorld): JournalWorld[] {
  const objects = plan.tenants[0]?.objects ?? [];
  if (objects.length < 2) return [];
  const only = (kept: typeof objects): JournalWorld => ({
    ...plan,
    tenants: plan.tenants.map(tenant => ({...tenant, objects: kept})),
  });
  return [
    ...objects.map(object => only([object])),
    ...objects.map(object => only(objects.filter(other => other !== object))),
  ];
}

const simplerDevices = (device: DevicePlan): DevicePlan[] => [
  ...(device.scope === null ? [] : [{...device, scope: null}]),
  ...(device.pullLimit < LARGE ? [{...device, pullLimit: LARGE}] : []),
];
