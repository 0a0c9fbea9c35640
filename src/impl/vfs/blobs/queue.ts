/** The blob queue of a client: stage, attach and abandon, one after another, until each is done or set aside (spec 5.8). */
import type {Host} from '../../../host.ts';
import type {BlobOperation} from '../../../model/vfs/blob-types.ts';
import {VfsTransportError} from '../client-errors.ts';
import {Mutex} from '../client-mutex.ts';
import {
  abandonOperation,
  type AttachInput,
  attachOperation,
  type StageInput,
  stageOperation,
} from './queue-input.ts';
import {BlobQueueStore, type BlobQueueState, type QueuedBlob, type SetAsideBlob} from './queue-store.ts';

/** Carries out one operation; rejects as `BlobTransport` does. */
interface Performer {
  perform(operation: BlobOperation): Promise<void>;
}

export interface BlobQueueOptions {
  readonly transport: Performer;
  /** The database that holds it, on this host's disk; `blobs` unless told. */
  readonly database?: string;
  /** Brings the checkpoint that the server has of this client up to what the client knows: a sync, say. */
  readonly catchUp: () => Promise<unknown>;
  /** Called synchronously after each durable step of a flush. What it throws is swallowed. */
  readonly onProgress?: () => void;
}

export interface BlobFlushResult {
  readonly done: number;
  readonly setAside: number;
}

/** Waits between tries of one operation, ms. */
const BACKOFF_MS: readonly number[] = [250, 500, 1_000];

const STAGING_RANDOM = 32;
const BEHIND = 'Client reconcile state is behind required visibility';

export class BlobQueue {
  readonly #host: Host;
  readonly #options: BlobQueueOptions;
  readonly #store: BlobQueueStore;
  readonly #changes = new Mutex();
  #state: BlobQueueState;
  #inFlight: Promise<BlobFlushResult> | null = null;

  private constructor(host: Host, options: BlobQueueOptions, store: BlobQueueStore, state: BlobQueueState) {
    this.#host = host;
    this.#options = options;
    this.#store = store;
    this.#state = state;
  }

  /** Opens the queue that this host's place holds. Rejects with `VfsStoredStateError` and `DiskError`. */
  static async open(host: Host, options: BlobQueueOptions): Promise<BlobQueue> {
    const {store, state} = await BlobQueueStore.open(host, options.database ?? 'blobs');
    return new BlobQueue(host, options, store, state);
  }

  /** Queues an operation; it is durable when this resolves. Rejects with `VfsSyncError` for the first thing that is wrong. */
  async stage(input: StageInput): Promise<BlobOperation> {
    return this.#queue(stageOperation({...input}, () => this.#host.random.id(STAGING_RANDOM)));
  }

  /** As {@link stage}. Give `consistencyOf` what the client knows when the user decides, not when it is sent. */
  async attach(input: AttachInput): Promise<BlobOperation> {
    return this.#queue(attachOperation({...input}));
  }

  /** As {@link stage}. */
  async abandon(stagingId: string): Promise<BlobOperation> {
    return this.#queue(abandonOperation(stagingId));
  }

  /** What waits and what was set aside, as it is stored. */
  exportState(): BlobQueueState {
    return this.#state;
  }

  /** Takes an operation back that was set aside: `again` puts it at the end of the queue, else it is gone. Whether it was there. */
  takeBack(seq: number, again: boolean): Promise<boolean> {
    return this.#changes.run(async () => {
      const found = this.#state.setAside.find(one => one.seq === seq);
      if (found === undefined) return false;
      const queued = await this.#store.takeBack(found, again);
      this.#state = {
        pending: queued === null ? this.#state.pending : [...this.#state.pending, queued],
        setAside: this.#state.setAside.filter(one => one !== found),
      };
      return true;
    });
  }

  /**
   * Carries out what is queued, in order. What the server refuses for good is set aside with its words; what may pass
   * (no answer, 429, 5xx) is tried again, and then ends the flush with that error. One that finds a flush in flight
   * joins it.
   */
  flush(): Promise<BlobFlushResult> {
    this.#inFlight ??= this.#drain().finally(() => {
      this.#inFlight = null;
    });
    return this.#inFlight;
  }

  async #queue(operation: BlobOperation): Promise<BlobOperation> {
    await this.#changes.run(async () => {
      const queued = await this.#store.append(operation);
      this.#state = {...this.#state, pending: [...this.#state.pending, queued]};
    });
    return operation;
  }

  async #drain(): Promise<BlobFlushResult> {
    let [done, setAside] = [0, 0];
    for (let head = this.#state.pending[0]; head !== undefined; head = this.#state.pending[0]) {
      const refusal = await this.#carryOut(head);
      if (refusal === null) {
        await this.#finish(head);
        done += 1;
      } else {
        await this.#setAside({...head, ...refusal});
        setAside += 1;
      }
      tell(this.#options.onProgress);
    }
    return {done, setAside};
  }

  /** Null if it is done; else the refusal for which it is to be set aside. Rejects with what may pass. */
  async #carryOut({operation}: QueuedBlob): Promise<Refusal | null> {
    const refusal = await this.#persist(operation);
    if (refusal?.message !== BEHIND) return refusal;
    // the client knows more than the server has been told: it tells, and asks once more
    await this.#options.catchUp();
    return this.#persist(operation);
  }

  /** Tries as often as may help. A route that fails in the same words each time has a reason that will not pass. */
  async #persist(operation: BlobOperation): Promise<Refusal | null> {
    let failures = 0;
    for (const waitMs of [...BACKOFF_MS, null]) {
      try {
        await this.#options.transport.perform(operation);
        return null;
      } catch (error) {
        const refusal = refusalIn(error);
        if (refusal !== null && refusal.status !== 500) return refusal;
        failures += refusal === null ? 0 : 1;
        if (refusal !== null && failures > BACKOFF_MS.length) return refusal;
        if (waitMs === null || !mayPass(error)) throw error;
        await this.#host.clock.sleep(waitMs);
      }
    }
    throw new Error('the last try returns or throws');
  }

  #finish(head: QueuedBlob): Promise<void> {
    return this.#changes.run(async () => {
      await this.#store.remove(head);
      this.#state = {...this.#state, pending: this.#state.pending.filter(one => one !== head)};
    });
  }

  #setAside(aside: SetAsideBlob): Promise<void> {
    return this.#changes.run(async () => {
      await this.#store.setAside(aside);
      const {pending, setAside} = this.#state;
      this.#state = {
        pending: pending.filter(({seq}) => seq !== aside.seq),
        setAside: [...setAside, aside],
      };
      this.#host.probe(`vfs.blobs.setAside.${aside.status}`);
    });
  }
}

interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** What the server said about the operation itself: a 4xx, or a failure of its route; null for all that may pass. */
function refusalIn(error: unknown): Refusal | null {
  if (!(error instanceof VfsTransportError) || error.status === null || !error.inServersWords) return null;
  const {status, message} = error;
  const isOfRoute = status === 500 && /^Failed to \w+ (staged )?blob$/.test(message);
  const isRefused = status >= 400 && status < 500 && status !== 401 && status !== 408 && status !== 429;
  return isOfRoute || isRefused ? {status, message} : null;
}

/** Whether another try may end otherwise at once: no answer, one from on the way, or one to another question. */
const mayPass = (error: unknown): boolean =>
  error instanceof VfsTransportError &&
  (error.status === null || error.status === 408 || error.status === 429 || error.status >= 500);

function tell(listener: (() => void) | undefined): void {
  try {
    listener?.();
  } catch {
    // a listener changes nothing
  }
}
