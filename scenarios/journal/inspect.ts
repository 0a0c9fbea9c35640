/** What a person sees of a journal node in a report: what a device shows and has not pushed, what a server made of each tenant. */
import type {ExportedJournal} from '../../src/impl/journal/client.ts';
import type {CommittedSql, Json, NodeView, Scene, SqlRow} from '../../src/index.ts';
import {DeviceProgram} from './device-program.ts';
import {SERVER_PLACE} from './nodes.ts';
import {readHeads, readObjects, type TenantHead} from './server-rows.ts';
import {DATABASE} from './watch-server.ts';

const MOST = 40;
const JOURNAL_TAIL = 12;

/** A node as plain data with names that people use; null while a transaction hides what is committed. */
export function inspect(scene: Scene, node: NodeView): Json | null {
  return node.role === 'server' ? serverShown(scene, node) : deviceShown(node);
}

function deviceShown({program}: NodeView): Json {
  if (!(program instanceof DeviceProgram)) return {running: false};
  const {standing, outbox, bases} = program.exportState();
  return {
    running: true,
    lifecycle: program.lifecycle,
    'stands at change': standing.seq,
    cursor: standing.cursor,
    'reads anew because of': standing.restarting,
    scope: standing.scope as Json,
    shows: bounded(
      program.client
        .list()
        .map(
          ({type, id, payload, tags, local}) =>
            `${type} ${id}: ${JSON.stringify(payload)} [${tags.join(' ')}]${local ? ', not back yet' : ''}`,
        ),
    ),
    'clocks of the server': bounded(
      bases.map(({row}) => `${row.type} ${row.id}: ${JSON.stringify(row.clock)}`),
    ),
    outbox: bounded(outbox.map(itemShown)),
  };
}

function itemShown({n, status, reason, entry}: ExportedJournal['outbox'][number]): string {
  const what = entry.isTombstone ? 'deleted' : JSON.stringify(entry.payload);
  const why = reason === null ? '' : ` (${reason})`;
  return `${n} ${status}${why}: ${entry.objectType} ${entry.objectId} ${what}, ${JSON.stringify(entry.vectorClock)}, ${entry.opId}`;
}

function serverShown(scene: Scene, node: NodeView): Json | null {
  const sql = scene.database(SERVER_PLACE, DATABASE);
  if (sql === null) return null;
  const state = readHeads(sql);
  if (state === null) return {running: node.up};
  return {
    running: node.up,
    history: state.history,
    tenants: Object.fromEntries(state.heads.map(head => [head.tenant, tenantShown(sql, head)])),
  };
}

function tenantShown(
  sql: CommittedSql,
  {tenant, epoch, journalHead, changeHead, blockedBy}: TenantHead,
): Json {
  const rows = (text: string): SqlRow[] => sql.all(text, [tenant]);
  return {
    epoch,
    'operations in the journal': journalHead,
    'latest change': changeHead,
    ...(blockedBy === null ? {} : {'writes wait for': blockedBy}),
    objects: bounded(
      readObjects(sql, tenant).map(
        ({type, id, payload, lastOpId, clock, changeSeq}) =>
          `${type} ${id}: ${payload ?? 'deleted'} by ${lastOpId}, ${clock}, change ${changeSeq}`,
      ),
    ),
    'end of the journal': rows(
      `SELECT * FROM sync_journal WHERE tenant_id = ? ORDER BY journal_id DESC LIMIT ${JOURNAL_TAIL}`,
    )
      .reverse()
      .map(journalShown),
    conflicts: bounded(
      rows(
        `SELECT * FROM sync_conflicts WHERE tenant_id = ? ORDER BY object_type, object_id, first_op_id, second_op_id`,
      ).map(
        row =>
          `${text(row, 'object_type')} ${text(row, 'object_id')}: ${text(row, 'winning_op_id')} over ${text(row, 'losing_op_id')}, ${text(row, 'reason_code')}`,
      ),
    ),
    rebuilds: rows('SELECT * FROM sync_rebuilds WHERE tenant_id = ? ORDER BY job_id').map(
      row =>
        `${text(row, 'job_id')} ${text(row, 'mode')}: ${text(row, 'status')} at row ${text(row, 'last_journal_id')}`,
    ),
  };
}

const text = (row: SqlRow, column: string): string => String(row[column]);

const journalShown = (row: SqlRow): string =>
  `${text(row, 'journal_id')} ${text(row, 'object_type')} ${text(row, 'object_id')} ${
    row['is_tombstone'] === 1 ? 'deleted' : text(row, 'payload')
  }, ${text(row, 'vector_clock')}, ${text(row, 'op_id')}`;

/** A list of what there is, at most so much of it. */
const bounded = (texts: readonly string[]): Json =>
  texts.length <= MOST ? texts : [...texts.slice(0, MOST), `and ${texts.length - MOST} more`];
