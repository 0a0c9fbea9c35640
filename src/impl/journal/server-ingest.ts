/**
 * Takes writes in, one after the other, in one transaction: each is judged by itself, so that one that is refused neither
 * stops the others nor leaves anything behind (spec 4, 5).
 */
import type {Sql} from '../../host.ts';
import {type Clock, entryOf} from './merge/clock.ts';
import type {AnyPolicy} from './merge/policies.ts';
import {belongsTo, type ClockLimits, type PushResult, type RejectionReason} from './protocol.ts';
import {
  appendToJournal,
  journalByOps,
  type JournalRow,
  type OwnEntry,
  usedOwnEntries,
} from './server-journal.ts';
import {Materialization} from './server-materialization.ts';
import {readObjects, writeMaterialization} from './server-objects.ts';
import {LIVE} from './server-schema.ts';
import {type Tenant, writeTenant} from './server-tenant.ts';
import {contentOf, keyOf, type ObjectName, ownEntry, type Write} from './write.ts';

export interface IngestOptions {
  readonly tenant: Tenant;
  readonly policy: AnyPolicy;
  readonly clockLimits: ClockLimits;
  /** Wall time of the server, ms. */
  readonly now: number;
}

/** One transaction's work on a tenant's journal and objects. */
export class Ingest {
  readonly #sql: Sql;
  readonly #options: IngestOptions;
  readonly #materialization: Materialization;
  /** What each operation id that is known stands for. */
  readonly #known = new Map<string, Write>();
  readonly #ownEntries = new Set<string>();
  readonly #appended: Omit<JournalRow, 'payloadHash'>[] = [];

  private constructor(sql: Sql, options: IngestOptions, materialization: Materialization) {
    this.#sql = sql;
    this.#options = options;
    this.#materialization = materialization;
  }

  /** Looks up what is known of the objects, ids and own entries of `writes`: no others may be offered. */
  static async open(
    sql: Sql,
    options: IngestOptions,
    names: readonly ObjectName[],
    opIds: readonly string[],
  ): Promise<Ingest> {
    const {tenantId, changeHead} = options.tenant;
    const known = await journalByOps(sql, tenantId, [...new Set(opIds)]);
    const distinct = [...new Map(names.map(name => [keyOf(name), name])).values()];
    const objects = await readObjects(sql, LIVE, {tenantId, policy: options.policy}, distinct);
    const ingest = new Ingest(sql, options, new Materialization(options.policy, changeHead, objects));
    for (const {write} of known) ingest.#known.set(write.op.opId, write);
    return ingest;
  }

  /** Looks up which own entries of `writes` are taken; only those can be that are not above what was seen. */
  async lookUpOwnEntries(writes: readonly Write[]): Promise<void> {
    const doubtful = writes
      .filter(write => ownEntry(write) <= entryOf(this.seen(write), write.op.deviceId))
      .map(ownEntryOf);
    const used = await usedOwnEntries(this.#sql, this.#options.tenant.tenantId, doubtful);
    for (const entry of used) this.#ownEntries.add(JSON.stringify(entry));
  }

  /** What was seen of an object's clock by now. */
  seen(name: ObjectName): Clock {
    return this.#materialization.object(name)?.seen ?? {};
  }

  /** The write of an id that is in the journal, or taken in by now; or null. */
  known(opId: string): Write | null {
    return this.#known.get(opId) ?? null;
  }

  /** Judges a write of the authenticated `device` and, unless it is refused or known, takes it in. */
  offer(write: Write, device: string): PushResult {
    const {opId} = write.op;
    const known = this.#known.get(opId);
    if (known !== undefined) {
      return contentOf(known) === contentOf(write) ? this.#duplicate(write) : rejected(opId, 'OP_ID_REUSE');
    }
    const problem = this.#clockProblem(write, device);
    return problem === null ? this.#take(write) : rejected(opId, problem);
  }

  /** Whether the clock is one that a well-behaved device may have (spec 2). */
  #clockProblem(write: Write, device: string): RejectionReason | null {
    const {clock, deviceId} = write.op;
    const seen = this.seen(write);
    if (this.#ownEntries.has(JSON.stringify(ownEntryOf(write)))) return 'CLOCK_OWN_REUSED';
    for (const [name, entry] of Object.entries(clock)) {
      const ahead = entry - entryOf(seen, name);
      if (name === deviceId || belongsTo(name, device)) {
        if (ahead > this.#options.clockLimits.maxAhead) return 'CLOCK_FUTURE';
      } else if (ahead > 0) {
        return 'CLOCK_UNSEEN';
      }
    }
    return null;
  }

  #take(write: Write): PushResult {
    const {tenant, now} = this.#options;
    const {outcome, reason, object} = this.#materialization.ingest(write);
    this.#appended.push({
      journalId: tenant.journalHead + this.#appended.length + 1,
      write,
      recordedAt: now,
    });
    this.#known.set(write.op.opId, write);
    this.#ownEntries.add(JSON.stringify(ownEntryOf(write)));
    return {
      opId: write.op.opId,
      outcome,
      reason,
      objectClock: object.exposed.clock,
      changeSeq: object.changeSeq,
    };
  }

  #duplicate(write: Write): PushResult {
    const object = this.#materialization.object(write);
    return {
      opId: write.op.opId,
      outcome: 'duplicate',
      reason: 'DUPLICATE',
      objectClock: object?.exposed.clock ?? null,
      changeSeq: object?.changeSeq ?? null,
    };
  }

  /** Writes all that was taken in; nothing where nothing was. */
  async close(): Promise<void> {
    if (this.#appended.length === 0) return;
    const {tenant, policy} = this.#options;
    const {tenantId} = tenant;
    await appendToJournal(this.#sql, tenantId, this.#appended);
    await writeMaterialization(this.#sql, LIVE, {tenantId, policy}, this.#materialization);
    await writeTenant(this.#sql, {
      ...tenant,
      journalHead: tenant.journalHead + this.#appended.length,
      changeHead: this.#materialization.changeHead,
      policy: policy.name,
    });
  }
}

const ownEntryOf = (write: Write): OwnEntry => [
  write.objectType,
  write.objectId,
  write.op.deviceId,
  ownEntry(write),
];

export const rejected = (opId: string | null, reason: RejectionReason): PushResult => ({
  opId,
  outcome: 'rejected',
  reason,
  objectClock: null,
  changeSeq: null,
});
