/** The steps of the minimal plan in the order in which they happen: which are needed, and when the violation became inevitable. */
import type {CurvePoint, PlanStep} from '../../sim/explanation.ts';
import type {TraceEvent} from '../../sim/events.ts';
import {counted, grouped} from '../amounts.ts';
import type {Finding} from '../html/finding.ts';
import {button, el, svg} from './dom.ts';
import type {Session} from './session.ts';

/** A row of the list: the world before anything is fixed, or a step. */
interface StepRow {
  readonly step: PlanStep | null;
  readonly point: CurvePoint | null;
  readonly necessary: boolean | null;
}

const WIDTH = 64;
const EDGE = 8;

/** Builds the list; a step takes the cursor to where it first shows. */
export function steps(session: Session): HTMLElement {
  const {finding} = session;
  const rows = rowsOf(finding);
  const {locallyMinimal, size} = finding.page;
  const inevitable = rows.findIndex((_, index) => rows.slice(index).every(({point}) => share(point) === 1));
  const list = el('ol', {class: 'steps'});
  rows.forEach((_, index) => list.append(item(session, rows, index, index === inevitable)));
  const examined = rows.some(({point}) => point !== null);
  return el(
    'section',
    {class: 'story', label: 'Steps of the minimal plan', id: 'steps'},
    el('h2', {text: counted(size.steps, 'step')}),
    el('p', {
      class: 'caption',
      text: locallyMinimal
        ? 'No single one can be left out.'
        : 'The time was up before it was seen to be minimal.',
    }),
    rows.length === 0
      ? el('p', {class: 'caption', text: 'It was not examined which of them are needed.'})
      : el('div', {class: 'legend', text: examined ? 'chance of the violation once fixed' : ''}),
    list,
  );
}

/** Points of the curve and what is known to be needed, by step. */
function rowsOf({page}: Finding): StepRow[] {
  const {curve, necessary} = page.explanation;
  const rows: StepRow[] = curve.map(point => ({
    step: point.step,
    point,
    necessary:
      necessary.find(({step}) => step.id === point.step?.id && step.kind === point.step.kind)?.necessary ??
      null,
  }));
  for (const {step, necessary: needed} of necessary) {
    const known = rows.some(row => row.step?.id === step.id && row.step.kind === step.kind);
    if (!known) rows.push({step, point: null, necessary: needed});
  }
  return rows;
}

const share = (point: CurvePoint | null | undefined): number | null =>
  point === null || point === undefined || point.runs === 0 ? null : point.hits / point.runs;

function item(session: Session, rows: readonly StepRow[], index: number, inevitable: boolean): HTMLElement {
  const {step, point, necessary} = rows[index] as StepRow;
  const part = share(point);
  const odds =
    part === null || point === null
      ? ''
      : `${Math.round(part * 100)} % (${grouped(point.hits)}/${grouped(point.runs)})`;
  const time = step === null || step.atMs === null ? '' : `${grouped(step.atMs)} ms`;
  return el(
    'li',
    {},
    curveOf([share(rows[index - 1]?.point), part, share(rows[index + 1]?.point)]),
    el(
      'div',
      {},
      step === null ? el('span', {class: 'label', text: 'the world alone'}) : goTo(session, step),
      el('span', {class: 'notes', text: [time, odds].filter(text => text !== '').join(' · ')}),
      step === null ? null : needed(necessary),
      inevitable ? el('span', {class: 'tag violation', text: 'inevitable from here'}) : null,
    ),
  );
}

/** The name of a step; where it shows in the trace, pressing it takes the cursor there. */
function goTo(session: Session, step: PlanStep): HTMLElement {
  const target = eventOf(session.finding, step);
  const label = el('span', {class: 'label', text: step.label});
  if (target < 0) return label;
  const go = button('', () => session.goTo(target), {class: 'go', title: `Go to event ${target + 1}`});
  go.append(label);
  return go;
}

const needed = (necessary: boolean | null): HTMLElement =>
  necessary === null
    ? el('span', {class: 'tag', text: 'not examined'})
    : el('span', {
        class: necessary ? 'tag needed' : 'tag',
        text: necessary ? '● necessary' : '○ not necessary',
      });

/** One row's part of the curve: from half-way to the point above to half-way to the point below. It grows with its row. */
function curveOf([above, here, below]: readonly (number | null | undefined)[]): HTMLElement {
  const cell = el('span', {class: 'cell'});
  if (here === null || here === undefined) return cell;
  const x = (part: number): number => EDGE + part * (WIDTH - 2 * EDGE);
  const points: [number, number][] = [[x(here), 50]];
  if (typeof above === 'number') points.unshift([(x(above) + x(here)) / 2, 0]);
  if (typeof below === 'number') points.push([(x(below) + x(here)) / 2, 100]);
  const [[, top], [, bottom]] = [points[0] ?? [0, 0], points.at(-1) ?? [0, 100]];
  const text = (list: readonly (readonly number[])[]): string => list.map(pair => pair.join(',')).join(' ');
  const drawing = svg(
    'svg',
    {viewBox: `0 0 ${WIDTH} 100`, preserveAspectRatio: 'none', 'aria-hidden': 'true'},
    ...[0, 0.5, 1].map(part => svg('line', {x1: x(part), x2: x(part), y1: 0, y2: 100, class: 'grid'})),
    svg('polygon', {points: text([[x(0), top], ...points, [x(0), bottom]]), class: 'area'}),
    svg('polyline', {points: text(points), class: 'curve'}),
  );
  const dot = el('span', {class: here === 1 ? 'dot certain' : 'dot'});
  dot.style.left = `${x(here)}px`;
  cell.append(drawing, dot);
  return cell;
}

/** Index of the event at which a step first shows; -1 if it shows in none. */
function eventOf({events}: Finding, step: PlanStep): number {
  const own = events.findIndex(event => isOf(event, step));
  const {atMs} = step;
  return own >= 0 || atMs === null ? own : events.findIndex(({t}) => t >= atMs);
}

function isOf(event: TraceEvent, {kind, id}: PlanStep): boolean {
  if (kind === 'operation') return event.k === 'op' && event.op === id;
  if (kind === 'fault') return event.k === 'fault' && event.id === id;
  return event.k === 'fate' && event.key === id;
}
