/** The trace: numbered events in virtual time, hashed as they come, and kept as JSON lines only when asked for. */
import {Digest} from './digest.ts';
import type {Plan} from './plan.ts';

export const TRACE_SCHEMA = 'syncstorm.trace/1';

/** The names of an event's values, by kind: what a line shows, in this order. */
export const FIELDS = {
  boot: ['release', 'cause'],
  booted: [],
  crash: ['cause'],
  op: ['op', 'kind', 'args'],
  'op-end': ['op'],
  send: ['to', 'x', 'what', 'body'],
  arrive: ['from', 'x', 'what'],
  answer: ['to', 'x', 'status', 'body'],
  receive: ['from', 'x', 'status', 'act'],
  fail: ['from', 'x', 'code'],
  fate: ['key', 'act', 'arg'],
  sql: ['db', 'label', 'changes'],
  'sql-error': ['db', 'label', 'code'],
  commit: ['db', 'changes'],
  rollback: ['db'],
  timer: [],
  fault: ['id', 'kind', 'phase'],
  rewound: ['cause'],
  probe: ['mark'],
  note: ['note', 'data'],
  attempt: ['stage', 'phase', 'code', 'message'],
  heal: [],
  round: ['number'],
  violation: ['claim', 'signature', 'message'],
} as const satisfies Record<string, readonly string[]>;

export type TraceKind = keyof typeof FIELDS;

/** What an event tells beside its time and place. */
export type Value = string | number;

export class Trace {
  readonly #digest = new Digest();
  readonly #lines: string[] | null;
  #count = 0;

  constructor(plan: Plan, keep: boolean) {
    const header = {schema: TRACE_SCHEMA, system: plan.system, variant: plan.variant, seed: plan.seed};
    this.#lines = keep ? [JSON.stringify(header)] : null;
    this.#digest.text(JSON.stringify(header));
  }

  get count(): number {
    return this.#count;
  }

  /** Records one event at virtual time `atMs` of node `at` (empty: the world). */
  event(atMs: number, kind: TraceKind, at: string, a?: Value, b?: Value, c?: Value, d?: Value): void {
    this.#count += 1;
    const digest = this.#digest;
    digest.integer(atMs);
    digest.text(kind);
    digest.text(at);
    if (a !== undefined) this.#value(a);
    if (b !== undefined) this.#value(b);
    if (c !== undefined) this.#value(c);
    if (d !== undefined) this.#value(d);
    if (this.#lines !== null) this.#lines.push(this.#line(atMs, kind, at, [a, b, c, d]));
  }

  #value(value: Value): void {
    if (typeof value === 'string') this.#digest.text(value);
    else this.#digest.integer(value);
  }

  #line(atMs: number, kind: TraceKind, at: string, values: readonly (Value | undefined)[]): string {
    const event: Record<string, string | number> = {n: this.#count, t: atMs, k: kind, at};
    FIELDS[kind].forEach((name, index) => {
      const value = values[index];
      if (value !== undefined) event[name] = value;
    });
    return JSON.stringify(event);
  }

  /** Ends the trace: its digest, and its lines with the footer if they were kept. */
  end(atMs: number): {digest: string; lines: readonly string[] | null} {
    const digest = this.#digest.value();
    this.#lines?.push(JSON.stringify({end: true, n: this.#count, t: atMs, digest}));
    return {digest, lines: this.#lines};
  }
}
