/**
 * The VFS client: a durable queue of local operations, and a replica of the feed that only moves forward
 * (section 3).
 */
import {DiskError, type Host} from '../../host.ts';
import type {
  ClientSnapshot,
  Cursor,
  ExportedState,
  Operation,
  OperationInput,
} from '../../model/vfs/types.ts';
import {BackgroundFlush} from './client-background.ts';
import {type ChangedContainers, listChangedSince} from './client-clocks.ts';
import {ClientCore, type Flight} from './client-core.ts';
import {
  isRematerializationRequired,
  VfsPushRejectedError,
  VfsStoredStateError,
  VfsSyncError,
} from './client-errors.ts';
import {type FlushResult, flushQueue} from './client-flush.ts';
import {hydrateRefused} from './client-guardrails.ts';
import {hydrate} from './client-hydrate.ts';
import {Mutex} from './client-mutex.ts';
import {qualify, type QualifiedOptions, type VfsClientOptions} from './client-options.ts';
import {nextWriteId} from './client-position.ts';
import {type PullResult, pullUntilSettled} from './client-pull.ts';
import {operationOf} from './client-queue.ts';
import {rematerialize} from './client-rematerialize.ts';
import {changeTo, ClientState} from './client-state.ts';
import {ClientStore} from './client-store.ts';
import {isRecord} from './text.ts';

/**
 * Characters of the random part of an opId: what keeps a client restored from an old state from using one
 * twice.
 */
const OP_ID_RANDOM = 8;

/**
 * One client of one user. Whatever it has told its caller is durable, and what is durable is what {@link
 * exportState} says; an attempt that fails leaves the state as the last completed page or acknowledgement
 * made it.
 */
export class VfsClient {
  readonly #host: Host;
  readonly #core: ClientCore;
  readonly #options: QualifiedOptions;
  readonly #background: BackgroundFlush;
  /** Lets flush, sync and hydrate have the client one at a time. */
  readonly #runs = new Mutex();
  /** Flushes and syncs that are under way or wait for their turn. */
  #activeRuns = 0;
  #inFlight: Promise<FlushResult> | null = null;

  private constructor(host: Host, options: QualifiedOptions, core: ClientCore) {
    this.#host = host;
    this.#options = options;
    this.#core = core;
    this.#background = new BackgroundFlush(host.clock, () => this.flush(), options.onBackgroundError);
  }

  /**
   * Opens the client that this host's place holds, or a pristine one. Rejects with {@link VfsSyncError} for
   * wrong options, with {@link VfsStoredStateError} for a database that it cannot have written, and with the
   * disk's errors.
   */
  static async open(host: Host, options: VfsClientOptions): Promise<VfsClient> {
    const qualified = qualify(options);
    const {userId, clientId} = qualified;
    const {store, state: stored} = await ClientStore.open(host, {userId, clientId}, options.database);
    const state = new ClientState();
    if (stored !== null) state.apply(changeTo(stored));
    return new VfsClient(host, qualified, new ClientCore(qualified, {state, store}));
  }

  /**
   * Queues an operation for the next push, at any time; it is durable when this resolves (3.2). Rejects with
   * {@link VfsSyncError} for the first thing that is wrong with it.
   */
  async queueLocalOperation(input: OperationInput): Promise<Operation> {
    const given: unknown = isRecord(input) ? {...input} : input;
    const queued = await this.#core.change(({position, pending}) => {
      const reserved = nextWriteId(this.#core.flight?.highestWriteId ?? 0);
      const writeId = Math.max(position.nextLocalWriteId, reserved);
      const operation = operationOf(given, {
        clientId: this.#core.clientId,
        writeId,
        now: this.#host.clock.now(),
        isPending: opId => pending.has(opId),
        drawId: () => this.#host.random.id(OP_ID_RANDOM),
      });
      const next = {...position, nextLocalWriteId: nextWriteId(writeId)};
      return {change: {queue: [operation], position: next}, result: operation};
    });
    return {...queued};
  }

  /**
   * Takes one operation off the queue because its user gave it up; whether it was there. Refused while a
   * flush is in flight: the server may just then be accepting it.
   */
  discardOperation(opId: string): Promise<boolean> {
    return this.#core.change(({pending, position}) => {
      if (this.#core.flight !== null) {
        throw new VfsSyncError('cannot discard operation while flush is in progress');
      }
      if (!pending.has(opId)) return {change: null, result: false};
      return {change: {unqueue: [opId], position}, result: true};
    });
  }

  /**
   * Pushes the queue and pulls (3.4). One that finds a flush in flight joins it, and flushes once more only
   * if an operation that was queued by now is still there when it has ended well.
   */
  flush(): Promise<FlushResult> {
    if (this.#inFlight !== null) return this.#join(this.#inFlight);
    const flight: Flight = {highestWriteId: 0};
    this.#core.flight = flight;
    this.#inFlight = this.#takeTurn('FLUSH', () => flushQueue(this.#core, flight)).finally(() => {
      this.#core.flight = null;
      this.#inFlight = null;
    });
    return this.#inFlight;
  }

  async #join(inFlight: Promise<FlushResult>): Promise<FlushResult> {
    const queued = [...this.#core.state.pending.keys()];
    const result = await inFlight;
    return queued.some(opId => this.#core.state.pending.has(opId)) ? this.flush() : result;
  }

  /** Pulls until the server has no more, and reconciles (3.6). Waits for runs before it. */
  sync(): Promise<PullResult> {
    return this.#takeTurn('SYNC', () => pullUntilSettled(this.#core));
  }

  async #takeTurn<T>(event: 'FLUSH' | 'SYNC', body: () => Promise<T>): Promise<T> {
    this.#activeRuns += 1;
    try {
      return await this.#runs.run(() => this.#run(event, body));
    } finally {
      this.#activeRuns -= 1;
    }
  }

  /** Runs `body`, and again after each rematerialization that it turns out to need (3.12). */
  async #run<T>(event: 'FLUSH' | 'SYNC', body: () => Promise<T>): Promise<T> {
    this.#core.happened(event);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await body();
      } catch (error) {
        await this.#recover(error, attempt);
      }
    }
  }

  /** Returns if the run may start over; throws what ended it if not. */
  async #recover(error: unknown, attempt: number): Promise<void> {
    const {maxRematerializationAttempts, rematerializer, userId, clientId} = this.#options;
    const recoverable = isRematerializationRequired(error) && attempt <= maxRematerializationAttempts;
    if (!recoverable || rematerializer === null) {
      if (!(error instanceof VfsPushRejectedError)) this.#core.happened('FAILED');
      throw error;
    }
    this.#core.happened('REMATERIALIZE');
    try {
      await rematerialize(this.#core, {userId, clientId, error, attempt}, rematerializer);
    } catch (failure) {
      this.#core.happened('FAILED');
      throw failure;
    }
    this.#core.happened('REMATERIALIZED');
  }

  /**
   * Fills this pristine client from a persisted state (3.10). Rejects with {@link VfsSyncError}, having
   * changed nothing, and reports each refusal as a guardrail violation; a disk that fails is no refusal.
   */
  async hydrateState(state: unknown): Promise<void> {
    if (this.#activeRuns > 0) {
      throw this.#refusedHydrate(new VfsSyncError('cannot hydrate state while flush is in progress'));
    }
    if (this.#background.active) {
      throw this.#refusedHydrate(new VfsSyncError('cannot hydrate state while background flush is active'));
    }
    await this.#runs.run(async () => {
      this.#core.happened('HYDRATE');
      try {
        await hydrate(this.#core, state);
      } catch (error) {
        const failed = error instanceof DiskError || error instanceof VfsStoredStateError;
        if (!failed) this.#refusedHydrate(error);
        this.#core.happened('HYDRATE_REFUSED');
        throw error;
      }
      this.#core.happened('HYDRATED');
    });
  }

  #refusedHydrate<E>(error: E): E {
    this.#core.report(hydrateRefused(error));
    return error;
  }

  /** The whole durable state as frozen plain JSON (3.9); cheap between changes, and safe at any moment. */
  exportState(): ExportedState {
    return this.#core.state.export();
  }

  /** What a user interface shows (3.3). */
  snapshot(): ClientSnapshot {
    return this.#core.state.snapshot();
  }

  /**
   * The containers that changed strictly after `cursor` (null: all), oldest first (1.6). Throws {@link
   * VfsSyncError}.
   */
  listChangedContainers(cursor: Cursor | null, limit?: number): ChangedContainers {
    return listChangedSince(this.exportState().containerClocks, cursor, limit);
  }

  /**
   * Flushes every `intervalMs` until stopped; failures go to `onBackgroundError` (3.8). Throws {@link
   * VfsSyncError}.
   */
  startBackgroundFlush(intervalMs: number): void {
    this.#background.start(intervalMs);
  }

  /** Ends the background flush; unless told not to, waits for a flush in flight, however it ends. */
  async stopBackgroundFlush(wait = true): Promise<void> {
    if (!this.#background.active) return;
    this.#background.stop();
    if (wait) await this.#inFlight?.catch(() => undefined);
  }
}
