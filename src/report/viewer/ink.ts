/** Draws the part of the space-time diagram that is in sight: lines of nodes, what lasts along them, messages, marks. */
import type {TraceEvent} from '../../sim/events.ts';
import type {Finding} from '../html/finding.ts';
import type {Leg} from '../html/messages.ts';
import type {Selection} from '../html/selection.ts';
import type {Span} from '../html/spans.ts';
import {Stretches} from '../html/stretches.ts';
import {toneOf, type Tone} from '../html/words.ts';
import {drawShape, shapeOf} from './glyphs.ts';
import {drawLeg} from './legs.ts';
import type {Palette} from './theme.ts';

export const ROW = 22;

/** Where things are. */
export interface Geometry {
  /** The middle of each column that is shown, by node. */
  readonly columns: ReadonlyMap<string, number>;
  /** Where the drawing begins and ends, in px. */
  readonly left: number;
  readonly right: number;
}

/** What is drawn: made anew when the view changes, asked for a window of rows whenever one comes into sight. */
export class Drawing {
  readonly #finding: Finding;
  readonly #selection: Selection;
  readonly #legs: Stretches<Leg>;
  readonly #spans: Stretches<Span>;

  constructor(finding: Finding, selection: Selection) {
    this.#finding = finding;
    this.#selection = selection;
    this.#legs = new Stretches(
      finding.legs
        .filter(leg => this.#isShown(leg.from) || (leg.to !== null && this.#isShown(leg.to)))
        .map(leg => {
          const from = this.#row(leg.from);
          const to = leg.to === null ? from + 1 : this.#row(leg.to);
          return {low: from, high: to, item: leg};
        }),
    );
    this.#spans = new Stretches(
      finding.spans
        .map(span => ({
          low: span.from < 0 ? -1 : this.#row(span.from),
          high: span.to === null ? selection.shown.length : this.#row(span.to),
          item: span,
        }))
        // what began and ended between two rows is not there to be seen
        .filter(({low, high}) => high > low),
    );
  }

  /** Draws rows `from` to `to`; the context's origin is the top of row `from`. Messages of the exchange `chosen` stand out. */
  paint(
    ink: CanvasRenderingContext2D,
    {from, to}: {readonly from: number; readonly to: number},
    geometry: Geometry,
    colours: Palette,
    chosen: number,
  ): void {
    const y = (row: number): number => (row - from + 0.5) * ROW;
    const height = (to - from) * ROW;
    this.#lifelines(ink, geometry, colours, height);
    for (const span of this.#spans.within(from - 1, to)) {
      const x = geometry.columns.get(span.node);
      if (x === undefined) continue;
      const top = span.from < 0 ? 0 : y(this.#row(span.from));
      drawSpan(ink, span, {x, top, bottom: span.to === null ? height : y(this.#row(span.to))}, colours);
    }
    this.#world(ink, {from, to}, geometry, colours, y);
    for (const leg of this.#legs.within(from - 1, to)) this.#leg(ink, leg, geometry, colours, y, chosen);
    for (let row = Math.max(0, from); row < Math.min(to, this.#selection.shown.length); row += 1) {
      this.#mark(ink, row, geometry, colours, y(row));
    }
  }

  #row(index: number): number {
    return this.#selection.positions[index] ?? 0;
  }

  #isShown(index: number): boolean {
    return Number.isInteger(this.#selection.positions[index]);
  }

  #isFaint(index: number): boolean {
    const {slice} = this.#finding;
    return slice.size > 0 && !slice.has(index);
  }

  #lifelines(ink: CanvasRenderingContext2D, {columns}: Geometry, colours: Palette, height: number): void {
    ink.setLineDash([]);
    ink.strokeStyle = colours.line;
    ink.lineWidth = 1.5;
    for (const x of columns.values()) {
      ink.beginPath();
      ink.moveTo(x, 0);
      ink.lineTo(x, height);
      ink.stroke();
    }
  }

  #leg(
    ink: CanvasRenderingContext2D,
    leg: Leg,
    {columns, left, right}: Geometry,
    colours: Palette,
    y: (row: number) => number,
    chosen: number,
  ): void {
    const start = columns.get(this.#finding.events[leg.from]?.at ?? '');
    if (start === undefined) return;
    const known = leg.toNode === null ? undefined : columns.get(leg.toNode);
    // the node it was meant for is not known: it goes towards the middle
    if (known === undefined && leg.toNode !== null) return;
    const towards = known ?? start + (start < (left + right) / 2 ? 60 : -60);
    const faint = this.#isFaint(leg.from) && (leg.to === null || this.#isFaint(leg.to));
    const whole = this.#isShown(leg.from) && (leg.to === null || this.#isShown(leg.to));
    const stands = chosen > 0 && leg.x === chosen;
    ink.globalAlpha = stands ? 1 : faint ? 0.35 : whole ? 1 : 0.5;
    drawLeg(
      ink,
      leg,
      {
        from: [start, y(this.#row(leg.from))],
        to: [towards, leg.to === null ? y(this.#row(leg.from)) + ROW * 0.9 : y(this.#row(leg.to))],
      },
      colours,
      stands,
    );
    ink.globalAlpha = 1;
  }

  /** Events of the world reach across all columns. */
  #world(
    ink: CanvasRenderingContext2D,
    {from, to}: {readonly from: number; readonly to: number},
    {left, right}: Geometry,
    colours: Palette,
    y: (row: number) => number,
  ): void {
    const {events} = this.#finding;
    const {shown} = this.#selection;
    for (let row = Math.max(0, from); row < Math.min(to, shown.length); row += 1) {
      const event = events[shown[row] ?? 0];
      if (event?.at !== '') continue;
      ink.setLineDash(event.k === 'violation' ? [] : [1, 4]);
      ink.strokeStyle = event.k === 'violation' ? colours.violation : colours.muted;
      ink.lineWidth = event.k === 'violation' ? 2 : 1.25;
      ink.beginPath();
      ink.moveTo(left, y(row));
      ink.lineTo(right, y(row));
      ink.stroke();
    }
  }

  #mark(
    ink: CanvasRenderingContext2D,
    row: number,
    {columns, left, right}: Geometry,
    colours: Palette,
    y: number,
  ): void {
    const index = this.#selection.shown[row] ?? 0;
    const event = this.#finding.events[index];
    if (event === undefined) return;
    const x = event.at === '' ? (left + right) / 2 : columns.get(event.at);
    if (x === undefined) return;
    ink.globalAlpha = this.#isFaint(index) ? 0.4 : 1;
    drawShape(ink, shapeOf(event), [x, y], {colour: colourOf(toneOf(event), colours), paper: colours.paper});
    ink.globalAlpha = 1;
  }
}

export const colourOf = (tone: Tone, colours: Palette): string =>
  tone === 'plain' ? colours.ink : tone === 'quiet' ? colours.muted : colours[tone];

/** The exchange that an event is part of; 0 if it is of none. */
export const exchangeOf = (event: TraceEvent | undefined): number =>
  event !== undefined && 'x' in event ? event.x : 0;

const LANE = 5;

/** What lasts, along a node's line: away (dashed), a fault (a bracket beside it), work (a bar on it). */
function drawSpan(
  ink: CanvasRenderingContext2D,
  {what, lane}: Span,
  {x, top, bottom}: {readonly x: number; readonly top: number; readonly bottom: number},
  colours: Palette,
): void {
  ink.setLineDash([]);
  if (what === 'down') {
    ink.fillStyle = colours.paper;
    ink.fillRect(x - 2, top, 4, bottom - top);
    ink.setLineDash([2, 5]);
    ink.strokeStyle = colours.muted;
    ink.lineWidth = 1.25;
    line(ink, [x, top], [x, bottom]);
  } else if (what === 'fault') {
    const side = x - 11 - lane * LANE;
    ink.strokeStyle = colours.fault;
    ink.lineWidth = 2.5;
    line(ink, [side, top], [side, bottom]);
    ink.lineWidth = 1.5;
    line(ink, [side, top], [x - 5, top]);
    line(ink, [side, bottom], [x - 5, bottom]);
  } else {
    const half = what === 'operation' ? 5 : 2.5;
    ink.fillStyle = what === 'operation' ? colours.faint : colours.line;
    ink.fillRect(x - half, top, half * 2, bottom - top);
  }
}

function line(
  ink: CanvasRenderingContext2D,
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): void {
  ink.beginPath();
  ink.moveTo(fromX, fromY);
  ink.lineTo(toX, toY);
  ink.stroke();
}
