/** Requests that no client of ours sends, under a device's own session: hostile pushes, pushes that are none, odd pulls. */
import {DEFAULT_CLOCK_LIMITS, LIFE_MARK, LIMITS, PATHS} from '../../src/impl/journal/protocol.ts';
import {hmacHex} from '../../src/impl/journal/sha256.ts';
import {canonicalJson, NetError, type Doing, type Json, type Stream, type World} from '../../src/index.ts';
import type {DeviceProgram} from './device-program.ts';
import {hostileBody, HOSTILES, NO_PUSHES} from './hostile.ts';
import {LEGACY_TYPE} from './legacy.ts';
import {payloadAt} from './payloads.ts';
import {PACK_KEY} from './server-program.ts';
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
    // ids that several devices and tenants use, and ids that nobody else does
    opId: payload % 2 === 0 ? `hostile-${kind}` : `hostile-${plan.id}-${doing.operation}`,
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

interface Sending {
  readonly method?: string;
  readonly token?: string;
}

async function send(doing: Doing, path: string, body: string, as: Sending = {}): Promise<void> {
  const {host, plan} = doing.program as DeviceProgram;
  const {method = 'POST', token = tokenOf(plan.id)} = as;
  const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'};
  try {
    await host.net.request('api', {method, path, headers, body}, {timeoutMs: TIMEOUT_MS});
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

export const drawOddPull = (random: Stream, _world: World): Json => random.integer(0, ODD_PULLS.length + 1);

/** Asks oddly, or as somebody whom nobody knows. */
export async function pullOddly(index: number, doing: Doing): Promise<void> {
  const {plan} = doing.program as DeviceProgram;
  const {cursor} = (doing.program as DeviceProgram).exportState().standing;
  const another = {sinceCursor: cursor, scope: {ids: ['elsewhere']}};
  const body = [...ODD_PULLS, another][index % (ODD_PULLS.length + 2)];
  if (body === undefined) await send(doing, PATHS.pull, '{"sinceCursor":null}', {token: `no-${plan.id}`});
  else await send(doing, PATHS.pull, JSON.stringify(body));
}

export interface PackArgs {
  readonly pack: number;
  readonly objects: readonly number[];
  readonly payload: number;
  /** Signed by somebody who does not know the key. */
  readonly forged: boolean;
}

export const drawPack = (random: Stream): Json =>
  ({
    // few packs, so that one comes again with the same content, and with another
    pack: random.integer(0, 1),
    objects: Array.from({length: random.integer(1, 3)}, () => random.integer(0, 2)),
    payload: random.integer(0, 2),
    forged: random.oneIn(6),
  }) satisfies PackArgs;

/** Sends many objects at once, as a service would that knows the key. */
export async function sendPack({pack, objects, payload, forged}: PackArgs, doing: Doing): Promise<void> {
  const {plan} = doing.program as DeviceProgram;
  const known = journalWorld(doing.scene.world).tenants.find(({id}) => id === plan.tenant)?.objects ?? [];
  const packed = objects.map((index): Json => {
    const {type, id} = known[index % Math.max(1, known.length)] ?? {type: 'note', id: 'x'};
    return {objectType: type, objectId: id, payload: payloadAt(payload), tags: ['blue']};
  });
  const packId = `pack-${pack}`;
  const signature = hmacHex(forged ? 'another key' : PACK_KEY, canonicalJson({packId, objects: packed}));
  await send(doing, PATHS.ingestPack, JSON.stringify({packId, objects: packed, signature}));
}

export interface LegacyArgs {
  readonly object: number;
  readonly payload: number;
  readonly isTombstone: boolean;
  /** The id of its operation: few, so that one comes again. */
  readonly operation: number;
}

export const drawLegacy = (random: Stream): Json =>
  ({
    object: random.integer(0, 1),
    payload: random.integer(0, 3),
    isTombstone: random.oneIn(4),
    operation: random.integer(0, 5),
  }) satisfies LegacyArgs;

/** Gives one entry to the legacy exchange, as a device of the old days does. */
export async function giveLegacy(args: LegacyArgs, doing: Doing): Promise<void> {
  const {object, payload, isTombstone, operation} = args;
  const {plan} = doing.program as DeviceProgram;
  const entry = {
    opId: `old-${plan.id}-${operation}`,
    objectType: object % 2 === 0 ? LEGACY_TYPE : 'note',
    objectId: 'x',
    payload: isTombstone ? null : payloadAt(payload),
    isTombstone,
  };
  await send(doing, PATHS.legacyPush, JSON.stringify({entries: [entry]}));
}

export const takeLegacyPage = (since: number, doing: Doing): Promise<void> =>
  send(doing, `${PATHS.legacyPull}?since=${since}&limit=2`, '', {method: 'GET'});

/** Questions to the journal; those about an object name one. */
const AUDITS = [
  'history',
  'value',
  'concurrent',
  'conflicts',
  'at',
  'check',
  'divergence',
  'device',
] as const;

export const drawAudit = (random: Stream): Json => ({
  question: random.integer(0, AUDITS.length - 1),
  object: random.integer(0, 2),
});

export async function ask(
  {question, object}: {question: number; object: number},
  doing: Doing,
): Promise<void> {
  const {plan} = doing.program as DeviceProgram;
  const known = journalWorld(doing.scene.world).tenants.find(({id}) => id === plan.tenant)?.objects ?? [];
  const {type, id} = known[object % Math.max(1, known.length)] ?? {type: 'note', id: 'x'};
  const about = `?type=${encodeURIComponent(type)}&id=${encodeURIComponent(id)}&device=${plan.id}`;
  const name = AUDITS[question % AUDITS.length] ?? 'check';
  await send(doing, `${PATHS.audit}${name}${about}`, '', {method: 'GET'});
}
