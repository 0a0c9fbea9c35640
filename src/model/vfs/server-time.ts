/**
 * What a server's own clock bounds: how far ahead of it a row may be dated, and which rows compaction may take (2.6).
 */

import type {FeedRow} from './feed-row.ts';

/** How far ahead of the server a client's time is believed, ms. */
const LEAD_MAX_MS = 300_000;

/** What a server has read from its clock so far. */
export interface Readings {
  readonly latestMs: number;
  has(ms: number): boolean;
}

/**
 * Judges the time of a feed's next row: null, or what is wrong. A row that was pushed is dated as its author says, but no
 * more than five minutes ahead of the server; one that the server writes itself, when it wrote it; and either 1 ms after
 * the row before it, where it would else not lie after it. `ownMs` is the author's time: undefined where nobody kept it.
 */
export function judgeRowTime(
  row: FeedRow,
  {
    last,
    ownMs,
    read,
  }: {
    readonly last: FeedRow | null;
    readonly ownMs: number | null | undefined;
    readonly read: Readings;
  },
): string | null {
  const {id, occurredMs} = row;
  const next = last === null ? -Infinity : last.occurredMs + 1;
  if (occurredMs > Math.max(next, read.latestMs + LEAD_MAX_MS)) {
    return `row ${id} is dated later than its server may believe`;
  }
  if (occurredMs === next || ownMs === undefined) return null;
  const wanted =
    ownMs === null ? read.has(occurredMs) : occurredMs === ownMs || read.has(occurredMs - LEAD_MAX_MS);
  return wanted && (ownMs === null || occurredMs <= ownMs) ? null : `row ${id} has a time of its own`;
}

/** What compaction was told to keep, ms. */
export interface Retention {
  readonly hotRetentionMs: number;
  readonly inactiveClientMs: number;
  readonly safetyBufferMs: number;
}

/** A client's stored checkpoint: where it stands, and when it was last heard of, ms. */
export interface Standing {
  readonly client: string;
  readonly cursorMs: number;
  readonly updatedMs: number;
}

/**
 * Judges the last row that a compaction took, by its time: null, or whom it did wrong. It may take no row that is
 * younger than the hot retention, nor one within the safety buffer behind the cursor of a client that is still active.
 * With `nowMs`, the latest time that the server can have read, both are judged in its favour.
 */
export function judgeCompaction(
  takenMs: number,
  {
    nowMs,
    keep,
    clients,
  }: {readonly nowMs: number; readonly keep: Retention; readonly clients: readonly Standing[]},
): string | null {
  const hotMs = nowMs - keep.hotRetentionMs;
  if (takenMs >= hotMs) return `took a row ${takenMs - hotMs} ms younger than what it may take`;
  for (const {client, cursorMs, updatedMs} of clients) {
    if (updatedMs < nowMs - keep.inactiveClientMs) continue;
    const safeMs = Math.min(cursorMs, nowMs) - keep.safetyBufferMs;
    if (takenMs >= safeMs) return `took a row that ${client}, which is active, may still ask for`;
  }
  return null;
}
