/** The results as a table of text. */
import {rough} from '../src/report/amounts.ts';
import {columns} from '../src/report/columns.ts';
import type {Result} from './row.ts';

const HEADINGS = ['row', 'measured', 'from', 'to', 'reach', ''] as const;
const SIDES = ['left', 'right', 'right', 'right', 'right', 'left'] as const;

/** One line a row, what it measures below it, then what the figure was made of. */
export function tableOf(results: readonly Result[]): string[] {
  const lines = columns([HEADINGS, ...results.map(cellsOf)], SIDES);
  return lines.flatMap((line, index) => {
    const result = results[index - 1];
    return result === undefined ? [line] : [line, ...notesOf(result)];
  });
}

function cellsOf({name, median, low, high, reach, reached}: Result): string[] {
  const sign = reach.at === 'least' ? '>=' : '<=';
  return [
    name,
    signed(median),
    signed(low),
    signed(high),
    `${sign} ${rough(reach.value)}`,
    reached ? 'reached' : 'NOT REACHED',
  ];
}

function notesOf({measure, details}: Result): string[] {
  const parts = Object.entries(details).map(([what, value]) => `${signed(value)} ${what}`);
  return [`    ${measure}`, ...(parts.length === 0 ? [] : [`    ${parts.join(', ')}`])];
}

const signed = (value: number): string => (value < 0 ? `-${rough(-value)}` : rough(value));
