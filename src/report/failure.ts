/** The text of one failure: at most 12 lines, at most 110 columns, and last the one command that reproduces it. */
import {firstDifference} from '../sim/json.ts';
import type {Violation} from '../sim/outcome.ts';
import {counted, duration, grouped} from './amounts.ts';
import type {Paint} from './paint.ts';
import {clip, printable, shown, wrap} from './printable.ts';

/** What a failure text is made of. */
export interface FailureFacts {
  readonly violation: Violation;
  readonly operations: number;
  readonly faults: number;
  /** Fates that the plan names; left out where they are drawn from the weather. */
  readonly fates?: number;
  /** The file that holds the plan; null if it was not written. */
  readonly file: string | null;
  /** The one command that reproduces it; it is never cut, so that it can be copied. */
  readonly command: string;
}

const WIDEST = 110;
const NARROWEST = 40;
const LABEL = 12;

/** The lines of a failure, `width` columns wide if that is possible. All that came from the run is made printable. */
export function failureLines(facts: FailureFacts, paint: Paint, width = WIDEST): string[] {
  const {violation} = facts;
  const columns = Math.max(NARROWEST, Math.min(WIDEST, width));
  const field = (label: string, text: string, lines: number): string[] =>
    wrap(text, columns - LABEL, lines).map(
      (row, index) => `  ${paint.dim((index === 0 ? label : '').padEnd(LABEL - 2))}${row}`,
    );
  const seen = difference(violation.expected, violation.actual);
  return [
    paint.red(paint.bold(clip(`✗ ${printable(violation.signature)}`, columns))),
    ...field('claim', printable(`${violation.claim}: ${violation.sentence}`), 2),
    ...field('seen', printable(violation.message), 3),
    ...seen.flatMap(({label, text}) => field(label, text, 1)),
    ...field('where', whereabouts(violation), 1),
    ...field('plan', planFacts(facts), 1),
    ...(facts.file === null ? [] : field('stored', printable(facts.file), 1)),
    facts.command,
  ];
}

/** What was expected and what was there; of two large values only the first place at which they differ. */
function difference(expected: unknown, actual: unknown): {label: string; text: string}[] {
  if (expected === undefined && actual === undefined) return [];
  const found = firstDifference(expected, actual);
  const place = found === null || found.path === '$' ? '' : `${printable(found.path)} = `;
  return [
    {label: 'expected', text: place + shown(found === null ? expected : found.expected)},
    {label: 'actual', text: place + shown(found === null ? actual : found.actual)},
  ];
}

function whereabouts(violation: Violation): string {
  const name = violation.node === '' ? 'the world' : `${violation.role} ${violation.node}`.trimStart();
  return printable(
    `${name}, after happening ${grouped(violation.happening)}, at ${duration(violation.atMs)} of virtual time`,
  );
}

const planFacts = (facts: FailureFacts): string =>
  `${counted(facts.operations, 'operation')}, ${counted(facts.faults, 'fault')}` +
  (facts.fates === undefined ? '' : `, ${counted(facts.fates, 'fate')}`);
