/** Rows that another program has spoilt: what the runbook calls malformed metadata; each must fail its request, every time alike. */
import type {Doing} from '../../../src/index.ts';
import {SERVER_DATABASE, SERVER_SCHEMA} from '../../../src/impl/vfs/server-schema.ts';
import {errorNote, isDiskWeather} from '../client-program.ts';
import type {ServerProgram} from '../server-program.ts';
import {blobsWorld} from './world.ts';

const STAGED = `id = ? AND wrapped_session_key = 'blob-stage:staged'`;

/** By the id of a staging. */
const SPOILS: readonly string[] = [
  `UPDATE vfs_links SET wrapped_session_key = 'blob-stage:pending' WHERE ${STAGED}`,
  `UPDATE vfs_links SET visible_children = '{"status":"staged"}' WHERE ${STAGED}`,
  `UPDATE vfs_links SET visible_children = '{"status":"staged","expiresAt":"soon"}' WHERE ${STAGED}`,
  `UPDATE vfs_links SET visible_children = 'x' WHERE ${STAGED}`,
  `UPDATE vfs_registry SET owner_id = ' ' WHERE id = ? AND object_type = 'blobStage'`,
  `UPDATE vfs_links SET child_id = ' ' WHERE ${STAGED}`,
  `UPDATE vfs_sync_client_state SET last_reconciled_write_ids = '["' || ? || '"]'`,
  `UPDATE vfs_sync_client_state SET last_reconciled_at = 'noon of ' || ?`,
];

export const SPOIL_COUNT = SPOILS.length;

/** Spoils a row of the servers' database, and says so before and after. */
export async function spoilRow(
  doing: Doing,
  {spoil, row}: {readonly spoil: number; readonly row: number},
): Promise<void> {
  const {stagings} = blobsWorld(doing.scene.world);
  const {host} = doing.program as ServerProgram;
  doing.note('spoiling', null);
  try {
    const database = await host.disk.open(SERVER_DATABASE, SERVER_SCHEMA);
    const {changes} = await database.run(SPOILS[spoil % SPOILS.length] ?? '', [
      stagings[row % stagings.length] ?? '',
    ]);
    if (changes > 0) host.probe('blob:spoilt');
  } catch (error) {
    if (!isDiskWeather(error)) throw error;
    doing.note('operator-failed', errorNote(error));
  }
  doing.note('spoilt', null);
}
