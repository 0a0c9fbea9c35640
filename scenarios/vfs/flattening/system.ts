/** The rollout of the flattening migration under traffic: servers of three releases, an operator, clients, on one database. */
import {defineSystem, type Doing, type Json, type OperationSpec, type System} from '../../../src/index.ts';
import {attempt, programOf} from '../attempts.ts';
import {guardrailMark} from '../client-program.ts';
import {operations as vfsOperations} from '../operations.ts';
import {repair} from '../devices.ts';
import {blobOperations} from './client-blobs.ts';
import {claims} from './claims.ts';
import {GUARD_MESSAGES} from './guard-messages.ts';
import {FlatteningLedger} from './ledger.ts';
import {markMixed} from './mixed.ts';
import {flatteningNodes} from './nodes.ts';
import {operatorOperations} from './operator.ts';
import {drawFlatteningWorld, flatteningWorld, simplerFlatteningWorlds} from './world.ts';

const CLIENTS = ['client'];
const SERVERS = ['server'];
const DISKS = ['server', 'operator'];
const ALL = ['client', 'server', 'operator', 'store'];
const STEPS = [24, 25, 26, 27];

const spec = (kind: string, changes: Partial<OperationSpec>): OperationSpec => {
  const base = vfsOperations[kind];
  if (base === undefined) throw new Error(`vfs has no operation ${kind}`);
  return {...base, ...changes};
};

/** A run of the client's, with a mark where servers of two releases might answer it. */
const marked = (stage: 'flush' | 'sync', weight: number): OperationSpec => ({
  ...{weight, role: 'client', essential: true, draw: () => null},
  run: (_, doing) => {
    markMixed(doing);
    const {client} = programOf(doing);
    return attempt(doing, stage, () => (stage === 'flush' ? client.flush() : client.sync()));
  },
});

/** The runbook's way for a client that may not start over by itself. */
async function repairAndMark(_: Json, doing: Doing): Promise<void> {
  const program = programOf(doing);
  const {stranded} = program;
  await repair(doing);
  if (stranded && !program.stranded) program.host.probe('recovered');
}

export const flattening: System<FlatteningLedger> = defineSystem<FlatteningLedger>({
  name: 'vfs/flattening',
  summary: 'the flattening migration rolled out under traffic: releases replaced, steps, mistakes, rollbacks',
  drawWorld: drawFlatteningWorld,
  simplerWorlds: simplerFlatteningWorlds,
  nodes: flatteningNodes,
  operations: {
    edit: spec('edit', {weight: 10}),
    flush: marked('flush', 6),
    sync: marked('sync', 6),
    discard: spec('discard', {weight: 2}),
    repair: spec('repair', {run: repairAndMark}),
    ...blobOperations,
    ...operatorOperations,
  },
  size: {operations: [30, 110], stormMs: [20_000, 80_000]},
  settling: ['finish', 'repair', 'flush', 'discard', 'sync'],
  hazards: {
    delay: CLIENTS,
    reorder: CLIENTS,
    duplicate: CLIENTS,
    'lose-request': CLIENTS,
    'lose-response': CLIENTS,
    'http-status': CLIENTS,
    reset: CLIENTS,
    partition: CLIENTS,
    clog: ALL,
    'slow-link': ALL,
    'slow-statement': ALL,
    'failed-statement': ALL,
    'hung-statement': DISKS,
    crash: ALL,
    pause: ALL,
    'clock-skew': SERVERS,
    'clock-jump-forward': SERVERS,
    'clock-jump-back': SERVERS,
  },
  ledger: (world: {readonly [key: string]: Json}) => new FlatteningLedger(flatteningWorld(world)),
  observe: (seen, ledger, scene) => ledger.observe(seen, scene),
  claims,
  goals: [
    ...STEPS.map(version => `step:${version}`),
    ...STEPS.map(version => `traffic:${version}`),
    ...GUARD_MESSAGES.map(message => `guard:${message}`),
    ...['refused:order', 'refused:future', 'verified', 'rollback:marked', 'rollback:unmarked'],
    ...['served:legacy', 'served:mirroring', 'served:flattened'],
    ...['mixed:legacy+mirroring', 'mixed:flattened+mirroring'],
    // a cursor of a lost history is told so before anything can be seen of write ids
    guardrailMark({stage: 'pull', code: 'pullRematerializationRequired'}),
    'recovered',
  ],
});
