/** What a client knows: the server's rows as of its cursor, its own operations in their order, and where it stands. */
import {compareText} from './merge/canonical.ts';
import {type Clock, entryOf, joinClocks} from './merge/clock.ts';
import type {Json, LiveRow, PushEntry, PushReason, Scope, TombstoneRow} from './protocol.ts';
import {compareNames, keyOf, type ObjectName} from './write.ts';

/** A row as it was pulled, and in which round: what a later round does not bring again is dropped at its end. */
export interface Base {
  readonly row: LiveRow | TombstoneRow;
  readonly round: number;
}

/**
 * - `pending`: not known to be in the journal
 * - `held`: the server lacks something that it was built on; made anew once a pull has told what the server knows
 * - `refused`: for good; it waits for its user, and stops nothing
 * - `discarded`: refused, and given up by its user; stays as long as its counter could be used again
 * - `acked`: in the journal; the last one of each object stays, in case the server loses it
 */
export type OutboxStatus = 'pending' | 'held' | 'refused' | 'discarded' | 'acked';

export interface OutboxItem {
  /** Its place in the order of local operations. */
  readonly n: number;
  /** Never changed: a retry sends what was sent. */
  readonly entry: PushEntry;
  readonly status: OutboxStatus;
  /** Why it is held, refused or discarded. */
  readonly reason: PushReason | null;
  /** For `acked`: the object's change sequence then. 0 otherwise. */
  readonly ackSeq: number;
}

export interface Standing {
  /** The server's token for {@link seq}; null: from the beginning. */
  readonly cursor: string | null;
  readonly seq: number;
  readonly scope: Scope;
  readonly round: number;
  /** Why the client pulls from the beginning, until it is done; null otherwise. */
  readonly restarting: 'scope' | 'history' | null;
}

/** One step of the state, durable as a whole or not at all. */
export interface Change {
  readonly standing?: Standing;
  readonly bases?: readonly Base[];
  readonly dropBases?: readonly ObjectName[];
  /** New or changed items. */
  readonly outbox?: readonly OutboxItem[];
  readonly dropOutbox?: readonly number[];
}

/** What is shown of an object. */
export interface ObjectView {
  readonly type: string;
  readonly id: string;
  readonly payload: Json;
  readonly tags: readonly string[];
  /** Whether what is shown is the user's own and has not come back from the server yet. */
  readonly local: boolean;
}

/** A client that has never read to the end knows no history: what it was told of sequences may be of one that is gone. */
export const START: Standing = {cursor: null, seq: 0, scope: {}, round: 1, restarting: 'history'};

export const nameOfRow = ({type, id}: {readonly type: string; readonly id: string}): ObjectName => ({
  objectType: type,
  objectId: id,
});

/** Whether an object of this clock has taken an operation in, or a later one of the same device. */
export const holds = (clock: Clock, {entry}: OutboxItem): boolean =>
  entryOf(clock, entry.deviceId) >= entryOf(entry.vectorClock, entry.deviceId);

/** The state in memory; it changes only by {@link apply}, after the same change has become durable. */
export class ClientState {
  #standing: Standing = START;
  readonly #bases = new Map<string, Base>();
  readonly #outbox = new Map<number, OutboxItem>();
  /** The items of each object, in their order. */
  readonly #byObject = new Map<string, OutboxItem[]>();
  #last = 0;

  get standing(): Standing {
    return this.#standing;
  }

  get bases(): readonly Base[] {
    return [...this.#bases.values()].sort((a, b) => compareNames(nameOfRow(a.row), nameOfRow(b.row)));
  }

  /** All items in their order. */
  get outbox(): readonly OutboxItem[] {
    return [...this.#outbox.values()].sort((a, b) => a.n - b.n);
  }

  /** The place of the next local operation. */
  get next(): number {
    return this.#last + 1;
  }

  base(name: ObjectName): Base | null {
    return this.#bases.get(keyOf(name)) ?? null;
  }

  item(n: number): OutboxItem | null {
    return this.#outbox.get(n) ?? null;
  }

  itemsOf(name: ObjectName): readonly OutboxItem[] {
    return this.#byObject.get(keyOf(name)) ?? [];
  }

  apply({standing, bases = [], dropBases = [], outbox = [], dropOutbox = []}: Change): void {
    if (standing !== undefined) this.#standing = standing;
    for (const name of dropBases) this.#bases.delete(keyOf(name));
    for (const base of bases) this.#bases.set(keyOf(nameOfRow(base.row)), base);
    for (const n of dropOutbox) this.#dropItem(n);
    for (const item of outbox) this.#setItem(item);
  }

  #dropItem(n: number): void {
    const item = this.#outbox.get(n);
    if (item === undefined) return;
    this.#outbox.delete(n);
    const key = keyOf(item.entry);
    const left = (this.#byObject.get(key) ?? []).filter(other => other.n !== n);
    if (left.length === 0) this.#byObject.delete(key);
    else this.#byObject.set(key, left);
  }

  #setItem(item: OutboxItem): void {
    this.#dropItem(item.n);
    this.#outbox.set(item.n, item);
    const key = keyOf(item.entry);
    const items = [...(this.#byObject.get(key) ?? []), item].sort((a, b) => a.n - b.n);
    this.#byObject.set(key, items);
    this.#last = Math.max(this.#last, item.n);
  }

  /** The own operation that is shown in place of the server's row, or null: the last that has not come back yet. */
  shownItem(name: ObjectName): OutboxItem | null {
    const base = this.base(name);
    return this.itemsOf(name).findLast(item => this.#awaitsReturn(item, base)) ?? null;
  }

  /** Sequences say nothing while everything is read anew, perhaps of another history; what an object's clock holds has come back. */
  #awaitsReturn(item: OutboxItem, base: Base | null): boolean {
    if (item.status !== 'acked') return item.status === 'pending' || item.status === 'held';
    const {seq, restarting} = this.#standing;
    return (item.ackSeq > seq || restarting !== null) && !holds(base?.row.clock ?? {}, item);
  }

  /**
   * The context of the next operation on an object: what is shown was observed, and so was what own operations were built
   * on. A row that is hidden behind an own operation was not observed, but for the device's own part in it. Always a join:
   * an own counter that was forgotten would be used twice (spec 7).
   */
  contextOf(name: ObjectName, device: string): Clock {
    const base = this.base(name)?.row.clock ?? {};
    const own = this.itemsOf(name).map(({entry}) => entry.vectorClock);
    if (this.shownItem(name) === null) return joinClocks(base, ...own);
    return joinClocks({[device]: entryOf(base, device)}, ...own);
  }

  view(name: ObjectName): ObjectView | null {
    const item = this.shownItem(name);
    const {objectType: type, objectId: id} = name;
    if (item !== null) {
      const {isTombstone, payload, tags = []} = item.entry;
      return isTombstone ? null : {type, id, payload, tags, local: true};
    }
    const row = this.base(name)?.row;
    if (row === undefined || row.kind === 'tombstone') return null;
    return {type, id, payload: row.payload, tags: row.tags, local: false};
  }

  /** All that is shown, by type and id. */
  get views(): readonly ObjectView[] {
    const names = new Map<string, ObjectName>();
    for (const [key, {row}] of this.#bases) names.set(key, nameOfRow(row));
    for (const [key, [item]] of this.#byObject) if (item !== undefined) names.set(key, item.entry);
    return [...names.values()]
      .sort(compareNames)
      .map(name => this.view(name))
      .filter(view => view !== null);
  }
}

/** Whether two scopes are the same, whatever the order of their lists. */
export function isSameScope(a: Scope, b: Scope): boolean {
  return (['types', 'ids', 'tags'] as const).every(field => textOf(a[field]) === textOf(b[field]));
}

const textOf = (values: readonly string[] | undefined): string =>
  values === undefined ? 'any' : JSON.stringify([...new Set(values)].sort(compareText));
