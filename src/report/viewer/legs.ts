/** Draws one leg of a message: an arrow that arrives, or a line that ends where and how the message did. */
import type {Leg} from '../html/messages.ts';
import type {Palette} from './theme.ts';

type Point = readonly [number, number];

/** How far on its way a message is that does not arrive, and that something in between answers. */
const PART_WAY = 0.62;
const HALF_WAY = 0.5;
/** Arrows end this many px before the middle of a line, so that the mark there stays whole. */
const GAP = 5;

/** `to` is where it arrives, or the place beside it where it would have. */
export function drawLeg(
  ink: CanvasRenderingContext2D,
  leg: Leg,
  {from, to}: {readonly from: Point; readonly to: Point},
  colours: Palette,
  chosen: boolean,
): void {
  const arrives = leg.end === 'whole' || leg.end === 'altered';
  const colour =
    leg.end === 'whole' ? colours.message : leg.end === 'altered' ? colours.altered : colours.fault;
  ink.strokeStyle = colour;
  ink.fillStyle = colour;
  ink.lineWidth = chosen ? 2.75 : 1.4;
  ink.setLineDash(leg.end === 'whole' ? [] : leg.end === 'altered' ? [7, 3] : [3, 3]);
  ink.lineCap = 'butt';
  if (leg.proxy && leg.leg === 'answer') {
    // answered on the way: it comes back from where the request ended, which is beside the asker's own line
    const turn: Point = [from[0] + 34, from[1] + (to[1] - from[1]) / 2];
    ink.beginPath();
    ink.moveTo(...from);
    ink.quadraticCurveTo(turn[0] + 20, turn[1], to[0] + GAP, to[1]);
    ink.stroke();
    arrowhead(ink, turn, [to[0] + GAP, to[1]]);
    return;
  }
  const end = arrives ? before(to, from) : along(from, to, leg.proxy ? HALF_WAY : PART_WAY);
  stroke(ink, from, end);
  ink.setLineDash([]);
  if (!arrives) drawEnd(ink, leg.end, end, from);
  else {
    arrowhead(ink, from, end);
    if (leg.end === 'altered') lozenge(ink, along(from, end, HALF_WAY), colours.paper);
  }
}

/** What stands at the end of a leg that does not arrive: each end has its own shape. */
function drawEnd(ink: CanvasRenderingContext2D, end: Leg['end'], [x, y]: Point, from: Point): void {
  ink.lineWidth = 2;
  if (end === 'lost') {
    stroke(ink, [x - 4, y - 4], [x + 4, y + 4]);
    stroke(ink, [x + 4, y - 4], [x - 4, y + 4]);
  } else if (end === 'refused') {
    stroke(ink, [x, y - 5], [x, y + 5]);
  } else if (end === 'unheard') {
    ink.beginPath();
    ink.arc(x, y, 4, 0, 2 * Math.PI);
    ink.stroke();
    stroke(ink, [x - 3, y + 3], [x + 3, y - 3]);
  } else {
    arrowhead(ink, from, [x, y]);
  }
}

function stroke(ink: CanvasRenderingContext2D, from: Point, to: Point): void {
  ink.beginPath();
  ink.moveTo(...from);
  ink.lineTo(...to);
  ink.stroke();
}

const along = ([ax, ay]: Point, [bx, by]: Point, share: number): Point => [
  ax + (bx - ax) * share,
  ay + (by - ay) * share,
];

/** The point just before `to` on the way from `from`. */
function before(to: Point, from: Point): Point {
  const length = distance(from, to);
  return length <= GAP ? to : along(from, to, (length - GAP) / length);
}

const distance = ([ax, ay]: Point, [bx, by]: Point): number =>
  Math.sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay));

function arrowhead(ink: CanvasRenderingContext2D, from: Point, tip: Point): void {
  const length = distance(from, tip);
  if (length === 0) return;
  const [ux, uy] = [(tip[0] - from[0]) / length, (tip[1] - from[1]) / length];
  ink.beginPath();
  ink.moveTo(...tip);
  ink.lineTo(tip[0] - ux * 9 - uy * 4, tip[1] - uy * 9 + ux * 4);
  ink.lineTo(tip[0] - ux * 9 + uy * 4, tip[1] - uy * 9 - ux * 4);
  ink.closePath();
  ink.fill();
}

function lozenge(ink: CanvasRenderingContext2D, [x, y]: Point, paper: string): void {
  ink.beginPath();
  ink.moveTo(x, y - 5.5);
  ink.lineTo(x + 5.5, y);
  ink.lineTo(x, y + 5.5);
  ink.lineTo(x - 5.5, y);
  ink.closePath();
  ink.strokeStyle = paper;
  ink.lineWidth = 3;
  ink.stroke();
  ink.fill();
}
