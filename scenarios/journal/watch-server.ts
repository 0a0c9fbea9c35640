/** Watches the servers' database: takes every commit into the model, and judges what it brought. */
import {belongsTo, DEFAULT_CLOCK_LIMITS, type PushEntry} from '../../src/impl/journal/protocol.ts';
import type {CommittedSql, HttpRequest, HttpResponse, Scene} from '../../src/index.ts';
import {objectKey, Tenant, type Author, type ObjectRecord} from '../../src/model/journal/tenant.ts';
import type {Docket} from './docket.ts';
import {InFlight, type Hindrance, type ServerSide} from './in-flight.ts';
import type {Held} from './judge-reads.ts';
import {judgeServerMade} from './judge-server-made.ts';
import {LEGACY_TYPES, readLegacy, takeLegacy, type LegacyLine} from './legacy.ts';
import {judgeConflicts, judgeRow} from './judge-object.ts';
import {SERVER_PLACE} from './nodes.ts';
import {
  countConflicts,
  readConflicts,
  firstEpoch,
  readHeads,
  readJournal,
  readObject,
  readObjects,
  type TenantHead,
} from './server-rows.ts';
import type {JournalWorld} from './world.ts';

/** Where all servers of a world keep what they know. */
export const DATABASE = 'server';

export class ServerWatch implements ServerSide {
  readonly inFlight: InFlight;
  readonly #docket: Docket;
  readonly #world: JournalWorld;
  readonly #tenants = new Map<string, Tenant>();
  readonly #heads = new Map<string, TenantHead>();
  readonly #legacy = new Map<string, LegacyLine[]>();
  #history = '';
  readonly #tenantOf: ReadonlyMap<string, string>;
  /** How often history was lost. */
  rewinds = 0;

  constructor(world: JournalWorld, docket: Docket) {
    this.#world = world;
    this.#docket = docket;
    this.#tenantOf = new Map(world.devices.map(({id, tenant}) => [id, tenant]));
    this.inFlight = new InFlight(this, docket);
  }

  tenantOf(device: string): string | null {
    return this.#tenantOf.get(device) ?? null;
  }

  tenant(id: string): Tenant {
    let tenant = this.#tenants.get(id);
    if (tenant === undefined) this.#tenants.set(id, (tenant = new Tenant(DEFAULT_CLOCK_LIMITS)));
    return tenant;
  }

  epoch(tenant: string): string {
    return this.#head(tenant).epoch;
  }

  mayWait(tenant: string): boolean {
    return this.#head(tenant).blockedBy !== null;
  }

  /** Every object of every tenant that anybody has written. */
  allObjects(): ObjectRecord[] {
    return [...this.#tenants.values()].flatMap(tenant => [...tenant.objects()]);
  }

  /** Whether an operation of a device's own count is in a tenant's journal, under whatever id. */
  wrote(tenant: string, {objectType, objectId, deviceId, vectorClock}: PushEntry): boolean {
    const all = this.tenant(tenant).object(objectType, objectId)?.state.all ?? [];
    const own = vectorClock[deviceId];
    return all.some(
      ({operation}) => operation.deviceId === deviceId && operation.vectorClock[deviceId] === own,
    );
  }

  /** Whether an operation, or one that had seen it, is in a tenant's journal. */
  knows(tenant: string, {objectType, objectId, deviceId, vectorClock}: PushEntry): boolean {
    const clock = this.tenant(tenant).object(objectType, objectId)?.shown.clock ?? {};
    return (clock[deviceId] ?? 0) >= (vectorClock[deviceId] ?? 0);
  }

  author(device: string): Author {
    return {
      mayWriteAs: name => belongsTo(name, device),
      mayWriteType: type => !LEGACY_TYPES.some(own => own === type),
    };
  }

  held(tenant: string): Held {
    return {tenant: this.tenant(tenant), legacy: this.#legacyOf(tenant)};
  }

  #legacyOf(tenant: string): LegacyLine[] {
    let lines = this.#legacy.get(tenant);
    if (lines === undefined) this.#legacy.set(tenant, (lines = []));
    return lines;
  }

  #head(tenant: string): TenantHead {
    const {policy} = this.#world;
    const epoch = firstEpoch(this.#history);
    return (
      this.#heads.get(tenant) ?? {
        tenant,
        epoch,
        journalHead: 0,
        changeHead: 0,
        policy,
        blockedBy: null,
        rebuilds: 0,
        generation: 1,
      }
    );
  }

  requested(serving: number, node: string, request: HttpRequest): void {
    this.inFlight.requested(serving, node, request);
  }

  responded(serving: number, response: HttpResponse, hindrance: Hindrance): void {
    this.inFlight.responded(serving, response, hindrance);
  }

  /** Takes in what a commit changed. */
  committed(scene: Scene, node: string): void {
    const sql = scene.database(SERVER_PLACE, DATABASE);
    const state = sql === null ? null : readHeads(sql);
    if (sql === null || state === null) return;
    const {history, heads} = state;
    let journaled = this.#takeLegacy(sql, node);
    const renamed = history !== this.#history;
    this.#history = history;
    for (const head of heads) journaled = this.#takeHead(sql, head, node) || journaled;
    // whoever changed something else changed nothing of what is shown
    if (!journaled) for (const head of heads) this.#judgeAll(sql, head, node);
    if (renamed) for (const {id} of this.#world.tenants) this.inFlight.changed(id);
  }

  /** Takes in what is new in the legacy exchange; true if there was anything. */
  #takeLegacy(sql: CommittedSql, node: string): boolean {
    let grown = false;
    for (const {id} of this.#world.tenants) {
      const held = this.#legacyOf(id);
      const fresh = readLegacy(sql, id, held.length);
      if (fresh.length === 0) continue;
      grown = true;
      takeLegacy(this.#docket, node, held, fresh, this.inFlight.legacyPushes(node, id));
      this.inFlight.changed(id);
    }
    return grown;
  }

  /** Takes in what is new of a tenant; true if its journal has grown. */
  #takeHead(sql: CommittedSql, head: TenantHead, node: string): boolean {
    const {tenant: name, epoch, journalHead, blockedBy} = head;
    const before = this.#head(name);
    const grown = journalHead !== before.journalHead;
    if (grown) {
      this.#docket.enter('JOURNAL-S7', before.blockedBy === null, () => ({
        code: 'written',
        stage: 'rebuild',
        node,
        message: `${node} wrote to ${name} while writes waited for ${String(before.blockedBy)}`,
      }));
    }
    const touched = grown ? this.#takeRows(sql, before, node) : [];
    this.#heads.set(name, head);
    if (epoch !== before.epoch) this.#renumber(sql, head);
    for (const record of touched) {
      if (epoch === before.epoch && record.changeSeq > before.changeHead)
        this.inFlight.counted(node, name, record.changeSeq);
      this.#judgeObject(sql, head, node, record);
    }
    if (grown || changedHead(before, head)) this.#judgeCounters(head, node);
    if (grown || epoch !== before.epoch || blockedBy !== before.blockedBy) this.inFlight.changed(name);
    return grown;
  }

  /** Takes new rows of a journal into the model; gives the objects that they are about. */
  #takeRows(sql: CommittedSql, {tenant: name, journalHead}: TenantHead, node: string): ObjectRecord[] {
    const tenant = this.tenant(name);
    const rows = readJournal(sql, name, journalHead);
    const operations = rows.map(({operation}) => operation);
    if (!judgeServerMade(this.#docket, node, name, this.held(name), operations))
      this.inFlight.journaled(node, name, operations);
    for (const operation of operations) tenant.take(operation);
    const touched = new Map(operations.map(one => [objectKey(one.objectType, one.objectId), one]));
    return [...touched.values()].flatMap(({objectType, objectId}) => {
      const record = tenant.object(objectType, objectId);
      return record === undefined ? [] : [record];
    });
  }

  /** A new history begins: its changes are counted as the rows say. */
  #renumber(sql: CommittedSql, {tenant, changeHead}: TenantHead): void {
    const rows = readObjects(sql, tenant);
    const seqs = new Map(rows.map(({type, id, changeSeq}) => [objectKey(type, id), changeSeq]));
    this.tenant(tenant).renumber(({type, id}) => seqs.get(objectKey(type, id)) ?? 0, changeHead);
  }

  #judgeObject(sql: CommittedSql, {tenant}: TenantHead, node: string, record: ObjectRecord): void {
    const where = {node, tenant, policy: this.#world.policy};
    const {type, id} = record;
    judgeRow(this.#docket, where, record, readObject(sql, tenant, type, id));
    judgeConflicts(this.#docket, where, record, readConflicts(sql, tenant, type, id));
  }

  /** All that is shown of a tenant, after something that should have changed none of it. */
  #judgeAll(sql: CommittedSql, head: TenantHead, node: string): void {
    const {tenant} = head;
    const records = [...this.tenant(tenant).objects()];
    for (const record of records) this.#judgeObject(sql, head, node, record);
    const rows = readObjects(sql, tenant);
    const conflicts = records.reduce((sum, {state}) => sum + state.conflicts.length, 0);
    const counted = countConflicts(sql, tenant);
    this.#docket.enter('JOURNAL-S7', rows.length === records.length && counted === conflicts, () => ({
      code: 'live',
      stage: 'rebuild',
      node,
      message: `${node} left other objects or conflicts of ${tenant} than its journal makes`,
      expected: {objects: records.length, conflicts},
      actual: {objects: rows.length, conflicts: counted},
    }));
  }

  /** A tenant's counters count what that tenant did, and nothing else. */
  #judgeCounters({tenant: name, journalHead, changeHead, ...head}: TenantHead, node: string): void {
    this.#docket.enter('JOURNAL-L4', head.generation === head.rebuilds + 1, () => ({
      code: 'epoch',
      stage: 'rebuild',
      node,
      message: `${node} began another history of ${name} than its rebuilds account for`,
      expected: head.rebuilds + 1,
      actual: head.generation,
    }));
    const tenant = this.tenant(name);
    this.#docket.enter('JOURNAL-T1', journalHead === tenant.size && changeHead === tenant.seq, () => ({
      code: 'counters',
      stage: 'sequence',
      node,
      message: `${node} counts something of ${name} that is not its own`,
      expected: {journalHead: tenant.size, changeHead: tenant.seq},
      actual: {journalHead, changeHead},
    }));
  }

  /** The database was put back, or emptied: the model goes back to what it holds. */
  rewound(scene: Scene): void {
    this.rewinds += 1;
    this.#tenants.clear();
    this.#heads.clear();
    this.#legacy.clear();
    this.#history = '';
    const sql = scene.database(SERVER_PLACE, DATABASE);
    const state = sql === null ? null : readHeads(sql);
    if (sql === null || state === null) return;
    this.#history = state.history;
    for (const {id} of this.#world.tenants) this.#legacyOf(id).push(...readLegacy(sql, id, 0));
    for (const head of state.heads) {
      this.#heads.set(head.tenant, head);
      for (const {operation} of readJournal(sql, head.tenant, 0)) this.tenant(head.tenant).take(operation);
      this.#renumber(sql, head);
    }
  }
}

const changedHead = (a: TenantHead, b: TenantHead): boolean =>
  a.changeHead !== b.changeHead || a.epoch !== b.epoch || a.rebuilds !== b.rebuilds;
