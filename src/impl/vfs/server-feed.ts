/**
 * The feed: how a row gets its place in it, and how a row is read back. Every row enters through one writer.
 */
import type {Host, Sql, SqlRow, SqlValue} from '../../host.ts';
import type {FeedItem} from '../../model/vfs/types.ts';
import {isAccessLevel, isOpType, isPrincipalType} from './operation.ts';
import type {Position} from './server-history.ts';
import type {Release} from './server-schema.ts';
import {trimmed} from './text.ts';
import {MAX_TIME_MS} from './time.ts';

/** How far ahead of the server's clock a client's time is believed, in ms. */
const MAX_LEAD_MS = 300_000;

/** What a feed row says: one grant or link, added or removed. */
export type Change = Pick<
  FeedItem,
  'itemId' | 'opType' | 'principalType' | 'principalId' | 'accessLevel' | 'parentId' | 'childId'
>;

/** The push that a row comes from. */
export interface PushSource {
  readonly userId: string;
  readonly replicaId: string;
  readonly writeId: number;
  readonly clientOpId: string;
  readonly occurredAt: string;
}

const PUSH_TABLE = 'vfs_crdt_client_push';
const VISIBILITY_TABLE = 'vfs_visibility';

const READ_STATE = `SELECT last_ms, last_seq FROM vfs_feed_state WHERE id = 1`;
const SAVE_STATE = `UPDATE vfs_feed_state SET last_ms = ?, last_seq = ? WHERE id = 1`;
const ROW_COLUMNS = `id, occurred_ms, user_id, replica_id, write_id, client_op_id, item_id, op_type,
  principal_type, principal_id, access_level, parent_id, child_id, source_table, source_id`;
const INSERT_ROW = `
  INSERT INTO vfs_crdt_ops (${ROW_COLUMNS})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_ROW_WITH_CLIENT_TIME = `
  INSERT INTO vfs_crdt_ops (${ROW_COLUMNS}, client_occurred_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const SET_REGISTER = `
  INSERT INTO vfs_crdt_registers (
    item_id, op_type, principal_type, principal_id, access_level, parent_id, child_id, occurred_ms, feed_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (item_id, ifnull(principal_type, ''), ifnull(principal_id, ''), ifnull(parent_id, ''))
  DO UPDATE SET
    op_type = excluded.op_type, access_level = excluded.access_level,
    occurred_ms = excluded.occurred_ms, feed_id = excluded.feed_id`;
const TAKE_LOCK = `
  INSERT INTO vfs_feed_locks (name, taken) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET taken = taken + 1`;

/**
 * Takes the user's feed lock until the transaction ends: pushes of one user come one after another on any
 * database.
 */
export async function takeFeedLock(sql: Sql, userId: string): Promise<void> {
  await sql.run(TAKE_LOCK, [`vfs_crdt_feed:${userId}`]);
}

/**
 * Appends rows within one transaction. Positions only grow, whatever clients and clocks say: one clock orders
 * the whole feed, because a reader's cursor passes over the rows of all writers at once.
 */
export class FeedWriter {
  readonly #sql: Sql;
  readonly #host: Host;
  readonly #release: Release;
  #lastMs: number | null;
  #lastSeq: number;

  private constructor(sql: Sql, host: Host, release: Release, state: SqlRow) {
    this.#sql = sql;
    this.#host = host;
    this.#release = release;
    this.#lastMs = typeof state['last_ms'] === 'number' ? state['last_ms'] : null;
    this.#lastSeq = Number(state['last_seq']);
  }

  static async open(sql: Sql, host: Host, release: Release): Promise<FeedWriter> {
    const state = await sql.get(READ_STATE);
    if (state === undefined) throw new Error('the feed state has its row');
    return new FeedWriter(sql, host, release, state);
  }

  /**
   * Appends what a client pushed, at its own time (ms) if the order of the feed allows, and sets the
   * register.
   */
  async appendPushed(change: Change, source: PushSource, occurredMs: number): Promise<Position> {
    const position = this.nextPosition(occurredMs);
    const {userId, replicaId, writeId, clientOpId} = source;
    const sourceId = `${userId}:${replicaId}:${writeId}:${clientOpId}`;
    const row = [
      position.id,
      position.ms,
      userId,
      replicaId,
      writeId,
      clientOpId,
      ...valuesOf(change),
      PUSH_TABLE,
      sourceId,
    ];
    if (this.#release < 2) await this.#sql.run(INSERT_ROW, row);
    else await this.#sql.run(INSERT_ROW_WITH_CLIENT_TIME, [...row, source.occurredAt]);
    await this.#setRegister(change, position);
    return position;
  }

  /**
   * Says once more what a register holds, at a new position, for the sake of readers who could not see it
   * before.
   */
  async announce(change: Change): Promise<Position> {
    const position = this.nextPosition(this.#host.clock.now());
    const {id, ms} = position;
    const row = [id, ms, null, null, null, null, ...valuesOf(change), VISIBILITY_TABLE, id];
    await this.#sql.run(INSERT_ROW, row);
    await this.#setRegister(change, position);
    return position;
  }

  /** Takes the next position, which no row need fill. */
  nextPosition(proposedMs: number): Position {
    const believed = Math.min(proposedMs, this.#host.clock.now() + MAX_LEAD_MS);
    const after = this.#lastMs === null ? believed : Math.max(believed, this.#lastMs + 1);
    this.#lastMs = Math.min(after, MAX_TIME_MS);
    this.#lastSeq += 1;
    // The random part tells this row from one of the same number in a history that a restore has lost.
    return {ms: this.#lastMs, id: `${String(this.#lastSeq).padStart(12, '0')}-${this.#host.random.id(8)}`};
  }

  /** Stores how far the feed has come; without it the positions taken would be taken again. */
  async close(): Promise<void> {
    await this.#sql.run(SAVE_STATE, [this.#lastMs, this.#lastSeq]);
  }

  async #setRegister(change: Change, position: Position): Promise<void> {
    await this.#sql.run(SET_REGISTER, [...valuesOf(change), position.ms, position.id]);
  }
}

export type FeedMappingCode =
  | 'missingOpId'
  | 'duplicateOpId'
  | 'invalidOccurredAt'
  | 'outOfOrderRow'
  | 'unknownOpType'
  | 'invalidAclPayload'
  | 'invalidLinkPayload';

/** A stored row says what no row may say. It is never guessed at: the whole answer fails. */
export class FeedMappingError extends Error {
  readonly code: FeedMappingCode;
  constructor(code: FeedMappingCode, message: string) {
    super(message);
    this.name = 'FeedMappingError';
    this.code = code;
  }
}

/**
 * What a row of the feed or of the registers says. Throws {@link FeedMappingError}, above all for a type it
 * does not know.
 */
export function readChange(row: SqlRow): Change {
  const itemId = trimmed(row['item_id']);
  const opType = row['op_type'];
  if (!isOpType(opType) || itemId === null)
    throw new FeedMappingError('unknownOpType', 'feed rows are of a known type');
  if (opType === 'acl_add' || opType === 'acl_remove')
    return {itemId, opType, ...readAcl(row, opType === 'acl_add')};
  const parentId = trimmed(row['parent_id']);
  const childId = trimmed(row['child_id']);
  if (parentId === null || childId !== itemId || parentId === childId) {
    throw new FeedMappingError('invalidLinkPayload', 'link rows name a parent, and their item as its child');
  }
  return {itemId, opType, principalType: null, principalId: null, accessLevel: null, parentId, childId};
}

function readAcl(row: SqlRow, grants: boolean): Omit<Change, 'itemId' | 'opType'> {
  const principalType = row['principal_type'];
  const principalId = trimmed(row['principal_id']);
  const accessLevel = grants ? row['access_level'] : null;
  if (
    !isPrincipalType(principalType) ||
    principalId === null ||
    (accessLevel !== null && !isAccessLevel(accessLevel))
  ) {
    throw new FeedMappingError(
      'invalidAclPayload',
      'grants name a principal and a level, revocations a principal',
    );
  }
  if (grants && accessLevel === null) throw new FeedMappingError('invalidAclPayload', 'grants name a level');
  return {principalType, principalId, accessLevel, parentId: null, childId: null};
}

function valuesOf(change: Change): SqlValue[] {
  const {itemId, opType, principalType, principalId, accessLevel, parentId, childId} = change;
  return [itemId, opType, principalType, principalId, accessLevel, parentId, childId];
}
