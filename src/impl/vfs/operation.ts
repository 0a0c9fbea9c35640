/**
 * The ingress of one operation: whatever a peer sent becomes a normalised operation, or nothing (spec 1.2).
 */
import type {AccessLevel, Operation, OpType, PrincipalType} from '../../model/vfs/types.ts';
import {isRecord, trimmed} from './text.ts';
import {normalizeTime} from './time.ts';
import {isWriteId} from './write-ids.ts';

const OP_TYPES: ReadonlySet<unknown> = new Set<OpType>(['acl_add', 'acl_remove', 'link_add', 'link_remove']);
const PRINCIPAL_TYPES: ReadonlySet<unknown> = new Set<PrincipalType>(['user', 'group', 'organization']);
const ACCESS_LEVELS: ReadonlySet<unknown> = new Set<AccessLevel>(['read', 'write', 'admin']);

export function isOpType(value: unknown): value is OpType {
  return OP_TYPES.has(value);
}

export function isPrincipalType(value: unknown): value is PrincipalType {
  return PRINCIPAL_TYPES.has(value);
}

export function isAccessLevel(value: unknown): value is AccessLevel {
  return ACCESS_LEVELS.has(value);
}

/**
 * The operation that `value` spells: texts trimmed, time normalised, only the fields of its type kept. Null
 * if any rule of 1.2 is broken; the caller answers `invalidOp`. Whether the replica is the sender's own is
 * the caller's to check.
 */
export function parseOperation(value: unknown): Operation | null {
  if (!isRecord(value)) return null;
  const opId = trimmed(value['opId']);
  const itemId = trimmed(value['itemId']);
  const replicaId = trimmed(value['replicaId']);
  const occurredAt = normalizeTime(value['occurredAt']);
  const {opType, writeId} = value;
  if (opId === null || itemId === null || replicaId === null || occurredAt === null) return null;
  if (!isOpType(opType) || !isWriteId(writeId)) return null;
  const subject =
    opType === 'acl_add' || opType === 'acl_remove' ? aclFields(value) : linkFields(value, itemId);
  return subject === null ? null : {opId, opType, itemId, replicaId, writeId, occurredAt, ...subject};
}

type AclFields = Pick<Operation, 'principalType' | 'principalId' | 'accessLevel'>;
type LinkFields = Required<Pick<Operation, 'parentId' | 'childId'>>;

/**
 * The level belongs to a grant; a revocation that carries one, even a wrong one, is a revocation all the
 * same.
 */
function aclFields(value: Record<string, unknown>): AclFields | null {
  const {principalType, accessLevel} = value;
  const principalId = trimmed(value['principalId']);
  if (!isPrincipalType(principalType) || principalId === null) return null;
  if (value['opType'] === 'acl_remove') return {principalType, principalId};
  return isAccessLevel(accessLevel) ? {principalType, principalId, accessLevel} : null;
}

/** The child is the item: it may be left out, but not differ. Null counts as left out. */
function linkFields(value: Record<string, unknown>, itemId: string): LinkFields | null {
  const parentId = trimmed(value['parentId']);
  const childId = trimmed(value['childId'] ?? itemId);
  if (parentId === null || childId !== itemId || parentId === childId) return null;
  return {parentId, childId};
}
