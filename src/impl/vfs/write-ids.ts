/**
 * Maps of replica to highest write id: the one parser that client, server and attach share, and their join
 * (spec 2.4).
 */
import type {WriteIds} from '../../model/vfs/types.ts';
import {clientIdProblem, compareText, isRecord, trimmed} from './text.ts';

/** Most entries of one map. */
export const MAX_WRITE_ID_ENTRIES = 512;

export type ParsedWriteIds =
  {readonly ok: true; readonly ids: WriteIds} | {readonly ok: false; readonly error: string};

const NOT_A_MAP = 'lastReconciledWriteIds must be an object map of replicaId -> writeId';
const TOO_MANY = `lastReconciledWriteIds exceeds max entries (${MAX_WRITE_ID_ENTRIES})`;
const BAD_REPLICA =
  'lastReconciledWriteIds contains invalid replicaId (must be non-empty, <=128 chars, and must not include ":")';
const BAD_WRITE_ID = 'lastReconciledWriteIds contains invalid writeId (must be a positive integer)';

/** Whether `value` can be a write id: an integer from 1 to 2^53 - 1. */
export function isWriteId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/**
 * Validates a map that came from outside: absent is empty, keys are trimmed, keys that then collide keep the
 * greater id.
 */
export function parseWriteIds(value: unknown): ParsedWriteIds {
  if (value === undefined || value === null) return {ok: true, ids: {}};
  if (!isRecord(value)) return {ok: false, error: NOT_A_MAP};
  const keys = Object.keys(value);
  if (keys.length > MAX_WRITE_ID_ENTRIES) return {ok: false, error: TOO_MANY};
  const ids = new Map<string, number>();
  for (const key of keys) {
    const replicaId = trimmed(key);
    if (replicaId === null || clientIdProblem(replicaId) !== null) return {ok: false, error: BAD_REPLICA};
    const writeId = value[key];
    if (!isWriteId(writeId)) return {ok: false, error: BAD_WRITE_ID};
    raise(ids, replicaId, writeId);
  }
  return {ok: true, ids: sortedWriteIds(ids)};
}

/** The least map that is at least both: all keys, each with its greater id. */
export function joinWriteIds(a: WriteIds, b: WriteIds): WriteIds {
  const ids = new Map<string, number>(Object.entries(a));
  for (const [replicaId, writeId] of Object.entries(b)) raise(ids, replicaId, writeId);
  return sortedWriteIds(ids);
}

/**
 * A map with its keys put in by code unit order. (Keys that look like array indices are first in any object,
 * whatever is done: who needs the order sorts the keys.) Made with `fromEntries`, so that `__proto__` is a
 * key like any other.
 */
export function sortedWriteIds(entries: Iterable<readonly [string, number]>): WriteIds {
  return Object.fromEntries([...entries].sort(([a], [b]) => compareText(a, b)));
}

function raise(ids: Map<string, number>, replicaId: string, writeId: number): void {
  const known = ids.get(replicaId);
  if (known === undefined || writeId > known) ids.set(replicaId, writeId);
}
