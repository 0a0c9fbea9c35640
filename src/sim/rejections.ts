/** Catches promises that a node let reject with nobody to handle it, and finds out whose they were. */
import {SIM_CLAIMS, type Core} from './core.ts';
import type {Life} from './life.ts';

export interface Rejections {
  /** In an audit: what rejected since the last call happened while this life was running. */
  attribute(life: Life | null): void;
  /** Waits until the engine has told of every rejection. True if one was never handled. */
  end(): Promise<boolean>;
  /** In an audit: records the first unhandled rejection as a violation of its node. */
  report(): void;
  stop(): void;
}

/** The real one: while a run is on, a guard stands before the global. */
const afterAll = setImmediate;

const EVENTS = ['unhandledRejection', 'rejectionHandled', 'uncaughtException'] as const;

interface Unhandled {
  readonly reason: unknown;
  life: Life | null;
  happening: number;
  attributed: boolean;
}

/**
 * Between happenings the engine has no time to tell of unhandled rejections, so a normal run learns only at its end
 * that there was one. An audit is the same run with a pause after each happening: there each can be attributed.
 * Whoever else listens (a test runner would fail its test) does not hear of them meanwhile.
 */
export function watchRejections(core: Core, audit: boolean): Rejections {
  const unhandled = new Map<Promise<unknown>, Unhandled>();
  const onUnhandled = (reason: unknown, promise: Promise<unknown>): void => {
    unhandled.set(promise, {reason, life: null, happening: core.happenings, attributed: false});
  };
  const onHandled = (promise: Promise<unknown>): void => {
    unhandled.delete(promise);
  };
  // thrown by a microtask or tick that a node made itself: nobody can handle that later, so it is judged at once
  const onException = (error: unknown): void => {
    const life = core.current;
    // the engine is about to go on by way of its timers, and that is not the node's doing
    core.current = null;
    const who = life?.id ?? 'a node';
    core.violate(
      SIM_CLAIMS.crash,
      {
        code: 'exception',
        stage: 'microtask',
        node: life?.id ?? '',
        message: `${who} let an error escape: ${textOf(error)}`,
      },
      life?.node.spec.role ?? '',
    );
  };
  const others = EVENTS.map(event => [event, process.rawListeners(event)] as const);
  for (const event of EVENTS) process.removeAllListeners(event);
  process.on('unhandledRejection', onUnhandled);
  process.on('rejectionHandled', onHandled);
  process.on('uncaughtException', onException);
  return {
    attribute: life => {
      if (!audit || unhandled.size === 0) return;
      for (const entry of unhandled.values()) {
        if (entry.attributed) continue;
        entry.attributed = true;
        entry.life = life;
      }
    },
    end: async () => {
      await new Promise<void>(resolve => afterAll(resolve));
      return unhandled.size > 0;
    },
    report: () => {
      const first = [...unhandled.values()].sort((a, b) => a.happening - b.happening)[0];
      if (first === undefined) return;
      if (core.violation !== null && core.violation.happening <= first.happening) return;
      const {life} = first;
      core.violation = null;
      core.violate(
        SIM_CLAIMS.crash,
        {
          code: 'unhandled-rejection',
          stage: '',
          node: life?.id ?? '',
          message: `${life?.id ?? 'a node'} left a rejection unhandled: ${textOf(first.reason)}`,
        },
        life?.node.spec.role ?? '',
        first.happening,
      );
    },
    stop: () => {
      for (const [event, listeners] of others) {
        process.removeAllListeners(event);
        for (const listener of listeners) process.on(event, listener as () => void);
      }
    },
  };
}

const textOf = (reason: unknown): string =>
  reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
