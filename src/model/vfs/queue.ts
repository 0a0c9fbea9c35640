/** The queue's contract: which operations it takes from a caller, and in which words it refuses the others (3.2). */

import {describeDifference, type Difference} from './compare.ts';
import {isAccessLevel, isAcl, isObject, isOpType, isPrincipalType, textOf} from './fields.ts';
import {normaliseTime} from './time.ts';
import type {Operation} from './types.ts';

/**
 * What queueing `input` must be refused with; null if it must be taken. `pending` are the operation ids of the queue. A
 * time that is none is no reason: the client's own stands in for it.
 */
export function expectQueue(input: unknown, pending: ReadonlySet<string>): string | null {
  const fields = isObject(input) ? input : {};
  const {opType, opId: given, principalType, accessLevel} = fields;
  const itemId = textOf(fields.itemId);
  if (itemId === null) return 'itemId is required';
  if (given !== undefined) {
    const opId = textOf(given);
    if (opId === null) return 'opId is required';
    if (pending.has(opId)) return `opId ${opId} is already queued`;
  }
  if (!isOpType(opType)) return 'opType is invalid';
  if (!isAcl(opType)) return refuseLink(fields, itemId);
  if (!isPrincipalType(principalType) || textOf(fields.principalId) === null) {
    return 'principalType and principalId are required for acl operations';
  }
  return opType === 'acl_remove' || isAccessLevel(accessLevel) ? null : 'accessLevel is required for acl_add';
}

/**
 * Where the operation that was made of an input differs from what the contract makes of it; null if nowhere. What the
 * caller left to the client, an id or a time, may be any.
 */
export function judgeQueued(input: unknown, operation: Operation): Difference | null {
  const fields = isObject(input) ? input : {};
  const {replicaId, writeId} = operation;
  const text = (field: string): unknown => textOf(fields[field]);
  const ofGrant = isAcl(operation.opType);
  const expected = {
    opId: fields.opId === undefined ? operation.opId : text('opId'),
    opType: fields.opType,
    itemId: text('itemId'),
    replicaId,
    writeId,
    occurredAt: normaliseTime(fields.occurredAt) ?? normaliseTime(operation.occurredAt),
    ...(ofGrant ? {principalType: fields.principalType, principalId: text('principalId')} : {}),
    ...(fields.opType === 'acl_add' ? {accessLevel: fields.accessLevel} : {}),
    ...(ofGrant ? {} : {parentId: text('parentId'), childId: text('childId')}),
  };
  return describeDifference(expected, operation);
}

function refuseLink(fields: Readonly<Record<string, unknown>>, itemId: string): string | null {
  const parentId = textOf(fields.parentId);
  const childId = textOf(fields.childId);
  if (parentId === null || childId === null) {
    return 'parentId and childId are required for link operations';
  }
  if (childId !== itemId) return 'link childId must match itemId';
  return parentId === childId ? 'link parentId and childId must differ' : null;
}
