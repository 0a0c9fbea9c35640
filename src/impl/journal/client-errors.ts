/** The typed errors of the journal client: what a caller can tell apart when something is refused or fails. */
import type {NetErrorCode} from '../../host.ts';
import type {RefusalCode} from './protocol.ts';

/** A broken contract between client, server and caller; the message says which. The base of all errors below. */
export class JournalError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JournalError';
  }
}

export type EditProblem =
  'INVALID_NAME' | 'INVALID_PAYLOAD' | 'PAYLOAD_TOO_LARGE' | 'INVALID_TAGS' | 'INVALID_SCOPE';

/** What a user wanted to write, or to hold, is not allowed; nothing was written. */
export class JournalEditError extends JournalError {
  readonly code: EditProblem;
  constructor(code: EditProblem, message: string) {
    super(message);
    this.name = 'JournalEditError';
    this.code = code;
  }
}

/** A request got no answer. The server may or may not have acted. */
export class JournalTransportError extends JournalError {
  readonly code: NetErrorCode;
  constructor(code: NetErrorCode) {
    super(`network ${code}`);
    this.name = 'JournalTransportError';
    this.code = code;
  }
}

/** The server said no. */
export class JournalRefusedError extends JournalError {
  readonly status: number;
  /** Null where the answer names none that this client knows. */
  readonly code: RefusalCode | null;
  constructor(status: number, code: RefusalCode | null) {
    super(`refused with ${status}${code === null ? '' : ` ${code}`}`);
    this.name = 'JournalRefusedError';
    this.status = status;
    this.code = code;
  }
}

export type AnswerProblem =
  /** Not the shape that was agreed. */
  | 'MALFORMED'
  /** Results of other operations than those that were pushed, or a page that starts where the client does not stand. */
  | 'MISMATCH'
  /** A page whose rows or end contradict each other. */
  | 'DISORDER'
  /** A history that changes again and again while it is pulled. */
  | 'UNSTABLE';

/** An answer that no honest server gives; nothing of it was believed. */
export class JournalAnswerError extends JournalError {
  readonly code: AnswerProblem;
  constructor(code: AnswerProblem, message: string) {
    super(message);
    this.name = 'JournalAnswerError';
    this.code = code;
  }
}

/** What the client's own database holds is not what this client wrote. */
export class JournalStoredStateError extends JournalError {
  constructor(problem: string) {
    super(`stored client state is invalid: ${problem}`);
    this.name = 'JournalStoredStateError';
  }
}
