/** What each event of a trace can have been caused by: its direct predecessors, read off the trace alone. */
import type {EventOf, TraceEvent} from '../events.ts';
import {Actor} from './actors.ts';
import {Exchanges, type Exchange} from './exchanges.ts';
import {Struck} from './struck.ts';

/** They come from outside, or tell what did: no look at a database is behind them. */
const LOOKS_AT_NOTHING: readonly string[] = ['arrive', 'timer', 'op', 'receive', 'fail'];

export class Causes {
  readonly #events: readonly TraceEvent[];
  readonly #places: ReadonlyMap<string, string>;
  /** Places that something was ever committed to. */
  readonly #kept: ReadonlySet<string>;
  readonly #struck: Struck;
  readonly #exchanges: Exchanges;
  readonly #actors = new Map<string, Actor>();
  /** Number of the latest event that changed what is stored at a place. */
  readonly #stored = new Map<string, number>();
  readonly #causes: readonly Set<number>[];
  #round = 0;
  #heal = 0;

  constructor(events: readonly TraceEvent[], places: ReadonlyMap<string, string>) {
    this.#events = events;
    this.#places = places;
    this.#struck = new Struck(events, id => this.#placeOf(id));
    this.#exchanges = new Exchanges(events);
    this.#causes = events.map(() => new Set<number>());
    const commits = events.filter(({k}) => k === 'commit');
    this.#kept = new Set(commits.map(({at}) => this.#placeOf(at)));
    for (const event of events) this.#enter(event);
  }

  /** Numbers of the events that could have brought about event `n` directly. Some may be later: a fault is told after its first blow. */
  of(n: number): ReadonlySet<number> {
    return this.#causes[n - 1] ?? new Set();
  }

  #because(n: number, ...causes: readonly (number | undefined)[]): void {
    const known = this.#causes[n - 1];
    for (const cause of causes) if (cause !== undefined && cause > 0 && cause !== n) known?.add(cause);
  }

  #placeOf(id: string): string {
    return this.#places.get(id) ?? id;
  }

  #actor(id: string): Actor {
    let actor = this.#actors.get(id);
    if (actor === undefined) {
      const place = this.#placeOf(id);
      actor = new Actor(id, place, !this.#kept.has(place));
      this.#actors.set(id, actor);
    }
    return actor;
  }

  #enter(event: TraceEvent): void {
    switch (event.k) {
      case 'violation':
        return this.#violation(event);
      case 'heal':
        this.#heal = event.n;
        return;
      case 'round':
        this.#because(event.n, this.#heal);
        this.#round = event.n;
        return;
      case 'fault':
        return this.#fault(event);
      case 'rewound':
        return this.#rewound(event);
      case 'boot':
        return this.#boot(event);
      case 'crash':
        return this.#crash(event);
      case 'fate':
        return this.#fate(event);
      default:
        return this.#act(event);
    }
  }

  /** Something that a node's program did, or that reached it. */
  #act(event: TraceEvent): void {
    const {n, k} = event;
    const actor = this.#actor(event.at);
    const sentBy = k === 'receive' || k === 'fail' ? this.#exchanges.at(event.x)?.strands : undefined;
    const strands = sentBy ?? actor.strandsOf(event);
    this.#because(n, actor.main.last, actor.strain, ...strands.map(({last}) => last));
    if (!LOOKS_AT_NOTHING.includes(k)) this.#because(n, this.#stored.get(actor.place));
    if (k === 'commit') this.#stored.set(actor.place, n);
    // rounds of settling give their operations such names
    if (k === 'op' && event.op.startsWith('settle-')) this.#because(n, this.#round);
    if (k === 'send') {
      this.#exchanges.sent(event, strands);
      const ends = [event.at, ...this.#exchanges.serversOf(event.to)];
      // whether a message without a number came is not known: what may have cut it off belongs to it
      if (event.x === 0) this.#because(n, ...this.#struck.inForce('cuts', n, ends));
    }
    if (k === 'arrive') this.#arrive(event);
    if (k === 'answer') this.#exchanges.at(event.x)?.answers.push(n);
    if (k === 'receive' || k === 'fail') this.#settle(event);
    for (const strand of strands) strand.last = n;
    actor.last = n;
  }

  #arrive(event: EventOf<'arrive'>): void {
    const {n, at, from, x, what} = event;
    const exchange = this.#exchanges.at(x);
    const send = exchange?.send ?? this.#exchanges.unnumbered(from, at, what);
    if (exchange !== undefined) this.#exchanges.arrived(exchange, event);
    this.#because(n, send, ...(exchange?.fates ?? []), ...this.#struck.inForce('slows', send, [from, at]));
  }

  /** A request is over: it was answered, or it failed. */
  #settle(event: EventOf<'receive'> | EventOf<'fail'>): void {
    const {n, at, from} = event;
    const exchange = this.#exchanges.at(event.x);
    const send = exchange?.send ?? this.#exchanges.unnumbered(at, from, 'dial');
    const {arrivals = [], answers = [], fates = []} = exchange ?? {};
    const met = [...(exchange?.servers ?? [])];
    const servers = met.length > 0 ? met : this.#exchanges.serversOf(from);
    this.#because(n, send, ...arrivals, ...answers, ...fates);
    for (const leg of [send, ...answers]) {
      this.#because(n, ...this.#struck.inForce('slows', leg, [at, ...servers]));
      if (event.k === 'fail') this.#because(n, ...this.#struck.inForce('cuts', leg, [at, ...servers]));
    }
    if (event.k === 'fail') this.#becauseOfServers(event, send, servers);
    else if (event.act !== '' && exchange !== undefined) this.#becauseOfLies(event, exchange);
    if (exchange !== undefined) exchange.over = true;
  }

  /** No answer came: the server may have crashed, been down, or stood still. */
  #becauseOfServers({n, code}: EventOf<'fail'>, send: number, servers: readonly string[]): void {
    for (const id of servers) {
      const server = this.#actors.get(id);
      if (server === undefined) continue;
      if (code === 'refused' || server.turn > send) this.#because(n, server.turn);
      if (code === 'timeout') this.#because(n, server.strain);
    }
  }

  /** An answer that was not the server's own may be made of earlier ones. */
  #becauseOfLies({n, at, act}: EventOf<'receive'>, exchange: Exchange): void {
    for (const answer of exchange.answers) this.#because(n, ...this.#struck.inForce('lies', answer, [at]));
    const tampered = act.startsWith('tamper:');
    if (tampered || act === 'late-replay') this.#because(n, ...this.#exchanges.alike(exchange, tampered));
  }

  #fault(event: EventOf<'fault'>): void {
    const {n, at, kind} = event;
    const actor = this.#actor(at);
    this.#because(n, this.#struck.beginning(event));
    switch (this.#struck.reachOf(kind)) {
      case 'node':
        this.#because(n, actor.strain);
        actor.strain = n;
        return;
      case 'place':
        this.#because(n, this.#stored.get(actor.place));
        this.#stored.set(actor.place, n);
        return;
      case 'way':
      case 'blows':
        return;
    }
  }

  #rewound(event: EventOf<'rewound'>): void {
    const {place} = this.#actor(event.at);
    this.#because(event.n, this.#struck.behind(event));
    // what was emptied owes nothing to what had been there
    const emptied = event.cause === 'wiped' || event.cause === 'rebuilt';
    if (!emptied) this.#because(event.n, this.#stored.get(place));
    this.#stored.set(place, event.n);
  }

  /** A life begins, with what the disk holds and nothing else of the life before. */
  #boot({n, at}: EventOf<'boot'>): void {
    const actor = this.#actor(at);
    const twin = this.#struck.twinning(at);
    if (twin !== null) this.#because(n, twin.n, this.#stored.get(this.#placeOf(twin.at)));
    this.#because(n, actor.turn, actor.strain, this.#stored.get(actor.place));
    actor.turned(n);
  }

  #crash(event: EventOf<'crash'>): void {
    const {n, at, cause} = event;
    const actor = this.#actor(at);
    this.#because(n, this.#struck.behind(event));
    if (this.#struck.isOwnDoing(cause)) this.#because(n, ...actor.latest);
    for (const exchange of this.#exchanges.outstanding(at)) {
      // it did not come in time for this life
      this.#because(n, ...exchange.fates);
      exchange.over = true;
    }
    actor.turned(n);
  }

  /** A fate is told right behind the message that meets it; that of a statement stands alone. */
  #fate(event: EventOf<'fate'>): void {
    const {n, at} = event;
    const message = this.#events[n - 2];
    if ((message?.k !== 'send' && message?.k !== 'answer') || message.at !== at) {
      this.#act(event);
      return;
    }
    this.#because(n, message.n);
    const exchange = this.#exchanges.at(message.x);
    // whether a message without a number came is not known: what it met belongs to it
    if (exchange === undefined) this.#because(message.n, n);
    else exchange.fates.push(n);
  }

  #violation(event: EventOf<'violation'>): void {
    const settled = event.at === '' || event.signature.split('/')[1] === 'settled';
    const named = [...this.#actors.keys()].filter(id => id === event.at || names(event.message, id));
    const nodes = settled ? named : [event.at];
    for (const id of nodes.length > 0 ? nodes : this.#actors.keys()) {
      const actor = this.#actor(id);
      this.#because(event.n, ...actor.latest, this.#stored.get(actor.place));
    }
  }
}

const PART_OF_A_NAME = /[\w~-]/;

/** Whether a text names a node: its id as a word of its own. */
function names(text: string, id: string): boolean {
  for (let at = text.indexOf(id); at >= 0 && id !== ''; at = text.indexOf(id, at + 1)) {
    const around = [text.charAt(at - 1), text.charAt(at + id.length)];
    if (!around.some(character => PART_OF_A_NAME.test(character))) return true;
  }
  return false;
}
