/** All rows of the benchmark, and how they are taken one after another. */
import {availableParallelism} from 'node:os';
import {determinismRow} from './determinism.ts';
import {growthRows} from './growth.ts';
import {happeningsRow, loopRow} from './happenings.ts';
import {journalRows} from './journal.ts';
import type {Size} from './measure.ts';
import {memoryRow} from './memory.ts';
import {resultOf, type Result, type Row} from './row.ts';
import {toyRows} from './toy.ts';
import {vfsRows} from './vfs.ts';
import {workersRow} from './workers.ts';

export const ROWS: readonly Row[] = [
  loopRow,
  happeningsRow,
  ...vfsRows,
  workersRow,
  ...toyRows,
  ...growthRows,
  ...journalRows,
  memoryRow,
  determinismRow,
];

/** What `reports/bench.json` holds. */
export interface Report {
  readonly schema: 'syncstorm.bench/1';
  readonly node: string;
  readonly cores: number;
  readonly size: Size;
  readonly rows: readonly Result[];
}

/** Takes the rows in their order; `onRow` hears of each before it is taken. */
export async function bench(rows: readonly Row[], size: Size, onRow: (row: Row) => void): Promise<Report> {
  const results: Result[] = [];
  for (const row of rows) {
    onRow(row);
    results.push(await resultOf(row, size));
  }
  return {
    schema: 'syncstorm.bench/1',
    node: process.version,
    cores: availableParallelism(),
    size,
    rows: results,
  };
}
