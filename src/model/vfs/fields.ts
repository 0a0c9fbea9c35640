/** What counts as a field of some kind in data of unknown origin (1.2). */

import type {AccessLevel, OpType, PrincipalType} from './types.ts';

/** An object as JSON means it: neither null nor a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a database gives a text back as it was put in: one with half a surrogate pair, or with a NUL, is not. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** A text without the blanks around it, or null if it is none, blank, or not to be stored. */
export function textOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const trimmed = value.trim();
  return trimmed === '' || !isStorable(trimmed) ? null : trimmed;
}

export function isOpType(value: unknown): value is OpType {
  return value === 'acl_add' || value === 'acl_remove' || value === 'link_add' || value === 'link_remove';
}

export function isPrincipalType(value: unknown): value is PrincipalType {
  return value === 'user' || value === 'group' || value === 'organization';
}

export function isAccessLevel(value: unknown): value is AccessLevel {
  return value === 'read' || value === 'write' || value === 'admin';
}

/** A write id: an integer from 1 to 2^53 - 1. */
export function isWriteId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

export function isAcl(opType: OpType): boolean {
  return opType === 'acl_add' || opType === 'acl_remove';
}
