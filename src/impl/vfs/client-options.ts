/** What a client is made of, as people give it and as code takes it (3.1). */
import type {GuardrailViolation, LifecycleEvent, StalePagePolicy} from '../../model/vfs/types.ts';
import type {CoreOptions} from './client-core.ts';
import {VfsSyncError} from './client-errors.ts';
import type {Rematerializer} from './client-rematerialize.ts';
import {clientIdProblem, trimmed} from './text.ts';
import type {VfsTransport} from './transport.ts';

const DEFAULT_PULL_LIMIT = 100;
const MAX_PULL_LIMIT = 500;
const DEFAULT_REMATERIALIZATIONS = 1;

/** What the listeners throw is swallowed and changes nothing. */
export interface VfsClientOptions {
  readonly userId: string;
  /** The replica's name: at most 128 characters, no `:`. */
  readonly clientId: string;
  readonly transport: VfsTransport;
  /** The database that holds its state, on this host's disk; `client` unless told. */
  readonly database?: string;
  /** Items asked for in one page, 1 to 500; 100 unless told. */
  readonly pullLimit?: number;
  /** `fail` unless told. */
  readonly stalePages?: StalePagePolicy;
  /** How often one run may start over from canonical state; 1 unless told. */
  readonly maxRematerializationAttempts?: number;
  /** Called before the refusal that the violation belongs to is thrown. */
  readonly onGuardrailViolation?: (violation: GuardrailViolation) => void;
  readonly onBackgroundError?: (error: unknown) => void;
  /** Where canonical state comes from; the transport's `fetchSnapshot` unless told. */
  readonly onRematerializationRequired?: Rematerializer;
  readonly onLifecycle?: (event: LifecycleEvent) => void;
  /**
   * Called synchronously after each durable step of a run: a page applied, operations acknowledged, state
   * replaced.
   */
  readonly onProgress?: () => void;
}

export interface QualifiedOptions extends CoreOptions {
  readonly maxRematerializationAttempts: number;
  /** Null if there is nowhere to get canonical state from. */
  readonly rematerializer: Rematerializer | null;
  readonly onBackgroundError: (error: unknown) => void;
}

/** Checks the options in the order of 3.1 and fills in what was left out. Throws {@link VfsSyncError}. */
export function qualify(options: VfsClientOptions): QualifiedOptions {
  const userId = trimmed(options.userId);
  if (userId === null) throw new VfsSyncError('userId is required');
  const clientId = requiredClientId(options.clientId);
  const {transport, pullLimit = DEFAULT_PULL_LIMIT, stalePages = 'fail'} = options;
  if (!Number.isInteger(pullLimit) || pullLimit < 1 || pullLimit > MAX_PULL_LIMIT) {
    throw new VfsSyncError(`pullLimit must be an integer between 1 and ${MAX_PULL_LIMIT}`);
  }
  const {maxRematerializationAttempts = DEFAULT_REMATERIALIZATIONS} = options;
  if (!Number.isSafeInteger(maxRematerializationAttempts) || maxRematerializationAttempts < 0) {
    throw new VfsSyncError('maxRematerializationAttempts must be a non-negative integer');
  }
  if (stalePages !== 'fail' && stalePages !== 'soften') {
    throw new VfsSyncError('stalePages must be fail or soften');
  }
  return {
    userId,
    clientId,
    transport,
    pullLimit,
    stalePages,
    listeners: {
      onGuardrailViolation: options.onGuardrailViolation,
      onLifecycle: options.onLifecycle,
      onProgress: options.onProgress,
    },
    maxRematerializationAttempts,
    rematerializer: options.onRematerializationRequired ?? snapshotOf(transport),
    onBackgroundError: options.onBackgroundError ?? ignore,
  };
}

function requiredClientId(value: unknown): string {
  const clientId = trimmed(value);
  switch (clientIdProblem(value)) {
    case 'tooLong':
      throw new VfsSyncError('clientId must be non-empty and at most 128 characters');
    case 'colon':
      throw new VfsSyncError('clientId must not include ":"');
    default:
      if (clientId === null) throw new VfsSyncError('clientId is required');
      return clientId;
  }
}

function snapshotOf(transport: VfsTransport): Rematerializer | null {
  if (transport.fetchSnapshot === undefined) return null;
  return async ({userId, clientId}) => (await transport.fetchSnapshot?.({userId, clientId})) ?? null;
}

const ignore = (): void => undefined;
