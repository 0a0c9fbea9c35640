/** What a person sees of a node in a run with blobs: a device's queue, the servers' stagings and attachments, the store's objects. */
import type {Json, NodeView, Scene} from '../../../src/index.ts';
import type {BlobOperation} from '../../../src/model/vfs/blob-types.ts';
import {blobLines} from '../../../src/model/vfs/blob-change.ts';
import {SERVER_PLACE} from '../nodes.ts';
import {BlobsProgram} from './client-program.ts';
import {STORE} from './nodes.ts';
import {readBlobState, readWrites} from './server-rows.ts';

const MOST = 60;

/** A node as plain data with names that people use; null while a transaction hides what is committed. */
export function inspectBlobs(scene: Scene, node: NodeView): Json | null {
  if (node.role === 'client') return deviceShown(node);
  if (node.role === 'store') {
    const rows = scene
      .database(STORE, 'objects')
      ?.all('SELECT key, length(bytes) AS size FROM objects ORDER BY key');
    return rows === undefined
      ? null
      : {
          running: node.up,
          objects: bounded(rows.map(row => `${String(row['key'])}: ${String(row['size'])} bytes`)),
        };
  }
  const sql = scene.database(SERVER_PLACE, 'server');
  if (sql === null) return null;
  const state = readBlobState(sql);
  const bytes = [...state.bytes].map(
    ([id, {objectKey, lost}]) => `${id} in ${objectKey}${lost ? ', lost' : ''}`,
  );
  return {
    running: node.up,
    blobs: bounded(blobLines(state)),
    bytes: bounded(bytes),
    'bytes on their way': bounded(readWrites(sql)),
    'what clients reconciled': bounded([...state.checkpoints].map(pair => JSON.stringify(pair))),
  };
}

function deviceShown({program}: NodeView): Json | null {
  if (!(program instanceof BlobsProgram)) return {running: false};
  const {pending, setAside} = program.queue.exportState();
  const {cursor, lastReconciledWriteIds, pendingOperations} = program.device.client.snapshot();
  return {
    running: true,
    'blob queue': bounded(pending.map(({seq, operation}) => `${seq} ${shown(operation)}`)),
    'set aside': bounded(
      setAside.map(one => `${one.seq} ${shown(one.operation)}: ${one.status} ${one.message}`),
    ),
    cursor: cursor === null ? null : `${cursor.changedAt} ${cursor.changeId}`,
    'write ids': lastReconciledWriteIds,
    'edits that wait': pendingOperations,
  };
}

function shown(operation: BlobOperation): string {
  const {kind, stagingId} = operation;
  switch (kind) {
    case 'stage':
      return `stage ${operation.blobId} as ${stagingId} until ${operation.expiresAt}`;
    case 'attach':
      return `attach ${stagingId} to ${operation.itemId} as ${operation.relationKind}`;
    case 'abandon':
      return `abandon ${stagingId}`;
  }
}

const bounded = (texts: readonly string[]): Json =>
  texts.length <= MOST ? texts : [...texts.slice(0, MOST), `and ${texts.length - MOST} more`];
