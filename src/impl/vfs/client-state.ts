/**
 * What a client knows, in memory: always equal to what its database holds, and changed only by a {@link
 * Change} that is durable.
 */
import type {
  AclEntry,
  ClientSnapshot,
  ContainerClock,
  Cursor,
  ExportedState,
  Link,
  Operation,
  ReconcileState,
} from '../../model/vfs/types.ts';
import {compareClocks} from './client-clocks.ts';
import {EMPTY_POSITION, type Position} from './client-position.ts';
import type {AclRegister, LinkRegister} from './client-replay.ts';
import {compareText} from './text.ts';

/** One durable step from one state to the next. */
export interface Change {
  /** Forgets all registers and clocks before the rest is applied. */
  readonly replace?: boolean;
  readonly acl?: readonly AclRegister[];
  readonly links?: readonly LinkRegister[];
  readonly clocks?: readonly ContainerClock[];
  readonly queue?: readonly Operation[];
  /** The opIds that leave the queue. */
  readonly unqueue?: readonly string[];
  readonly position: Position;
}

export class ClientState {
  readonly #acl = new Map<string, AclEntry>();
  readonly #links = new Map<string, Link>();
  readonly #clocks = new Map<string, ContainerClock>();
  /** By opId; a map keeps the order in which they were queued. */
  readonly #pending = new Map<string, Operation>();
  #position: Position = EMPTY_POSITION;
  #exported: ExportedState | null = null;

  get position(): Position {
    return this.#position;
  }

  get clocks(): ReadonlyMap<string, ContainerClock> {
    return this.#clocks;
  }

  /** The queue, oldest operation first. */
  get pending(): ReadonlyMap<string, Operation> {
    return this.#pending;
  }

  /** Whether nothing was ever written, pulled or hydrated here, the queue aside. */
  get pristine(): boolean {
    const {replayCursor, reconcileState, nextLocalWriteId} = this.#position;
    const empty = this.#acl.size === 0 && this.#links.size === 0 && this.#clocks.size === 0;
    return empty && replayCursor === null && reconcileState === null && nextLocalWriteId === 1;
  }

  /** Takes over a change that has become durable. */
  apply(change: Change): void {
    if (change.replace === true) {
      this.#acl.clear();
      this.#links.clear();
      this.#clocks.clear();
    }
    for (const register of change.acl ?? []) this.#writeAcl(register);
    for (const register of change.links ?? []) this.#writeLink(register);
    for (const {containerId, changedAt, changeId} of change.clocks ?? []) {
      this.#clocks.set(containerId, Object.freeze({containerId, changedAt, changeId}));
    }
    for (const opId of change.unqueue ?? []) this.#pending.delete(opId);
    for (const operation of change.queue ?? []) {
      this.#pending.set(operation.opId, Object.freeze({...operation}));
    }
    this.#position = frozenPosition(change.position);
    this.#exported = null;
  }

  #writeAcl({itemId, principalType, principalId, accessLevel}: AclRegister): void {
    const key = JSON.stringify([itemId, principalType, principalId]);
    if (accessLevel === null) this.#acl.delete(key);
    else this.#acl.set(key, Object.freeze({itemId, principalType, principalId, accessLevel}));
  }

  #writeLink({parentId, childId, present}: LinkRegister): void {
    const key = JSON.stringify([parentId, childId]);
    if (present) this.#links.set(key, Object.freeze({parentId, childId}));
    else this.#links.delete(key);
  }

  /** The whole state as frozen plain data (3.9); made once after each change. */
  export(): ExportedState {
    this.#exported ??= Object.freeze({
      replaySnapshot: Object.freeze({
        acl: Object.freeze([...this.#acl.values()].sort(compareAcl)),
        links: Object.freeze([...this.#links.values()].sort(compareLinks)),
        cursor: this.#position.replayCursor,
      }),
      reconcileState: this.#position.reconcileState,
      containerClocks: Object.freeze([...this.#clocks.values()].sort(compareClocks)),
      pendingOperations: Object.freeze([...this.#pending.values()]),
      nextLocalWriteId: this.#position.nextLocalWriteId,
    });
    return this.#exported;
  }

  /** What a user interface reads (3.3). */
  snapshot(): ClientSnapshot {
    const {replaySnapshot, reconcileState, containerClocks, pendingOperations, nextLocalWriteId} =
      this.export();
    return {
      acl: replaySnapshot.acl,
      links: replaySnapshot.links,
      cursor: reconcileState?.cursor ?? replaySnapshot.cursor,
      lastReconciledWriteIds: reconcileState?.lastReconciledWriteIds ?? {},
      containerClocks,
      pendingOperations: pendingOperations.length,
      nextLocalWriteId,
    };
  }
}

/** The change that turns an empty state into `exported`; registers that are not in it are absent. */
export function changeTo(exported: ExportedState): Change {
  const {replaySnapshot, reconcileState, containerClocks, pendingOperations, nextLocalWriteId} = exported;
  return {
    acl: replaySnapshot.acl,
    links: replaySnapshot.links.map(link => ({...link, present: true})),
    clocks: containerClocks,
    queue: pendingOperations,
    position: {replayCursor: replaySnapshot.cursor, reconcileState, nextLocalWriteId},
  };
}

function frozenPosition({replayCursor, reconcileState, nextLocalWriteId}: Position): Position {
  return {
    replayCursor: replayCursor === null ? null : frozenCursor(replayCursor),
    reconcileState: reconcileState === null ? null : frozenReconcileState(reconcileState),
    nextLocalWriteId,
  };
}

const frozenCursor = ({changedAt, changeId}: Cursor): Cursor => Object.freeze({changedAt, changeId});

const frozenReconcileState = ({cursor, lastReconciledWriteIds}: ReconcileState): ReconcileState =>
  Object.freeze({
    cursor: frozenCursor(cursor),
    lastReconciledWriteIds: Object.freeze({...lastReconciledWriteIds}),
  });

const compareAcl = (a: AclEntry, b: AclEntry): number =>
  compareText(a.itemId, b.itemId) ||
  compareText(a.principalType, b.principalType) ||
  compareText(a.principalId, b.principalId);

const compareLinks = (a: Link, b: Link): number =>
  compareText(a.parentId, b.parentId) || compareText(a.childId, b.childId);
