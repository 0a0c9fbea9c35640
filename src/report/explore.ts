/** The report of an exploration: how much was covered, what was counted once, and the smallest counterexample there is. */
import type {BrokenLaw, Explored} from '../sim/explore/explore.ts';
import type {ToldOperation, ToldResult} from '../sim/explore/counterexample.ts';
import {compact, counted, duration, grouped, rough, stopwatch} from './amounts.ts';
import {columns, indent} from './columns.ts';
import type {Paint} from './paint.ts';
import {printable, wrap} from './printable.ts';
import type {Verdict} from './verdict.ts';

/** An exploration, and what the command line knows beyond it. */
export interface ExploreFacts {
  readonly system: string;
  readonly variant: string;
  readonly explored: Explored;
  readonly symmetries: readonly string[];
  /** Wall time in ms. */
  readonly elapsedMs: number;
  /** The command that finds a law broken in the smallest scope that shows it. */
  readonly commandOf: (broken: BrokenLaw) => string;
}

const WIDEST = 110;
const LABEL = 12;
/** So many orders are told one by one; of more only one for each result. */
const ORDERS = 8;

/** What an exploration amounts to. A scope that was not exhausted proves nothing. */
export function exploreVerdict({broken, exhausted}: Explored): Verdict {
  if (broken.length > 0) return 'violation';
  return exhausted ? 'ok' : 'inconclusive';
}

/** How a finding is called: the law's claim, and in which way it is broken. */
const signatureOf = ({law}: BrokenLaw): string => `${law.id}/explore/${law.kind}/-`;

/** The lines that say what was covered and found. All that came from the system is made printable. */
export function exploreLines(facts: ExploreFacts, paint: Paint, width = WIDEST): string[] {
  const {explored} = facts;
  const verdict = exploreVerdict(explored);
  const [gravest, ...others] = explored.broken;
  const rest = explored.exhausted
    ? 'the scope is exhausted'
    : 'the scope is not exhausted: it was interrupted';
  return [
    ...indent(columns(coverage(facts))),
    '',
    paint.bold('counted once, since it stands for the same'),
    ...indent(facts.symmetries.map(printable)),
    ...(gravest === undefined ? [] : ['', ...brokenLines(facts, gravest, paint, width)]),
    ...otherLines(others, explored.histories, paint),
    '',
    rest,
    `verdict: ${verdict === 'ok' ? paint.green(verdict) : paint.red(verdict)}`,
    ...(gravest === undefined ? [] : [facts.commandOf(gravest)]),
  ];
}

function coverage({explored, elapsedMs}: ExploreFacts): string[][] {
  const {shapes, histories, orders, gapped, deliveries} = explored;
  const speed = rough(((orders + gapped) * 1_000) / Math.max(elapsedMs, 1));
  return [
    ['shapes', grouped(shapes), 'who wrote what after which'],
    ['histories', grouped(histories), 'each shape with all that its operations may do'],
    ['orders', grouped(orders + gapped), 'of arrival, of which'],
    ['', grouped(orders), 'bring all operations of a history'],
    ['', grouped(gapped), 'bring some, while others are missing that these knew of'],
    ['taken in', grouped(deliveries), 'operations: orders share what they begin with'],
    ['time', duration(elapsedMs), `${speed} orders/s`],
  ];
}

function brokenLines(facts: ExploreFacts, broken: BrokenLaw, paint: Paint, width: number): string[] {
  const {law, histories, message, smallest} = broken;
  const field = (label: string, text: string): string[] =>
    wrap(printable(text), Math.max(40, Math.min(WIDEST, width)) - LABEL, 3).map(
      (row, index) => `  ${paint.dim((index === 0 ? label : '').padEnd(LABEL - 2))}${row}`,
    );
  const all = facts.explored.histories;
  const size = `${counted(smallest.operations.length, 'operation')} of ${counted(smallest.devices, 'device')}`;
  return [
    paint.red(paint.bold(`✗ ${printable(signatureOf(broken))}`)),
    ...field('claim', `${law.id}: ${law.sentence}`),
    ...field('seen', message),
    ...field('how often', `in ${grouped(histories)} of ${counted(all, 'history', 'histories')}`),
    ...field('smallest', size),
    '',
    ...indent(operationLines(smallest.operations, paint)),
    '',
    ...indent(resultLines(smallest.results, smallest.expected, paint)),
  ];
}

function operationLines(operations: readonly ToldOperation[], paint: Paint): string[] {
  const rows = operations.map(({name, cells, knows, arrives}) => [
    name,
    ...cells.map(printable),
    knows.length === 0 ? 'knows nothing' : `knows ${knows.join(', ')}`,
    arrives ? '' : 'has not arrived',
  ]);
  return [paint.bold('operations'), ...indent(columns(withoutEmpty(rows)))];
}

function resultLines(results: readonly ToldResult[], expected: readonly string[], paint: Paint): string[] {
  const total = results.reduce((sum, {orders}) => sum + orders.length, 0);
  const rows = results.flatMap(({cells, orders, isWrong}) => {
    if (results.length === 1 && total > 1)
      return [[`in all ${grouped(total)} orders`, ...cells.map(printable), isWrong ? 'wrong' : '']];
    const told = total > ORDERS ? orders.slice(0, 1) : orders;
    const more = orders.length - told.length;
    return told.map(order => [
      order.join(' ') + (more > 0 ? ` and ${counted(more, 'other order')}` : ''),
      ...cells.map(printable),
      isWrong ? 'wrong' : '',
    ]);
  });
  const table = columns(withoutEmpty([...rows, ['expected', ...expected.map(printable), '']]));
  return [paint.bold('order of arrival, and what is shown then'), ...indent(table)];
}

/** Rows without the columns in which there is nothing. */
function withoutEmpty(rows: readonly (readonly string[])[]): string[][] {
  const isUsed = (at: number): boolean => rows.some(row => (row[at] ?? '') !== '');
  return rows.map(row => row.filter((_, at) => isUsed(at)));
}

function otherLines(others: readonly BrokenLaw[], histories: number, paint: Paint): string[] {
  if (others.length === 0) return [];
  const rows = others.map(broken => [
    printable(signatureOf(broken)),
    `in ${grouped(broken.histories)} of ${grouped(histories)}`,
    `smallest ${broken.smallest.operations.length}`,
    printable(broken.message),
  ]);
  return ['', paint.bold('also broken'), ...indent(columns(rows))];
}

/** The line that is redrawn while it explores, at most `width` columns wide. */
export function exploreStatus(
  histories: number,
  orders: number,
  broken: number,
  elapsedMs: number,
  width: number,
): string {
  const speed = elapsedMs > 0 ? (orders * 1_000) / elapsedMs : 0;
  const done = `histories ${compact(histories)}  orders ${compact(orders)}`;
  return `${stopwatch(elapsedMs)}  ${done}  ${rough(speed)}/s  broken ${broken}`.slice(0, Math.max(0, width));
}

/** What `--json` says beyond the keys that every record has. */
export function exploreRecord(facts: ExploreFacts): Readonly<Record<string, unknown>> {
  const {size, shapes, histories, orders, gapped, deliveries, exhausted, broken} = facts.explored;
  return {
    variant: facts.variant,
    scope: size,
    exhausted,
    shapes,
    histories,
    orders: orders + gapped,
    whole: orders,
    gapped,
    deliveries,
    symmetries: facts.symmetries,
    findings: broken.map(one => ({
      signature: signatureOf(one),
      claim: one.law.id,
      count: one.histories,
      seed: null,
      steps: one.smallest.operations.length,
      bundle: null,
      system: facts.system,
      sentence: one.law.sentence,
      message: one.message,
      command: facts.commandOf(one),
      counterexample: one.smallest,
    })),
  };
}
