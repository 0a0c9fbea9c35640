/** Flushes again and again while it is switched on (3.8). */
import type {Clock} from '../../host.ts';
import {tell} from './client-core.ts';
import {VfsSyncError} from './client-errors.ts';

export class BackgroundFlush {
  readonly #clock: Clock;
  readonly #flush: () => Promise<unknown>;
  readonly #onError: (error: unknown) => void;
  #cancel: (() => void) | null = null;
  #flushing = false;

  constructor(clock: Clock, flush: () => Promise<unknown>, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#flush = flush;
    this.#onError = onError;
  }

  get active(): boolean {
    return this.#cancel !== null;
  }

  /** Flushes every `intervalMs` from now on; does nothing if it already does. Throws {@link VfsSyncError}. */
  start(intervalMs: number): void {
    if (!Number.isSafeInteger(intervalMs) || intervalMs <= 0) {
      throw new VfsSyncError('intervalMs must be a positive integer');
    }
    if (this.active) return;
    const tick = (): void => {
      this.#cancel = this.#clock.after(intervalMs, tick);
      void this.#flushUnlessFlushing();
    };
    this.#cancel = this.#clock.after(intervalMs, tick);
  }

  /** No tick comes after this; a flush that one began goes on. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** A tick that finds the flush of an earlier one under way leaves it at that: one failure is told once. */
  async #flushUnlessFlushing(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      await this.#flush();
    } catch (error) {
      tell(() => {
        this.#onError(error);
      });
    }
    this.#flushing = false;
  }
}
