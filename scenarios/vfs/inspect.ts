/** What a person sees of a VFS node in a report: a client's state in memory and on its disk, a server's tables. */
import type {CommittedSql, Json, NodeView, Scene, SqlRow} from '../../src/index.ts';
import {compareText} from '../../src/model/vfs/order.ts';
import {formatTime} from '../../src/model/vfs/time.ts';
import type {Cursor, ExportedState, Operation} from '../../src/model/vfs/types.ts';
import {ClientProgram} from './client-program.ts';
import {readCheckpoints, readFeedState, readHeads} from './server-rows.ts';
import {SERVER_PLACE} from './nodes.ts';

const MOST = 60;
const FEED_TAIL = 15;

type Shown = {[name: string]: Json};

/** A node as plain data with names that people use; null while a transaction hides what is committed. */
export function inspect(scene: Scene, node: NodeView): Json | null {
  return node.role === 'server' ? serverShown(scene, node) : clientShown(scene, node);
}

function clientShown(scene: Scene, node: NodeView): Json | null {
  const {program} = node;
  if (!(program instanceof ClientProgram)) {
    const disk = diskShown(scene, node.place);
    return disk === null ? null : {running: false, disk};
  }
  const memory = stateShown(program.exportState());
  const disk = diskShown(scene, node.place);
  return {
    running: true,
    lifecycle: program.lifecycle,
    background: program.background ? 'on' : 'off',
    ...memory,
    ...(program.rejected.length > 0 ? {'refused by the server': bounded(program.rejected)} : {}),
    ...(program.stranded ? {stranded: true} : {}),
    // what is the same twice says less than what is not
    ...(disk !== null && JSON.stringify(disk) !== JSON.stringify(memory) ? {'its disk says': disk} : {}),
  };
}

function stateShown(state: ExportedState): Shown {
  const {replaySnapshot, reconcileState, containerClocks, pendingOperations, nextLocalWriteId} = state;
  return {
    cursor: cursorShown(replaySnapshot.cursor),
    reconciled:
      reconcileState === null
        ? null
        : {
            cursor: cursorShown(reconcileState.cursor),
            'write ids': reconcileState.lastReconciledWriteIds,
          },
    'next write id': nextLocalWriteId,
    queue: bounded(pendingOperations.map(operationShown)),
    grants: bounded(
      replaySnapshot.acl.map(
        ({itemId, principalType, principalId, accessLevel}) =>
          `${itemId}: ${accessLevel} to ${principalType} ${principalId}`,
      ),
    ),
    links: bounded(replaySnapshot.links.map(({parentId, childId}) => `${parentId} > ${childId}`)),
    clocks: Object.fromEntries(
      containerClocks
        .toSorted((a, b) => compareText(a.containerId, b.containerId))
        .slice(0, MOST)
        .map(clock => [clock.containerId, cursorShown(clock)]),
    ),
  };
}

const cursorShown = (cursor: Cursor | null): string | null =>
  cursor === null ? null : `${cursor.changedAt} ${cursor.changeId}`;

function operationShown(operation: Operation): string {
  const {writeId, opType, itemId, principalType, principalId, accessLevel, parentId, childId} = operation;
  const about =
    parentId === undefined
      ? `${itemId} ${accessLevel ?? ''} to ${principalType ?? ''} ${principalId ?? ''}`
      : `${parentId} > ${childId ?? ''}`;
  return `${writeId} ${opType} ${about}, ${operation.occurredAt}, ${operation.opId}`;
}

/** A client's state as its store has it, in the same words as the one in memory; null where nothing is stored or can be seen. */
function diskShown(scene: Scene, place: string): Shown | null {
  const store = scene.database(place, 'device')?.get('SELECT store FROM device WHERE id = 1')?.['store'];
  const sql = scene.database(place, `client-${Number(store ?? 1)}`);
  return sql === null ? null : stateShown(storedState(sql));
}

/** The rows as they are, sound or not: what they should be is for the claims. */
function storedState(sql: CommittedSql): ExportedState {
  const position = sql.get('SELECT * FROM position') ?? {};
  const cursor = (which: string): Cursor | null =>
    (position[`${which}_change_id`] ?? null) === null
      ? null
      : {
          changedAt: String(position[`${which}_changed_at`]),
          changeId: String(position[`${which}_change_id`]),
        };
  const reconciled = cursor('reconcile');
  const rows = (statement: string): never[] => sql.all(statement) as never[];
  return {
    replaySnapshot: {
      acl: rows(
        `SELECT item_id AS itemId, principal_type AS principalType, principal_id AS principalId,
          access_level AS accessLevel FROM acl ORDER BY 1, 2, 3`,
      ),
      links: rows('SELECT parent_id AS parentId, child_id AS childId FROM links ORDER BY 1, 2'),
      cursor: cursor('replay'),
    },
    reconcileState:
      reconciled === null
        ? null
        : {
            cursor: reconciled,
            lastReconciledWriteIds: parsed(position['write_ids']) as Readonly<Record<string, number>>,
          },
    containerClocks: rows(
      'SELECT container_id AS containerId, changed_at AS changedAt, change_id AS changeId FROM clocks ORDER BY 1',
    ),
    pendingOperations: sql
      .all('SELECT operation FROM pending ORDER BY write_id')
      .map(({operation}) => parsed(operation) as unknown as Operation),
    nextLocalWriteId: Number(position['next_write_id'] ?? 1),
  };
}

/** Stored JSON; what is none is shown as the text that it is. */
function parsed(value: unknown): Json {
  try {
    return JSON.parse(String(value)) as Json;
  } catch {
    return {unreadable: String(value)};
  }
}

function serverShown(scene: Scene, node: NodeView): Json | null {
  const sql = scene.database(SERVER_PLACE, 'server');
  if (sql === null) return null;
  const feed = readFeedState(sql);
  if (feed === null) return {running: node.up};
  const {rows} = sql.get('SELECT count(*) AS rows FROM vfs_crdt_ops') ?? {};
  return {
    running: node.up,
    'history begins after': cursorShown(feed.floor),
    'rows in the feed': Number(rows ?? 0),
    'end of the feed': feedTail(sql),
    'highest write ids': Object.fromEntries(
      readHeads(sql).map(({user, replica, head}) => [`${user} ${replica}`, head]),
    ),
    'what clients reconciled': Object.fromEntries(
      readCheckpoints(sql).map(({key, stored}) => [
        key,
        {cursor: cursorShown(stored.cursor), 'write ids': stored.lastReconciledWriteIds},
      ]),
    ),
    grants: bounded(
      sql.all('SELECT * FROM vfs_acl_entries ORDER BY item_id, principal_type, principal_id').map(grantShown),
    ),
    links: bounded(
      sql
        .all('SELECT parent_id, child_id FROM vfs_links ORDER BY 1, 2')
        .map(row => `${String(row['parent_id'])} > ${String(row['child_id'])}`),
    ),
    'who is in which group': bounded([...feed.members]),
    'items and owners': bounded(
      sql
        .all('SELECT id, owner_id FROM vfs_registry ORDER BY id')
        .map(row => `${String(row['id'])}: ${String(row['owner_id'])}`),
    ),
  };
}

const LAST_ROWS = `SELECT * FROM vfs_crdt_ops ORDER BY occurred_ms DESC, id DESC LIMIT ${FEED_TAIL}`;

const feedTail = (sql: CommittedSql): Json => sql.all(LAST_ROWS).reverse().map(rowShown);

function rowShown(row: SqlRow): string {
  const text = (column: string): string => (row[column] === null ? '' : String(row[column]));
  const about =
    row['parent_id'] === null
      ? `${text('item_id')} ${text('access_level')} to ${text('principal_type')} ${text('principal_id')}`
      : `${text('parent_id')} > ${text('child_id')}`;
  const by = row['replica_id'] === null ? 'the server' : `${text('replica_id')} #${text('write_id')}`;
  return `${formatTime(Number(row['occurred_ms']))} ${text('id')} ${text('op_type')} ${about}, by ${by}`;
}

function grantShown(row: SqlRow): string {
  const text = (column: string): string => String(row[column]);
  const revoked = row['revoked_at'] === null ? '' : ` (revoked)`;
  const expires = row['expires_at'] === null ? '' : ` until ${formatTime(Number(row['expires_at']))}`;
  return `${text('item_id')}: ${text('access_level')} to ${text('principal_type')} ${text('principal_id')}${expires}${revoked}`;
}

/** A list of what there is, at most so much of it. */
const bounded = (texts: readonly string[]): Json =>
  texts.length <= MOST ? texts : [...texts.slice(0, MOST), `and ${texts.length - MOST} more`];
