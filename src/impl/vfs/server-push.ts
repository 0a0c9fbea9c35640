/**
 * POST push: accepts a replica's operations, each once, in its own order, all in one transaction (spec 2.2).
 */
import type {Sql} from '../../host.ts';
import type {Operation, PushResult, PushStatus} from '../../model/vfs/types.ts';
import {parseOperation} from './operation.ts';
import {type Change, FeedWriter, takeFeedLock} from './server-feed.ts';
import {
  type Call,
  inSession,
  ok,
  type Parsed,
  refuse,
  refused,
  type Reply,
  type ServerContext,
} from './server-http.ts';
import {materialize} from './server-materialize.ts';
import {shownByGrant} from './server-visibility.ts';
import {clientIdProblem, isRecord, trimmed} from './text.ts';
import {parseTime} from './time.ts';

/** Most operations of one push. */
const MAX_PUSH_OPERATIONS = 500;

interface PushRequest {
  readonly clientId: string;
  readonly operations: readonly unknown[];
}

/** An operation as far as it could be read; `operation` is null if any rule is broken. */
interface Candidate {
  readonly opId: string;
  readonly operation: Operation | null;
}

/**
 * Asked of each operation: two look-ups by key cost less than any way of handing the engine a list. Blobs and stagings
 * share the tables of items and are none: nothing of them is in the feed (D34).
 */
const READ_STANDING = `
  SELECT (
      SELECT owner_id FROM vfs_registry WHERE id = ? AND object_type NOT IN ('blob', 'blobStage')) AS owner_id,
    (SELECT content FROM vfs_crdt_applied WHERE user_id = ? AND replica_id = ? AND op_id = ?) AS content`;
const READ_HEAD = `SELECT max_write_id FROM vfs_crdt_replica_heads WHERE user_id = ? AND replica_id = ?`;
const REMEMBER_APPLIED = `
  INSERT INTO vfs_crdt_applied (user_id, replica_id, op_id, write_id, feed_id, content)
  VALUES (?, ?, ?, ?, ?, ?)`;
const RAISE_HEAD = `
  INSERT INTO vfs_crdt_replica_heads (user_id, replica_id, max_write_id, feed_id) VALUES (?, ?, ?, ?)
  ON CONFLICT (user_id, replica_id) DO UPDATE SET
    max_write_id = excluded.max_write_id, feed_id = excluded.feed_id`;

/**
 * Answers `{clientId, results}`, one result an operation in the order of the request; 400 for a malformed
 * request.
 */
export async function answerPush(context: ServerContext, call: Call): Promise<Reply> {
  const parsed = parsePush(call.body);
  if (parsed.kind === 'refused') return refuse(context, call, parsed.error);
  const {clientId, operations} = parsed.input;
  const candidates = operations.map((value, index) => readCandidate(value, index, clientId));
  return inSession(context, call, async (sql, userId) => {
    const replica: Replica = {userId, replicaId: clientId};
    const head = await sql.get(READ_HEAD, [userId, clientId]);
    const batch = new Batch(context, sql, replica, Number(head?.['max_write_id'] ?? 0));
    const results = await batch.apply(candidates);
    return ok({clientId, results});
  });
}

function parsePush(body: unknown): Parsed<PushRequest> {
  if (!isRecord(body)) return refused('clientId and operations are required');
  const clientId = trimmed(body['clientId']);
  const {operations} = body;
  if (clientId === null || clientIdProblem(clientId) !== null) {
    return refused('clientId must be non-empty, <=128 chars, and must not contain ":"');
  }
  if (!Array.isArray(operations)) return refused('operations must be an array');
  if (operations.length > MAX_PUSH_OPERATIONS)
    return refused(`operations exceeds max entries (${MAX_PUSH_OPERATIONS})`);
  return {kind: 'ok', input: {clientId, operations}};
}

/**
 * A malformed operation does not fail the others: it is answered under its own id, or its index if it has
 * none.
 */
function readCandidate(value: unknown, index: number, clientId: string): Candidate {
  const operation = parseOperation(value);
  const opId = isRecord(value) ? trimmed(value['opId']) : null;
  return {
    opId: opId ?? `invalid-${index}`,
    operation: operation?.replicaId === clientId ? operation : null,
  };
}

interface Replica {
  readonly userId: string;
  readonly replicaId: string;
}

/**
 * The operations of one push, judged and written one after another. A batch in which none is accepted writes
 * nothing.
 */
class Batch {
  readonly #context: ServerContext;
  readonly #sql: Sql;
  readonly #replica: Replica;
  /** The replica's highest accepted write id, this batch's included. */
  #head: number;
  #writer: FeedWriter | null = null;
  #lastFeedId = '';

  constructor(context: ServerContext, sql: Sql, replica: Replica, head: number) {
    this.#context = context;
    this.#sql = sql;
    this.#replica = replica;
    this.#head = head;
  }

  async apply(candidates: readonly Candidate[]): Promise<readonly PushResult[]> {
    const results: PushResult[] = [];
    for (const {opId, operation} of candidates) {
      const status = operation === null ? 'invalidOp' : await this.#judge(operation);
      if (status === 'applied' && operation !== null) await this.#accept(operation);
      this.#context.host.probe(`vfs.server.push.${status}`);
      results.push({opId, status});
    }
    await this.#finish();
    return results;
  }

  /**
   * Whether it was applied before is asked ahead of whether it is stale: a retry under a newer write id is
   * still a retry.
   */
  async #judge(operation: Operation): Promise<PushStatus> {
    const {userId, replicaId} = this.#replica;
    const {itemId, opId, writeId} = operation;
    const standing = await this.#sql.get(READ_STANDING, [itemId, userId, replicaId, opId]);
    if (standing?.['owner_id'] !== userId) return 'invalidOp';
    const applied = standing['content'];
    if (applied !== null) return applied === contentOf(operation) ? 'alreadyApplied' : 'invalidOp';
    return writeId <= this.#head ? 'staleWriteId' : 'applied';
  }

  async #accept(operation: Operation): Promise<void> {
    const {userId, replicaId} = this.#replica;
    const {opId, writeId, occurredAt} = operation;
    const change = changeOf(operation);
    const writer = await this.#openWriter();
    const shown =
      change.opType === 'acl_add'
        ? await shownByGrant(this.#sql, change, this.#context.host.clock.now())
        : [];
    const source = {userId, replicaId, writeId, clientOpId: opId, occurredAt};
    const position = await writer.appendPushed(change, source, parseTime(occurredAt) ?? 0);
    await materialize(this.#sql, change, {grantedBy: userId, at: position});
    const content = contentOf(operation);
    await this.#sql.run(REMEMBER_APPLIED, [userId, replicaId, opId, writeId, position.id, content]);
    for (const register of shown) await writer.announce(register);
    if (shown.length > 0) this.#context.host.probe('vfs.server.announced');
    this.#head = writeId;
    this.#lastFeedId = position.id;
  }

  /** Refusals leave no trace, so the lock is taken with the first operation that is accepted. */
  async #openWriter(): Promise<FeedWriter> {
    if (this.#writer === null) {
      await takeFeedLock(this.#sql, this.#replica.userId);
      this.#writer = await FeedWriter.open(this.#sql, this.#context.host, this.#context.release);
    }
    return this.#writer;
  }

  async #finish(): Promise<void> {
    if (this.#writer === null) return;
    const {userId, replicaId} = this.#replica;
    await this.#sql.run(RAISE_HEAD, [userId, replicaId, this.#head, this.#lastFeedId]);
    await this.#writer.close();
  }
}

function changeOf(operation: Operation): Change {
  const {itemId, opType, principalType, principalId, accessLevel, parentId, childId} = operation;
  return {
    itemId,
    opType,
    principalType: principalType ?? null,
    principalId: principalId ?? null,
    accessLevel: accessLevel ?? null,
    parentId: parentId ?? null,
    childId: childId ?? null,
  };
}

/**
 * What makes two pushes under one op id the same operation: all but its times and its write id, which a
 * rebase changes.
 */
function contentOf(operation: Operation): string {
  return JSON.stringify(Object.values(changeOf(operation)));
}
