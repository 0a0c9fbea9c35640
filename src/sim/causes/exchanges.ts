/** The messages of a trace: what became of each request, and which servers a name may stand for. */
import type {EventOf, TraceEvent} from '../events.ts';
import type {Strand} from './actors.ts';

/** A request and what became of it. */
export interface Exchange {
  readonly asker: string;
  readonly to: string;
  readonly what: string;
  /** Number of its `send`, and the strands of the asker's program that it may be for. */
  readonly send: number;
  readonly strands: readonly Strand[];
  readonly servers: Set<string>;
  readonly arrivals: number[];
  readonly answers: number[];
  /** Fates of either leg. */
  readonly fates: number[];
  over: boolean;
}

/** Earlier answers that a replayed or tampered one may be made of. */
const REMEMBERED = 16;

export class Exchanges {
  readonly #byNumber = new Map<number, Exchange>();
  /** Nodes that a request sent to a name ever arrives at. */
  readonly #answering = new Map<string, Set<string>>();
  /** Latest message without a number by sender and kind, then by whom it was sent to. */
  readonly #unnumbered = new Map<string, Map<string, number>>();

  constructor(events: readonly TraceEvent[]) {
    const names = new Map<number, string>();
    for (const event of events) {
      if (event.k === 'send' && event.x > 0) names.set(event.x, event.to);
      const to = event.k === 'arrive' ? names.get(event.x) : undefined;
      if (to !== undefined) this.#answering.set(to, (this.#answering.get(to) ?? new Set()).add(event.at));
    }
  }

  at(x: number): Exchange | undefined {
    return this.#byNumber.get(x);
  }

  /** A request leaves, or a message that has no number. */
  sent({n, at, to, x, what}: EventOf<'send'>, strands: readonly Strand[]): void {
    if (x === 0) {
      const line = `${at} ${what}`;
      this.#unnumbered.set(line, (this.#unnumbered.get(line) ?? new Map<string, number>()).set(to, n));
      return;
    }
    const servers = new Set<string>();
    const lists = {arrivals: [], answers: [], fates: []};
    this.#byNumber.set(x, {asker: at, to, what, send: n, strands, servers, ...lists, over: false});
  }

  arrived(exchange: Exchange, {n, at}: EventOf<'arrive'>): void {
    exchange.arrivals.push(n);
    exchange.servers.add(at);
  }

  /** Number of the latest message without one of its own that may be what came; 0 if none was sent. */
  unnumbered(from: string, at: string, what: string): number {
    const sent = this.#unnumbered.get(`${from} ${what}`);
    // it was sent to the node by its id, or else to an address
    return sent?.get(at) ?? Math.max(0, ...(sent?.values() ?? []));
  }

  /** Ids of the nodes that a name may stand for. */
  serversOf(to: string): string[] {
    return [to, ...(this.#answering.get(to) ?? [])];
  }

  /** What a node still waits for. */
  *outstanding(asker: string): Iterable<Exchange> {
    for (const exchange of this.#byNumber.values()) {
      if (exchange.asker === asker && !exchange.over) yield exchange;
    }
  }

  /** Numbers of earlier answers to the same kind of request: those on this link, and with `others` the latest to each other node. */
  alike(exchange: Exchange, others: boolean): number[] {
    const alike = [...this.#byNumber.values()].filter(({what}) => what === exchange.what);
    const same = alike.filter(({asker, to}) => asker === exchange.asker && to === exchange.to);
    const own = same.flatMap(({answers}) => answers).slice(-REMEMBERED);
    const latest = new Map<string, number>();
    for (const {asker, answers} of alike) {
      const answer = answers.at(-1);
      if (others && asker !== exchange.asker && answer !== undefined) latest.set(asker, answer);
    }
    return [...own, ...latest.values()];
  }
}
