/**
 * Stands before the globals that would let a node reach past its host, while a run is on. In mode `forbid` it says who
 * did it and refuses; in mode `virtual` the globals answer from the host of the node that is running, so that code
 * that was not written for a host runs deterministically. The harness's own code passes through to the real ones.
 */
import {createRequire, syncBuiltinESMExports} from 'node:module';
import type {Host} from '../host.ts';
import {virtualCrypto, virtualFetch, VirtualTimers} from './virtual-globals.ts';

export type GuardMode = 'forbid' | 'virtual';

/** What the guard needs to know of the run: whose code is running, and whom to tell. */
export interface Guarded {
  readonly mode: GuardMode;
  current(): Host | null;
  /** A node reached for `what` in mode `forbid`. */
  report(host: Host, what: string): void;
}

/** Thrown into the node that reached past its host. */
export class GuardError extends Error {
  constructor(node: string, what: string) {
    super(`${node} reached for ${what}; a node reaches the world only through its host`);
    this.name = 'GuardError';
  }
}

type Callable = (...args: never[]) => unknown;
type Holder = Record<string, unknown>;

const RealDate = Date;
const load = createRequire(import.meta.url);

/** Puts the guard up; the returned function takes it down again. One run at a time. */
export function installGuard(guarded: Guarded): () => void {
  const undo: (() => void)[] = [];
  const timers = new VirtualTimers();

  const replace = (holder: object, name: string, make: (real: Callable, holder: object) => unknown): void => {
    const before = Object.getOwnPropertyDescriptor(holder, name);
    const real = (holder as Holder)[name] as Callable | undefined;
    if (before === undefined || real === undefined || before.configurable !== true) return;
    const value = make(real, holder);
    Object.defineProperty(holder, name, {
      value,
      configurable: true,
      writable: true,
      enumerable: before.enumerable === true,
    });
    undo.push(() => Object.defineProperty(holder, name, before));
  };

  /** Calls through for the harness; for a node refuses, or answers from its host. */
  const stand = (holder: object, what: string, name: string, virtual: (host: Host) => Callable): void =>
    replace(holder, name, real => {
      const door = function (this: unknown, ...args: never[]): unknown {
        const host = guarded.current();
        if (host === null) return Reflect.apply(real, this, args);
        if (guarded.mode === 'forbid') {
          guarded.report(host, what);
          throw new GuardError(host.id, what);
        }
        return virtual(host)(...args);
      };
      return Object.assign(door, {}) as unknown;
    });

  replace(globalThis, 'Date', () => guardedDate(guarded));
  stand(Math, 'Math.random', 'random', host => () => host.random.integer(0, 0x7fff_ffff) / 0x8000_0000);
  stand(performance, 'performance.now', 'now', host => () => host.clock.now());
  const nodeTimers = load('node:timers') as object;
  for (const holder of [globalThis, nodeTimers]) {
    stand(holder, 'setTimeout', 'setTimeout', host => timers.setTimeout(host) as Callable);
    stand(holder, 'setInterval', 'setInterval', host => timers.setInterval(host) as Callable);
    stand(holder, 'setImmediate', 'setImmediate', host => timers.setImmediate(host) as Callable);
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
      replace(holder, name, real => (handle: unknown) => {
        if (!timers.clear(handle)) (real as (handle: unknown) => void)(handle);
      });
    }
  }
  stand(globalThis, 'fetch', 'fetch', host => virtualFetch(host) as Callable);
  const nodeCrypto = load('node:crypto') as object;
  const web = globalThis.crypto;
  for (const [holder, prefix] of [
    [nodeCrypto, 'node:crypto '],
    [Object.getPrototypeOf(web) as object, 'crypto.'],
  ] as const) {
    for (const name of [
      'randomUUID',
      'getRandomValues',
      'randomBytes',
      'randomInt',
      'randomFillSync',
      'randomFill',
    ]) {
      stand(holder, `${prefix}${name}`, name, host => virtualCrypto(host, name) as Callable);
    }
  }
  syncBuiltinESMExports();
  return () => {
    for (const step of undo.reverse()) step();
    syncBuiltinESMExports();
  };
}

/** A `Date` whose now is the running node's; dates made from given values are the real ones. */
function guardedDate(guarded: Guarded): unknown {
  const now = (what: string): number => {
    const host = guarded.current();
    if (host === null) return RealDate.now();
    if (guarded.mode === 'virtual') return host.clock.now();
    guarded.report(host, what);
    throw new GuardError(host.id, what);
  };
  const GuardedDate = function (this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new RealDate(now('Date()')).toString();
    const values = args.length === 0 ? [now('new Date()')] : args;
    return Reflect.construct(
      RealDate,
      values,
      new.target === (GuardedDate as unknown) ? RealDate : new.target,
    ) as unknown;
  };
  GuardedDate.prototype = RealDate.prototype;
  return Object.assign(GuardedDate, {now: () => now('Date.now'), parse: RealDate.parse, UTC: RealDate.UTC});
}
