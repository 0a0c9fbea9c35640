/** The nouns of VFS sync, shared by the model and the implementation: shapes only, no rule lives here (spec sections 1 to 4). */

/** A reader's position in the feed: the item at (`changedAt`, `changeId`) and all before it have been seen (1.3). */
export interface Cursor {
  /** ISO 8601, UTC, millisecond precision. */
  readonly changedAt: string;
  readonly changeId: string;
}

/** Highest write id known of each replica (2.4). */
export type WriteIds = Readonly<Record<string, number>>;

export type OpType = 'acl_add' | 'acl_remove' | 'link_add' | 'link_remove';
export type PrincipalType = 'user' | 'group' | 'organization';
export type AccessLevel = 'read' | 'write' | 'admin';

/** One operation as a client queues and pushes it (1.2). ACL fields for `acl_*`, link fields for `link_*`. */
export interface Operation {
  readonly opId: string;
  readonly opType: OpType;
  readonly itemId: string;
  readonly replicaId: string;
  /** A replica's own sequence number: positive, strictly increasing, gaps allowed. */
  readonly writeId: number;
  readonly occurredAt: string;
  readonly principalType?: PrincipalType;
  readonly principalId?: string;
  readonly accessLevel?: AccessLevel;
  readonly parentId?: string;
  readonly childId?: string;
}

/** What a caller gives to queue an operation (3.2). */
export interface OperationInput {
  readonly opType: OpType;
  readonly itemId: string;
  readonly opId?: string;
  readonly occurredAt?: string;
  readonly principalType?: PrincipalType;
  readonly principalId?: string;
  readonly accessLevel?: AccessLevel;
  readonly parentId?: string;
  readonly childId?: string;
}

/** One row of the feed as a pull answers it (7.1). */
export interface FeedItem {
  readonly opId: string;
  readonly itemId: string;
  readonly opType: OpType;
  readonly principalType: PrincipalType | null;
  readonly principalId: string | null;
  readonly accessLevel: AccessLevel | null;
  readonly parentId: string | null;
  readonly childId: string | null;
  readonly actorId: string | null;
  readonly sourceTable: string;
  readonly sourceId: string;
  readonly occurredAt: string;
}

export type PushStatus = 'applied' | 'alreadyApplied' | 'staleWriteId' | 'outdatedOp' | 'invalidOp';

export interface PushResult {
  readonly opId: string;
  readonly status: PushStatus;
}

export interface AclEntry {
  readonly itemId: string;
  readonly principalType: PrincipalType;
  readonly principalId: string;
  readonly accessLevel: AccessLevel;
}

export interface Link {
  readonly parentId: string;
  readonly childId: string;
}

/** The newest feed position among a container's operations (1.6). */
export interface ContainerClock extends Cursor {
  readonly containerId: string;
}

export interface ReplaySnapshot {
  readonly acl: readonly AclEntry[];
  readonly links: readonly Link[];
  readonly cursor: Cursor | null;
}

export interface ReconcileState {
  readonly cursor: Cursor;
  readonly lastReconciledWriteIds: WriteIds;
}

/** A client's whole durable state (3.9): plain JSON, safe to take at any moment. */
export interface ExportedState {
  readonly replaySnapshot: ReplaySnapshot;
  readonly reconcileState: ReconcileState | null;
  readonly containerClocks: readonly ContainerClock[];
  readonly pendingOperations: readonly Operation[];
  readonly nextLocalWriteId: number;
}

/** What a user interface reads (3.3). */
export interface ClientSnapshot {
  readonly acl: readonly AclEntry[];
  readonly links: readonly Link[];
  readonly cursor: Cursor | null;
  readonly lastReconciledWriteIds: WriteIds;
  readonly containerClocks: readonly ContainerClock[];
  /** How many operations wait to be pushed. */
  readonly pendingOperations: number;
  readonly nextLocalWriteId: number;
}

export type GuardrailStage = 'pull' | 'reconcile' | 'flush' | 'hydrate';

export type GuardrailCode =
  | 'lastWriteIdRegression'
  | 'pullPageInvariantViolation'
  | 'pullDuplicateOpReplay'
  | 'pullCursorRegression'
  | 'pullRematerializationRequired'
  | 'reconcileCursorRegression'
  | 'staleWriteRecoveryExhausted'
  | 'hydrateGuardrailViolation';

/** A refusal that fails closed (section 4). Its signature is `stage:code`. */
export interface GuardrailViolation {
  readonly code: GuardrailCode;
  readonly stage: GuardrailStage;
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

/** What a client does with a page that lies at or before its cursor: refuse it (E18), or drop the stale part and tell (HEAD). */
export type StalePagePolicy = 'fail' | 'soften';

/**
 * The happenings of a client's life, as its lifecycle machine names them. A client reports each as it happens.
 * FLUSH, SYNC and HYDRATE start a run; the run's last event brings the client back to idle.
 */
export type LifecycleEvent =
  | 'FLUSH'
  | 'SYNC'
  | 'HYDRATE'
  | 'HYDRATED'
  | 'HYDRATE_REFUSED'
  | 'PUSH'
  | 'PUSH_ACKED'
  | 'PUSH_STALE'
  | 'PUSH_REJECTED'
  | 'PUSH_EXHAUSTED'
  | 'DRAINED'
  | 'PAGE'
  | 'PAGES_SETTLED'
  | 'RECONCILED'
  | 'RECONCILE_SKIPPED'
  | 'REMATERIALIZE'
  | 'REMATERIALIZED'
  | 'FAILED';

/** The snapshot endpoint's answer (2.6): content, cursor and clocks taken at one moment. */
export interface Rematerialization {
  readonly replaySnapshot: ReplaySnapshot;
  readonly reconcileState: ReconcileState | null;
  readonly containerClocks: readonly ContainerClock[];
  readonly snapshotUpdatedAt: string;
}
