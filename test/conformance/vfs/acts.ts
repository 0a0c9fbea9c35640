/** What a step of a script does on its node, and the operations that the golden vectors queue. */
import type {
  AccessLevel,
  ExportedState,
  Operation,
  OperationInput,
  OpType,
} from '../../../src/model/vfs/types.ts';
import {at} from '../../impl/vfs/scripted-transport.ts';
import type {Program} from './cast.ts';
import {refusal, type Act, type Fault} from './script.ts';

export const act = (on: string, run: Act['run'], delayMs = 0): Act => ({on, run, delayMs});

export const queue = (on: string, ...inputs: readonly OperationInput[]): Act =>
  act(on, async ({client}) => {
    for (const input of inputs) await client.queueLocalOperation(input);
  });

export const flush = (on: string, delayMs = 0): Act => act(on, ({client}) => client.flush(), delayMs);
export const sync = (on: string, delayMs = 0): Act => act(on, ({client}) => client.sync(), delayMs);
export const state = (on: string): Act => act(on, ({client}) => client.exportState());
export const snapshot = (on: string): Act => act(on, ({client}) => client.snapshot());

export const hydrate = (on: string, from: ExportedState | ((node: Program) => unknown)): Act =>
  act(on, node => node.client.hydrateState(typeof from === 'function' ? from(node) : from));

/** A fresh client filled from what another node exports, by way of its JSON text. */
export const hydrateFrom = (on: string, other: string): Act =>
  hydrate(on, node => JSON.parse(JSON.stringify(node.beside(other).client.exportState())) as unknown);

/** Down at once, up a second later, on the same disk. */
export const crash = (on: string, delayMs = 0): Fault => ({
  fault: 'crash',
  on,
  lasts: 1_000,
  arg: 0,
  delayMs,
});

/** Several things that one node starts at the same time, and what each of them came to. */
export const together = (on: string, ...bodies: readonly ((node: Program) => Promise<unknown>)[]): Act =>
  act(on, async node => {
    const ends = await Promise.allSettled(bodies.map(body => body(node)));
    return ends.map(end => (end.status === 'fulfilled' ? end.value : refusal(end.reason)));
  });

/** Sends a request as any program might, and tells status and body. */
export const ask = (
  on: string,
  method: string,
  path: string,
  body: unknown = '',
  token = 'token-user-1',
): Act =>
  act(on, async ({host}) => {
    const answer = await host.net.request('api', {
      method,
      path,
      headers: token === '' ? {} : {authorization: `Bearer ${token}`},
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return [answer.status, JSON.parse(String(answer.body)) as unknown];
  });

const acl = (opType: OpType, opId: string, time: string, rest: Partial<OperationInput>): OperationInput => ({
  opType,
  opId,
  itemId: 'item-1',
  occurredAt: at(time),
  principalType: 'group',
  principalId: 'group-1',
  ...rest,
});

export const give = (
  opId: string,
  time: string,
  accessLevel: AccessLevel = 'read',
  rest: Partial<OperationInput> = {},
): OperationInput => acl('acl_add', opId, time, {accessLevel, ...rest});

export const revoke = (opId: string, time: string, rest: Partial<OperationInput> = {}): OperationInput =>
  acl('acl_remove', opId, time, rest);

const edge = (
  opType: OpType,
  opId: string,
  time: string,
  parentId: string,
  childId: string,
): OperationInput => ({
  opType,
  opId,
  itemId: childId,
  parentId,
  childId,
  occurredAt: at(time),
});

export const link = (opId: string, time: string, parentId = 'root', childId = 'item-1'): OperationInput =>
  edge('link_add', opId, time, parentId, childId);

export const unlink = (opId: string, time: string, parentId = 'root', childId = 'item-1'): OperationInput =>
  edge('link_remove', opId, time, parentId, childId);

/** An operation as it stands in a client's queue. */
export const queued = (input: OperationInput, writeId: number, replicaId = 'desktop'): Operation =>
  ({...input, replicaId, writeId}) as Operation;
