/** The `Host` of one life: every door closes when the life ends, and what was awaited then never comes. */
import type {Host} from '../host.ts';
import {never, type Life} from './life.ts';
import {DEFAULT_TIMEOUT_MS} from './network.ts';
import {Stream} from './random.ts';
import type {World} from './world.ts';

/** Beyond the end of every run. */
const LONGEST_MS = 2 ** 50;

export function hostOf(world: World, life: Life): Host {
  const {core, network, oneWay, sockets} = world;
  const after = (durationMs: number, run: () => void): (() => void) => {
    if (!life.alive) return () => undefined;
    life.pending += 1;
    let waits = true;
    const happening = core.schedule(delayOf(durationMs), life, 'timer', () => {
      waits = false;
      life.pending -= 1;
      core.event('timer', life.id);
      run();
    });
    return () => {
      if (waits) life.pending -= 1;
      waits = false;
      happening.cancelled = true;
    };
  };
  return {
    id: life.id,
    clock: {
      now: () => life.node.clock.read(core.now),
      sleep: durationMs => (life.alive ? new Promise(resolve => after(durationMs, resolve)) : never<void>()),
      after,
    },
    // a life never repeats the draws of another: ids stay unique although a disk is put back
    random: Stream.named(core.plan.seed, `${life.id}/${life.number}/host`),
    net: {
      request: (to, request, options) =>
        network.request(life, to, request, delayOf(options?.timeoutMs ?? DEFAULT_TIMEOUT_MS)),
      serve: handler => {
        life.handler = handler;
      },
      dial: (to, options) => sockets.dial(life, to, delayOf(options?.timeoutMs ?? DEFAULT_TIMEOUT_MS)),
      listen: accept => {
        life.acceptor = accept;
      },
      send: (to, body) => oneWay.send(life, to, body),
      receive: handler => {
        life.receiver = handler;
      },
    },
    disk: world.storage.diskOf(life),
    probe: mark => {
      if (!life.alive) return;
      core.tally.probe(mark);
      core.event('probe', life.id, mark);
      core.observe({kind: 'probe', node: life.id, mark});
    },
  };
}

/** A duration as a node gives it: fractions are cut, what is no number or negative is nothing, and what has no end never comes. */
function delayOf(durationMs: number): number {
  return durationMs > 0 ? Math.min(Math.trunc(durationMs), LONGEST_MS) : 0;
}
