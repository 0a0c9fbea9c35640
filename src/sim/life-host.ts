/** The `Host` of one life: every door closes when the life ends, and what was awaited then never comes. */
import type {Host} from '../host.ts';
import {never, type Life} from './life.ts';
import {DEFAULT_TIMEOUT_MS} from './network.ts';
import {Stream} from './random.ts';
import type {World} from './world.ts';

export function hostOf(world: World, life: Life): Host {
  const {core, network, sockets} = world;
  const after = (durationMs: number, run: () => void): (() => void) => {
    if (!life.alive) return () => undefined;
    life.pending += 1;
    const delayMs = Math.max(0, Math.trunc(durationMs));
    const happening = core.schedule(delayMs, life, 'timer', () => {
      life.pending -= 1;
      core.event('timer', life.id);
      run();
    });
    return () => {
      if (!happening.cancelled) life.pending -= 1;
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
        network.request(life, to, request, options?.timeoutMs ?? DEFAULT_TIMEOUT_MS),
      serve: handler => {
        life.handler = handler;
      },
      dial: (to, options) => sockets.dial(life, to, options?.timeoutMs ?? DEFAULT_TIMEOUT_MS),
      listen: accept => {
        life.acceptor = accept;
      },
      send: (to, body) => network.send(life, to, body),
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
