/** What a pull must be answered: the objects that changed since, as far as they are or were asked for (spec section 7). */
import {fits} from './scope.ts';
import {objectKey, type ObjectRecord, type Tenant} from './tenant.ts';
import type {Scope} from './types.ts';

export interface Asked {
  /** The change that the asker has already. */
  readonly since: number;
  readonly limit: number;
  readonly scope: Scope | null;
}

export type PageRow = {readonly kind: 'live' | 'tombstone' | 'left'; readonly record: ObjectRecord};

export interface Page {
  readonly rows: readonly PageRow[];
  readonly hasMore: boolean;
  /** The change that the asker has afterwards. */
  readonly to: number;
}

/** How an object is told to somebody who asks for a scope; null if it never was in it. */
export function toldAs(record: ObjectRecord, scope: Scope | null): PageRow['kind'] | null {
  const {isTombstone, tags} = record.shown;
  if (fits(scope, record, tags)) return isTombstone ? 'tombstone' : 'live';
  return fits(scope, record, record.everTags) ? 'left' : null;
}

export function pageOf(tenant: Tenant, {since, limit, scope}: Asked): Page {
  const rows: PageRow[] = [];
  for (const record of tenant.objects()) {
    if (record.changeSeq <= since) continue;
    const kind = toldAs(record, scope);
    if (kind !== null) rows.push({kind, record});
  }
  rows.sort((a, b) => a.record.changeSeq - b.record.changeSeq);
  const told = rows.slice(0, limit);
  const hasMore = rows.length > told.length;
  return {rows: told, hasMore, to: hasMore ? (told.at(-1)?.record.changeSeq ?? since) : tenant.seq};
}

/** All that somebody who asks for a scope must come to hold, by key. */
export function projection(tenant: Tenant, scope: Scope | null): ReadonlyMap<string, ObjectRecord> {
  const held = new Map<string, ObjectRecord>();
  for (const record of tenant.objects()) {
    if (toldAs(record, scope) === 'live') held.set(objectKey(record.type, record.id), record);
  }
  return held;
}
