/** What a client owes after an answer, by the reference: the step, the guardrails, the error and the state. */
import {stateAfterDiscard, stateAfterQueue} from '../../src/model/vfs/client.ts';
import {describeDifference, sameState} from '../../src/model/vfs/compare.ts';
import type {ExpectedError} from '../../src/model/vfs/expect.ts';
import type {
  ExportedState,
  GuardrailViolation,
  LifecycleEvent,
  Operation,
} from '../../src/model/vfs/types.ts';
import {isDiskWeatherName} from './client-program.ts';
import type {Judged} from './client-run.ts';
import type {Kind} from './exchanges.ts';
import type {Verdicts} from './verdicts.ts';

/** What the reference says must come of the answer that the client was given last. */
interface Expecting {
  readonly kind: Kind;
  readonly accepted: boolean;
  state: ExportedState;
  readonly error: ExpectedError | null;
  /** The lifecycle event that must follow. */
  readonly event: LifecycleEvent;
}

/** The events by which a client meets an answer. */
const MEETINGS: ReadonlySet<LifecycleEvent> = new Set([
  'PAGE',
  'PUSH_ACKED',
  'PUSH_STALE',
  'PUSH_REJECTED',
  'PUSH_EXHAUSTED',
  'RECONCILED',
  'REMATERIALIZED',
  'REMATERIALIZE',
  'FAILED',
]);

export class Expectations {
  readonly #verdicts: Verdicts;
  #expecting: Expecting | null = null;
  #violations: GuardrailViolation[] = [];
  /** How the runs that ended last must be told to whoever asked for them; the latest first. */
  #ended: (ExpectedError | null)[] = [];

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  /** What the answer that the client is at was to make of it; null if it is at none. */
  get promised(): ExportedState | null {
    return this.#expecting?.state ?? null;
  }

  /** The client's life ended: it owes nothing any more. */
  crashed(): void {
    this.#expecting = null;
    this.#violations = [];
    this.#ended = [];
  }

  /** The client is given an answer. */
  owe(kind: Kind, {expectation, event}: Judged): void {
    const accepted = expectation.kind === 'accept';
    const error = expectation.kind === 'refuse' ? expectation.error : null;
    this.#violations.push(...expectation.violations);
    this.#expecting = {
      kind,
      accepted,
      state: expectation.state,
      error,
      event: accepted ? event : refusalEvent(error, expectation.violations),
    };
  }

  /** Takes off the guardrail that is owed next; undefined if none is. */
  nextViolation(): GuardrailViolation | undefined {
    return this.#violations.shift();
  }

  /** The user queued an operation meanwhile. */
  queued(operation: Operation): void {
    if (this.#expecting !== null) this.#expecting.state = stateAfterQueue(this.#expecting.state, operation);
  }

  /** The user discarded an operation meanwhile. */
  discarded(opId: string): void {
    if (this.#expecting !== null) this.#expecting.state = stateAfterDiscard(this.#expecting.state, opId);
  }

  /** The client's lifecycle went on. Returns true if it took in an answer thereby, as it was to. */
  happened(event: LifecycleEvent, state: ExportedState): boolean {
    if (!MEETINGS.has(event)) return false;
    const expecting = this.#expecting;
    this.#expecting = null;
    if (expecting === null) {
      // a run that fails with no answer at hand can only have failed on its own disk
      if (event === 'FAILED') this.#end(null);
      return false;
    }
    const {kind, accepted, error} = expecting;
    // what it owed was to be written down first; the failure is told to whoever asked, who sees whether the disk was the reason
    const excused = event === 'FAILED' && expecting.event !== 'FAILED';
    const ends = event === 'FAILED' || event === 'PUSH_REJECTED' || event === 'PUSH_EXHAUSTED';
    if (ends) this.#end(excused ? null : error);
    if (excused) {
      // what is told before anything is written has been told by now, and what is told afterwards is not owed any more
      if (!accepted) this.#violations = [];
      return false;
    }
    if (!fits(event, expecting)) {
      const code = accepted ? 'false-alarm' : 'missed-alarm';
      const message = `met a ${kind} answer with ${event}`;
      this.#verdicts.wrong('VFS-G1', code, message, error ?? expecting.event, event);
      return false;
    }
    this.#verdicts.right('VFS-G1');
    if (this.#violations.length > 0) {
      this.#verdicts.wrong('VFS-G1', 'missed-alarm', 'raised no guardrail', this.#violations[0], 'nothing');
      return false;
    }
    this.#judgeState(expecting, state);
    return accepted;
  }

  /** A run may begin before the one before it was told of: two are remembered. */
  #end(error: ExpectedError | null): void {
    this.#ended = [error, ...this.#ended.slice(0, 1)];
  }

  #judgeState({kind, state: expected}: Expecting, state: ExportedState): void {
    const difference = sameState(expected, state) ? null : describeDifference(expected, state);
    if (difference === null) {
      this.#verdicts.right('VFS-I14');
      this.#verdicts.right('VFS-G2');
      return;
    }
    const claim = difference.path.includes('containerClocks') ? 'VFS-I14' : 'VFS-G2';
    this.#verdicts.wrong(
      claim,
      kind,
      `holds something else after a ${kind} than the answer makes of its state: ${difference.path}`,
      difference.expected,
      difference.actual,
    );
  }

  /** A run was reported as failed to whoever asked for it. */
  failed(error: {readonly name: string; readonly message: string}): void {
    if (isDiskWeatherName(error.name)) return;
    const name = className(error.name);
    if (this.#ended.some(owed => owed?.message === error.message && className(owed.name) === name)) {
      this.#verdicts.right('VFS-G1');
      return;
    }
    const owed = this.#ended[0] ?? 'no failure';
    this.#verdicts.wrong('VFS-G1', 'error', 'failed otherwise than the last answer calls for', owed, error);
  }
}

/** Whether an event is a right way to meet an answer. */
function fits(event: LifecycleEvent, {kind, accepted, error, event: owed}: Expecting): boolean {
  const remat = error?.name === 'VfsCrdtRematerializationRequiredError';
  return (
    event === owed ||
    (remat && event === 'REMATERIALIZE') ||
    (kind === 'snapshot' && event === 'FAILED' && !accepted)
  );
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
