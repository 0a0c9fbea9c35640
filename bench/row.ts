/** A row of the benchmark: what it measures, the figure to reach, and what was measured. */
import type {Size, Spread} from './measure.ts';

/** The figure to reach: at least, or at most, so much. */
export interface Reach {
  readonly at: 'least' | 'most';
  readonly value: number;
}

export interface Figures {
  readonly figure: Spread;
  /** What the figure was made of, in words and numbers. */
  readonly details: Readonly<Record<string, number>>;
}

export interface Row {
  readonly name: string;
  /** What the figure says, as in `seeds a second and core`. */
  readonly measure: string;
  readonly reach: Reach;
  readonly take: (size: Size) => Promise<Figures>;
}

/** A row as it was measured, in plain data. */
export interface Result extends Spread {
  readonly name: string;
  readonly measure: string;
  readonly reach: Reach;
  readonly reached: boolean;
  readonly details: Readonly<Record<string, number>>;
}

/** Takes a row's figures and judges its median. */
export async function resultOf(row: Row, size: Size): Promise<Result> {
  const {name, measure, reach} = row;
  const {figure, details} = await row.take(size);
  const reached = reach.at === 'least' ? figure.median >= reach.value : figure.median <= reach.value;
  return {name, measure, ...figure, reach, reached, details};
}
