/** What a change makes of a server's blobs, and what two states of them have in common: all but times and drawn ids. */

import type {BlobChange, BlobState, StagingRow} from './blob-state.ts';
import type {StagingEvent} from './blob-lifecycle.ts';
import {compareText, keyOf} from './order.ts';

/** What is not known before it happens: when, and under which drawn ids. */
const UNKNOWN = '?';

/** The state after a change, with `?` for what only the server can know. */
export function afterChange(state: BlobState, change: BlobChange): BlobState {
  const entries = new Map(state.entries);
  const stagings = new Map(state.stagings);
  const links = new Map(state.links);
  const bytes = new Map(state.bytes);
  switch (change.kind) {
    case 'staged': {
      const {stagingId, blobId, user, expiresMs, content} = change;
      if (!entries.has(blobId)) entries.set(blobId, {type: 'blob', owner: user});
      if (content !== null) bytes.set(blobId, {objectKey: UNKNOWN, lost: false});
      entries.set(stagingId, {type: 'blobStage', owner: user});
      stagings.set(stagingId, {
        ...{blobId, status: 'staged', expiresMs},
        ...{stagedAt: UNKNOWN, attachedAt: null, abandonedBy: null},
      });
      break;
    }
    case 'attached': {
      const {stagingId, blobId, itemId, relationKind} = change;
      amend(stagings, stagingId, {status: 'attached'});
      const key = keyOf(itemId, blobId);
      if (!links.has(key))
        links.set(key, {itemId, blobId, refId: UNKNOWN, attachedAt: UNKNOWN, relationKind});
      break;
    }
    case 'abandoned':
      amend(stagings, change.stagingId, {status: 'abandoned', abandonedBy: 'request'});
      break;
    case 'deleted': {
      for (const [id, {blobId}] of state.stagings) {
        if (blobId !== change.blobId) continue;
        stagings.delete(id);
        entries.delete(id);
      }
      entries.delete(change.blobId);
      bytes.delete(change.blobId);
      break;
    }
  }
  return {...state, entries, stagings, links, bytes};
}

/** The state after the sweep has abandoned what expired by then (ms). */
export function afterSweep(state: BlobState, nowMs: number): BlobState {
  const stagings = new Map(state.stagings);
  for (const [id, {status, expiresMs, blobId}] of state.stagings) {
    const isKnown = (state.entries.get(id)?.owner ?? null) !== null && blobId.trim() !== '';
    if (isKnown && status === 'staged' && expiresMs !== null && expiresMs <= nowMs)
      amend(stagings, id, {status: 'abandoned', abandonedBy: 'expiry'});
  }
  return {...state, stagings};
}

function amend(stagings: Map<string, StagingRow>, id: string, to: Partial<StagingRow>): void {
  const row = stagings.get(id);
  if (row !== undefined) stagings.set(id, {...row, ...to});
}

/** The blobs of a state line by line, sorted, without what only the server can know. Marks of lost bytes are left out. */
export function blobLines({entries, stagings, links, bytes}: BlobState): readonly string[] {
  const lines: string[] = [];
  for (const [id, {type, owner}] of entries) {
    if (type === 'blob' || type === 'blobStage') lines.push(JSON.stringify([type, id, owner]));
  }
  for (const [id, {blobId, status, expiresMs, abandonedBy}] of stagings)
    lines.push(JSON.stringify(['staging', id, blobId, status, expiresMs, abandonedBy]));
  for (const {itemId, blobId, relationKind} of links.values())
    lines.push(JSON.stringify(['link', itemId, blobId, relationKind]));
  for (const id of bytes.keys()) lines.push(JSON.stringify(['bytes', id]));
  return lines.sort(compareText);
}

/** The step that a staging takes from one state to the next; null if it takes none. */
export function stepOf(before: StagingRow | undefined, after: StagingRow | undefined): StagingEvent | null {
  if (before === undefined) return after === undefined ? null : 'STAGE';
  if (after === undefined) return 'DELETE';
  if (before.status === after.status) return null;
  if (after.status === 'attached') return 'ATTACH';
  if (after.status === 'abandoned') return after.abandonedBy === 'expiry' ? 'SWEEP' : 'ABANDON';
  return after.status === 'staged' ? 'STAGE' : 'SPOIL';
}
