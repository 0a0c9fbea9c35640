/** Timers and clocks as a host would answer for them, in the shapes of Node's globals and of `node:timers/promises`. */
import type {Host} from '../host.ts';

type Task = (...args: unknown[]) => void;

/** What `setTimeout` returns: enough of Node's Timeout for code that holds on to it. */
class VirtualTimeout {
  readonly id: number;
  cancel: () => void = () => undefined;
  over = false;
  readonly #restart: (timeout: VirtualTimeout) => void;

  constructor(id: number, restart: (timeout: VirtualTimeout) => void) {
    this.id = id;
    this.#restart = restart;
    restart(this);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.cancel();
    this.#restart(this);
    return this;
  }

  close(): this {
    this.over = true;
    this.cancel();
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }
}

export class VirtualTimers {
  #ids = 0;
  readonly #live = new Map<number, VirtualTimeout>();

  setTimeout(host: Host): (task: Task, delayMs?: unknown, ...args: unknown[]) => VirtualTimeout {
    return (task, delayMs, ...args) =>
      this.#start(timeout => {
        timeout.cancel = host.clock.after(delayOf(delayMs), () => {
          this.#live.delete(timeout.id);
          task(...args);
        });
      });
  }

  setInterval(host: Host): (task: Task, delayMs?: unknown, ...args: unknown[]) => VirtualTimeout {
    return (task, delayMs, ...args) => {
      const again = (timeout: VirtualTimeout): void => {
        timeout.cancel = host.clock.after(delayOf(delayMs), () => {
          if (timeout.over) return;
          again(timeout);
          task(...args);
        });
      };
      return this.#start(again);
    };
  }

  setImmediate(host: Host): (task: Task, ...args: unknown[]) => VirtualTimeout {
    return (task, ...args) => this.setTimeout(host)(task, 0, ...args);
  }

  /** Cancels a virtual timer, given as itself or by its number; false if the handle is neither. */
  clear(handle: unknown): boolean {
    const byNumber = typeof handle === 'number' || typeof handle === 'string';
    const timeout = byNumber ? this.#live.get(Number(handle)) : handle;
    if (!(timeout instanceof VirtualTimeout)) return false;
    timeout.close();
    this.#live.delete(timeout.id);
    return true;
  }

  #start(restart: (timeout: VirtualTimeout) => void): VirtualTimeout {
    this.#ids += 1;
    const timeout = new VirtualTimeout(this.#ids, restart);
    this.#live.set(timeout.id, timeout);
    return timeout;
  }
}

/** Node's rule: anything that is not at least 1 ms becomes 1 ms; fractions are cut. */
function delayOf(value: unknown): number {
  const delay = Number(value ?? 1);
  return delay >= 1 && delay <= 0x7fff_ffff ? Math.trunc(delay) : 1;
}

/** The functions of `node:timers/promises`, without their options. */
export function promisedTimers(host: Host): {
  readonly setTimeout: (delayMs?: unknown, value?: unknown) => Promise<unknown>;
  readonly setImmediate: (value?: unknown) => Promise<unknown>;
  readonly setInterval: (delayMs?: unknown, value?: unknown) => AsyncGenerator<unknown, void>;
  readonly wait: (delayMs?: unknown) => Promise<void>;
  readonly yield: () => Promise<void>;
} {
  const sleep = (delayMs: unknown): Promise<void> => host.clock.sleep(delayOf(delayMs));
  return {
    setTimeout: (delayMs, value) => sleep(delayMs).then(() => value),
    setImmediate: value => sleep(0).then(() => value),
    async *setInterval(delayMs, value) {
      for (;;) {
        await sleep(delayMs);
        yield value;
      }
    },
    wait: sleep,
    yield: () => sleep(0),
  };
}

/** `process.hrtime` and its `bigint`: the node's clock, in whole milliseconds. */
export function virtualHighResolution(host: Host): {
  readonly hrtime: (since?: readonly [number, number]) => [number, number];
  readonly bigint: () => bigint;
} {
  return {
    hrtime: since => {
      const nowMs = host.clock.now();
      const seconds = Math.trunc(nowMs / 1000);
      const nanoseconds = (nowMs % 1000) * 1_000_000;
      if (since === undefined) return [seconds, nanoseconds];
      const borrow = nanoseconds < since[1] ? 1 : 0;
      return [seconds - since[0] - borrow, nanoseconds - since[1] + borrow * 1_000_000_000];
    },
    bigint: () => BigInt(host.clock.now()) * 1_000_000n,
  };
}

/** `AbortSignal.timeout` on the host's timers. */
export const virtualTimeoutSignal =
  (host: Host) =>
  (delayMs: number): AbortSignal => {
    const controller = new AbortController();
    host.clock.after(delayMs, () => {
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    });
    return controller.signal;
  };
