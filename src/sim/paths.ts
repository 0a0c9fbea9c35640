/** The ways from node to node that requests, answers and one-way messages take: how long they need, and who overtakes whom. */
import {ByPair} from './by-pair.ts';
import type {Core} from './core.ts';
import {Links} from './links.ts';
import type {Fate} from './plan.ts';

/** The longest that a slow link makes a message take. */
const LONGEST_MS = 60_000;

/** One direction between two nodes; numbers its messages, so that one's being overtaken can be seen. */
export interface Path {
  sent: number;
  latestArrived: number;
}

export class Paths {
  readonly #core: Core;
  readonly links = new Links();
  readonly #paths = new ByPair<Path>(() => ({sent: 0, latestArrived: 0}));

  constructor(core: Core) {
    this.#core = core;
  }

  between(from: string, to: string): Path {
    return this.#paths.at(from, to);
  }

  /** How long a message takes from here on, or null if it is lost to a partition. */
  arrival(from: string, to: string, delayMs: number): number | null {
    const {links} = this;
    if (links.untouched) return delayMs;
    const blocked = links.blockedBy(from, to);
    if (blocked !== null) {
      this.#core.tally.hazard(blocked, 'effective');
      return null;
    }
    let arrival = delayMs;
    const times = links.slowness(from, to);
    if (times > 1) {
      this.#core.tally.hazard('slow-link', 'effective');
      // a slow link does not keep what is late anyway beyond all patience
      arrival = Math.max(arrival, Math.min(arrival * times, LONGEST_MS));
    }
    const until = links.cloggedUntil(from, to) - this.#core.now;
    if (until > arrival) {
      this.#core.tally.hazard('clog', 'effective');
      arrival = until;
    }
    return arrival;
  }

  /** Number `order` of a path arrived. */
  noteArrival(path: Path, order: number, fate: Fate): void {
    if (order < path.latestArrived) {
      if (fate.act === 'reorder') this.#core.tally.hazard('reorder', 'effective');
    } else {
      path.latestArrived = order;
    }
    // it may come after all have stopped waiting for it: then that is what it changed
    if (fate.act === 'delay') this.#core.tally.hazard('delay', 'effective');
  }
}
