/** GET sync: one page of the feed as the caller sees it, with his write ids, from one moment (spec 2.3). */
import {DiskError, type Sql, type SqlRow} from '../../host.ts';
import type {Cursor, FeedItem, WriteIds} from '../../model/vfs/types.ts';
import {decodeCursor, encodeCursor} from './cursor.ts';
import {FeedMappingError, readChange} from './server-feed.ts';
import {
  comparePositions,
  cursorAt,
  type History,
  type Position,
  positionOf,
  readHeads,
  readHistory,
  rematerializationRequired,
} from './server-history.ts';
import {
  type Call,
  inSession,
  ok,
  type Parsed,
  refuse,
  refused,
  type Reply,
  type ServerContext,
  sessionUser,
} from './server-http.ts';
import type {Release} from './server-schema.ts';
import {isVisibleParams, isVisibleSql} from './server-visibility.ts';
import {trimmed} from './text.ts';
import {formatTime, MAX_TIME_MS} from './time.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

interface PullRequest {
  readonly cursor: Cursor | null;
  readonly limit: number;
  /** Only this item and its direct children, or null for all. */
  readonly rootId: string | null;
}

interface Page {
  readonly kind: 'page';
  readonly items: readonly FeedItem[];
  readonly hasMore: boolean;
  /** Where the reader will stand: the last item, or where he asked from. */
  readonly end: Position | null;
  readonly writeIds: WriteIds;
}

type Pulled = Page | {readonly kind: 'cutOff'; readonly floor: History['floor']};

/** Before every position there is. */
const BEGINNING: Position = {ms: -MAX_TIME_MS - 1, id: ''};

const ROW_COLUMNS = `o.id, o.occurred_ms, o.user_id, o.item_id, o.op_type, o.principal_type, o.principal_id,
  o.access_level, o.parent_id, o.child_id, o.source_table, o.source_id`;
/**
 * Written as a sum, since SQLite would compile the statement anew whenever a bare parameter here is bound.
 */
const LIMIT = `LIMIT ? + 0`;
const READ_PAGE = `
  SELECT ${ROW_COLUMNS} FROM vfs_crdt_ops o
  WHERE (o.occurred_ms, o.id) > (?, ?) AND ${isVisibleSql('o')}
  ORDER BY o.occurred_ms, o.id ${LIMIT}`;
const READ_ROOTED_PAGE = `
  SELECT ${ROW_COLUMNS} FROM vfs_crdt_ops o
  WHERE (o.occurred_ms, o.id) > (?, ?) AND ${isVisibleSql('o')}
    AND (o.item_id = ? OR EXISTS (SELECT 1 FROM vfs_links l WHERE l.parent_id = ? AND l.child_id = o.item_id))
  ORDER BY o.occurred_ms, o.id ${LIMIT}`;

/** Answers a page, 400 for malformed parameters, or 409 if the feed cannot go on from the cursor. */
export async function answerPull(context: ServerContext, call: Call): Promise<Reply> {
  const parsed = parsePull(call.query);
  if (parsed.kind === 'refused') return refuse(context, call, parsed.error);
  const request = parsed.input;
  const nowMs = context.host.clock.now();
  const copy = context.replica === null ? null : await readCopy(context.replica, call, request, nowMs);
  return inSession(context, call, async (sql, userId) => {
    if (copy !== null && (await isConfirmed(sql, userId, request, copy))) {
      context.host.probe('vfs.server.pull.fromReplica');
      return toReply(copy.page, context.release);
    }
    const pulled = await pullPrimary(sql, userId, request, nowMs);
    if (pulled.kind === 'page') return toReply(pulled, context.release);
    context.host.probe('vfs.server.pull.cutOff');
    return rematerializationRequired(request.cursor, pulled.floor);
  });
}

function parsePull(query: URLSearchParams): Parsed<PullRequest> {
  const limits = query.getAll('limit');
  const limit = limits.length === 0 ? DEFAULT_LIMIT : Number.parseInt(limits[0] ?? '', 10);
  if (limits.length > 1 || !(limit >= 1 && limit <= MAX_LIMIT)) {
    return refused(`limit must be an integer between 1 and ${MAX_LIMIT}`);
  }
  // A parameter that is given twice is a list, not a string.
  const cursors = query.getAll('cursor');
  const roots = query.getAll('rootId');
  if (cursors.length > 1) return refused('cursor must be a string');
  if (roots.length > 1) return refused('rootId must be a string');
  const text = cursors[0]?.trim() ?? '';
  const cursor = text === '' ? null : decodeCursor(text);
  if (text !== '' && cursor === null) return refused('Invalid cursor');
  return {kind: 'ok', input: {cursor, limit, rootId: roots[0]?.trim() || null}};
}

/** What a copy of the database answers, once the primary stands by it. */
interface Copy {
  readonly userId: string;
  readonly page: Page;
}

async function pullPrimary(sql: Sql, userId: string, request: PullRequest, nowMs: number): Promise<Pulled> {
  const history = await readHistory(sql, startOf(request));
  return history.continues ? readPage(sql, userId, request, nowMs) : {kind: 'cutOff', floor: history.floor};
}

/** Write ids first: should the database move on in between, the page holds at least what they speak of. */
async function readPage(sql: Sql, userId: string, request: PullRequest, nowMs: number): Promise<Page> {
  const start = startOf(request);
  const writeIds = await readHeads(sql, userId);
  const rows = await readRows(sql, userId, request, nowMs);
  const positions = readPositions(rows);
  const items = rows.slice(0, request.limit).map(toItem);
  const end = positions[items.length - 1] ?? start;
  return {kind: 'page', items, hasMore: rows.length > request.limit, end, writeIds};
}

/**
 * The rows after the request's cursor that the user may see. One more than the page holds shows whether there
 * is more.
 */
function readRows(sql: Sql, userId: string, request: PullRequest, nowMs: number): Promise<SqlRow[]> {
  const {rootId, limit} = request;
  const {ms, id} = startOf(request) ?? BEGINNING;
  const visible = [ms, id, ...isVisibleParams(userId, nowMs)];
  return rootId === null
    ? sql.all(READ_PAGE, [...visible, limit + 1])
    : sql.all(READ_ROOTED_PAGE, [...visible, rootId, rootId, limit + 1]);
}

/** What the copy answers; null if it does not know the caller, or its disk fails. */
async function readCopy(replica: Sql, call: Call, request: PullRequest, nowMs: number): Promise<Copy | null> {
  try {
    const userId = await sessionUser(replica, call.token);
    return userId === null ? null : {userId, page: await readPage(replica, userId, request, nowMs)};
  } catch (error) {
    if (error instanceof DiskError) return null;
    throw error;
  }
}

/**
 * Whether the primary stands by a copy's answer. It must know both where the reader stands and where he will
 * stand, which rules out a copy that lags behind the reader, or still holds a history that a restore has
 * lost; and the write ids must be its own, for older ones would be a step back to a reader who has met the
 * newer.
 */
async function isConfirmed(sql: Sql, userId: string, request: PullRequest, copy: Copy): Promise<boolean> {
  const {end, writeIds} = copy.page;
  if (copy.userId !== userId) return false;
  if (!(await readHistory(sql, startOf(request))).continues) return false;
  if (end !== null && !(await readHistory(sql, end)).continues) return false;
  return JSON.stringify(await readHeads(sql, userId)) === JSON.stringify(writeIds);
}

function startOf({cursor}: PullRequest): Position | null {
  return cursor === null ? null : positionOf(cursor);
}

/**
 * The rows' positions, checked to be ones that a page may have: whole, without repetition, strictly
 * ascending.
 */
function readPositions(rows: readonly SqlRow[]): readonly Position[] {
  const positions: Position[] = [];
  const ids = new Set<string>();
  for (const row of rows) {
    const id = trimmed(row['id']);
    const ms = row['occurred_ms'];
    if (id === null) throw new FeedMappingError('missingOpId', 'feed rows have an id');
    if (ids.has(id)) throw new FeedMappingError('duplicateOpId', 'feed rows have ids of their own');
    if (typeof ms !== 'number' || !Number.isInteger(ms) || Math.abs(ms) > MAX_TIME_MS) {
      throw new FeedMappingError('invalidOccurredAt', 'feed rows have a time');
    }
    const position = {ms, id};
    const before = positions.at(-1);
    if (before !== undefined && comparePositions(before, position) >= 0) {
      throw new FeedMappingError('outOfOrderRow', 'feed rows ascend strictly');
    }
    ids.add(id);
    positions.push(position);
  }
  return positions;
}

function toItem(row: SqlRow): FeedItem {
  return {
    opId: String(row['id']),
    ...readChange(row),
    actorId: row['user_id'] === null ? null : String(row['user_id']),
    sourceTable: String(row['source_table']),
    sourceId: String(row['source_id']),
    occurredAt: formatTime(Number(row['occurred_ms'])),
  };
}

/** Release 1 tells where to go on only if there is more; release 2 whenever there was anything. */
function toReply({items, hasMore, end, writeIds}: Page, release: Release): Reply {
  const tellsNext = end !== null && (release < 2 ? hasMore : items.length > 0);
  const nextCursor = tellsNext ? encodeCursor(cursorAt(end)) : null;
  return ok({items, nextCursor, hasMore, lastReconciledWriteIds: writeIds});
}
