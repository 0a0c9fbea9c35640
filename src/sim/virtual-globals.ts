/** The globals as a host would answer them: timers, fetch and random bytes for code that was not written for a host. */
import {NetError, type Host} from '../host.ts';

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

  /** Cancels a virtual timer; false if the handle is not one. */
  clear(handle: unknown): boolean {
    const timeout = handle instanceof VirtualTimeout ? handle : this.#live.get(Number(handle ?? Number.NaN));
    if (timeout === undefined) return false;
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

/** `fetch` over the host's network: the host part of the URL names the node or address. */
export function virtualFetch(
  host: Host,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const headers: Record<string, string> = {};
    request.headers.forEach((value, name) => {
      headers[name] = value;
    });
    const body = request.body === null ? '' : await request.text();
    try {
      const answer = await host.net.request(url.hostname, {
        method: request.method,
        path: url.pathname + url.search,
        headers,
        body,
      });
      const empty = [101, 204, 205, 304].includes(answer.status);
      const content = typeof answer.body === 'string' ? answer.body : new Uint8Array(answer.body);
      return new Response(empty ? null : content, {status: answer.status, headers: {...answer.headers}});
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      const failed = new TypeError('fetch failed');
      failed.cause = error;
      throw failed;
    }
  };
}

/** Random bytes, integers and ids out of the host's stream, in the shapes of `crypto` and `node:crypto`. */
export function virtualCrypto(host: Host, name: string): (...args: never[]) => unknown {
  const fill = (view: ArrayBufferView): unknown => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = host.random.integer(0, 255);
    return view;
  };
  switch (name) {
    case 'randomUUID':
      return () => {
        const hex = host.random.id(32);
        const variant = '89ab'[host.random.integer(0, 3)] ?? '8';
        return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
      };
    case 'randomBytes':
      return ((size: number, done?: (error: null, bytes: Buffer) => void) => {
        const bytes = Buffer.alloc(size);
        fill(bytes);
        if (done === undefined) return bytes;
        host.clock.after(0, () => done(null, bytes));
        return undefined;
      }) as (...args: never[]) => unknown;
    case 'randomInt':
      return ((first: number, second?: number) =>
        second === undefined
          ? host.random.integer(0, first - 1)
          : host.random.integer(first, second - 1)) as (...args: never[]) => unknown;
    case 'randomFill':
      return ((view: ArrayBufferView, done: (error: null, filled: unknown) => void) => {
        host.clock.after(0, () => done(null, fill(view)));
      }) as (...args: never[]) => unknown;
    default:
      return fill as (...args: never[]) => unknown;
  }
}
