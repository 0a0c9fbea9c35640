/** The toy that both the simulator and the hand-written loop drive: replicas of a map in memory, told of each other by JSON. */
import {compareText} from '../src/sim/json.ts';

export const REPLICAS = 5;
export const KEYS = 16;

/** One key's value; the later stamp wins, and among equal stamps the greater replica. */
interface Entry {
  readonly key: string;
  readonly value: number;
  readonly stamp: number;
  readonly by: string;
}

/** One copy of the map. Entries merge in any order and any number of times to the same map. */
export class Replica {
  readonly id: string;
  readonly peers: readonly string[];
  readonly #entries = new Map<string, Entry>();
  #clock = 0;

  constructor(id: string, replicas: number) {
    this.id = id;
    this.peers = namesOf(replicas).filter(name => name !== id);
  }

  /** Sets a key; returns the message that tells the others. */
  put(key: string, value: number): string {
    this.#clock += 1;
    const entry = {key, value, stamp: this.#clock, by: this.id};
    this.#entries.set(key, entry);
    return JSON.stringify([entry]);
  }

  /** The message that tells everything. */
  everything(): string {
    return JSON.stringify([...this.#entries.values()]);
  }

  /** Takes in a message of another replica. */
  receive(message: string): void {
    for (const entry of JSON.parse(message) as Entry[]) {
      if (entry.stamp > this.#clock) this.#clock = entry.stamp;
      const mine = this.#entries.get(entry.key);
      if (mine === undefined || isLater(entry, mine)) this.#entries.set(entry.key, entry);
    }
  }

  /** True if no entry is ahead of the replica's own clock. */
  get ordered(): boolean {
    for (const {stamp} of this.#entries.values()) if (stamp > this.#clock) return false;
    return true;
  }

  /** The whole map as one text, the same for equal maps. */
  get text(): string {
    const keys = [...this.#entries.keys()].sort(compareText);
    return JSON.stringify(keys.map(key => this.#entries.get(key)));
  }
}

const isLater = (a: Entry, b: Entry): boolean => a.stamp > b.stamp || (a.stamp === b.stamp && a.by > b.by);

export const namesOf = (replicas: number): string[] =>
  Array.from({length: replicas}, (_, index) => `replica${index}`);
