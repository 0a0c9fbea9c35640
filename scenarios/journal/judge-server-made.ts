/** Judges the operations that a server makes itself: of packs, and of what the bridge takes over from the legacy exchange. */
import {LEGACY_DEVICE, PACK_DEVICE} from '../../src/impl/journal/protocol.ts';
import {canonicalValue, sameClock} from '../../src/model/journal/order.ts';
import type {Operation} from '../../src/model/journal/types.ts';
import type {Docket} from './docket.ts';
import type {Held} from './judge-reads.ts';
import {LEGACY_TYPES} from './legacy.ts';

/** Judges rows that are all the server's own; false where they are not, and so are for others to judge. */
export function judgeServerMade(
  docket: Docket,
  node: string,
  tenant: string,
  held: Held,
  rows: readonly Operation[],
): boolean {
  if (!rows.every(({deviceId}) => deviceId === PACK_DEVICE || deviceId === LEGACY_DEVICE)) return false;
  const draft = held.tenant.draft();
  for (const row of rows) {
    const seen = draft.object(row.objectType, row.objectId)?.shown.clock ?? {};
    const due = {...seen, [row.deviceId]: (seen[row.deviceId] ?? 0) + 1};
    docket.enter('JOURNAL-S4', sameClock(row.vectorClock, due), () => ({
      code: 'own-clock',
      stage: 'server-made',
      node,
      message: `${node} wrote ${row.opId} of ${tenant} without regard to what was there`,
      expected: due,
      actual: row.vectorClock,
    }));
    if (row.deviceId === LEGACY_DEVICE) judgeBridged(docket, node, held, row);
    if (draft.operation(row.opId) === undefined) draft.take(row);
  }
  return true;
}

/** What crosses the bridge is an entry of the legacy exchange, as it is there. */
function judgeBridged(docket: Docket, node: string, {legacy}: Held, row: Operation): void {
  const {opId, objectType, objectId, payload, isTombstone} = row;
  const line = legacy.find(({entryId}) => `${LEGACY_DEVICE}~${entryId}` === opId);
  const same =
    line !== undefined &&
    LEGACY_TYPES.some(own => own === objectType) &&
    line.objectType === objectType &&
    line.objectId === objectId &&
    line.isTombstone === isTombstone &&
    (isTombstone || canonicalValue(line.payload) === canonicalValue(payload));
  docket.enter('JOURNAL-G1', same, () => ({
    code: 'bridged',
    stage: 'bridge',
    node,
    message: `${node} made another operation of a legacy entry`,
    expected: line ?? null,
    actual: row,
  }));
}
