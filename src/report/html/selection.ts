/** Which events are shown: the slice or all, less what the filters leave out; and how many each filter is about. */
import type {TraceEvent} from '../../sim/events.ts';
import {printable} from '../printable.ts';
import type {Finding} from './finding.ts';
import {wordsOf} from './words.ts';

export interface View {
  readonly scope: 'slice' | 'all';
  /** Nodes and kinds that are not shown; the empty id is the world. */
  readonly hiddenNodes: ReadonlySet<string>;
  readonly hiddenKinds: ReadonlySet<string>;
  /** Only events that say this, whatever the case; empty for all. */
  readonly text: string;
}

/** The events shown, and where each event of the trace stands among them. */
export interface Selection {
  /** Indices of the events, rising. */
  readonly shown: readonly number[];
  /** For each event its position among those shown; one that is not shown is half-way between its neighbours. */
  readonly positions: Float64Array;
}

export class Selector {
  readonly #finding: Finding;
  /** What a text filter looks at, made when it is first needed. */
  #texts: readonly string[] | null = null;

  constructor(finding: Finding) {
    this.#finding = finding;
  }

  select(view: View): Selection {
    const {events} = this.#finding;
    const needle = view.text.trim().toLowerCase();
    const texts = needle === '' ? null : this.#searchable();
    const shown: number[] = [];
    const positions = new Float64Array(events.length);
    events.forEach((event, index) => {
      const visible =
        this.#inScope(view, index) &&
        !view.hiddenNodes.has(event.at) &&
        !view.hiddenKinds.has(event.k) &&
        (texts === null || texts[index]?.includes(needle) === true);
      positions[index] = visible ? shown.length : shown.length - 0.5;
      if (visible) shown.push(index);
    });
    return {shown, positions};
  }

  /** How many events of the scope each node and each kind has. */
  counts(scope: View['scope']): {nodes: ReadonlyMap<string, number>; kinds: ReadonlyMap<string, number>} {
    const nodes = new Map<string, number>();
    const kinds = new Map<string, number>();
    this.#finding.events.forEach((event, index) => {
      if (scope === 'slice' && !this.#finding.slice.has(index)) return;
      nodes.set(event.at, (nodes.get(event.at) ?? 0) + 1);
      kinds.set(event.k, (kinds.get(event.k) ?? 0) + 1);
    });
    return {nodes, kinds};
  }

  #inScope({scope}: View, index: number): boolean {
    return scope === 'all' || this.#finding.slice.has(index);
  }

  #searchable(): readonly string[] {
    this.#texts ??= this.#finding.events.map((event, index) =>
      `${textOf(event)} ${printable(this.#finding.lines[index] ?? '')}`.toLowerCase(),
    );
    return this.#texts;
  }
}

/** An event on one line: its kind, where, and what it says. */
export const textOf = (event: TraceEvent): string => printable(`${event.k} ${event.at} ${wordsOf(event)}`);

/** Position among those shown of the event nearest to `index`, the later one if two are as near; -1 if nothing is shown. */
export function nearestPosition({shown, positions}: Selection, index: number): number {
  if (shown.length === 0) return -1;
  const position = positions[index] ?? 0;
  if (Number.isInteger(position)) return position;
  const before = Math.floor(position);
  const after = before + 1;
  const [next, last] = [shown[after], shown[before]];
  if (next === undefined) return before;
  return last !== undefined && index - last < next - index ? before : after;
}
