/** A finding as its page reads it back: events, messages, states and the causal slice, ready to be asked for. */
import type {Frame} from '../../sim/explanation.ts';
import {parseTrace, type TraceEvent} from '../../sim/events.ts';
import {unpackFrames, type PageData} from './data.ts';
import {legsOf, type Leg} from './messages.ts';
import {spansOf, type Span} from './spans.ts';

/** A node as a column of the diagram. */
export interface Column {
  readonly id: string;
  /** Empty for a node that the film does not name, such as the second life of an identity. */
  readonly role: string;
  readonly place: string;
}

export interface Finding {
  readonly page: PageData;
  /** The event with number n is at index n - 1; so is its line. */
  readonly events: readonly TraceEvent[];
  readonly lines: readonly string[];
  readonly columns: readonly Column[];
  readonly legs: readonly Leg[];
  readonly spans: readonly Span[];
  /** The frames of each node, in order. */
  readonly frames: ReadonlyMap<string, readonly Frame[]>;
  /** Indices of the events that could have influenced the violation, the violation among them. */
  readonly slice: ReadonlySet<number>;
  /** Index of the event that tells of the violation; of the last event if none does. */
  readonly violation: number;
}

/** `trace`: the lines of the trace, header and footer included. Throws `UnreadableError` if it is not one. */
export function openFinding(page: PageData, trace: string): Finding {
  const lines = trace.trim().split('\n');
  const {events} = parseTrace(lines);
  const told = events.findLastIndex(event => event.k === 'violation');
  const violation = told < 0 ? events.length - 1 : told;
  const slice = new Set(page.explanation.slice.map(n => n - 1).filter(index => index < events.length));
  if (slice.size > 0) slice.add(violation);
  return {
    page,
    events,
    lines: lines.slice(1, -1),
    columns: columnsOf(page, events),
    legs: legsOf(events),
    spans: spansOf(events),
    frames: unpackFrames(page.frames),
    slice,
    violation,
  };
}

/** The nodes as the film names them; each other node after the one that it is a second life of, or last. */
function columnsOf(page: PageData, events: readonly TraceEvent[]): Column[] {
  const columns: Column[] = page.nodes.map(({id, role, place}) => ({id, role, place}));
  const known = new Set(columns.map(({id}) => id));
  for (const {at} of events) {
    if (at === '' || known.has(at)) continue;
    known.add(at);
    const original = columns.findIndex(({id}) => at.startsWith(`${id}~`));
    const place = original < 0 ? columns.length : original + 1;
    columns.splice(place, 0, {id: at, role: columns[original]?.role ?? '', place: ''});
  }
  return columns;
}

/** A node's state at an event, and the one before it to compare with. */
export interface StateSeen {
  readonly frame: Frame;
  readonly before: Frame | null;
}

/**
 * The state of a node as of an event: as the step that the event is part of left it; null where nothing is known of it
 * yet. At the violation it is the last state there is.
 */
export function stateAt(finding: Finding, node: string, index: number): StateSeen | null {
  const frames = finding.frames.get(node) ?? [];
  let place = index === finding.violation ? frames.length - 1 : lastBy(frames, index + 1);
  const next = frames[place + 1];
  if (next !== undefined && sameStep(finding.events, node, index, next.event - 1)) place += 1;
  const frame = frames[place];
  return frame === undefined ? null : {frame, before: frames[place - 1] ?? null};
}

/** Index of the last frame by the event with number `n`; -1 if there is none. */
function lastBy(frames: readonly Frame[], n: number): number {
  let [low, high] = [0, frames.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((frames[middle]?.event ?? 0) <= n) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** States are told at the end of a step: a step's events follow each other, at one time and on one node. */
function sameStep(events: readonly TraceEvent[], node: string, from: number, to: number): boolean {
  const t = events[from]?.t;
  for (let index = from; index <= to; index += 1) {
    const event = events[index];
    if (event === undefined || event.t !== t || event.at !== node) return false;
  }
  return true;
}

/** Index of the event at which a node's state next changed after `index`, or last changed before it; null if it did not. */
export function stateChange(finding: Finding, node: string, index: number, way: 1 | -1): number | null {
  const frames = finding.frames.get(node) ?? [];
  const seen = stateAt(finding, node, index);
  const place = seen === null ? -1 : frames.indexOf(seen.frame);
  const frame = frames[place + way];
  return frame === undefined ? null : frame.event - 1;
}
