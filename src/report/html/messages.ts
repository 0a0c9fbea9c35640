/** Messages as a diagram draws them: every leg from where it was sent to where it arrived, or what became of it. */
import type {EventOf, TraceEvent} from '../../sim/events.ts';

/**
 * What became of a leg. `lost`: it never arrives; `open`: it had not arrived when the run ended; `refused`: nothing
 * took it; `unheard`: an answer that nobody waited for any more; `altered`: it arrived, but not as it was sent.
 */
export type LegEnd = 'whole' | 'altered' | 'lost' | 'open' | 'refused' | 'unheard';

/** One leg of a message. Places are indices of events. */
export interface Leg {
  readonly leg: 'request' | 'answer';
  /** Number of the exchange; 0 for messages that nobody answers. */
  readonly x: number;
  readonly from: number;
  /** Null: it did not arrive. */
  readonly to: number | null;
  /** The node it was meant for; null where no node is known by that address. */
  readonly toNode: string | null;
  readonly end: LegEnd;
  /** What did it: a hazard, a tamper or an error code; empty where nothing is known. */
  readonly act: string;
  /** True where something on the way answered in place of the node it was sent to. */
  readonly proxy: boolean;
}

interface Exchange {
  readonly send: number;
  readonly arrivals: number[];
  readonly answers: number[];
  /** The event at which the asker's wait ended. */
  end: number | null;
}

/** Every leg of every message, in the order in which they were sent. */
export function legsOf(events: readonly TraceEvent[]): Leg[] {
  const scan = new Scan(events);
  events.forEach((event, index) => scan.take(event, index));
  return scan.legs();
}

type Sent = EventOf<'send'>;

class Scan {
  readonly #events: readonly TraceEvent[];
  readonly #exchanges = new Map<number, Exchange>();
  /** What happened to the leg that an event sent. */
  readonly #fates = new Map<number, string>();
  /** The last leg that each node sent. */
  readonly #lastSent = new Map<string, number>();
  /** Messages without an exchange that have not arrived, by who sent them and what they are. */
  readonly #oneWay = new Map<string, number[]>();
  readonly #nodes = new Set<string>();
  /** Nodes that answered to an address. */
  readonly #behind = new Map<string, string>();
  readonly #legs: Leg[] = [];

  constructor(events: readonly TraceEvent[]) {
    this.#events = events;
    for (const {at} of events) if (at !== '') this.#nodes.add(at);
  }

  take(event: TraceEvent, index: number): void {
    switch (event.k) {
      case 'send':
        this.#lastSent.set(event.at, index);
        if (event.x > 0) this.#exchanges.set(event.x, {send: index, arrivals: [], answers: [], end: null});
        else this.#waiting(event.at, event.what).push(index);
        return;
      case 'arrive':
        if (event.x > 0) this.#arrive(event, index);
        else this.#arriveOneWay(event, index);
        return;
      case 'answer':
        this.#lastSent.set(event.at, index);
        this.#exchanges.get(event.x)?.answers.push(index);
        return;
      case 'receive':
      case 'fail': {
        const exchange = this.#exchanges.get(event.x);
        if (exchange !== undefined) exchange.end = index;
        else if (event.k === 'fail') this.#failDial(event);
        return;
      }
      case 'fate': {
        const sent = this.#lastSent.get(event.at);
        if (sent !== undefined && isMessage(event.key)) this.#fates.set(sent, event.act);
        return;
      }
      default:
    }
  }

  legs(): Leg[] {
    for (const [x, exchange] of this.#exchanges) {
      this.#requests(x, exchange);
      this.#answers(x, exchange);
    }
    for (const waiting of this.#oneWay.values()) {
      for (const index of waiting) this.#unarrived(index);
    }
    return this.#legs.sort((a, b) => a.from - b.from);
  }

  #waiting(from: string, what: string): number[] {
    const key = JSON.stringify([from, what]);
    const waiting = this.#oneWay.get(key) ?? [];
    this.#oneWay.set(key, waiting);
    return waiting;
  }

  #arrive(event: EventOf<'arrive'>, index: number): void {
    const exchange = this.#exchanges.get(event.x);
    if (exchange === undefined) return;
    exchange.arrivals.push(index);
    this.#behind.set(this.#sent(exchange.send).to, event.at);
  }

  /** Nothing in the trace says which it is; they are taken to arrive in the order in which they were sent. */
  #arriveOneWay(event: EventOf<'arrive'>, index: number): void {
    const waiting = this.#waiting(event.from, event.what);
    const place = waiting.findIndex(sent => {
      const {to} = this.#sent(sent);
      return (to === event.at || !this.#nodes.has(to)) && this.#fates.get(sent) !== 'lose-request';
    });
    const sent = waiting[place];
    if (sent === undefined) return;
    const act = this.#fates.get(sent) ?? '';
    // a duplicated message arrives once more
    if (act === 'duplicate') this.#fates.set(sent, 'copy');
    else waiting.splice(place, 1);
    this.#behind.set(this.#sent(sent).to, event.at);
    this.#add({leg: 'request', x: 0, from: sent, to: index, toNode: event.at, end: 'whole', act});
  }

  #failDial(event: EventOf<'fail'>): void {
    const waiting = this.#waiting(event.at, 'dial');
    const place = waiting.findIndex(sent => this.#sent(sent).to === event.from);
    const sent = waiting[place];
    if (sent === undefined) return;
    waiting.splice(place, 1);
    const end = event.code === 'timeout' ? 'lost' : 'refused';
    this.#add({leg: 'request', x: 0, from: sent, to: null, toNode: this.#target(sent), end, act: event.code});
  }

  #unarrived(sent: number): void {
    const act = this.#fates.get(sent) ?? '';
    if (act === 'copy') return;
    const end = act === 'lose-request' || act === 'reset' ? 'lost' : 'open';
    this.#add({leg: 'request', x: 0, from: sent, to: null, toNode: this.#target(sent), end, act});
  }

  #requests(x: number, {send, arrivals, end}: Exchange): void {
    const fate = this.#fates.get(send) ?? '';
    const base = {leg: 'request' as const, x, from: send};
    for (const to of arrivals) {
      this.#add({...base, to, toNode: this.#at(to), end: 'whole', act: fate});
    }
    if (arrivals.length > 0) return;
    const over = end === null ? null : this.#events[end];
    const toNode = this.#target(send);
    if (over?.k === 'receive') {
      // an answer that was given before, or by something between the two: no server saw the request
      if (over.act === 'pinned') return;
      this.#add({...base, to: null, toNode, end: 'refused', act: over.act, proxy: true});
      this.#add({
        ...base,
        leg: 'answer',
        to: end,
        toNode: over.at,
        end: 'altered',
        act: over.act,
        proxy: true,
      });
      return;
    }
    const code = over?.k === 'fail' ? over.code : '';
    if (code === 'refused' || code === 'unreachable' || code === 'reset') {
      this.#add({...base, to: null, toNode, end: 'refused', act: code});
      return;
    }
    const lost = fate === 'lose-request' || code === 'timeout';
    this.#add({...base, to: null, toNode, end: lost ? 'lost' : 'open', act: fate === '' ? code : fate});
  }

  #answers(x: number, {send, answers, end}: Exchange): void {
    const over = end === null ? null : this.#events[end];
    const arrives = over?.k === 'receive' || (over?.k === 'fail' && over.code === 'reset');
    let taken = !arrives;
    for (const from of answers) {
      const fate = this.#fates.get(from) ?? '';
      const base = {leg: 'answer' as const, x, from, toNode: this.#at(send)};
      if (fate === 'lose-response') {
        this.#add({...base, to: null, end: 'lost', act: fate});
      } else if (!taken && end !== null && from < end) {
        taken = true;
        const act = over?.k === 'receive' ? over.act : 'reset';
        this.#add({...base, to: end, end: act === '' ? 'whole' : 'altered', act: act === '' ? fate : act});
      } else {
        this.#add({...base, to: null, end: end === null ? 'open' : 'unheard', act: fate});
      }
    }
  }

  #add(leg: Omit<Leg, 'proxy'> & {readonly proxy?: boolean}): void {
    this.#legs.push({proxy: false, ...leg});
  }

  /** Only events that send something are asked for. */
  #sent(index: number): Sent {
    return this.#events[index] as Sent;
  }

  #at(index: number): string {
    return this.#events[index]?.at ?? '';
  }

  #target(send: number): string | null {
    const {to} = this.#sent(send);
    return this.#nodes.has(to) ? to : (this.#behind.get(to) ?? null);
  }
}

/** Keys of statements name a database; those of messages a link and a leg. */
const isMessage = (key: string): boolean => / (req|res|res of the copy)$| (send|socket|dial) #\d+$/.test(key);
