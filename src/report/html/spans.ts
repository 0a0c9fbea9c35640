/** What lasts: when a node was down, which faults were in force, what it was attempting; drawn along its line. */
import type {TraceEvent} from '../../sim/events.ts';

export interface Span {
  readonly node: string;
  readonly what: 'down' | 'fault' | 'operation' | 'attempt';
  readonly label: string;
  /** Index of the event at which it begins; -1 for a node that was not there yet. */
  readonly from: number;
  /** Index of the event at which it ends; null if it was on when the trace ended. */
  readonly to: number | null;
  /** Position among the faults of its node that are on at once, from 0. */
  readonly lane: number;
}

interface Begun {
  readonly node: string;
  readonly what: Span['what'];
  readonly label: string;
  readonly from: number;
  readonly lane: number;
}

/** Everything that lasts, in the order in which it begins. */
export function spansOf(events: readonly TraceEvent[]): Span[] {
  const log = new Log();
  const seen = new Set<string>();
  events.forEach((event, index) => {
    const {at} = event;
    switch (event.k) {
      case 'boot':
        if (!seen.has(at) && event.t > 0) log.begin('', at, 'down', 'not there yet', -1);
        seen.add(at);
        log.end(keyOf(at, 'down', ''), index);
        return;
      case 'crash':
        log.cut(at, index);
        log.begin('', at, 'down', event.cause, index);
        return;
      case 'fault':
        if (event.phase === 'begins') log.begin(event.id, at, 'fault', `${event.kind} (${event.id})`, index);
        else log.end(keyOf(at, 'fault', event.id), index);
        return;
      case 'op':
        log.begin(event.op, at, 'operation', `${event.op} ${event.kind}`, index);
        return;
      case 'op-end':
        log.end(keyOf(at, 'operation', event.op), index);
        return;
      case 'attempt':
        if (event.phase === 'begins' || event.phase === 'again')
          log.begin(event.stage, at, 'attempt', event.stage, index);
        else log.end(keyOf(at, 'attempt', event.stage), index);
        return;
      default:
    }
  });
  return log.all();
}

const keyOf = (node: string, what: Span['what'], id: string): string => JSON.stringify([node, what, id]);

class Log {
  readonly #open = new Map<string, Begun>();
  readonly #spans: Span[] = [];

  begin(id: string, node: string, what: Span['what'], label: string, from: number): void {
    const key = keyOf(node, what, id);
    // the same again while it is on: the one before has ended
    this.end(key, from);
    this.#open.set(key, {node, what, label, from, lane: what === 'fault' ? this.#freeLane(node) : 0});
  }

  end(key: string, to: number): void {
    const begun = this.#open.get(key);
    if (begun === undefined) return;
    this.#open.delete(key);
    this.#spans.push({...begun, to});
  }

  /** A life is over, and with it what it was doing. */
  cut(node: string, at: number): void {
    for (const [key, begun] of [...this.#open]) {
      if (begun.node === node && (begun.what === 'operation' || begun.what === 'attempt')) this.end(key, at);
    }
  }

  all(): Span[] {
    const open = [...this.#open.values()].map(begun => ({...begun, to: null}));
    return [...this.#spans, ...open].sort((a, b) => a.from - b.from);
  }

  #freeLane(node: string): number {
    const taken = new Set<number>();
    for (const {node: of, what, lane} of this.#open.values()) {
      if (of === node && what === 'fault') taken.add(lane);
    }
    let lane = 0;
    while (taken.has(lane)) lane += 1;
    return lane;
  }
}
