/** Traces written by hand: each call adds an event and gives its number. */
import {parseTrace, type TraceEvent} from '../../src/sim/events.ts';
import {FIELDS, TRACE_SCHEMA, type TraceKind} from '../../src/sim/trace.ts';

export class Story {
  readonly #lines: string[] = [];
  #t = 0;

  /** Adds an event; its values in the order in which a trace names them. */
  event(at: string, kind: TraceKind, ...values: readonly (string | number)[]): number {
    this.#t += 10;
    return this.now(at, kind, ...values);
  }

  /** The same, at the time of the event before. */
  now(at: string, kind: TraceKind, ...values: readonly (string | number)[]): number {
    const n = this.#lines.length + 1;
    const named = FIELDS[kind].flatMap((name, index) => {
      const value = values[index];
      return value === undefined ? [] : [[name, value] as const];
    });
    this.#lines.push(JSON.stringify({n, t: this.#t, k: kind, at, ...Object.fromEntries(named)}));
    return n;
  }

  send = (at: string, to: string, x: number, what = 'POST /it'): number =>
    this.event(at, 'send', to, x, what, 7);
  arrive = (at: string, from: string, x: number, what = 'POST /it'): number =>
    this.event(at, 'arrive', from, x, what);
  answer = (at: string, to: string, x: number): number => this.event(at, 'answer', to, x, 200, 7);
  receive = (at: string, from: string, x: number, act = ''): number =>
    this.event(at, 'receive', from, x, 200, act);
  commit = (at: string, place = at): number => this.event(at, 'commit', `${place}/db`, 1);
  /** What befalls the message that was told of last. */
  fate = (at: string, key: string, act: string): number => this.now(at, 'fate', key, act, 1);
  violation = (at: string, message = '', stage = '-'): number =>
    this.now(at, 'violation', 'T-1', `T-1/${stage}/code/role`, message);

  /** A request and all that comes of it, with a commit of the server if it is to have one. */
  exchange(from: string, to: string, x: number, commits: boolean): number[] {
    return [
      this.send(from, to, x),
      this.arrive(to, from, x),
      ...(commits ? [this.commit(to)] : []),
      this.answer(to, from, x),
      this.receive(from, to, x),
    ];
  }

  lines(): string[] {
    return [
      JSON.stringify({schema: TRACE_SCHEMA, system: 'story', variant: 'default', seed: '0x1'}),
      ...this.#lines,
      JSON.stringify({end: true, n: this.#lines.length, t: this.#t, digest: '0123456789abcdef'}),
    ];
  }

  events(): readonly TraceEvent[] {
    return parseTrace(this.lines()).events;
  }
}
