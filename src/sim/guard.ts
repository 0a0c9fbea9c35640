/**
 * Stands before the globals that would let a node reach past its host, while a run is on. In mode `forbid` it says who
 * did it and refuses; in mode `virtual` the globals answer from the host of the node that is running, so that code
 * that was not written for a host runs deterministically. The harness's own code passes through to the real ones.
 */
import {createRequire, syncBuiltinESMExports} from 'node:module';
import {promisify} from 'node:util';
import type {Host} from '../host.ts';
import {virtualCrypto} from './virtual-crypto.ts';
import {virtualFetch} from './virtual-fetch.ts';
import {
  promisedTimers,
  virtualHighResolution,
  virtualTimeoutSignal,
  VirtualTimers,
} from './virtual-timers.ts';

export type GuardMode = 'forbid' | 'virtual';

/** What the guard needs to know of the run: whose code is running, and whom to tell. */
export interface Guarded {
  readonly mode: GuardMode;
  current(): Host | null;
  /** A node reached for `what`, and was refused. */
  report(host: Host, what: string): void;
}

/** Thrown into the node that reached past its host. */
class GuardError extends Error {
  constructor(node: string, what: string) {
    super(`${node} reached for ${what}; a node reaches the world only through its host`);
    this.name = 'GuardError';
  }
}

type Callable = (...args: never[]) => unknown;
type Holder = Record<string, unknown>;

/** One guarded property. What stands in for it is made once, and again only if somebody else has replaced the real one. */
interface Door {
  readonly holder: Holder;
  readonly name: string;
  readonly make: (real: Callable) => unknown;
  real: unknown;
  standIn: unknown;
}

const RealDate = Date;
const load = createRequire(import.meta.url);

/** The run that is on; null between runs, when a stand-in that somebody kept passes everything through. */
let guarded: Guarded | null = null;
let timers = new VirtualTimers();
let doors: Door[] | null = null;

/** How many want the guard to stand; between runs it lets everything through. */
let holds = 0;

/**
 * Puts the guard up and leaves it there until the returned function is called: putting it up takes longer than a short
 * run, so a campaign does it once.
 */
export function holdGuard(): () => void {
  if (holds === 0) putUp();
  holds += 1;
  return () => {
    holds -= 1;
    if (holds === 0) takeDown();
  };
}

/** Guards a run; the returned function ends that. One run at a time. */
export function installGuard(run: Guarded): () => void {
  const release = holdGuard();
  guarded = run;
  timers = new VirtualTimers();
  return () => {
    guarded = null;
    release();
  };
}

function putUp(): void {
  doors ??= allDoors();
  for (const door of doors) {
    const real = door.holder[door.name];
    if (real !== door.real) {
      door.real = real;
      door.standIn = door.make(real as Callable);
    }
    door.holder[door.name] = door.standIn;
  }
  syncBuiltinESMExports();
}

function takeDown(): void {
  for (const {holder, name, real, standIn} of doors ?? []) {
    // what somebody has put there meanwhile is theirs
    if (holder[name] === standIn) holder[name] = real;
  }
  syncBuiltinESMExports();
}

/** The host of the node whose code is running; null for the harness's own, and between runs. */
const running = (): Host | null => (guarded === null ? null : guarded.current());

function refuse(host: Host, what: string): never {
  guarded?.report(host, what);
  throw new GuardError(host.id, what);
}

/** Calls through for the harness; for a node refuses, or answers from its host where that can be done. */
function standIn(what: string, real: Callable, virtual: ((host: Host) => unknown) | null): Callable {
  return function (this: unknown, ...args: never[]): unknown {
    const host = running();
    if (host === null) {
      return new.target === undefined
        ? (Reflect.apply(real, this, args) as unknown)
        : (Reflect.construct(real, args) as unknown);
    }
    if (virtual === null || guarded?.mode !== 'virtual') refuse(host, what);
    return (virtual(host) as Callable)(...args);
  };
}

function allDoors(): Door[] {
  const list: Door[] = [];
  const add = (start: object, name: string, make: (real: Callable) => unknown): void => {
    const holder = ownerOf(start, name);
    if (holder !== null) list.push({holder, name, make, real: undefined, standIn: undefined});
  };
  const stand = (
    start: object,
    what: string,
    name: string,
    virtual: ((host: Host) => unknown) | null,
  ): void => add(start, name, real => standIn(what, real, virtual));

  add(globalThis, 'Date', () => GuardedDate);
  stand(Math, 'Math.random', 'random', host => () => host.random.integer(0, 0x7fff_ffff) / 0x8000_0000);
  stand(performance, 'performance.now', 'now', host => () => host.clock.now());
  add(process, 'hrtime', real =>
    Object.assign(
      standIn('process.hrtime', real, host => virtualHighResolution(host).hrtime),
      {
        bigint: standIn(
          'process.hrtime',
          (real as unknown as {bigint: Callable}).bigint,
          host => virtualHighResolution(host).bigint,
        ),
      },
    ),
  );
  add(process, 'nextTick', real => (...args: never[]) => {
    const host = running();
    // what a tick awaits would come among the next happenings; in mode `virtual` there is time for it
    if (host !== null && guarded?.mode !== 'virtual') refuse(host, 'process.nextTick');
    return Reflect.apply(real, process, args) as unknown;
  });
  addTimers(add, stand);
  stand(AbortSignal, 'AbortSignal.timeout', 'timeout', virtualTimeoutSignal);
  stand(globalThis, 'fetch', 'fetch', virtualFetch);
  stand(globalThis, 'WebSocket', 'WebSocket', null);
  for (const [holder, prefix] of [
    [load('node:crypto') as object, 'node:crypto '],
    [globalThis.crypto, 'crypto.'],
  ] as const) {
    for (const name of [
      'randomUUID',
      'getRandomValues',
      'randomBytes',
      'randomInt',
      'randomFillSync',
      'randomFill',
    ]) {
      stand(holder, `${prefix}${name}`, name, host => virtualCrypto(host, name));
    }
  }
  return list;
}

function addTimers(
  add: (start: object, name: string, make: (real: Callable) => unknown) => void,
  stand: (start: object, what: string, name: string, virtual: (host: Host) => unknown) => void,
): void {
  const promised = load('node:timers/promises') as Holder;
  for (const holder of [globalThis, load('node:timers') as object]) {
    for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) {
      add(holder, name, real => {
        const door = standIn(name, real, host => timers[name](host));
        // as on the real one, so that a promisified timer is a guarded timer
        return Object.defineProperty(door, promisify.custom, {enumerable: true, get: () => promised[name]});
      });
    }
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
      add(holder, name, real => (handle: unknown) => {
        if (running() === null || !timers.clear(handle)) (real as (handle: unknown) => void)(handle);
      });
    }
  }
  for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) {
    stand(promised, `node:timers/promises ${name}`, name, host => promisedTimers(host)[name]);
  }
  const scheduler = promised['scheduler'] as object;
  stand(scheduler, 'node:timers/promises scheduler', 'wait', host => promisedTimers(host).wait);
  stand(scheduler, 'node:timers/promises scheduler', 'yield', host => promisedTimers(host).yield);
}

/** The object that has the property as its own and lets it be replaced; null if there is none. */
function ownerOf(start: object, name: string): Holder | null {
  for (
    let holder: object | null = start;
    holder !== null;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    if (property !== undefined) return property.writable === true ? (holder as Holder) : null;
  }
  return null;
}

/** The present time of whoever asks. */
function now(what: string): number {
  const host = running();
  if (host === null) return RealDate.now();
  if (guarded?.mode !== 'virtual') refuse(host, what);
  return host.clock.now();
}

/** A `Date` whose now is the running node's; dates made from given values are the real ones. */
const GuardedDate = function (this: unknown, ...args: unknown[]): unknown {
  if (new.target === undefined) return new RealDate(now('Date()')).toString();
  const values = args.length === 0 ? [now('new Date()')] : args;
  const target = new.target === (GuardedDate as unknown) ? RealDate : new.target;
  return Reflect.construct(RealDate, values, target) as unknown;
};
GuardedDate.prototype = RealDate.prototype;
Object.defineProperties(GuardedDate, {
  name: {value: 'Date'},
  length: {value: RealDate.length},
  now: {value: () => now('Date.now'), writable: true, configurable: true},
  parse: {value: RealDate.parse, writable: true, configurable: true},
  UTC: {value: RealDate.UTC, writable: true, configurable: true},
});
