/** One run of a client, flush or sync: what it may ask, and what the reference makes of each answer on its way. */
import type {HttpRequest} from '../../src/index.ts';
import {judgeBatch} from '../../src/model/vfs/client.ts';
import type {Answer} from '../../src/model/vfs/decode.ts';
import {expectPull, newPullCycle, type PullCycle} from '../../src/model/vfs/expect-pull.ts';
import {expectPush} from '../../src/model/vfs/expect-push.ts';
import {expectReconcile} from '../../src/model/vfs/expect-reconcile.ts';
import {expectSnapshot} from '../../src/model/vfs/expect-snapshot.ts';
import type {Expectation} from '../../src/model/vfs/expect.ts';
import type {ExportedState, FeedItem, LifecycleEvent} from '../../src/model/vfs/types.ts';
import {batchOf, type Kind} from './exchanges.ts';
import type {Verdicts} from './verdicts.ts';
import type {VfsClientPlan} from './world.ts';

/** What the reference makes of an answer. */
export interface Judged {
  readonly expectation: Expectation<unknown>;
  /** The lifecycle event that must follow if it is accepted. */
  readonly event: LifecycleEvent;
  /** The rows that a pull brings in. */
  readonly items: readonly FeedItem[];
  /** Operations that leave the queue because of it. */
  readonly removed: readonly string[];
}

const MAX_IDLE_REQUESTS = 16;

export class ClientRun {
  readonly #plan: VfsClientPlan;
  readonly #verdicts: Verdicts;
  #cycle: PullCycle | null = null;
  #staleAttempts = 0;
  #rebased = false;
  #idleRequests = 0;
  #rematerializations = 0;
  /** The operations of the push that no answer has come to. */
  #inFlight: ReadonlySet<string> = new Set<string>();

  constructor(plan: VfsClientPlan, verdicts: Verdicts) {
    this.#plan = plan;
    this.#verdicts = verdicts;
  }

  /** The client's life ended in the midst of it; how it stood otherwise counts until the next one starts. */
  crashed(): void {
    this.#cycle = null;
    this.#inFlight = new Set();
  }

  /** The client's lifecycle went on: a run starts, or takes a turn. */
  happened(event: LifecycleEvent): void {
    switch (event) {
      case 'FLUSH':
      case 'SYNC':
        this.#cycle = null;
        this.#staleAttempts = 0;
        this.#rebased = false;
        this.#idleRequests = 0;
        this.#rematerializations = 0;
        break;
      case 'REMATERIALIZE':
        this.#startsOver();
        break;
      case 'DRAINED':
        this.#cycle = null;
        break;
      case 'PUSH_STALE':
        this.#cycle = null;
        this.#rebased = true;
        break;
      case 'REMATERIALIZED':
        this.#cycle = null;
        this.#staleAttempts = 0;
        this.#rebased = false;
        break;
      default:
    }
  }

  #startsOver(): void {
    this.#rematerializations += 1;
    const {rematerializations: most} = this.#plan;
    if (this.#rematerializations <= most) this.#verdicts.right('VFS-I12');
    else
      this.#verdicts.wrong(
        'VFS-I12',
        'starts-over',
        `starts over ${this.#rematerializations} times in one run`,
        most,
      );
  }

  /** An answer brought the client on: it may ask as often again. */
  gotFurther(): void {
    this.#idleRequests = 0;
  }

  /** Whether a push that carries the operation waits for its answer. */
  isInFlight(opId: string): boolean {
    return this.#inFlight.has(opId);
  }

  /** Judges a request that leaves the client. */
  sent(kind: Kind, request: HttpRequest, state: ExportedState): void {
    this.#idleRequests += 1;
    if (this.#idleRequests > MAX_IDLE_REQUESTS) {
      this.#verdicts.wrong(
        'VFS-I12',
        'endless',
        `sent ${this.#idleRequests} requests in one run without getting any further`,
      );
    } else this.#verdicts.right('VFS-I12');
    if (kind !== 'push') return;
    const batch = batchOf(request);
    this.#inFlight = new Set(batch.map(({opId}) => opId));
    const wrong = judgeBatch(state, batch, this.#rebased);
    if (wrong === null) this.#verdicts.right('VFS-I6');
    else
      this.#verdicts.wrong('VFS-I6', 'batch', `pushed a batch that is not the head of its queue: ${wrong}`);
  }

  /** What must come of an answer to a client in this state. The run goes on as if the client did so. */
  expect(kind: Kind, request: HttpRequest, answer: Answer, state: ExportedState): Judged {
    const {id: clientId} = this.#plan;
    switch (kind) {
      case 'pull':
        return this.#expectPull(answer, state);
      case 'push':
        return this.#expectPush(request, answer, state);
      case 'reconcile': {
        const expectation = expectReconcile({clientId, state, answer});
        return {expectation, event: 'RECONCILED', items: [], removed: []};
      }
      case 'snapshot': {
        const expectation = expectSnapshot({clientId, state, answer});
        return {expectation, event: 'REMATERIALIZED', items: [], removed: []};
      }
    }
  }

  #expectPull(answer: Answer, state: ExportedState): Judged {
    const {id: clientId, pullLimit: limit, stalePages: policy} = this.#plan;
    this.#cycle ??= newPullCycle(state);
    const expectation = expectPull({clientId, limit, policy, state, cycle: this.#cycle, answer});
    if (expectation.kind === 'accept') this.#cycle = expectation.then.cycle;
    const items = expectation.kind === 'accept' ? expectation.then.applied : [];
    return {expectation, event: 'PAGE', items, removed: []};
  }

  #expectPush(request: HttpRequest, answer: Answer, state: ExportedState): Judged {
    const batch = batchOf(request);
    this.#inFlight = new Set();
    const staleAttempts = this.#staleAttempts;
    const expectation = expectPush({clientId: this.#plan.id, state, batch, answer, staleAttempts});
    const stale = expectation.kind === 'accept' && expectation.then.stale.length > 0;
    if (expectation.kind === 'accept') this.#staleAttempts = expectation.then.staleAttempts;
    const left = new Set(expectation.state.pendingOperations.map(({opId}) => opId));
    const removed = batch.map(({opId}) => opId).filter(opId => !left.has(opId));
    return {expectation, event: stale ? 'PUSH_STALE' : 'PUSH_ACKED', items: [], removed};
  }
}
