/**
 * Statements for as many rows as there are, with a parameter for each value. Engines read such lists many times faster than
 * the same rows as one JSON text, which they parse anew for every column.
 */

/** Most rows of one statement: keeps the number of parameters within what engines take. */
export const MAX_ROWS = 1_000;

/** `?, ?, ?`: one for each of `count` values; `NULL`, which equals nothing, where there are none. */
export const listOf = (count: number): string => (count === 0 ? 'NULL' : Array(count).fill('?').join(', '));

/** `(?, ?), (?, ?)`: `rows` rows, each as `row` spells it. */
export const rowsOf = (rows: number, row: string): string => Array(rows).fill(row).join(', ');

/** The rows in portions that one statement takes; none where there are none. */
export function portionsOf<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const portions: (readonly T[])[] = [];
  for (let start = 0; start < rows.length; start += MAX_ROWS)
    portions.push(rows.slice(start, start + MAX_ROWS));
  return portions;
}
