/**
 * The highest write id known of each replica: reading such a map, joining two, finding where one falls behind
 * (2.4).
 */

import {isObject, isWriteId, textOf} from './fields.ts';
import {compareText} from './order.ts';
import {plain} from './refusal.ts';
import type {WriteIds} from './types.ts';

const ENTRIES_MAX = 512;
const REPLICA_ID_LENGTH_MAX = 128;

/** Key-sorted. Defined, not assigned, so that a replica may even be called `__proto__`. */
export function writeIdsFrom(entries: Iterable<readonly [string, number]>): WriteIds {
  return Object.fromEntries([...entries].sort((a, b) => compareText(a[0], b[0])));
}

/** What is known of one replica; 0 if nothing. */
export function writeIdOf(ids: WriteIds, replicaId: string): number {
  return Object.hasOwn(ids, replicaId) ? (ids[replicaId] ?? 0) : 0;
}

/** The highest of each, over all replicas of both. */
export function joinWriteIds(a: WriteIds, b: WriteIds): WriteIds {
  const joined = new Map(Object.entries(a));
  for (const [replicaId, writeId] of Object.entries(b)) {
    joined.set(replicaId, Math.max(writeId, joined.get(replicaId) ?? 0));
  }
  return writeIdsFrom(joined);
}

/** Reads a map from outside; keys that meet after trimming keep the higher id. Throws a plain refusal. */
export function parseWriteIds(value: unknown): WriteIds {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) {
    throw plain('lastReconciledWriteIds must be an object map of replicaId -> writeId');
  }
  const entries = Object.entries(value);
  if (entries.length > ENTRIES_MAX) {
    throw plain(`lastReconciledWriteIds exceeds max entries (${ENTRIES_MAX})`);
  }
  const ids = new Map<string, number>();
  for (const [key, writeId] of entries) {
    const replicaId = textOf(key);
    if (replicaId === null || replicaId.length > REPLICA_ID_LENGTH_MAX || replicaId.includes(':')) {
      throw plain(
        'lastReconciledWriteIds contains invalid replicaId ' +
          '(must be non-empty, <=128 chars, and must not include ":")',
      );
    }
    if (!isWriteId(writeId)) {
      throw plain('lastReconciledWriteIds contains invalid writeId (must be a positive integer)');
    }
    ids.set(replicaId, Math.max(writeId, ids.get(replicaId) ?? 0));
  }
  return writeIdsFrom(ids);
}

/** A replica of which less is told than was known. */
export type WriteIdRegression = Readonly<{
  replicaId: string;
  previousWriteId: number;
  incomingWriteId: number;
}>;

/**
 * The first replica, by key, that `incoming` names with a lower id than `known`. Silence is no regression.
 */
export function firstRegression(known: WriteIds, incoming: WriteIds): WriteIdRegression | null {
  for (const replicaId of Object.keys(incoming).sort(compareText)) {
    const previousWriteId = writeIdOf(known, replicaId);
    const incomingWriteId = writeIdOf(incoming, replicaId);
    if (incomingWriteId < previousWriteId) return {replicaId, previousWriteId, incomingWriteId};
  }
  return null;
}
