/** What all parts of one client share: who it is, its state and how that changes, and whom it tells. */
import type {GuardrailViolation, LifecycleEvent, StalePagePolicy} from '../../model/vfs/types.ts';
import {Mutex} from './client-mutex.ts';
import type {Change, ClientState} from './client-state.ts';
import type {ClientStore} from './client-store.ts';
import type {VfsTransport} from './transport.ts';

/**
 * Those who are told what happens. What they throw is swallowed: a listener cannot change what a client does.
 */
interface Listeners {
  readonly onGuardrailViolation?: ((violation: GuardrailViolation) => void) | undefined;
  readonly onLifecycle?: ((event: LifecycleEvent) => void) | undefined;
  readonly onProgress?: (() => void) | undefined;
}

export interface CoreOptions {
  readonly userId: string;
  readonly clientId: string;
  readonly transport: VfsTransport;
  readonly pullLimit: number;
  readonly stalePages: StalePagePolicy;
  readonly listeners: Listeners;
}

/** One flush from its call to its end. */
export interface Flight {
  /** Highest write id that any push of it used: what is queued meanwhile stays above. */
  highestWriteId: number;
}

export class ClientCore {
  readonly userId: string;
  readonly clientId: string;
  readonly transport: VfsTransport;
  readonly pullLimit: number;
  readonly stalePages: StalePagePolicy;
  readonly state: ClientState;
  /** The flush in flight, or the one that waits for its turn. */
  flight: Flight | null = null;
  readonly #store: ClientStore;
  readonly #listeners: Listeners;
  readonly #mutex = new Mutex();

  constructor(options: CoreOptions, durable: {readonly state: ClientState; readonly store: ClientStore}) {
    this.userId = options.userId;
    this.clientId = options.clientId;
    this.transport = options.transport;
    this.pullLimit = options.pullLimit;
    this.stalePages = options.stalePages;
    this.#listeners = options.listeners;
    this.state = durable.state;
    this.#store = durable.store;
  }

  /**
   * Makes the change that `plan` draws up from the state as it then is, on disk first and then in memory;
   * null changes nothing. Changes are made one at a time. If `plan` throws or the disk fails, it rejects with
   * that and nothing has changed.
   */
  change<T>(plan: (state: ClientState) => {readonly change: Change | null; readonly result: T}): Promise<T> {
    return this.#mutex.run(async () => {
      const {change, result} = plan(this.state);
      if (change !== null) await this.#make(change);
      return result;
    });
  }

  /** A {@link change} that completes a part of a run: what follows it may fail, and this stays. */
  progress(plan: (state: ClientState) => Change | null): Promise<void> {
    return this.#mutex.run(async () => {
      const change = plan(this.state);
      if (change === null) return;
      await this.#make(change);
      tell(() => this.#listeners.onProgress?.());
    });
  }

  /** Looks at the state when no change is under way. */
  look<T>(read: (state: ClientState) => T): Promise<T> {
    return this.#mutex.run(() => read(this.state));
  }

  async #make(change: Change): Promise<void> {
    await this.#store.commit(change);
    this.state.apply(change);
  }

  /** Tells of a guardrail that fired. */
  readonly report = (violation: GuardrailViolation): void => {
    tell(() => this.#listeners.onGuardrailViolation?.(violation));
  };

  happened(event: LifecycleEvent): void {
    tell(() => this.#listeners.onLifecycle?.(event));
  }
}

/** Calls a listener; what it throws is its own affair. */
export function tell(listener: () => void): void {
  try {
    listener();
  } catch {
    // A listener that fails must not turn into a failure of the sync that it listens to.
  }
}
