/** Rows of cells as aligned columns of text. */
import {widthOf} from './printable.ts';

export type Side = 'left' | 'right';

const GAP = '  ';

/** One line a row, cells padded to their column's width; `sides` says how each column is aligned (left unless told). */
export function columns(rows: readonly (readonly string[])[], sides: readonly Side[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))));
  }
  return rows.map(row => {
    const cells = row.map((cell, index) => {
      const padding = ' '.repeat((widths[index] ?? 0) - widthOf(cell));
      return sides[index] === 'right' ? padding + cell : cell + padding;
    });
    return cells.join(GAP).trimEnd();
  });
}

/** Every line moved in by `depth` columns. */
export const indent = (lines: readonly string[], depth = 2): string[] =>
  lines.map(line => (line === '' ? line : ' '.repeat(depth) + line));
