/** POST abandon: gives a staging up, for good (spec 5.5). */
import type {Sql} from '../../../host.ts';
import {type Call, ok, refuse, type Reply} from '../server-http.ts';
import {trimmed} from '../text.ts';
import {formatTime} from '../time.ts';
import {type BlobContext, inBlobSession, markStep, Refused} from './context.ts';
import {readStaging, type Staging, STAGE_KEY} from './rows.ts';

const ABANDON = `
  UPDATE vfs_links SET wrapped_session_key = '${STAGE_KEY}abandoned', visible_children = ?
  WHERE id = ? AND wrapped_session_key = '${STAGE_KEY}staged'`;
const NOT_ABANDONABLE = 'Blob staging is no longer abandonable';

/** Answers 200. Every other answer has changed nothing. */
export async function answerAbandon(context: BlobContext, call: Call, path: string): Promise<Reply> {
  const stagingId = trimmed(path);
  if (stagingId === null) return refuse(context, call, 'stagingId is required');
  return inBlobSession(context, call, async (sql, userId) => {
    const staging = await readStaging(sql, stagingId);
    if (staging === null) throw new Refused(404, 'Blob staging not found');
    if (staging.stagedBy !== userId) throw new Refused(403, 'Forbidden');
    const success = ok({abandoned: true, stagingId, status: 'abandoned'});
    const isRepetition = staging.status === 'abandoned' && staging.details['abandonedBy'] === 'request';
    const repeated = isRepetition ? context.blobs.repeats.repeated(success) : null;
    if (repeated !== null) {
      markStep(context, staging, 'REPEAT');
      return repeated;
    }
    const nowMs = context.host.clock.now();
    if (staging.status !== 'staged' || !(await abandon(sql, staging, {by: 'request', nowMs})))
      throw new Refused(409, NOT_ABANDONABLE);
    markStep(context, staging, 'ABANDON');
    return success;
  });
}

/** Abandons a staging if it is still staged; whether it was. `by` tells a user's word from the sweep's. */
export async function abandon(
  sql: Sql,
  {stagingId, details}: Staging,
  {by, nowMs}: {readonly by: 'request' | 'expiry'; readonly nowMs: number},
): Promise<boolean> {
  const changed = {...details, status: 'abandoned', abandonedAt: formatTime(nowMs), abandonedBy: by};
  return (await sql.run(ABANDON, [JSON.stringify(changed), stagingId])).changes > 0;
}
