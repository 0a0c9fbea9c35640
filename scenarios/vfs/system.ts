/** VFS sync as a system under test: clients and servers of src/impl/vfs, what users do, what may go wrong, what must hold. */
import {defineSystem, type Json, type System} from '../../src/index.ts';
import {lifecycleEdges} from '../../src/model/vfs/lifecycle.ts';
import {claims} from './claims.ts';
import {edgeMark, guardrailMark} from './client-program.ts';
import {inspect} from './inspect.ts';
import {VfsLedger} from './ledger.ts';
import {vfsNodes} from './nodes.ts';
import {operations} from './operations.ts';
import {simplerWorlds} from './simpler-worlds.ts';
import {tampers} from './tampers.ts';
import {drawVfsWorld, vfsWorld} from './world.ts';

const CLIENTS = ['client'];
const SERVERS = ['server'];
const ALL = ['client', 'server'];
const STUBBORN_WEIGHT = 40;

/** A flush that fails while it decides has run out of write ids: no run is long enough for that. */
const OUT_OF_REACH = 'flushing+FAILED>idle';

const GUARDRAILS = [
  {stage: 'pull', code: 'lastWriteIdRegression'},
  {stage: 'pull', code: 'pullPageInvariantViolation'},
  {stage: 'pull', code: 'pullDuplicateOpReplay'},
  {stage: 'pull', code: 'pullCursorRegression'},
  {stage: 'pull', code: 'pullRematerializationRequired'},
  {stage: 'reconcile', code: 'reconcileCursorRegression'},
  {stage: 'reconcile', code: 'lastWriteIdRegression'},
  {stage: 'flush', code: 'staleWriteRecoveryExhausted'},
  {stage: 'hydrate', code: 'hydrateGuardrailViolation'},
] as const;

export const vfs: System<VfsLedger> = defineSystem<VfsLedger>({
  name: 'vfs',
  summary: 'CRDT feed sync with guardrails: clients, servers behind a balancer, users, groups and grants',
  drawWorld: drawVfsWorld,
  simplerWorlds,
  nodes: vfsNodes,
  operations,
  size: {operations: [10, 90], stormMs: [15_000, 90_000]},
  settling: ['repair', 'flush', 'discard', 'sync'],
  hazards: {
    delay: CLIENTS,
    reorder: CLIENTS,
    'lose-request': CLIENTS,
    duplicate: CLIENTS,
    'http-status': CLIENTS,
    'lose-response': CLIENTS,
    reset: CLIENTS,
    'late-replay': CLIENTS,
    truncate: CLIENTS,
    'not-json': CLIENTS,
    tamper: CLIENTS,
    'stubborn-peer': CLIENTS,
    'slow-statement': ALL,
    'failed-statement': ALL,
    partition: CLIENTS,
    'partition-one-way': CLIENTS,
    clog: ALL,
    'slow-link': ALL,
    crash: ALL,
    pause: ALL,
    freeze: CLIENTS,
    twin: CLIENTS,
    upgrade: SERVERS,
    'schema-change': SERVERS,
    'hung-statement': ALL,
    'lost-tail': CLIENTS,
    'restore-backup': CLIENTS,
    wipe: CLIENTS,
    'clock-skew': ALL,
    'clock-drift': ALL,
    'clock-jump-forward': ALL,
    'clock-jump-back': ALL,
    'clock-freeze': ALL,
    'equal-timestamps': ALL,
    'server-restore': SERVERS,
    'server-rebuild': SERVERS,
    'lagging-replica': SERVERS,
  },
  // lies that work only when repeated are what a stubborn peer mostly tells
  tampers: tampers.map(tamper =>
    tamper.answersNeeded > 1 ? {stubbornWeight: STUBBORN_WEIGHT, ...tamper} : tamper,
  ),
  ledger: (world: {readonly [key: string]: Json}) => new VfsLedger(vfsWorld(world)),
  observe: (seen, ledger, scene) => ledger.observe(seen, scene),
  claims,
  inspect,
  attemptClaim: {
    id: 'VFS-I10',
    sentence:
      'a failed flush, sync or hydrate changes nothing but what it had completed, and fails alike when it meets the same answers again',
  },
  goals: [
    ...GUARDRAILS.map(guardrailMark),
    ...lifecycleEdges()
      .filter(edge => edge !== OUT_OF_REACH)
      .map(edgeMark),
  ],
});
