/** The marks of events: each kind has a shape of its own, so that none is told by colour alone. */
import type {TraceEvent} from '../../sim/events.ts';
import type {TraceKind} from '../../sim/trace.ts';

/** Outlines about the origin, as SVG writes paths: filled, filled with paper and drawn around, or drawn. */
interface Shape {
  readonly solid?: string;
  readonly hollow?: string;
  readonly line?: string;
  /** Of shapes that are all line: the radius of the patch of paper that they stand on, so as not to look like crossings. */
  readonly patch?: number;
}

const disc = (radius: number): string =>
  `M${radius} 0A${radius} ${radius} 0 1 1 ${-radius} 0A${radius} ${radius} 0 1 1 ${radius} 0Z`;
const cross = (reach: number): string =>
  `M${-reach} ${-reach}L${reach} ${reach}M${reach} ${-reach}L${-reach} ${reach}`;
const square = (half: number): string => `M${-half} ${-half}H${half}V${half}H${-half}Z`;
const lozenge = (half: number): string => `M0 ${-half}L${half} 0L0 ${half}L${-half} 0Z`;

const SHAPES = {
  boot: {hollow: disc(5)},
  booted: {hollow: disc(5), solid: disc(2)},
  crash: {line: cross(5.5), patch: 8},
  op: {solid: square(4.5)},
  'op-end': {hollow: square(3)},
  send: {solid: disc(3.5)},
  arrive: {hollow: disc(3.5)},
  answer: {solid: disc(3.5)},
  receive: {hollow: disc(3.5)},
  altered: {solid: lozenge(5)},
  fail: {line: cross(3.5), patch: 6},
  fate: {solid: 'M1.5 -6L-3.5 1H0L-1.5 6L3.5 -1H0Z'},
  sql: {solid: disc(1.75)},
  'sql-error': {solid: disc(1.75), line: cross(4), patch: 6},
  commit: {solid: square(4), line: 'M-6 6.5H6'},
  rollback: {hollow: square(4), line: 'M-6 6.5H6'},
  timer: {hollow: disc(4), line: 'M0 -2.5V0L2 1'},
  fault: {solid: 'M-5 -4H5L0 5Z'},
  'fault-ends': {hollow: 'M-5 4H5L0 -5Z'},
  rewound: {line: 'M5 -2L2 -5H-2L-5 -2V2L-2 5H2L5 2M1.5 -1L5.5 -1.5L6 -6', patch: 8},
  probe: {hollow: lozenge(3)},
  note: {line: 'M-4 -3H4M-4 0H4M-4 3H2', patch: 5.5},
  attempt: {solid: 'M-3.5 -4.5L4.5 0L-3.5 4.5Z'},
  'attempt-done': {line: 'M-4.5 0L-1.5 3.5L4.5 -4', patch: 6},
  'attempt-failed': {hollow: square(5), line: cross(2.5)},
  heal: {hollow: disc(3), line: 'M0 -5V-7M0 5V7M-5 0H-7M5 0H7', patch: 8},
  round: {line: 'M-5 0H5'},
  violation: {solid: 'M-3.3 -8H3.3L8 -3.3V3.3L3.3 8H-3.3L-8 3.3V-3.3Z', patch: 11},
} as const satisfies Record<string, Shape>;

type ShapeName = keyof typeof SHAPES;

/** What stands on the violation's octagon, in the colour of paper. */
const EXCLAMATION = 'M-1.1 -4.6H1.1V1.2H-1.1ZM-1.3 3H1.3V5.4H-1.3Z';

/** The shape of an event. */
export function shapeOf(event: TraceEvent): ShapeName {
  if (event.k === 'receive' && event.act !== '' && event.act !== 'pinned') return 'altered';
  if (event.k === 'fault' && event.phase === 'ends') return 'fault-ends';
  if (event.k === 'attempt' && event.phase === 'done') return 'attempt-done';
  if (event.k === 'attempt' && event.phase === 'failed') return 'attempt-failed';
  return event.k;
}

/** Outlines are read once. */
const paths = new Map<string, Path2D>();

function pathOf(outline: string): Path2D {
  const path = paths.get(outline) ?? new Path2D(outline);
  paths.set(outline, path);
  return path;
}

/** Draws a shape about a point. */
export function drawShape(
  ink: CanvasRenderingContext2D,
  name: ShapeName | TraceKind,
  [x, y]: readonly [number, number],
  {colour, paper}: {readonly colour: string; readonly paper: string},
): void {
  const {solid, hollow, line, patch}: Shape = SHAPES[name];
  const fill = (outline: string | undefined, style: string): void => {
    if (outline === undefined) return;
    ink.fillStyle = style;
    ink.fill(pathOf(outline));
  };
  const stroke = (outline: string | undefined): void => {
    if (outline !== undefined) ink.stroke(pathOf(outline));
  };
  ink.save();
  ink.translate(x, y);
  ink.setLineDash([]);
  ink.lineJoin = 'round';
  ink.lineCap = 'round';
  ink.lineWidth = name === 'crash' ? 3 : 1.75;
  ink.strokeStyle = colour;
  fill(patch === undefined ? undefined : disc(patch), paper);
  fill(hollow, paper);
  stroke(hollow);
  fill(solid, colour);
  stroke(line);
  if (name === 'violation') fill(EXCLAMATION, paper);
  ink.restore();
}
