/** The journal as a system under test: devices and servers of src/impl/journal, what users do, what may go wrong, what must hold. */
import {defineSystem, type Json, type System} from '../../src/index.ts';
import {lifecycleEdges} from '../../src/model/journal/lifecycle.ts';
import {claims} from './claims.ts';
import {edgeMark} from './device-program.ts';
import {goals} from './goals.ts';
import {inspect} from './inspect.ts';
import {JournalLedger} from './ledger.ts';
import {journalNodes} from './nodes.ts';
import {operations} from './operations.ts';
import {simplerWorlds} from './simpler-worlds.ts';
import {smallScope} from './small-scope.ts';
import {tampers} from './tampers.ts';
import {drawJournalWorld, journalWorld} from './world.ts';

const DEVICES = ['device'];
const SERVERS = ['server'];
const ALL = ['device', 'server'];

export const journal: System<JournalLedger> = defineSystem<JournalLedger>({
  name: 'journal',
  summary: 'server-side materialization of a journal: devices, tenants, vector clocks, rebuilds',
  variants: ['winner-clock', 'join-clock', 'lamport-lww'],
  drawWorld: drawJournalWorld,
  simplerWorlds,
  nodes: journalNodes,
  operations,
  size: {operations: [10, 90], stormMs: [15_000, 90_000]},
  settling: ['resume', 'bridge', 'repair', 'push', 'discard', 'pull'],
  hazards: {
    delay: DEVICES,
    reorder: DEVICES,
    'lose-request': DEVICES,
    duplicate: DEVICES,
    'http-status': DEVICES,
    'lose-response': DEVICES,
    reset: DEVICES,
    'late-replay': DEVICES,
    truncate: DEVICES,
    'not-json': DEVICES,
    tamper: DEVICES,
    'stubborn-peer': DEVICES,
    'slow-statement': ALL,
    'failed-statement': ALL,
    partition: DEVICES,
    'partition-one-way': DEVICES,
    clog: ALL,
    'slow-link': ALL,
    crash: ALL,
    pause: ALL,
    freeze: DEVICES,
    twin: DEVICES,
    upgrade: SERVERS,
    'hung-statement': ALL,
    'lost-tail': DEVICES,
    'restore-backup': DEVICES,
    wipe: DEVICES,
    'clock-skew': ALL,
    'clock-drift': ALL,
    'clock-jump-forward': ALL,
    'clock-jump-back': ALL,
    'clock-freeze': ALL,
    'equal-timestamps': ALL,
    'server-restore': SERVERS,
    'server-rebuild': SERVERS,
  },
  tampers,
  ledger: (world: {readonly [key: string]: Json}) => new JournalLedger(journalWorld(world)),
  observe: (seen, ledger, scene) => ledger.observe(seen, scene),
  claims,
  inspect,
  smallScope,
  attemptClaim: {
    id: 'JOURNAL-F1',
    sentence:
      'a failed push, pull or change of scope changes nothing but what it had completed, and fails alike when it meets the same answers again',
  },
  goals: [...goals, ...lifecycleEdges().map(edgeMark)],
});
