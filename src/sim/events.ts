/** Reads a trace back: its lines as typed events, for whoever explains, shows or compares runs. */
import {UnreadableError} from './assert.ts';
import {FIELDS, TRACE_SCHEMA, type TraceKind} from './trace.ts';

/** Values that are integers; all others are text. A `body` is a hash, and empty text where there is no body. */
const NUMBERS = ['release', 'x', 'status', 'changes', 'number', 'arg'] as const;
/** Values that an event of its kind may lack: an attempt has no code before it is over. */
const OPTIONAL = ['code', 'message'] as const;

type Field<K extends TraceKind> = (typeof FIELDS)[K][number];
type ValueOf<N extends string> = N extends (typeof NUMBERS)[number]
  ? number
  : N extends 'body'
    ? number | string
    : string;

interface EventHead<K extends TraceKind> {
  /** Its number in the trace, from 1. */
  readonly n: number;
  /** Virtual ms since the start of the run. */
  readonly t: number;
  readonly k: K;
  /** The node it happened at; empty: the world. */
  readonly at: string;
}

type Values<K extends TraceKind> = K extends 'attempt'
  ? {readonly stage: string; readonly phase: string; readonly code?: string; readonly message?: string}
  : {readonly [N in Field<K>]: ValueOf<N>};

/** One event of one kind, with that kind's values by name. */
export type EventOf<K extends TraceKind> = EventHead<K> & Values<K>;

/** An event of any kind; `k` tells which. */
export type TraceEvent = {[K in TraceKind]: EventOf<K>}[TraceKind];

export interface TraceHeader {
  readonly system: string;
  readonly variant: string;
  readonly seed: string;
}

export interface TraceFooter {
  /** How many events there were. */
  readonly n: number;
  readonly t: number;
  readonly digest: string;
}

export interface ParsedTrace {
  readonly header: TraceHeader;
  /** In order: the event with number n is at index n - 1. */
  readonly events: readonly TraceEvent[];
  readonly footer: TraceFooter;
}

/** Reads a whole trace from its lines, header and footer included. Throws {@link UnreadableError} naming the first line that does not fit. */
export function parseTrace(lines: readonly string[], source = 'the trace'): ParsedTrace {
  if (lines.length < 2) throw new UnreadableError(`${source}: it needs a header and a footer`);
  const last = lines.length - 1;
  const header = readHeader(objectOf(lines[0], 0, source), source);
  const events = lines.slice(1, last).map((line, index) => {
    const event = objectOf(line, index + 1, source);
    const wrong = unfit(event, index + 1);
    if (wrong !== null) throw new UnreadableError(`${source}: line ${index + 2}: ${wrong}`);
    return event as unknown as TraceEvent;
  });
  return {header, events, footer: readFooter(objectOf(lines[last], last, source), events.length, source)};
}

type Members = Readonly<Record<string, unknown>>;

function objectOf(line: string | undefined, index: number, source: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(line ?? '');
  } catch {
    value = null;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw new UnreadableError(`${source}: line ${index + 1}: not a JSON object`);
}

function readHeader({schema, system, variant, seed}: Members, source: string): TraceHeader {
  if (schema !== TRACE_SCHEMA) {
    throw new UnreadableError(`${source}: line 1: not the header of a trace with schema "${TRACE_SCHEMA}"`);
  }
  if (typeof system === 'string' && typeof variant === 'string' && typeof seed === 'string') {
    return {system, variant, seed};
  }
  throw new UnreadableError(`${source}: line 1: the header names no system, variant and seed`);
}

function readFooter({end, n, t, digest}: Members, count: number, source: string): TraceFooter {
  const where = `${source}: line ${count + 2}`;
  if (end !== true || typeof t !== 'number' || typeof digest !== 'string') {
    throw new UnreadableError(`${where}: not the footer of a trace: it is cut off`);
  }
  if (n !== count) throw new UnreadableError(`${where}: the footer tells of other events than there are`);
  return {n: count, t, digest};
}

/** Why a line is not the event with that number; null if it is. */
function unfit(event: Members, number: number): string | null {
  const {n, t, k, at} = event;
  if (n !== number) return `event ${number} is missing`;
  if (typeof t !== 'number' || !Number.isSafeInteger(t) || t < 0) return 'no time';
  if (typeof at !== 'string') return 'no node';
  if (typeof k !== 'string' || !Object.hasOwn(FIELDS, k)) return 'no kind of event that is known';
  const kind = k as TraceKind;
  for (const name of FIELDS[kind]) {
    if (!fits(kind, name, event[name])) return `${kind} without a proper "${name}"`;
  }
  return null;
}

function fits(kind: TraceKind, name: string, value: unknown): boolean {
  const list = (names: readonly string[]): boolean => names.includes(name);
  if (value === undefined) return kind === 'attempt' && list(OPTIONAL);
  if (name === 'body') return value === '' || Number.isSafeInteger(value);
  return list(NUMBERS) ? Number.isSafeInteger(value) : typeof value === 'string';
}
