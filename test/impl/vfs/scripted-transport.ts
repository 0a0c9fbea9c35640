/** A transport that answers what a test tells it to, and remembers what it was asked. */
import type {
  Cursor,
  FeedItem,
  GuardrailViolation,
  LifecycleEvent,
  Operation,
  PushStatus,
  WriteIds,
} from '../../../src/model/vfs/types.ts';
import {VfsClient} from '../../../src/impl/vfs/client.ts';
import type {VfsClientOptions} from '../../../src/impl/vfs/client-options.ts';
import type {
  PullRequest,
  PullResponse,
  PushRequest,
  PushResponse,
  ReconcileRequest,
  ReconcileResponse,
  VfsTransport,
} from '../../../src/impl/vfs/transport.ts';
import {type MemoryDisk, type MemoryHost, memoryHost} from './memory-host.ts';

/** `12:30` or `12:30:01.5` on the day of the golden vectors. */
export function at(time: string): string {
  const [clock = '', fraction = ''] = time.split('.');
  const full = clock.length === 5 ? `${clock}:00` : clock;
  return `2026-02-14T${full}.${fraction.padEnd(3, '0')}Z`;
}

export const cursor = (time: string, changeId: string): Cursor => ({changedAt: at(time), changeId});

export function grant(opId: string, time: string, more: Partial<FeedItem> = {}): FeedItem {
  return {
    opId,
    itemId: 'item-1',
    opType: 'acl_add',
    principalType: 'group',
    principalId: 'group-1',
    accessLevel: 'read',
    parentId: null,
    childId: null,
    actorId: 'user-1',
    sourceTable: 'vfs_crdt_client_push',
    sourceId: `user-1:desktop:1:${opId}`,
    occurredAt: at(time),
    ...more,
  };
}

export const edge = (opId: string, time: string, more: Partial<FeedItem> = {}): FeedItem =>
  grant(opId, time, {
    opType: 'link_add',
    principalType: null,
    principalId: null,
    accessLevel: null,
    parentId: 'root',
    childId: 'item-1',
    ...more,
  });

export const page = (items: readonly FeedItem[], more: Partial<PullResponse> = {}): PullResponse => ({
  items,
  hasMore: false,
  nextCursor: null,
  lastReconciledWriteIds: {},
  ...more,
});

export const statuses =
  (status: PushStatus) =>
  (request: PushRequest): PushResponse => ({
    clientId: request.clientId,
    results: request.operations.map(({opId}) => ({opId, status})),
  });

/** An answer, or a way to make it from the request; an `Error` is a rejection. */
export type Script<Request, Response> =
  Response | Error | ((request: Request) => Response | Promise<Response>);

async function answer<Request, Response>(
  script: Script<Request, Response>,
  request: Request,
): Promise<Response> {
  if (script instanceof Error) throw script;
  return typeof script === 'function'
    ? await (script as (request: Request) => Response | Promise<Response>)(request)
    : script;
}

/** Takes the next answer of each list; when a list has run out, pushes apply and pulls are empty. */
export class ScriptedTransport implements VfsTransport {
  pushes: Script<PushRequest, PushResponse>[] = [];
  pulls: Script<PullRequest, PullResponse>[] = [];
  acks: Script<ReconcileRequest, ReconcileResponse>[] = [];
  readonly pushed: Operation[][] = [];
  readonly pulled: (Cursor | null)[] = [];
  readonly reconciled: {readonly cursor: Cursor; readonly ids: WriteIds}[] = [];

  async pushOperations(request: PushRequest): Promise<PushResponse> {
    this.pushed.push([...request.operations]);
    return answer(this.pushes.shift() ?? statuses('applied'), request);
  }

  async pullOperations(request: PullRequest): Promise<PullResponse> {
    this.pulled.push(request.cursor);
    return answer(this.pulls.shift() ?? page([]), request);
  }

  async reconcileState(request: ReconcileRequest): Promise<ReconcileResponse> {
    const {cursor, lastReconciledWriteIds} = request;
    this.reconciled.push({cursor, ids: lastReconciledWriteIds});
    return answer(this.acks.shift() ?? {cursor, lastReconciledWriteIds}, request);
  }
}

export interface Rig {
  readonly host: MemoryHost;
  readonly transport: ScriptedTransport;
  readonly client: VfsClient;
  readonly violations: GuardrailViolation[];
  readonly events: LifecycleEvent[];
}

/** A client `desktop` of `user-1` on a scripted transport, and all that it tells. */
export async function rig(
  options: Partial<VfsClientOptions> & {readonly disk?: MemoryDisk; readonly life?: number} = {},
): Promise<Rig> {
  const {disk, life, ...rest} = options;
  const host = memoryHost({
    ...(disk === undefined ? {} : {disk}),
    ...(life === undefined ? {} : {life}),
  });
  const transport = new ScriptedTransport();
  const violations: GuardrailViolation[] = [];
  const events: LifecycleEvent[] = [];
  const client = await VfsClient.open(host, {
    userId: 'user-1',
    clientId: 'desktop',
    transport,
    onGuardrailViolation: violation => violations.push(violation),
    onLifecycle: event => events.push(event),
    ...rest,
  });
  return {host, transport, client, violations, events};
}

export const PRISTINE = {
  replaySnapshot: {acl: [], links: [], cursor: null},
  reconcileState: null,
  containerClocks: [],
  pendingOperations: [],
  nextLocalWriteId: 1,
};

/** The message of what `promise` rejects with; fails the test if it does not reject. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error('rejected with something that is no error', {cause: error});
  }
  throw new Error('did not reject');
}
