/** Requests that no client of ours sends, under a device's own session: hostile pushes, pushes that are none, odd pulls. */
import {DEFAULT_CLOCK_LIMITS, LIFE_MARK, LIMITS, PATHS} from '../../src/impl/journal/protocol.ts';
import {NetError, type Doing, type Json, type Stream, type World} from '../../src/index.ts';
import type {DeviceProgram} from './device-program.ts';
import {hostileBody, HOSTILES, NO_PUSHES} from './hostile.ts';
import {payloadAt} from './payloads.ts';
import {journalWorld, tokenOf} from './world.ts';

const TIMEOUT_MS = 10_000;

export interface HostileArgs {
  readonly kind: number;
  readonly object: number;
  readonly payload: number;
  /** How often the very same push is sent, at once. */
  readonly times: number;
}

export const drawHostile = (random: Stream): Json =>
  ({
    kind: random.integer(0, HOSTILES.length + NO_PUSHES.length - 1),
    object: random.integer(0, 0xff),
    payload: random.integer(0, 3),
    times: random.oneIn(4) ? 2 : 1,
  }) satisfies HostileArgs;

/** Sends a push as somebody would who knows the protocol and means no good, or whose client is broken. */
export async function pushHostile(args: HostileArgs, doing: Doing): Promise<void> {
  const body = hostileText(args, doing);
  await Promise.all(Array.from({length: args.times}, () => send(doing, PATHS.push, body)));
}

function hostileText({kind, object, payload}: HostileArgs, doing: Doing): string {
  const {plan} = doing.program as DeviceProgram;
  const hostile = HOSTILES[kind % (HOSTILES.length + NO_PUSHES.length)];
  if (hostile === undefined) return NO_PUSHES[kind % NO_PUSHES.length] ?? '';
  const world = journalWorld(doing.scene.world);
  const objects = world.tenants.find(({id}) => id === plan.tenant)?.objects ?? [];
  const {type, id} = objects[object % Math.max(1, objects.length)] ?? {type: 'note', id: 'x'};
  // a life of the device that writes nothing else: what it spoils is its own
  const deviceId = `${plan.id}${LIFE_MARK}${doing.operation}`;
  const other = world.devices.find(device => device.id !== plan.id)?.id ?? 'nobody';
  const honest = {
    opId: `hostile-${plan.id}-${doing.operation}`,
    deviceId,
    sessionId: 'hostile',
    objectType: type,
    objectId: id,
    payload: payloadAt(payload),
    vectorClock: {[deviceId]: 1},
    isTombstone: false,
    tags: ['red'],
  };
  return hostileBody(
    hostile(honest, {other, entriesLimit: LIMITS.entries, maxAhead: DEFAULT_CLOCK_LIMITS.maxAhead}),
  );
}

async function send(doing: Doing, path: string, body: string): Promise<void> {
  const {host, plan} = doing.program as DeviceProgram;
  const headers = {authorization: `Bearer ${tokenOf(plan.id)}`, 'content-type': 'application/json'};
  try {
    await host.net.request('api', {method: 'POST', path, headers, body}, {timeoutMs: TIMEOUT_MS});
  } catch (error) {
    if (!(error instanceof NetError)) throw error;
  }
}

/** Bodies of pulls that must be refused, or answered in full though they are odd. */
const ODD_PULLS: readonly Json[] = [
  null,
  {},
  {sinceCursor: 7},
  {sinceCursor: '1:nowhere:0:0000000000000000'},
  {sinceCursor: 'no cursor'},
  {sinceCursor: null, limit: 0},
  {sinceCursor: null, limit: 501},
  {sinceCursor: null, limit: '10'},
  {sinceCursor: null, scope: {types: 'note'}},
  {sinceCursor: null, scope: {tenant: ['t2']}},
  {sinceCursor: null, scope: null},
  {sinceCursor: null, tenantId: 't2'},
  {sinceCursor: null, scope: {tags: ['red', 'red']}, limit: 1},
  {sinceCursor: null, scope: {types: [], ids: [], tags: []}},
];

export const drawOddPull = (random: Stream, _world: World): Json => random.integer(0, ODD_PULLS.length - 1);

export const pullOddly = (index: number, doing: Doing): Promise<void> =>
  send(doing, PATHS.pull, JSON.stringify(ODD_PULLS[index % ODD_PULLS.length]));
