/**
 * The typed errors of the VFS client: what a caller can tell apart when an attempt is refused or fails (spec
 * 3, 4).
 */
import type {NetErrorCode} from '../../host.ts';
import type {PushResult} from '../../model/vfs/types.ts';

/**
 * A broken contract between client, transport and caller; the message says which. The base of all errors
 * below.
 */
export class VfsSyncError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'VfsSyncError';
  }
}

/** The server refused pushed operations for good, or kept calling them stale (3.4). They stay queued. */
export class VfsPushRejectedError extends VfsSyncError {
  readonly rejectedResults: readonly PushResult[];
  constructor(rejectedResults: readonly PushResult[]) {
    super('push rejected one or more operations');
    this.name = 'VfsCrdtSyncPushRejectedError';
    this.rejectedResults = rejectedResults;
  }
}

type FeedReplayCode = 'invalidCursor' | 'nonMonotonicCursor' | 'invalidAclOperation' | 'invalidLinkOperation';

/** A pulled page cannot be replayed; nothing of it was applied (1.5). */
export class VfsFeedReplayError extends VfsSyncError {
  readonly code: FeedReplayCode;
  constructor(code: FeedReplayCode, message: string) {
    super(message);
    this.name = 'VfsCrdtFeedReplayError';
    this.code = code;
  }
}

/** The name by which any transport may tell that the client's position is gone, whatever class it throws. */
const REMATERIALIZATION_REQUIRED = 'VfsCrdtRematerializationRequiredError';

/** The feed no longer reaches back to the client's position: it must start from canonical state (3.12). */
export class VfsRematerializationRequiredError extends VfsSyncError {
  /** Both cursors as the server wrote them, or null where it gave none. */
  readonly requestedCursor: string | null;
  readonly oldestAvailableCursor: string | null;
  constructor(
    message: string,
    cursors: {readonly requestedCursor: string | null; readonly oldestAvailableCursor: string | null},
  ) {
    super(message);
    this.name = REMATERIALIZATION_REQUIRED;
    this.requestedCursor = cursors.requestedCursor;
    this.oldestAvailableCursor = cursors.oldestAvailableCursor;
  }
}

/**
 * Whether a rejection asks for rematerialization; told by its name, because transports come from elsewhere.
 */
export const isRematerializationRequired = (
  error: unknown,
): error is Error & {readonly requestedCursor?: unknown; readonly oldestAvailableCursor?: unknown} =>
  error instanceof Error && error.name === REMATERIALIZATION_REQUIRED;

/** A request got no answer, or one that says no. After any of these the server may or may not have acted. */
export class VfsTransportError extends VfsSyncError {
  /** The HTTP status of the answer; null where none came. */
  readonly status: number | null;
  /** Why no answer came; null where one did. */
  readonly network: NetErrorCode | null;
  /** Whether the message is the server's own word for why not, and no guess of ours. */
  readonly inServersWords: boolean;
  constructor(
    message: string,
    cause:
      | {readonly kind: 'network'; readonly code: NetErrorCode}
      | {readonly kind: 'answer'; readonly status: number; readonly inServersWords?: boolean},
  ) {
    super(message);
    this.name = 'VfsTransportError';
    this.status = cause.kind === 'answer' ? cause.status : null;
    this.network = cause.kind === 'network' ? cause.code : null;
    this.inServersWords = cause.kind === 'answer' && cause.inServersWords === true;
  }
}

/** What the client's own database holds is not what this client wrote. */
export class VfsStoredStateError extends VfsSyncError {
  constructor(problem: string) {
    super(`stored client state is invalid: ${problem}`);
    this.name = 'VfsStoredStateError';
  }
}
