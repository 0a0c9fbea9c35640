/**
 * The server's side of the truth: a ledger that is told facts in order, says what is wrong, and answers
 * questions.
 */

import {clocksOf} from './clocks.ts';
import {Derived, type ExpectedReplica} from './feed-derived.ts';
import {judgeRow} from './feed-judge.ts';
import {
  feedItemOf,
  isAt,
  markerRow,
  registerKey,
  registerOf,
  type FeedRow,
  type Register,
} from './feed-row.ts';
import {keyOf} from './order.ts';
import type {Content, LedgerView} from './push.ts';
import {replay} from './replay.ts';
import type {Cursor, WriteIds} from './types.ts';
import type {Sight} from './visibility.ts';
import {writeIdsFrom} from './write-ids.ts';

/** Something that happened to the server's history. */
export type Fact =
  | {readonly kind: 'register'; readonly itemId: string; readonly ownerId: string}
  | {readonly kind: 'membership'; readonly userId: string; readonly groupId: string; readonly member: boolean}
  | {readonly kind: 'row'; readonly row: FeedRow}
  | {readonly kind: 'compaction'; readonly position: number}
  | {readonly kind: 'marker'; readonly cursor: Cursor};

/**
 * What a pull owes its reader; `rematerialize` says whether a 409 instead of the page is refused, allowed or
 * owed.
 */
export interface ExpectedPage {
  readonly rows: readonly FeedRow[];
  readonly hasMore: boolean;
  readonly rematerialize: 'no' | 'may' | 'must';
}

export class FeedLedger implements LedgerView {
  #facts: Fact[] = [];
  #now = new Derived();

  /** How many facts were told so far: tells whether anything happened since. */
  get told(): number {
    return this.#facts.length;
  }

  /** All facts told so far: what a backup taken now holds. See {@link restore}. */
  get facts(): readonly Fact[] {
    return this.#facts.slice();
  }

  /** All rows ever appended and not lost to a restore; compaction takes none away here. */
  get rows(): readonly FeedRow[] {
    return this.#now.rows;
  }

  register(itemId: string, ownerId: string): void {
    this.#tell({kind: 'register', itemId, ownerId});
  }

  membership(userId: string, groupId: string, member: boolean): void {
    this.#tell({kind: 'membership', userId, groupId, member});
  }

  /**
   * Takes in the next row of the feed: null if it is legal; else what is wrong, and the row is not taken in.
   */
  append(row: FeedRow): string | null {
    const wrong = judgeRow(this, row);
    if (wrong === null) this.#tell({kind: 'row', row});
    return wrong;
  }

  /** Whether a row, or a marker, has this id. */
  has(id: string): boolean {
    return this.#now.indexById.has(id);
  }

  /** Takes in that the rows up to and with this index are gone from the server's table. */
  compactedThrough(position: number): void {
    this.#tell({kind: 'compaction', position});
  }

  /** Takes in that the operator put the history floor at a position of its own, above all rows. */
  marker(cursor: Cursor): void {
    this.#tell({kind: 'marker', cursor});
  }

  /** Takes in that a restore lost the row at `index` and every fact told after it. */
  truncate(index: number): void {
    let rows = 0;
    for (const [mark, fact] of this.#facts.entries()) {
      if (fact.kind !== 'row') continue;
      if (rows === index) return this.restore(this.#facts.slice(0, mark));
      rows += 1;
    }
  }

  /** Takes in that a restore brought back a backup: the {@link facts} of the moment when it was taken. */
  restore(facts: readonly Fact[]): void {
    this.#facts = [];
    this.#now = new Derived();
    facts.forEach(fact => this.#tell(fact));
  }

  heads(userId: string): WriteIds {
    return writeIdsFrom(this.#now.heads.get(userId) ?? []);
  }

  ownerOf(itemId: string): string | null {
    return this.#now.visibility.ownerOf(itemId);
  }

  appliedOp(userId: string, replicaId: string, opId: string): Content | null {
    return this.#now.applied.get(keyOf(userId, replicaId, opId)) ?? null;
  }

  lastRowOf(register: Register): FeedRow | null {
    const index = this.#now.lastOf.get(registerKey(register));
    return index === undefined ? null : (this.#now.rows[index] ?? null);
  }

  /** Whether a pull of this user may bring the row now. */
  visible(userId: string, row: FeedRow): boolean {
    return this.visibleSince(userId, row.itemId) !== null || this.#namedSince(userId, row) !== null;
  }

  /**
   * From which feed index on the item is visible to the user without a break; -1 for its owner, null if it is
   * not.
   */
  visibleSince(userId: string, itemId: string): number | null {
    return this.#now.visibility.sinceOf(userId, itemId);
  }

  /** Whether something that the user once saw has been hidden from it: then its replica may hold remains. */
  narrowed(userId: string): boolean {
    return this.#now.visibility.narrowed(userId);
  }

  /** The index of the row at this position; -1 if there is none, as for null. */
  indexOf(cursor: Cursor | null): number {
    const index = cursor === null ? undefined : this.#now.indexById.get(cursor.changeId);
    const row = index === undefined ? undefined : this.#now.rows[index];
    return index !== undefined && cursor !== null && row !== undefined && isAt(row, cursor) ? index : -1;
  }

  /** What an honest server answers to a pull of this user from this cursor. */
  expectedPage(userId: string, cursor: Cursor | null, limit: number): ExpectedPage {
    const {floor, rows} = this.#now;
    const index = this.indexOf(cursor);
    const lost = cursor === null ? floor >= 0 : index < 0 || index < floor;
    if (lost) return {rows: [], hasMore: false, rematerialize: 'must'};
    const page: FeedRow[] = [];
    for (let next = index + 1; next < rows.length && page.length <= limit; next += 1) {
      const row = rows[next];
      if (row !== undefined && this.visible(userId, row)) page.push(row);
    }
    const rematerialize = index >= 0 && index === floor ? 'may' : 'no';
    return {rows: page.slice(0, limit), hasMore: page.length > limit, rematerialize};
  }

  /**
   * What a reader of everything visible to the user now comes to hold: see {@link judgeReplica} for who must.
   */
  expectedReplica(userId: string): ExpectedReplica {
    const cached = this.#now.replicas.get(userId);
    if (cached !== undefined) return cached;
    const {rows, visibility} = this.#now;
    const seen = rows.filter(row => visibility.sinceOf(userId, row.itemId) !== null);
    const known = rows.filter((row, index) => this.#knownAt(userId, row, index));
    const made = {...replay(seen.map(feedItemOf)), clocks: clocksOf(known.map(feedItemOf))};
    this.#now.replicas.set(userId, made);
    return made;
  }

  /**
   * The first row after index `from`, up to and with index `to`, that was visible to the user from its
   * appending until now without a break, and is not among the applied: data that a reader who stands at `to`
   * has skipped (I8).
   */
  missingBehind(userId: string, from: number, to: number, appliedIds: ReadonlySet<string>): FeedRow | null {
    for (let index = from + 1; index <= to; index += 1) {
      const row = this.#now.rows[index];
      if (row === undefined) return null;
      const since = this.visibleSince(userId, row.itemId);
      const named = this.#namedSince(userId, row);
      const unbroken = (since !== null && since <= index) || (named !== null && named <= index);
      if (unbroken && !appliedIds.has(row.id)) return row;
    }
    return null;
  }

  /**
   * A register of an item that the user sees, last written before the user saw it and not repeated since;
   * null, as it must be after each commit of the server, if there is none.
   */
  unannounced(userId: string): Register | null {
    for (const register of this.#now.owed.get(userId)?.values() ?? []) return register;
    return null;
  }

  /**
   * Grants and revocations show themselves to the principal that they name, even where the item is hidden.
   */
  #namedSince(userId: string, row: FeedRow): number | null {
    if (row.principalId === null) return null;
    if (row.principalType === 'user') return row.principalId === userId ? -1 : null;
    return row.principalType === 'group' ? this.#now.visibility.memberSince(userId, row.principalId) : null;
  }

  #knownAt(userId: string, row: FeedRow, index: number): boolean {
    if (this.visibleSince(userId, row.itemId) !== null) return true;
    const named = this.#namedSince(userId, row);
    return named !== null && named <= index;
  }

  #tell(fact: Fact): void {
    const now = this.#now;
    this.#facts.push(fact);
    now.replicas.clear();
    if (fact.kind === 'register') now.visibility.register(fact.itemId, fact.ownerId);
    else if (fact.kind === 'compaction') now.floor = Math.max(now.floor, fact.position);
    else if (fact.kind === 'row') this.#take(fact.row);
    else if (fact.kind === 'marker') this.#mark(fact.cursor);
    else {
      const {userId, groupId, member} = fact;
      this.#see(now.visibility.membership(userId, groupId, member, now.rows.length), now.rows.length);
    }
  }

  /** A marker stands in the feed as a row about nothing, which nobody sees. */
  #mark(cursor: Cursor): void {
    const now = this.#now;
    now.floor = now.rows.push(markerRow(cursor)) - 1;
    now.indexById.set(cursor.changeId, now.floor);
  }

  #take(row: FeedRow): void {
    const now = this.#now;
    const register = registerOf(row);
    if (register === null) throw new Error(`row ${row.id} is malformed`);
    const index = now.rows.push(row) - 1;
    const key = registerKey(register);
    now.indexById.set(row.id, index);
    now.lastOf.set(key, index);
    now.registersOf.set(
      row.itemId,
      (now.registersOf.get(row.itemId) ?? new Map<string, Register>()).set(key, register),
    );
    for (const owed of now.owed.values()) owed.delete(key);
    const {userId, replicaId, writeId, clientOpId} = row;
    if (userId !== null && replicaId !== null && writeId !== null && clientOpId !== null) {
      now.applied.set(keyOf(userId, replicaId, clientOpId), row);
      now.heads.set(userId, (now.heads.get(userId) ?? new Map<string, number>()).set(replicaId, writeId));
    }
    if (register.kind === 'link') return;
    const principal = {type: register.principalType, id: register.principalId};
    this.#see(now.visibility.grant(row.itemId, principal, row.opType === 'acl_add', index), index);
  }

  /** Keeps account of what must be repeated for whom. */
  #see(sights: readonly Sight[], at: number): void {
    const {owed, registersOf, lastOf} = this.#now;
    for (const {userId, itemId, visible} of sights) {
      const debts = owed.get(userId) ?? new Map<string, Register>();
      owed.set(userId, debts);
      for (const [key, register] of registersOf.get(itemId) ?? []) {
        if (!visible) debts.delete(key);
        else if ((lastOf.get(key) ?? -1) < at) debts.set(key, register);
      }
    }
  }
}
