/** Turns what a caller gives into an operation of this client, or says in order what is missing (3.2). */
import type {Operation, OpType} from '../../model/vfs/types.ts';
import {VfsSyncError} from './client-errors.ts';
import {isAccessLevel, isOpType, isPrincipalType} from './operation.ts';
import {isRecord, trimmed} from './text.ts';
import {formatTime, MAX_TIME_MS, normalizeTime} from './time.ts';

/** What an operation gets from its client. */
interface QueueContext {
  readonly clientId: string;
  readonly writeId: number;
  /** The node's wall time, ms: stands in for a time that the caller did not give, or not as one. */
  readonly now: number;
  readonly isPending: (opId: string) => boolean;
  /** Draws the random part of an id; asked only if the caller gave none. */
  readonly drawId: () => string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The operation that `input` asks for. Throws {@link VfsSyncError} for the first thing that is wrong. */
export function operationOf(input: unknown, context: QueueContext): Operation {
  const fields: Fields = isRecord(input) ? input : {};
  const {opType} = fields;
  const itemId = trimmed(fields['itemId']);
  if (itemId === null) throw new VfsSyncError('itemId is required');
  const occurredAt = normalizeTime(fields['occurredAt']) ?? currentTime(context.now);
  const given = givenOpId(fields['opId'], context);
  if (!isOpType(opType)) throw new VfsSyncError('opType is invalid');
  const subject = subjectOf(opType, fields, itemId);
  if (context.writeId >= Number.MAX_SAFE_INTEGER) throw new VfsSyncError('write ids are exhausted');
  const {clientId, writeId} = context;
  const opId = given ?? `${clientId}-${writeId}-${context.drawId()}`;
  return {opId, opType, itemId, replicaId: clientId, writeId, occurredAt, ...subject};
}

function currentTime(now: number): string {
  if (!Number.isInteger(now) || Math.abs(now) > MAX_TIME_MS) throw new VfsSyncError('occurredAt is invalid');
  return formatTime(now);
}

/** The caller's own id, or null if it leaves the choice to the client. */
function givenOpId(value: unknown, {isPending}: QueueContext): string | null {
  if (value === undefined) return null;
  const opId = trimmed(value);
  if (opId === null) throw new VfsSyncError('opId is required');
  if (isPending(opId)) throw new VfsSyncError(`opId ${opId} is already queued`);
  return opId;
}

function subjectOf(opType: OpType, fields: Fields, itemId: string): Partial<Operation> {
  switch (opType) {
    case 'acl_add':
    case 'acl_remove': {
      const {principalType, accessLevel} = fields;
      const principalId = trimmed(fields['principalId']);
      if (!isPrincipalType(principalType) || principalId === null) {
        throw new VfsSyncError('principalType and principalId are required for acl operations');
      }
      if (opType === 'acl_remove') return {principalType, principalId};
      if (!isAccessLevel(accessLevel)) throw new VfsSyncError('accessLevel is required for acl_add');
      return {principalType, principalId, accessLevel};
    }
    case 'link_add':
    case 'link_remove': {
      const parentId = trimmed(fields['parentId']);
      const childId = trimmed(fields['childId']);
      if (parentId === null || childId === null) {
        throw new VfsSyncError('parentId and childId are required for link operations');
      }
      if (childId !== itemId) throw new VfsSyncError('link childId must match itemId');
      if (parentId === childId) throw new VfsSyncError('link parentId and childId must differ');
      return {parentId, childId};
    }
  }
}
