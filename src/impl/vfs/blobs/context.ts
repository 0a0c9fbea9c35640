/** What the routes of blobs work with beside what all routes do, and how one that is refused half-way leaves nothing behind. */
import type {Sql} from '../../../host.ts';
import {type Call, failed, type Reply, type ServerContext, sessionUser} from '../server-http.ts';
import type {RepeatPolicy} from './policy.ts';
import type {Staging} from './rows.ts';
import {StoreClient, type StoreOptions} from './store-client.ts';

export interface BlobOptions {
  readonly store: StoreOptions;
  readonly repeats: RepeatPolicy;
  /** How long bytes may be on their way to the store, ms, before the sweep takes them for given up. */
  readonly writeGraceMs: number;
  /** How often the server's own timer sweeps, ms; 0: there is none. */
  readonly sweepEveryMs: number;
}

export interface BlobContext extends ServerContext {
  readonly blobs: BlobOptions;
  readonly store: StoreClient;
}

export const blobContext = (context: ServerContext, blobs: BlobOptions): BlobContext => ({
  ...context,
  blobs,
  store: new StoreClient(context.host, blobs.store),
});

/** Marks the step of a staging that a request or the sweep has made, or is about to make: `blob:<from>+<event>` (5.2). */
export function markStep({host}: ServerContext, {status, expiresMs}: Staging, event: string): void {
  const isOver = status === 'staged' && expiresMs !== null && expiresMs <= host.clock.now();
  host.probe(`blob:${isOver && event !== 'EXPIRE' && event !== 'REPEAT' ? 'expired' : status}+${event}`);
}

export const TYPE_CONFLICT = 'Blob object id conflicts with existing VFS object';

/** Thrown inside a transaction: it is rolled back, and the caller gets this answer. */
export class Refused extends Error {
  readonly reply: Reply;
  constructor(status: number, error: string) {
    super(error);
    this.name = 'Refused';
    this.reply = failed(status, error);
  }
}

/**
 * Runs `answer` for the caller's user in one transaction on the primary; what it refuses by {@link Refused}, as a call
 * without a session is, has changed nothing.
 */
export async function inBlobSession<T>(
  {primary}: BlobContext,
  call: Call,
  answer: (sql: Sql, userId: string) => Promise<T>,
): Promise<T | Reply> {
  try {
    return await primary.transaction(async sql => {
      const userId = await sessionUser(sql, call.token);
      if (userId === null) throw new Refused(401, 'Unauthorized');
      return answer(sql, userId);
    });
  } catch (error) {
    if (error instanceof Refused) return error.reply;
    throw error;
  }
}
