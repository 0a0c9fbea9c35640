/** The report of a corpus: which stored plans still do what they are for, and what to do about those that do not. */
import type {Violation} from '../sim/outcome.ts';
import {counted, duration} from './amounts.ts';
import {columns, indent} from './columns.ts';
import type {Paint} from './paint.ts';
import {clip, printable} from './printable.ts';
import type {Verdict} from './verdict.ts';

/** What came of one file. */
export interface CorpusResult {
  readonly file: string;
  readonly system: string;
  /** `violation`: it breaks something that it should not. `stale`: it no longer does what it is kept for. */
  readonly state: 'ok' | 'violation' | 'stale' | 'unreadable';
  /** What is wrong, in words; null where nothing is. */
  readonly problem: string | null;
  /** All null where it cannot be read. */
  readonly note: string | null;
  readonly expect: string | null;
  readonly digest: string | null;
  readonly violation: Violation | null;
}

const LINE = 110;

/** What a corpus amounts to. */
export function corpusVerdict(results: readonly CorpusResult[]): Verdict {
  if (results.some(({state}) => state === 'violation')) return 'violation';
  return results.every(({state}) => state === 'ok') ? 'ok' : 'inconclusive';
}

/** A line a file, then what is wrong and what to do about it. `again`: the command that adds a file anew. */
export function corpusLines(
  results: readonly CorpusResult[],
  elapsedMs: number,
  again: (file: string) => string,
  paint: Paint,
): string[] {
  const bad = results.filter(({state}) => state !== 'ok');
  return [
    ...columns(
      results.map(({file, state, note}) => [
        state === 'ok' ? paint.green(state) : paint.red(state),
        printable(file),
        clip(printable(note ?? ''), LINE),
      ]),
    ),
    ...bad.flatMap(result => ['', ...problemLines(result, again)]),
    '',
    `${counted(results.length, 'file')} in ${duration(elapsedMs)}, ${counted(bad.length, 'problem')}`,
  ];
}

function problemLines(
  {file, state, problem, violation}: CorpusResult,
  again: (file: string) => string,
): string[] {
  const lines = [`✗ ${printable(file)}: ${printable(problem ?? '')}`];
  const seen = violation === null ? [] : [`seen: ${printable(violation.message)}`];
  return [...lines, ...indent([...seen, remedy(state, file, again)])];
}

function remedy(state: CorpusResult['state'], file: string, again: (file: string) => string): string {
  switch (state) {
    case 'ok':
      return '';
    case 'violation':
      return `see it: npx syncstorm replay ${printable(file)}`;
    case 'stale':
      return `look whether the plan can be made to show its story again; else add it as it is: ${again(file)}`;
    case 'unreadable':
      return 'repair the file, or remove it if nobody knows any more what it was for';
  }
}

/** What `--json` says of each file. */
export const corpusRecord = (results: readonly CorpusResult[]): Readonly<Record<string, unknown>> => ({
  files: results.map(({file, system, state, problem, note, expect, digest, violation}) => ({
    file,
    system,
    state,
    problem,
    note,
    expect,
    digest,
    violation,
  })),
});
