/** Watches one client: holds every answer that reaches it against the reference, and every change of its state. */
import type {AnswerSeen, HttpRequest, Json} from '../../src/index.ts';
import {pristine} from '../../src/model/vfs/client.ts';
import {sameState, sameValue} from '../../src/model/vfs/compare.ts';
import type {HydrateExpectation} from '../../src/model/vfs/hydrate.ts';
import {judgeQueued} from '../../src/model/vfs/queue.ts';
import type {
  ExportedState,
  FeedItem,
  GuardrailViolation,
  LifecycleEvent,
  Operation,
  OperationInput,
} from '../../src/model/vfs/types.ts';
import {ClientRun, type Judged} from './client-run.ts';
import type {ListChanged} from './clock-paging.ts';
import type {Docket} from './docket.ts';
import {answerOf, kindOf, type Kind} from './exchanges.ts';
import {Expectations} from './expectations.ts';
import {HydrateWatch} from './hydrate-watch.ts';
import {StateWatch} from './state-watch.ts';
import {Verdicts} from './verdicts.ts';
import type {VfsClientPlan} from './world.ts';

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

/** What a user asked for, and the operation that the client made of it. */
export interface Asked {
  readonly asked: OperationInput;
  readonly operation: Operation;
}

export class ClientWatch {
  readonly plan: VfsClientPlan;
  readonly #onAccepted: (accepted: Accepted) => void;
  readonly #verdicts: Verdicts;
  readonly #run: ClientRun;
  readonly #expectations: Expectations;
  readonly #hydrate: HydrateWatch;
  readonly #state: StateWatch;
  /** Nothing that it ever took in was changed on its way, and the history that it tells of is still the server's. */
  #toldOnlyTruth = true;
  /** Its background loop has ticked, and owes a flush. */
  #ticking = false;

  constructor(node: string, plan: VfsClientPlan, docket: Docket, onAccepted: (accepted: Accepted) => void) {
    this.plan = plan;
    this.#onAccepted = onAccepted;
    this.#verdicts = new Verdicts(node, docket);
    this.#run = new ClientRun(plan, this.#verdicts);
    this.#expectations = new Expectations(this.#verdicts);
    this.#hydrate = new HydrateWatch(this.#verdicts);
    this.#state = new StateWatch(plan.id, this.#verdicts);
  }

  /** The life ended: what it was about to do is forgotten; its disk is not. */
  crashed(): void {
    this.#state.crashed(this.#expectations.promised);
    this.#run.crashed();
    this.#expectations.crashed();
    this.#hydrate.crashed();
    this.#ticking = false;
  }

  /** Its disk was put back, or a crash came while its state was being replaced: any state may be found at the next boot. */
  forgets(): void {
    this.#state.forgets();
  }

  /** Its state was replaced as a whole: the next change may be any. */
  jumps(): void {
    this.#state.jumps();
  }

  /** A request leaves the client. */
  sent(request: HttpRequest, state: ExportedState): void {
    const kind = kindOf(request);
    if (kind !== null) this.#run.sent(kind, request, state);
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
    const answer = answerOf(seen);
    const judged = this.#run.expect(kind, request, answer, state);
    const {items, removed} = judged;
    if (act === null && answer.kind === 'http' && answer.status === 200) this.#judgeHonest(kind, judged);
    if (judged.expectation.kind === 'accept') this.#toldOnlyTruth &&= act === null;
    for (const opId of removed) this.#state.leaves(opId);
    this.#expectations.owe(kind, judged);
    this.#onAccepted({kind, items, removed, act, exchange});
  }

  /** An honest answer must be refused, says the reference: because of what the client believes, or its server is wrong. */
  #judgeHonest(kind: Kind, {expectation}: Judged): void {
    if (!this.#toldOnlyTruth) return;
    if (expectation.kind === 'accept') {
      this.#verdicts.right('VFS-G5');
      return;
    }
    if (expectation.error.name === 'VfsCrdtSyncPushRejectedError') return;
    const {message} = expectation.error;
    this.#verdicts.wrong('VFS-G5', kind, `must refuse an honest answer to its ${kind}: ${message}`);
  }

  /** The server's history was lost: what the client knows of it is no longer true. */
  outlivedHistory(): void {
    this.#toldOnlyTruth = false;
  }

  /** The client told of a guardrail. */
  violated(violation: GuardrailViolation): void {
    const owing = violation.stage === 'hydrate' ? this.#hydrate : this.#expectations;
    const owed = owing.nextViolation();
    if (owed !== undefined && sameValue(owed, violation)) {
      this.#verdicts.right('VFS-G1');
      return;
    }
    this.#verdicts.wrong(
      'VFS-G1',
      owed === undefined ? 'false-alarm' : 'other-alarm',
      `raised ${violation.stage}:${violation.code}`,
      owed ?? 'no guardrail',
      violation,
    );
  }

  /** The client's lifecycle went on. */
  happened(event: LifecycleEvent, state: ExportedState): void {
    this.#verdicts.right('VFS-L1');
    if (event === 'FLUSH') this.#ticking = false;
    this.#run.happened(event);
    if (event === 'REMATERIALIZED') this.#state.jumps();
    const tookIn = this.#expectations.happened(event, state);
    if (tookIn && !sameState(this.#state.seen ?? pristine(), state)) this.#run.gotFurther();
  }

  /** A run was reported as failed to whoever asked for it. */
  failed(error: {readonly name: string; readonly message: string}): void {
    this.#expectations.failed(error);
  }

  /** The user queued an operation. */
  queued({asked, operation}: Asked): void {
    const wrong = judgeQueued(asked, operation);
    if (wrong === null) this.#verdicts.right('VFS-G4');
    else
      this.#verdicts.wrong(
        'VFS-G4',
        'asked',
        `queued something else than it was asked to: ${wrong.path}`,
        wrong.expected,
        wrong.actual,
      );
    this.#expectations.queued(operation);
  }

  /** The user gave up an operation that was refused. */
  discarded(opId: string): void {
    if (this.#run.isInFlight(opId))
      this.#verdicts.wrong('VFS-I7', 'in-flight', `discarded ${opId} while a push was carrying it`);
    this.#state.leaves(opId);
    this.#expectations.discarded(opId);
  }

  /** A caller tried to queue what the contract refuses. */
  mistaken({
    expected,
    told,
    changed,
  }: {
    expected: string | null;
    told: string | null;
    changed: boolean;
  }): void {
    if (expected === told && !changed) this.#verdicts.right('VFS-G4');
    else if (expected !== told)
      this.#verdicts.wrong(
        'VFS-G4',
        'queue',
        'met a wrong operation otherwise than the contract says',
        expected,
        told,
      );
    else this.#verdicts.wrong('VFS-G4', 'changed', 'refused an operation and changed its state');
  }

  /** A hydrate begins, of which the contract expects this. */
  hydrating(expected: Json): void {
    this.#hydrate.begins(expected as unknown as HydrateExpectation);
  }

  /** A hydrate attempt ended. */
  hydrateEnded(failure: {readonly code: string; readonly message: string} | null): void {
    this.#hydrate.ended(failure);
  }

  /** The state after a hydrate that was accepted. */
  afterHydrate(state: ExportedState): void {
    this.#hydrate.after(state);
  }

  /** Its background loop ticked, and found it at rest. */
  ticked(): void {
    this.#ticking = true;
  }

  /** Its background loop was stopped by somebody who wanted to wait for a flush in flight. */
  stopped(waited: boolean): void {
    if (waited) this.#verdicts.right('VFS-I12');
    else
      this.#verdicts.wrong(
        'VFS-I12',
        'unfinished',
        'stopped its background loop before the flush in flight was over',
      );
  }

  /** A flush ended well: `left` are the operations that were queued when it was asked for and are queued still. */
  flushed(left: readonly string[]): void {
    if (left.length === 0) this.#verdicts.right('VFS-F1');
    else this.#verdicts.wrong('VFS-F1', 'left', `flushed and left ${left.join(', ')} unpushed`);
  }

  /** Looks at the client after a happening that touched it. Returns true if its state has changed since the last look. */
  look(state: ExportedState, list: ListChanged): boolean {
    if (this.#ticking) {
      this.#ticking = false;
      this.#verdicts.wrong('VFS-I12', 'idle', 'let its background loop tick without flushing');
    }
    return this.#state.look(state, list);
  }
}
