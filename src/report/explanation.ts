/** An explanation as text: when it became inevitable, what is necessary, what could have influenced it, what nearly passes. */
import type {Explanation, KindNecessity, Necessity, PlanSize} from '../sim/explanation.ts';
import {counted, duration, grouped} from './amounts.ts';
import {columns, indent} from './columns.ts';
import type {Paint} from './paint.ts';
import {clip, printable} from './printable.ts';

const WIDTH = 110;
const BAR = 20;
const SLICE_SHOWN = 24;

/** What an explanation is told with. */
export interface ExplanationFacts {
  readonly explanation: Explanation;
  /** Lines of the trace of the plan that is explained. */
  readonly trace: readonly string[];
}

/** How large a plan is, as in `2 operations, 1 fate on 3 nodes`. */
export function sizeText({operations, faults, fates, nodes}: PlanSize): string {
  const parts = [
    ...(operations > 0 ? [counted(operations, 'operation')] : []),
    ...(faults > 0 ? [counted(faults, 'fault')] : []),
    ...(fates > 0 ? [counted(fates, 'fate')] : []),
  ];
  return `${parts.length === 0 ? 'no steps' : parts.join(', ')} on ${counted(nodes, 'node')}`;
}

/** The lines of the explanation. */
export function explanationLines({explanation, trace}: ExplanationFacts, paint: Paint): string[] {
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', paint.bold(title), ...indent(lines)];
  return [
    ...section('when it became inevitable', curveLines(explanation)),
    ...section('steps of this plan', necessityLines(explanation.necessary)),
    ...section('kinds of step in the plan as it was found', kindLines(explanation.kinds)),
    ...section(
      `what could have influenced it: ${counted(explanation.slice.length, 'event')} of ${grouped(Math.max(0, trace.length - 2))}`,
      sliceLines(explanation.slice, trace),
    ),
    ...section('the nearest plan that passes', nearestLines(explanation)),
  ];
}

function curveLines({curve}: Explanation): string[] {
  if (curve.length === 0) return [];
  const rows = curve.map(({fixed, step, runs, hits}) => [
    String(fixed),
    '#'.repeat(Math.round((hits * BAR) / Math.max(1, runs))).padEnd(BAR, '.'),
    `${hits} of ${runs}`,
    step === null
      ? 'nothing is fixed but the world'
      : clip(`${when(step.atMs)}${printable(step.label)}`, WIDTH),
  ]);
  const first = curve.find(({runs, hits}) => hits === runs);
  const told =
    first === undefined
      ? 'no part of it makes the violation certain: what comes after can still prevent it'
      : first.step === null
        ? 'it is certain from the start, whatever happens'
        : `certain once this has happened: ${printable(first.step.label)}`;
  return [...columns(rows, ['right', 'left', 'right', 'left']), told];
}

const when = (atMs: number | null): string => (atMs === null ? '' : `${duration(atMs)}  `);

const verdictOf = (necessary: boolean | null): string =>
  necessary === null ? 'not examined' : necessary ? 'necessary' : 'not necessary';

const necessityLines = (steps: readonly Necessity[]): string[] =>
  columns(
    steps.map(({step, necessary}) => [
      verdictOf(necessary),
      clip(`${when(step.atMs)}${printable(step.label)}`, WIDTH),
    ]),
  );

/** Kinds that are needed, and then in one line those that are not. */
function kindLines(kinds: readonly KindNecessity[]): string[] {
  const named = (wanted: boolean | null): string[] =>
    kinds
      .filter(({necessary}) => necessary === wanted)
      .map(({kind, count}) => `${printable(kind)} (${grouped(count)})`);
  return columns(
    [
      ['necessary', named(true)],
      ['not necessary', named(false)],
      ['not examined', named(null)],
    ].flatMap(([label, names]) => (names?.length === 0 ? [] : [[String(label), [names].flat().join(', ')]])),
  );
}

function sliceLines(slice: readonly number[], trace: readonly string[]): string[] {
  const shown = slice.slice(-SLICE_SHOWN).map(event => clip(printable(trace[event] ?? ''), WIDTH));
  const before = slice.length - shown.length;
  return before > 0 ? [`… ${counted(before, 'earlier event')}`, ...shown] : shown;
}

function nearestLines({nearest}: Explanation): string[] {
  if (nearest === null) return [];
  const line = (text: string | null): string => (text === null ? 'ends' : clip(printable(text), WIDTH));
  return [
    `without ${printable(nearest.without.label)}; the traces part at event ${grouped(nearest.event)}`,
    ...columns([
      ['this plan', line(nearest.failing)],
      ['that passes', line(nearest.passing)],
    ]),
  ];
}
