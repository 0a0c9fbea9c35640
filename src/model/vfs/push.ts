/**
 * What an honest server answers to a push: each operation judged on its own, in the order of the request
 * (2.2).
 */

import {isAccessLevel, isAcl, isObject, isOpType, isPrincipalType, isWriteId, textOf} from './fields.ts';
import {keyOf} from './order.ts';
import {normaliseTime} from './time.ts';
import type {AccessLevel, OpType, PrincipalType, PushResult, PushStatus, WriteIds} from './types.ts';
import {writeIdOf} from './write-ids.ts';

/**
 * What an operation says, apart from when and under which write id: by this a repetition is told from a
 * forgery.
 */
export interface Content {
  readonly opType: OpType;
  readonly itemId: string;
  readonly principalType: PrincipalType | null;
  readonly principalId: string | null;
  readonly accessLevel: AccessLevel | null;
  readonly parentId: string | null;
  readonly childId: string | null;
}

/** The server's truth as of before the batch. */
export interface LedgerView {
  heads(userId: string): WriteIds;
  ownerOf(itemId: string): string | null;
  /**
   * The operation that was applied under this id of this replica of this user; compaction does not forget it.
   */
  appliedOp(userId: string, replicaId: string, opId: string): Content | null;
}

interface ReadOperation extends Content {
  readonly opId: string;
  readonly replicaId: string;
  readonly writeId: number;
}

type Fields = Readonly<Record<string, unknown>>;

function readContent(fields: Fields): Content | null {
  const {opType, principalType, accessLevel} = fields;
  const itemId = textOf(fields.itemId);
  if (itemId === null || !isOpType(opType)) return null;
  const none = {principalType: null, principalId: null, accessLevel: null, parentId: null, childId: null};
  if (isAcl(opType)) {
    const principalId = textOf(fields.principalId);
    if (!isPrincipalType(principalType) || principalId === null) return null;
    if (opType === 'acl_remove') return {...none, opType, itemId, principalType, principalId};
    if (!isAccessLevel(accessLevel)) return null;
    return {...none, opType, itemId, principalType, principalId, accessLevel};
  }
  const parentId = textOf(fields.parentId);
  const childId = fields.childId === undefined || fields.childId === null ? itemId : textOf(fields.childId);
  if (parentId === null || childId !== itemId || parentId === itemId) return null;
  return {...none, opType, itemId, parentId, childId};
}

function readOperation(value: unknown, clientId: string): ReadOperation | null {
  if (!isObject(value)) return null;
  const {writeId} = value;
  const opId = textOf(value.opId);
  const replicaId = textOf(value.replicaId);
  const content = readContent(value);
  if (content === null || opId === null || replicaId !== clientId) return null;
  if (!isWriteId(writeId) || normaliseTime(value.occurredAt) === null) return null;
  return {...content, opId, replicaId, writeId};
}

function sameContent(a: Content, b: Content): boolean {
  return (
    a.opType === b.opType &&
    a.itemId === b.itemId &&
    a.principalType === b.principalType &&
    a.principalId === b.principalId &&
    a.accessLevel === b.accessLevel &&
    a.parentId === b.parentId &&
    a.childId === b.childId
  );
}

/**
 * The results that an honest server gives, for operations of any shape. An operation must be well formed and
 * its item the caller's own; then a known op id is a repetition, whatever its write id; then the write id
 * must be above the replica's head, which each applied operation advances.
 */
export function expectPushResults(
  ledger: LedgerView,
  userId: string,
  clientId: string,
  operations: readonly unknown[],
): readonly PushResult[] {
  let head = writeIdOf(ledger.heads(userId), clientId);
  const appliedHere = new Map<string, Content>();

  const statusOf = (operation: ReadOperation): PushStatus => {
    if (ledger.ownerOf(operation.itemId) !== userId) return 'invalidOp';
    const key = keyOf(operation.replicaId, operation.opId);
    const earlier = appliedHere.get(key) ?? ledger.appliedOp(userId, operation.replicaId, operation.opId);
    if (earlier !== null) return sameContent(earlier, operation) ? 'alreadyApplied' : 'invalidOp';
    if (operation.writeId <= head) return 'staleWriteId';
    head = operation.writeId;
    appliedHere.set(key, operation);
    return 'applied';
  };

  return operations.map((value, index) => {
    const operation = readOperation(value, clientId);
    if (operation !== null) return {opId: operation.opId, status: statusOf(operation)};
    const opId = isObject(value) ? textOf(value.opId) : null;
    return {opId: opId ?? `invalid-${index}`, status: 'invalidOp'};
  });
}
