/**
 * GET snapshot: what a full replay of the feed would give the caller, for a client that cannot replay it
 * (spec 2.6).
 */
import type {Sql} from '../../host.ts';
import type {AclEntry, ContainerClock, Link, Rematerialization} from '../../model/vfs/types.ts';
import {compareCursors} from './cursor.ts';
import {type Change, readChange} from './server-feed.ts';
import {comparePositions, cursorAt, type Position, readHeads, readTop} from './server-history.ts';
import {
  type Call,
  failed,
  inSession,
  ok,
  type Parsed,
  refuse,
  refused,
  type Reply,
  type ServerContext,
} from './server-http.ts';
import {isVisibleParams, isVisibleSql} from './server-visibility.ts';
import {clientIdProblem, compareText, trimmed} from './text.ts';
import {formatTime} from './time.ts';

interface Register {
  readonly change: Change;
  readonly at: Position;
}

const READ_REGISTERS = `
  SELECT r.item_id, r.op_type, r.principal_type, r.principal_id, r.access_level, r.parent_id, r.child_id,
    r.occurred_ms, r.feed_id
  FROM vfs_crdt_registers r WHERE ${isVisibleSql('r')}`;

/**
 * Answers content, cursor, clocks and write ids of one moment; 404 if nothing was ever written. The reconcile
 * state is that moment too, not what the client had stored: a cursor behind the content would be refused as a
 * step back.
 */
export async function answerSnapshot(context: ServerContext, call: Call): Promise<Reply> {
  const parsed = parseClientId(call.query);
  if (parsed.kind === 'refused') return refuse(context, call, parsed.error);
  return inSession(context, call, async (sql, userId) => {
    const snapshot = await readSnapshot(sql, userId, context.host.clock.now());
    return snapshot === null ? failed(404, 'No CRDT snapshot is available') : ok(snapshot);
  });
}

async function readSnapshot(sql: Sql, userId: string, nowMs: number): Promise<Rematerialization | null> {
  const top = await readTop(sql);
  if (top === null) return null;
  const rows = await sql.all(READ_REGISTERS, isVisibleParams(userId, nowMs));
  const registers = rows.map(row => ({
    change: readChange(row),
    at: {ms: Number(row['occurred_ms']), id: String(row['feed_id'])},
  }));
  const cursor = cursorAt(top);
  return {
    replaySnapshot: {acl: grantsIn(registers), links: linksIn(registers), cursor},
    reconcileState: {cursor, lastReconciledWriteIds: await readHeads(sql, userId)},
    containerClocks: clocksOf(registers),
    snapshotUpdatedAt: formatTime(nowMs),
  };
}

function parseClientId(query: URLSearchParams): Parsed<string> {
  const given = query.getAll('clientId');
  const clientId = given.length === 1 ? trimmed(given[0]) : null;
  if (clientId === null) return refused('clientId is required');
  if (clientIdProblem(clientId) !== null) {
    return refused('clientId must be non-empty, <=128 chars, and must not contain ":"');
  }
  return {kind: 'ok', input: clientId};
}

function grantsIn(registers: readonly Register[]): readonly AclEntry[] {
  const entries: AclEntry[] = [];
  for (const {change} of registers) {
    const {itemId, opType, principalType, principalId, accessLevel} = change;
    if (opType !== 'acl_add' || principalType === null || principalId === null || accessLevel === null)
      continue;
    entries.push({itemId, principalType, principalId, accessLevel});
  }
  return entries.sort(
    (a, b) =>
      compareText(a.itemId, b.itemId) ||
      compareText(a.principalType, b.principalType) ||
      compareText(a.principalId, b.principalId),
  );
}

function linksIn(registers: readonly Register[]): readonly Link[] {
  const links: Link[] = [];
  for (const {change} of registers) {
    const {opType, parentId, childId} = change;
    if (opType === 'link_add' && parentId !== null && childId !== null) links.push({parentId, childId});
  }
  return links.sort((a, b) => compareText(a.parentId, b.parentId) || compareText(a.childId, b.childId));
}

/**
 * The newest position of each container: a link's is its parent, a grant's its item. Removals count as much
 * (1.6).
 */
function clocksOf(registers: readonly Register[]): readonly ContainerClock[] {
  const latest = new Map<string, Position>();
  for (const {change, at} of registers) {
    const containerId = change.parentId ?? change.itemId;
    const known = latest.get(containerId);
    if (known === undefined || comparePositions(at, known) > 0) latest.set(containerId, at);
  }
  const clocks = [...latest].map(([containerId, at]) => ({containerId, ...cursorAt(at)}));
  return clocks.sort((a, b) => compareCursors(a, b) || compareText(a.containerId, b.containerId));
}
