/**
 * The bridge: takes over what the legacy exchange got, each entry once, as an operation of the device `legacy` that knows
 * all that was there before it. Only types that the legacy exchange owns cross it, so no write is materialized twice
 * (spec 11).
 */
import type {Sql} from '../../host.ts';
import {incremented} from './merge/clock.ts';
import {LEGACY_DEVICE, LIFE_MARK, LIMITS} from './protocol.ts';
import type {ServerContext} from './server-http.ts';
import {Ingest} from './server-ingest.ts';
import {legacyAfter, type LegacyRow} from './server-legacy.ts';
import {openForWriting} from './server-write.ts';
import {writeOf} from './write.ts';

const READ_BRIDGE = `SELECT last_entry_id FROM sync_bridge WHERE tenant_id = ?`;
const WRITE_BRIDGE = `INSERT INTO sync_bridge (tenant_id, last_entry_id) VALUES (?, ?)
  ON CONFLICT (tenant_id) DO UPDATE SET last_entry_id = excluded.last_entry_id`;

/**
 * Takes over all that has not been yet; how many entries became operations. Each transaction moves the bridge's place with
 * what it wrote, so an entry crosses once whatever fails. Does nothing while writes are stopped.
 */
export async function bridgeTenant(context: ServerContext, tenantId: string): Promise<number> {
  let crossed = 0;
  for (;;) {
    const step = await context.database.transaction(sql => bridgeStep(context, sql, tenantId));
    crossed += step.crossed;
    if (step.over) return crossed;
  }
}

interface Step {
  readonly crossed: number;
  readonly over: boolean;
}

async function bridgeStep(context: ServerContext, sql: Sql, tenantId: string): Promise<Step> {
  const place = await sql.get(READ_BRIDGE, [tenantId]);
  const entries = await legacyAfter(sql, tenantId, Number(place?.['last_entry_id'] ?? 0), LIMITS.entries);
  const last = entries.at(-1);
  if (last === undefined) return {crossed: 0, over: true};
  const owned = entries.filter(({objectType}) => context.legacyTypes.has(objectType));
  const ingest = await openForWriting(context, sql, tenantId, {names: owned, opIds: owned.map(bridgedId)});
  if (!(ingest instanceof Ingest)) return {crossed: 0, over: true};
  const results = owned.map(entry => cross(ingest, entry));
  await ingest.close();
  await sql.run(WRITE_BRIDGE, [tenantId, last.entryId]);
  return {crossed: results.filter(Boolean).length, over: entries.length < LIMITS.entries};
}

/** Entry ids count within the tenant and never change, so the id is the same however often the bridge runs. */
const bridgedId = ({entryId}: LegacyRow): string => LEGACY_DEVICE + LIFE_MARK + String(entryId);

function cross(ingest: Ingest, entry: LegacyRow): boolean {
  const opId = bridgedId(entry);
  if (ingest.known(opId) !== null) return false;
  const write = writeOf(entry, entry.deviceId, {
    opId,
    deviceId: LEGACY_DEVICE,
    payload: entry.payload,
    clock: incremented(ingest.seen(entry), LEGACY_DEVICE),
    isTombstone: entry.isTombstone,
    tags: [],
  });
  return ingest.offer(write, LEGACY_DEVICE).outcome !== 'rejected';
}
