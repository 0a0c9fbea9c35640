/** A contract broken by an answer or a state: thrown inside the model, told as data at its borders. */

import type {ExportedState, GuardrailViolation} from './types.ts';

/** The names that a client's errors bear (section 4). */
export type ErrorName =
  | 'VfsSyncError'
  | 'VfsTransportError'
  | 'VfsCrdtFeedReplayError'
  | 'VfsCrdtSyncPushRejectedError'
  | 'VfsCrdtRematerializationRequiredError';

export class Refusal extends Error {
  override readonly name: ErrorName;
  /** The guardrail that is told before the error is thrown; null for the silent checks (4.3). */
  readonly violation: GuardrailViolation | null;
  /** What the client holds afterwards; null where a refusal changes nothing. */
  readonly state: ExportedState | null;

  constructor(
    name: ErrorName,
    message: string,
    more: {readonly violation?: GuardrailViolation; readonly state?: ExportedState} = {},
  ) {
    super(message);
    this.name = name;
    this.violation = more.violation ?? null;
    this.state = more.state ?? null;
  }
}

/** A broken contract without a name of its own. */
export function plain(message: string, violation?: GuardrailViolation): Refusal {
  return new Refusal('VfsSyncError', message, violation === undefined ? {} : {violation});
}

/** An answer that the transport itself cannot make sense of (7.4). */
export function transport(message: string): Refusal {
  return new Refusal('VfsTransportError', message);
}
