/** The sweep: abandons what has expired, takes away bytes that are nobody's, and finds out which bytes are lost (spec 5.2). */
import {abandon} from './abandon.ts';
import {type BlobContext, markStep} from './context.ts';
import {readSoundStaging, STAGE_KEY} from './rows.ts';
import {compareText} from '../text.ts';

/** Ids in order. */
export interface SweepReport {
  /** Stagings whose time was over. */
  readonly abandoned: readonly string[];
  /** Objects that no metadata points at. */
  readonly orphans: readonly string[];
  /** Blobs whose bytes the store does not have, though it had. */
  readonly lost: readonly string[];
}

const STAGED = `SELECT id FROM vfs_links WHERE wrapped_session_key = '${STAGE_KEY}staged' AND parent_id = id ORDER BY id`;
const BYTES = `SELECT blob_id, object_key, lost_at FROM vfs_blob_bytes ORDER BY blob_id`;
const IS_USED = `
  SELECT 1 AS found FROM vfs_blob_bytes WHERE object_key = ?
  UNION ALL SELECT 1 FROM vfs_blob_writes WHERE object_key = ?
  UNION ALL SELECT 1 FROM vfs_registry WHERE id = ? AND object_type = 'blob'`;
const GIVE_UP_WRITES = `DELETE FROM vfs_blob_writes WHERE started_at <= ? OR started_at > ?`;
const MARK_LOST = `UPDATE vfs_blob_bytes SET lost_at = ? WHERE blob_id = ? AND object_key = ? AND lost_at IS NULL`;
const MARK_FOUND = `UPDATE vfs_blob_bytes SET lost_at = NULL WHERE blob_id = ? AND object_key = ?`;

/**
 * Sweeps once. A write that has taken too long is given up before its bytes are: whoever was at it finds its row gone,
 * and no metadata will point at what is taken away. So is one that began long after now: this clock has been put back, and
 * would not see it end for as long. Rejects with `DiskError` or `BlobStoreError`; what was done until
 * then stays done, and is right.
 */
export async function sweepBlobs(context: BlobContext): Promise<SweepReport> {
  const {primary, host, blobs} = context;
  const abandoned = await sweepExpired(context);
  const nowMs = host.clock.now();
  await primary.run(GIVE_UP_WRITES, [nowMs - blobs.writeGraceMs, nowMs + blobs.writeGraceMs]);
  // what is recorded as stored was in the store before: a listing from now on has it, or it is lost
  const recorded = await primary.all(BYTES);
  const keys = await context.store.keys();
  const lost = await markLost(context, recorded, new Set(keys));
  const orphans: string[] = [];
  for (const key of keys) {
    if (!(await isOrphan(context, key))) continue;
    await context.store.delete(key);
    orphans.push(key);
  }
  return {abandoned, orphans, lost};
}

/** Abandons all that is staged and whose time is over; a time that cannot be read is never over. */
async function sweepExpired(context: BlobContext): Promise<readonly string[]> {
  const {primary, host} = context;
  const abandoned = await primary.transaction(async sql => {
    const nowMs = host.clock.now();
    const done: string[] = [];
    for (const row of await sql.all(STAGED)) {
      const staging = await readSoundStaging(sql, String(row['id']));
      if (staging === null || staging.expiresMs === null || staging.expiresMs > nowMs) continue;
      if (!(await abandon(sql, staging, {by: 'expiry', nowMs}))) continue;
      markStep(context, staging, 'SWEEP');
      done.push(staging.stagingId);
    }
    return done;
  });
  return abandoned.sort(compareText);
}

async function markLost(
  {primary, host}: BlobContext,
  recorded: readonly Readonly<Record<string, unknown>>[],
  stored: ReadonlySet<string>,
): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const row of recorded) {
    const [blobId, objectKey] = [String(row['blob_id']), String(row['object_key'])];
    if (stored.has(objectKey)) {
      if (row['lost_at'] !== null) await primary.run(MARK_FOUND, [blobId, objectKey]);
      continue;
    }
    lost.push(blobId);
    await primary.run(MARK_LOST, [host.clock.now(), blobId, objectKey]);
    host.probe('vfs.blobs.lost');
  }
  return lost;
}

/**
 * Whether bytes are nobody's, now and for ever: no metadata points at their key, none is about to, and keys are not used
 * twice.
 */
async function isOrphan({primary}: BlobContext, key: string): Promise<boolean> {
  return (await primary.get(IS_USED, [key, key, key])) === undefined;
}
