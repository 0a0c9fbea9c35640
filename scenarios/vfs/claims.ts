/** The claims about VFS, each a sentence with an id: what must hold after every happening, and what once the storm is over. */
import type {Claim, Judgement, Scene} from '../../src/index.ts';
import {judgeReplica} from '../../src/model/vfs/converge.ts';
import {sameValue} from '../../src/model/vfs/compare.ts';
import type {VfsLedger} from './ledger.ts';
import {programOf} from './ledger.ts';

const SENTENCES: readonly (readonly [string, string])[] = [
  ['VFS-I2', 'the feed is strictly ordered by time and id, and every row in it is legal'],
  [
    'VFS-I3',
    "a replica's accepted write ids strictly increase, its head is the last of them, and no two live operations share one",
  ],
  [
    'VFS-I4',
    "each operation of a push is answered as the server's history says: a rejection is justified, and changes nothing",
  ],
  [
    'VFS-I5',
    'an operation that was acknowledged is in the feed exactly once, and no operation id stands for two',
  ],
  ['VFS-I6', "a replica's operations are pushed and applied in the order of its queue"],
  ['VFS-I7', 'an operation leaves the queue only when an acknowledgement names it, or its user discards it'],
  [
    'VFS-I8',
    'a client whose cursor is past an item that it could see has applied it, and nothing becomes visible behind a cursor',
  ],
  [
    'VFS-I9',
    'a stored checkpoint is the join of what was stored and what a client sent, and moves only forward',
  ],
  [
    'VFS-I12',
    'a run comes to its end within a bounded number of requests; a background loop flushes at each tick, and once stopped is at rest and still',
  ],
  ['VFS-I14', "a container's clock is the newest of its operations that were applied, and never moves back"],
  ['VFS-I15', 'an export taken at any moment hydrates, and a store survives a crash, as the same state'],
  ['VFS-F1', 'a flush that ended well has pushed all that was queued before it was asked for'],
  [
    'VFS-U1',
    'who is in which group is what users were born with and what operators have said since, and nothing else',
  ],
  ['VFS-C1', 'compaction takes no row that is young, or that an active client may still ask for'],
  [
    'VFS-G1',
    'a guardrail fires exactly when the reference says so, with its stage, code, message and details',
  ],
  ['VFS-G2', 'after each answer a client holds what the reference makes of the answer and the state before'],
  ['VFS-G3', 'hydrate accepts and refuses stored states as its contract says, in its words'],
  [
    'VFS-G4',
    'queueing takes what its contract allows as it was asked for, and refuses the rest in its words and without a trace',
  ],
  ['VFS-G5', 'no client that was only ever told the truth refuses what an honest server answers'],
  ['VFS-L1', 'every step that a client takes is an edge of its lifecycle machine'],
];

const always: readonly Claim<VfsLedger>[] = SENTENCES.map(([id, sentence], index) => ({
  id,
  sentence,
  when: 'always',
  check: (scene, ledger) => {
    if (index === 0) ledger.look(scene);
    return ledger.docket.take(id);
  },
}));

/** The clients that everything is asked of: those that run and can be reached. */
const reachable = (scene: Scene) => scene.nodes('client').filter(({up, cutOff}) => up && !cutOff);

function converged(scene: Scene, ledger: VfsLedger): Judgement {
  let judged = false;
  for (const {id} of reachable(scene)) {
    const program = programOf(scene, id);
    if (program === null) continue;
    judged = true;
    const state = program.exportState();
    const {user} = program.plan;
    const difference = judgeReplica(ledger.server.feed, user, state);
    if (difference !== null) {
      return {
        code: 'replica',
        node: id,
        message: `${id} differs from the feed at ${difference.path}`,
        ...difference,
      };
    }
    const heads = ledger.server.feed.heads(user);
    const known = state.reconcileState?.lastReconciledWriteIds ?? {};
    if (!sameValue(heads, known) && ledger.server.feed.rows.length > 0) {
      if (state.reconcileState === null && Object.keys(heads).length === 0) continue;
      return {
        code: 'write-ids',
        node: id,
        message: `${id} knows other write ids than the server`,
        expected: heads,
        actual: known,
      };
    }
  }
  return judged ? 'holds' : null;
}

function drained(scene: Scene, ledger: VfsLedger): Judgement {
  const clients = reachable(scene);
  for (const {id} of clients) {
    const pending = programOf(scene, id)?.exportState().pendingOperations ?? [];
    if (pending.length > 0) {
      return {
        code: 'pending',
        node: id,
        message: `${id} still has ${pending.length} operations to push`,
        actual: pending[0],
      };
    }
    const failure = ledger.failureOf(id);
    if (failure !== null) {
      return {
        code: 'fails',
        node: id,
        message: `${id} cannot ${failure.stage}: ${failure.message}`,
        actual: failure,
      };
    }
  }
  return clients.length > 0 ? 'holds' : null;
}

function kept(scene: Scene, ledger: VfsLedger): Judgement {
  let judged = false;
  for (const {user, operation, node, state} of ledger.intents.values()) {
    if (state === 'discarded' || state === 'excused') continue;
    if (scene.node(node)?.cutOff === true) continue;
    judged = true;
    if (ledger.server.feed.appliedOp(user, operation.replicaId, operation.opId) === null) {
      return {
        code: 'lost',
        node,
        message: `${operation.opId} of ${node} (${state}) is not in the feed`,
        expected: operation,
      };
    }
  }
  return judged ? 'holds' : null;
}

const settled: readonly Claim<VfsLedger>[] = [
  {
    id: 'VFS-I11',
    sentence:
      'with a correct server the queue of every client that can reach it drains, and its runs end well',
    when: 'settled',
    check: drained,
  },
  {
    id: 'VFS-I1',
    sentence:
      'every client that can reach the server comes to hold what the feed makes of the items that its user can see',
    when: 'settled',
    check: converged,
  },
  {
    id: 'VFS-I5S',
    sentence: 'every operation that a user made and did not discard is in the feed',
    when: 'settled',
    check: kept,
  },
];

export const claims: readonly Claim<VfsLedger>[] = [...always, ...settled];
