/** What users do with blobs during the rollout: stage, attach and abandon, again where an answer was lost. */
import {NetError, type Doing, type OperationSpec, type Stream} from '../../../src/index.ts';
import {formatTime} from '../../../src/model/vfs/time.ts';
import type {ClientProgram} from '../client-program.ts';
import {tokenOf} from '../world.ts';
import {markMixed} from './mixed.ts';
import {flatteningWorld} from './world.ts';

/** Stagings that a device knows of in its present life, in the order in which it came to know them. */
const known = new WeakMap<ClientProgram, string[]>();

const TIMEOUT_MS = 8_000;
const KINDS = ['file', 'file', 'photo', 'other', 'emailAttachment'] as const;
const DATA = 'aGk=';

interface StageArgs {
  readonly blob: number;
  readonly lastsMs: number;
  readonly isNew: boolean;
}

interface EndArgs {
  readonly staging: number;
  readonly item: number;
  readonly kind: number;
}

const drawEnd = (random: Stream): EndArgs => ({
  staging: random.integer(0, 0xff),
  item: random.integer(0, 0xff),
  kind: random.integer(0, KINDS.length - 1),
});

const client = (weight: number, draw: OperationSpec['draw'], run: OperationSpec['run']): OperationSpec => ({
  weight,
  role: 'client',
  essential: true,
  draw,
  run,
});

export const blobOperations: {readonly [kind: string]: OperationSpec} = {
  stage: client(
    8,
    random => ({
      blob: random.integer(0, 0xff),
      lastsMs: random.oneIn(4) ? random.integer(2_000, 20_000) : 3_600_000,
      isNew: random.oneIn(3),
    }),
    (args, doing) => stage(args as unknown as StageArgs, doing),
  ),
  attach: client(
    10,
    random => ({...drawEnd(random)}),
    (args, doing) => {
      const {staging, item, kind} = args as unknown as EndArgs;
      const items = flatteningWorld(doing.scene.world).items.filter(({owner}) => owner === userOf(doing));
      const target = items[item % Math.max(1, items.length)];
      if (target === undefined) return undefined;
      const relationKind = KINDS[kind % KINDS.length] ?? 'file';
      return end(doing, staging, 'attach', {itemId: target.id, relationKind});
    },
  ),
  abandon: client(
    3,
    random => ({...drawEnd(random)}),
    (args, doing) => end(doing, (args as unknown as EndArgs).staging, 'abandon', {}),
  ),
};

async function stage({blob, lastsMs, isNew}: StageArgs, doing: Doing): Promise<void> {
  const {blobs} = flatteningWorld(doing.scene.world);
  const own = blobs.filter(({user}) => user === userOf(doing));
  const old = own[blob % Math.max(1, own.length)];
  const stagingId = `stage-${doing.operation}`;
  const body = {
    blobId: isNew || old === undefined ? `blob-${doing.operation}` : old.id,
    stagingId,
    expiresAt: formatTime(doing.now() + lastsMs),
    ...(isNew || old === undefined ? {dataBase64: DATA} : {}),
  };
  stagingsOf(doing).push(stagingId);
  await ask(doing, '/v1/vfs/blobs/stage', body);
}

async function end(doing: Doing, index: number, verb: string, body: object): Promise<void> {
  const stagings = stagingsOf(doing);
  const stagingId = stagings[index % Math.max(1, stagings.length)];
  if (stagingId !== undefined) await ask(doing, `/v1/vfs/blobs/stage/${stagingId}/${verb}`, body);
}

/** Those of the past that are the user's, and those that this device has staged itself. */
function stagingsOf(doing: Doing): string[] {
  const program = doing.program as ClientProgram;
  let stagings = known.get(program);
  if (stagings === undefined) {
    const past = flatteningWorld(doing.scene.world).stagings.filter(({user}) => user === userOf(doing));
    stagings = past.map(({id}) => id);
    known.set(program, stagings);
  }
  return stagings;
}

const userOf = (doing: Doing): string => (doing.program as ClientProgram).plan.user;

/** Whatever becomes of it: users look, and try again. */
async function ask(doing: Doing, path: string, body: object): Promise<void> {
  const {host, plan} = doing.program as ClientProgram;
  markMixed(doing);
  const headers = {authorization: `Bearer ${tokenOf(plan.user)}`, 'content-type': 'application/json'};
  try {
    await host.net.request(
      'api',
      {method: 'POST', path, headers, body: JSON.stringify(body)},
      {timeoutMs: TIMEOUT_MS},
    );
  } catch (error) {
    if (!(error instanceof NetError)) throw error;
  }
}
