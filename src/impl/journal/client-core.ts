/** The state of a client and its database as one: a change is durable first, then seen, and changes take turns. */
import {ClientState, type Change} from './client-state.ts';
import type {ClientStore} from './client-store.ts';
import {Mutex} from './mutex.ts';

/** What a step makes of the state as it finds it: a change, or null for none, and what its caller is told. */
export interface Step<T> {
  readonly change: Change | null;
  readonly result: T;
}

export class ClientCore {
  readonly state: ClientState;
  readonly #store: ClientStore;
  readonly #turns = new Mutex();

  constructor(store: ClientStore, stored: Change) {
    this.#store = store;
    this.state = new ClientState();
    this.state.apply(stored);
  }

  /** Decides on a change with the state as it is then, and makes it. Where that fails, nothing has changed. */
  change<T>(decide: (state: ClientState) => Step<T>): Promise<T> {
    return this.#turns.run(async () => {
      const {change, result} = decide(this.state);
      if (change !== null) {
        await this.#store.commit(change, change.standing ?? this.state.standing);
        this.state.apply(change);
      }
      return result;
    });
  }
}
