/** Watches one client: holds every answer that reaches it against the reference, and every change of its state. */
import type {AnswerSeen, Body, HttpRequest, Json} from '../../src/index.ts';
import {
  hydrated,
  judgeBatch,
  pristine,
  stateAfterDiscard,
  stateAfterQueue,
} from '../../src/model/vfs/client.ts';
import {canonicalJson, describeDifference, sameState} from '../../src/model/vfs/compare.ts';
import {compareCursors} from '../../src/model/vfs/cursor.ts';
import type {Answer} from '../../src/model/vfs/decode.ts';
import {expectPull, newPullCycle, type PullCycle} from '../../src/model/vfs/expect-pull.ts';
import {expectPush} from '../../src/model/vfs/expect-push.ts';
import {expectReconcile} from '../../src/model/vfs/expect-reconcile.ts';
import {expectSnapshot} from '../../src/model/vfs/expect-snapshot.ts';
import type {ExpectedError, Expectation} from '../../src/model/vfs/expect.ts';
import {expectHydrate, type HydrateExpectation} from '../../src/model/vfs/hydrate.ts';
import type {
  ExportedState,
  FeedItem,
  GuardrailViolation,
  LifecycleEvent,
  Operation,
} from '../../src/model/vfs/types.ts';
import type {Docket} from './docket.ts';
import type {VfsClientPlan} from './world.ts';

type Kind = 'pull' | 'push' | 'reconcile' | 'snapshot';

/** What the reference says must come of the answer that the client was given last. */
interface Expecting {
  readonly kind: Kind;
  readonly accepted: boolean;
  state: ExportedState;
  readonly error: ExpectedError | null;
  /** The lifecycle event that must follow. */
  readonly event: LifecycleEvent;
  readonly act: string | null;
}

/** What a client took in from an answer: told to whoever judges it against the server's truth. */
export interface Accepted {
  readonly kind: Kind;
  readonly items: readonly FeedItem[];
  /** Operations that left the queue because of it. */
  readonly removed: readonly string[];
  /** The hazard or tamper that had changed the answer; null for an honest one. */
  readonly act: string | null;
  readonly exchange: number;
}

const MAX_IDLE_REQUESTS = 16;
const HYDRATE_ONE_IN = 5;

const ROUTES: readonly (readonly [string, Kind])[] = [
  ['/v1/vfs/crdt/sync', 'pull'],
  ['/v1/vfs/crdt/push', 'push'],
  ['/v1/vfs/crdt/reconcile', 'reconcile'],
  ['/v1/vfs/crdt/snapshot', 'snapshot'],
];

const kindOf = (request: HttpRequest): Kind | null =>
  ROUTES.find(([path]) => request.path.startsWith(path))?.[1] ?? null;

export class ClientWatch {
  readonly node: string;
  readonly plan: VfsClientPlan;
  readonly #docket: Docket;
  readonly #onAccepted: (accepted: Accepted) => void;
  /** The export as last looked at. */
  seen: ExportedState | null = null;
  #cycle: PullCycle | null = null;
  #staleAttempts = 0;
  #rebased = false;
  #expecting: Expecting | null = null;
  #owedViolations: GuardrailViolation[] = [];
  /** How the runs that ended last must be told to whoever asked for them; the latest first. */
  #ended: (ExpectedError | null)[] = [];
  #hydrating: HydrateExpectation | null = null;
  #hydrateRaised = false;
  #leaving = new Set<string>();
  #idleRequests = 0;
  #changes = 0;
  /** Set while the state may jump: after a boot from a rewound disk, a move, a rematerialization. */
  #jump = true;

  constructor(node: string, plan: VfsClientPlan, docket: Docket, onAccepted: (accepted: Accepted) => void) {
    this.node = node;
    this.plan = plan;
    this.#docket = docket;
    this.#onAccepted = onAccepted;
  }

  #wrong(claim: string, code: string, message: string, expected?: unknown, actual?: unknown): void {
    this.#docket.enter(claim, {code, node: this.node, message: `${this.node} ${message}`, expected, actual});
  }

  #right(claim: string): void {
    this.#docket.enter(claim, null);
  }

  /** The life ended: what it was about to do is forgotten; its disk is not. */
  crashed(): void {
    this.#expecting = null;
    this.#cycle = null;
    this.#owedViolations = [];
    this.#hydrating = null;
    this.#ended = [];
    this.#leaving.clear();
    this.#jump = true;
  }

  jumps(): void {
    this.#jump = true;
  }

  /** A request leaves the client. */
  sent(request: HttpRequest, state: ExportedState): void {
    const kind = kindOf(request);
    if (kind === null) return;
    this.#idleRequests += 1;
    if (this.#idleRequests > MAX_IDLE_REQUESTS) {
      this.#wrong(
        'VFS-I12',
        'endless',
        `sent ${this.#idleRequests} requests in one run without getting any further`,
      );
    } else this.#right('VFS-I12');
    if (kind !== 'push') return;
    const operations = (JSON.parse(String(request.body)) as {operations: Operation[]}).operations;
    const wrong = judgeBatch(state, operations, this.#rebased);
    if (wrong === null) this.#right('VFS-I6');
    else this.#wrong('VFS-I6', 'batch', `pushed a batch that is not the head of its queue: ${wrong}`);
  }

  /** An answer is about to reach the client, whose state is still what it was when it asked. */
  answered(
    request: HttpRequest,
    seen: AnswerSeen,
    state: ExportedState,
    act: string | null,
    exchange: number,
  ): void {
    const kind = kindOf(request);
    if (kind === null) return;
    const answer: Answer =
      seen.kind === 'failure'
        ? seen
        : {kind: 'http', status: seen.response.status, body: textOf(seen.response.body)};
    const {id: clientId, pullLimit: limit, stalePages: policy} = this.plan;
    switch (kind) {
      case 'pull': {
        this.#cycle ??= newPullCycle(state);
        const judged = expectPull({clientId, limit, policy, state, cycle: this.#cycle, answer});
        if (judged.kind === 'accept') this.#cycle = judged.then.cycle;
        const items = judged.kind === 'accept' ? judged.then.applied : [];
        this.#owe(kind, judged, 'PAGE', act, {items, removed: [], exchange});
        return;
      }
      case 'push': {
        const {operations: batch} = JSON.parse(String(request.body)) as {operations: Operation[]};
        const judged = expectPush({clientId, state, batch, answer, staleAttempts: this.#staleAttempts});
        const stale = judged.kind === 'accept' && judged.then.stale.length > 0;
        if (judged.kind === 'accept') this.#staleAttempts = judged.then.staleAttempts;
        const left = new Set(judged.state.pendingOperations.map(({opId}) => opId));
        const removed = batch.map(({opId}) => opId).filter(opId => !left.has(opId));
        for (const opId of removed) this.#leaving.add(opId);
        this.#owe(kind, judged, stale ? 'PUSH_STALE' : 'PUSH_ACKED', act, {items: [], removed, exchange});
        return;
      }
      case 'reconcile':
        this.#owe(kind, expectReconcile({clientId, state, answer}), 'RECONCILED', act, {
          items: [],
          removed: [],
          exchange,
        });
        return;
      case 'snapshot':
        this.#owe(kind, expectSnapshot({clientId, state, answer}), 'REMATERIALIZED', act, {
          items: [],
          removed: [],
          exchange,
        });
    }
  }

  #owe(
    kind: Kind,
    judged: Expectation<unknown>,
    event: LifecycleEvent,
    act: string | null,
    took: Pick<Accepted, 'items' | 'removed' | 'exchange'>,
  ): void {
    const accepted = judged.kind === 'accept';
    const error = judged.kind === 'refuse' ? judged.error : null;
    this.#owedViolations.push(...judged.violations);
    this.#expecting = {
      kind,
      accepted,
      state: judged.state,
      error,
      event: accepted ? event : refusalEvent(error, judged.violations),
      act,
    };
    this.#onAccepted({kind, act, ...took, items: accepted ? took.items : []});
  }

  /** The client told of a guardrail. */
  violated(violation: GuardrailViolation): void {
    const owed = violation.stage === 'hydrate' ? this.#hydrateRefusal() : this.#owedViolations.shift();
    if (owed !== undefined && canonicalJson(owed) === canonicalJson(violation)) {
      this.#right('VFS-G1');
      return;
    }
    const signature = `${violation.stage}:${violation.code}`;
    this.#wrong(
      'VFS-G1',
      owed === undefined ? 'false-alarm' : 'other-alarm',
      `raised ${signature}`,
      owed ?? 'no guardrail',
      violation,
    );
  }

  /** The refusal that a hydrate under way must raise: once, and once more if it is tried again. */
  #hydrateRefusal(): GuardrailViolation | undefined {
    const owed = this.#hydrating;
    if (owed?.kind !== 'refuse') return undefined;
    this.#hydrateRaised = true;
    return {stage: 'hydrate', code: 'hydrateGuardrailViolation', message: owed.message};
  }

  /** The client's lifecycle went on. */
  happened(event: LifecycleEvent, state: ExportedState): void {
    const expecting = this.#expecting;
    this.#right('VFS-L1');
    if (event === 'FLUSH' || event === 'SYNC') this.#startRun();
    if (event === 'DRAINED' || event === 'REMATERIALIZED' || event === 'PUSH_STALE') this.#cycle = null;
    if (event === 'PUSH_STALE') this.#rebased = true;
    if (event === 'REMATERIALIZED') {
      this.#staleAttempts = 0;
      this.#rebased = false;
      this.#jump = true;
    }
    const answers = [
      'PAGE',
      'PUSH_ACKED',
      'PUSH_STALE',
      'PUSH_REJECTED',
      'PUSH_EXHAUSTED',
      'RECONCILED',
      'REMATERIALIZED',
      'REMATERIALIZE',
      'FAILED',
    ];
    if (!answers.includes(event)) return;
    this.#expecting = null;
    if (expecting === null) {
      // a run that fails with no answer at hand can only have failed on its own disk
      if (event === 'FAILED') this.#end(null);
      return;
    }
    this.#judgeOutcome(event, expecting, state);
  }

  #startRun(): void {
    this.#cycle = null;
    this.#staleAttempts = 0;
    this.#rebased = false;
    this.#idleRequests = 0;
  }

  /** A run may begin before the one before it was told of: two are remembered. */
  #end(error: ExpectedError | null): void {
    this.#ended = [error, ...this.#ended.slice(0, 1)];
  }

  #judgeOutcome(event: LifecycleEvent, expecting: Expecting, state: ExportedState): void {
    const remat = expecting.error?.name === 'VfsCrdtRematerializationRequiredError';
    const ends = event === 'FAILED' || event === 'PUSH_REJECTED' || event === 'PUSH_EXHAUSTED';
    if (ends) this.#end(expecting.error);
    // told to whoever asked: there it shows whether the disk was the reason
    if (event === 'FAILED' && (expecting.accepted || expecting.event === 'PUSH_REJECTED')) return;
    const fits =
      event === expecting.event ||
      (remat && event === 'REMATERIALIZE') ||
      (expecting.kind === 'snapshot' && event === 'FAILED' && !expecting.accepted);
    if (!fits) {
      const code = expecting.accepted ? 'false-alarm' : 'missed-alarm';
      this.#wrong(
        'VFS-G1',
        code,
        `met a ${expecting.kind} answer with ${event}`,
        expecting.error ?? expecting.event,
        event,
      );
      return;
    }
    this.#right('VFS-G1');
    if (this.#owedViolations.length > 0) {
      this.#wrong('VFS-G1', 'missed-alarm', 'raised no guardrail', this.#owedViolations[0], 'nothing');
      return;
    }
    const difference = sameState(expecting.state, state) ? null : describeDifference(expecting.state, state);
    if (difference === null) {
      this.#right('VFS-I14');
      this.#right('VFS-G2');
    } else {
      const claim = difference.path.includes('containerClocks') ? 'VFS-I14' : 'VFS-G2';
      this.#wrong(
        claim,
        expecting.kind,
        `holds something else after a ${expecting.kind} than the answer makes of its state: ${difference.path}`,
        difference.expected,
        difference.actual,
      );
    }
    if (expecting.accepted && !sameState(this.seen ?? pristine(), state)) this.#idleRequests = 0;
  }

  /** A run was reported as failed to whoever asked for it. */
  failed(error: {readonly name: string; readonly message: string}): void {
    if (error.name.startsWith('DiskError')) return;
    const name = className(error.name);
    if (this.#ended.some(owed => owed?.message === error.message && className(owed.name) === name)) {
      this.#right('VFS-G1');
      return;
    }
    const owed = this.#ended[0] ?? 'no failure';
    this.#wrong('VFS-G1', 'error', 'failed otherwise than the last answer calls for', owed, error);
  }

  queued(operation: Operation): void {
    if (this.#expecting !== null) this.#expecting.state = stateAfterQueue(this.#expecting.state, operation);
  }

  discarded(opId: string): void {
    this.#leaving.add(opId);
    if (this.#expecting !== null) this.#expecting.state = stateAfterDiscard(this.#expecting.state, opId);
  }

  hydrating(expected: Json): void {
    this.#hydrating = expected as unknown as HydrateExpectation;
  }

  /** A hydrate attempt ended: it must have been refused in the very words of the contract, or not at all. */
  hydrateEnded(failure: {readonly code: string; readonly message: string} | null): void {
    const owed = this.#hydrating;
    const raised = this.#hydrateRaised;
    this.#hydrateRaised = false;
    if (owed === null || failure?.code.startsWith('DiskError') === true) return;
    const told = failure === null ? null : failure.message;
    const right = (owed.kind === 'refuse' ? owed.message : null) === told;
    if (right && raised === (owed.kind === 'refuse')) this.#right('VFS-G3');
    else
      this.#wrong(
        'VFS-G3',
        'hydrate',
        'met a stored state otherwise than the contract says',
        owed.kind === 'refuse' ? owed.message : 'accepted',
        told ?? 'accepted',
      );
  }

  /** The state after a hydrate that was accepted. */
  afterHydrate(state: ExportedState): void {
    const owed = this.#hydrating;
    this.#hydrating = null;
    if (owed?.kind !== 'accept' || sameState(state, pristine())) return;
    const difference = describeDifference(owed.state, state);
    if (difference === null) this.#right('VFS-I15');
    else
      this.#wrong(
        'VFS-I15',
        'hydrated',
        `holds another state than it was hydrated with: ${difference.path}`,
        difference.expected,
        difference.actual,
      );
  }

  /** Looks at the state after a happening that touched the client. Returns true if it has changed since the last look. */
  look(state: ExportedState): boolean {
    const before = this.seen;
    if (before === state) return false;
    this.seen = state;
    this.#changes += 1;
    this.#judgeQueue(before, state);
    if (!this.#jump && before !== null) this.#judgeClocks(before, state);
    this.#jump = false;
    // the longer the queue, the rarer: judging an export takes as long as its queue is
    const oneIn = HYDRATE_ONE_IN + (state.pendingOperations.length >> 3);
    if (this.#changes % oneIn === 0) this.#judgeExport(state);
    return true;
  }

  #judgeQueue(before: ExportedState | null, state: ExportedState): void {
    let last = 0;
    for (const {writeId} of state.pendingOperations) {
      if (writeId <= last)
        this.#wrong('VFS-I3', 'queue', `has two live operations with write ids ${last} and ${writeId}`);
      last = writeId;
    }
    if (state.nextLocalWriteId <= last)
      this.#wrong('VFS-I3', 'next', `would give write id ${state.nextLocalWriteId} again`);
    else this.#right('VFS-I3');
    if (before === null || this.#jump) return;
    const now = new Set(state.pendingOperations.map(({opId}) => opId));
    for (const {opId} of before.pendingOperations) {
      if (now.has(opId)) continue;
      if (this.#leaving.delete(opId)) this.#right('VFS-I7');
      else
        this.#wrong('VFS-I7', 'unacknowledged', `dropped ${opId} from its queue without an acknowledgement`);
    }
  }

  #judgeClocks(before: ExportedState, state: ExportedState): void {
    const now = new Map(state.containerClocks.map(clock => [clock.containerId, clock]));
    for (const clock of before.containerClocks) {
      const held = now.get(clock.containerId);
      if (held === undefined || compareCursors(held, clock) < 0) {
        this.#wrong('VFS-I14', 'back', `moved the clock of ${clock.containerId} back`, clock, held ?? 'none');
        return;
      }
    }
  }

  #judgeExport(state: ExportedState): void {
    const text: unknown = JSON.parse(JSON.stringify(state));
    const judged = expectHydrate(this.plan.id, pristine(), text, {flush: false, background: false});
    if (judged.kind === 'refuse')
      this.#wrong('VFS-I15', 'export', `exports what it would not hydrate: ${judged.message}`);
    else if (!sameState(judged.state, hydrated(state, this.plan.id)))
      this.#wrong('VFS-I15', 'round-trip', 'exports what hydrates to another state');
    else this.#right('VFS-I15');
  }
}

/** Bytes are text if they are UTF-8, and else nothing that a decoder could take for JSON. */
function textOf(body: Body): string {
  if (typeof body === 'string') return body;
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(body);
  } catch {
    return '';
  }
}

/** Which class an error is of, as the contract tells classes apart: what a transport refuses is a plain refusal. */
function className(name: string): string {
  const plain = name.split('.')[0] ?? name;
  return plain === 'VfsTransportError' ? 'VfsSyncError' : plain;
}

function refusalEvent(
  error: ExpectedError | null,
  violations: readonly GuardrailViolation[],
): LifecycleEvent {
  if (violations.some(({code}) => code === 'staleWriteRecoveryExhausted')) return 'PUSH_EXHAUSTED';
  return error?.name === 'VfsCrdtSyncPushRejectedError' ? 'PUSH_REJECTED' : 'FAILED';
}
