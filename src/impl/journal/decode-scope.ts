/** Reads a scope out of what a request or a disk gives (spec 7). */
import {LIMITS, type Scope} from './protocol.ts';
import {isIdList, isRecord, unknownKey} from './text.ts';

const FIELDS = ['types', 'ids', 'tags'] as const;
const KNOWN: ReadonlySet<string> = new Set(FIELDS);

/** The scope that `value` spells; null for anything else. A list that is absent stays absent: an empty one says more. */
export function decodeScope(value: unknown): Scope | null {
  if (!isRecord(value) || unknownKey(value, KNOWN) !== null) return null;
  const scope: {-readonly [field in keyof Scope]: Scope[field]} = {};
  for (const field of FIELDS) {
    const list = value[field];
    if (list === undefined) continue;
    if (!isIdList(list, LIMITS.scopeValues)) return null;
    scope[field] = list;
  }
  return scope;
}
