/**
 * Reads the queue of a persisted state: checks 14 to 22 of 3.10, operation by operation, so that the earliest
 * bad one is named.
 */
import type {Operation} from '../../model/vfs/types.ts';
import {VfsSyncError} from './client-errors.ts';
import {isAccessLevel, isOpType, isPrincipalType} from './operation.ts';
import {isRecord, trimmed} from './text.ts';
import {normalizeTime} from './time.ts';
import {isWriteId} from './write-ids.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The queue as this client would have written it. Throws {@link VfsSyncError}. */
export function normalizeOperations(pending: readonly unknown[], clientId: string): readonly Operation[] {
  const seen = new Set<string>();
  let highest = 0;
  return Array.from(pending, (value, index) => {
    const operation = normalizeOperation(value, `state.pendingOperations[${index}]`, clientId);
    const {opId, writeId} = operation;
    if (seen.has(opId)) throw new VfsSyncError(`state.pendingOperations has duplicate opId ${opId}`);
    if (writeId <= highest) {
      throw new VfsSyncError('state.pendingOperations writeIds must be strictly increasing');
    }
    seen.add(opId);
    highest = writeId;
    return operation;
  });
}

function normalizeOperation(value: unknown, name: string, clientId: string): Operation {
  // Anything else that is no object has no opType, and is refused for that.
  if (!value) throw new VfsSyncError(`${name} is invalid`);
  const fields: Fields = isRecord(value) ? value : {};
  const {opType, writeId} = fields;
  if (!isOpType(opType)) throw new VfsSyncError(`${name}.opType is invalid`);
  const opId = trimmed(fields['opId']);
  const itemId = trimmed(fields['itemId']);
  const replicaId = trimmed(fields['replicaId']);
  const occurredAt = normalizeTime(fields['occurredAt']);
  if (opId === null || itemId === null || replicaId === null || occurredAt === null) {
    throw new VfsSyncError(`${name} is invalid`);
  }
  if (replicaId !== clientId) {
    throw new VfsSyncError(`${name} has replicaId that does not match clientId`);
  }
  if (!isWriteId(writeId)) throw new VfsSyncError(`${name}.writeId must be a positive safe integer`);
  const base = {opId, opType, itemId, replicaId, writeId, occurredAt};
  const isAcl = opType === 'acl_add' || opType === 'acl_remove';
  return isAcl ? {...base, ...aclFields(fields, name)} : {...base, ...linkFields(fields, name, itemId)};
}

function aclFields(
  fields: Fields,
  name: string,
): Pick<Operation, 'principalType' | 'principalId' | 'accessLevel'> {
  const {principalType, accessLevel} = fields;
  const principalId = trimmed(fields['principalId']);
  if (!isPrincipalType(principalType) || principalId === null) {
    throw new VfsSyncError(`${name} is missing acl principal fields`);
  }
  if (fields['opType'] === 'acl_remove') return {principalType, principalId};
  if (!isAccessLevel(accessLevel)) throw new VfsSyncError(`${name} is missing acl accessLevel`);
  return {principalType, principalId, accessLevel};
}

function linkFields(fields: Fields, name: string, itemId: string): Pick<Operation, 'parentId' | 'childId'> {
  const parentId = trimmed(fields['parentId']);
  const childId = trimmed(fields['childId']);
  if (parentId === null || childId === null) throw new VfsSyncError(`${name} is missing link fields`);
  if (childId !== itemId) {
    throw new VfsSyncError(`${name} has link childId that does not match itemId`);
  }
  return {parentId, childId};
}
