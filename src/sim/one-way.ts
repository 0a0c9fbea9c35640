/** One-way messages: lost, repeated or overtaken, and nothing is heard of their fate. */
import type {Body} from '../host.ts';
import {copyBody} from './bodies.ts';
import {ByPair} from './by-pair.ts';
import type {Core} from './core.ts';
import {bodyHash} from './digest.ts';
import type {Line} from './identity.ts';
import type {Life, SimNode} from './life.ts';
import type {Paths} from './paths.ts';
import type {Fate} from './plan.ts';
import {tellFate} from './tell-fate.ts';

export class OneWay {
  readonly #core: Core;
  readonly #paths: Paths;
  readonly #resolve: (to: string, turn: () => number) => SimNode | undefined;
  readonly #lines: ByPair<Line>;

  constructor(core: Core, paths: Paths, resolve: (to: string, turn: () => number) => SimNode | undefined) {
    this.#core = core;
    this.#paths = paths;
    this.#resolve = resolve;
    this.#lines = new ByPair((from, to) => core.weather.line(`${from}>${to} send`));
  }

  send(sender: Life, to: string, original: Body): void {
    if (!sender.alive) return;
    const core = this.#core;
    const body = copyBody(original);
    const key = this.#lines.at(sender.id, to).next(sender.owner);
    const target = this.#resolve(to, () => key.stream(' turn').integer(0, 0xffff));
    const fate = core.weather.message(key, 'oneway');
    core.messages += 1;
    core.event('send', sender.id, to, 0, 'send', bodyHash(body));
    tellFate(core, sender.id, key, fate);
    if (target === undefined) return;
    if (fate.act === 'lose-request') {
      core.tally.hazard('lose-request', 'effective');
      return;
    }
    this.#carry(sender, target, body, fate, fate.delayMs, false);
    if (fate.act === 'duplicate') {
      this.#carry(sender, target, body, fate, fate.delayMs + (fate.arg ?? 1), true);
    }
  }

  #carry(sender: Life, target: SimNode, body: Body, fate: Fate, delayMs: number, copy: boolean): void {
    const core = this.#core;
    const arrival = this.#paths.arrival(sender.id, target.id, delayMs);
    if (arrival === null) return;
    const path = this.#paths.between(sender.id, target.id);
    const order = (path.sent += 1);
    core.scheduleWorld(arrival, () => {
      const life = target.life;
      if (life === null || !life.alive || life.receiver === null) return;
      core.schedule(0, life, 'io', () => {
        this.#paths.noteArrival(path, order, fate);
        if (copy) core.tally.hazard('duplicate', 'effective');
        core.event('arrive', life.id, sender.id, 0, 'send');
        core.observe({kind: 'message', node: life.id, from: sender.id, body});
        life.disturb();
        life.receiver?.(copyBody(body), sender.id);
      });
    });
  }
}
