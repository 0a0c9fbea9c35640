/** Things that reach from one row to another, and which of them a window of rows shows. */

export interface Stretch<T> {
  readonly low: number;
  readonly high: number;
  readonly item: T;
}

/** Finds those that touch a window in the time of those found and a binary search, however many there are. */
export class Stretches<T> {
  readonly #sorted: readonly Stretch<T>[];
  /** The highest end of any stretch up to each place. */
  readonly #reach: Float64Array;

  constructor(stretches: readonly Stretch<T>[]) {
    this.#sorted = [...stretches].sort((a, b) => a.low - b.low);
    this.#reach = new Float64Array(this.#sorted.length);
    let reach = -Infinity;
    this.#sorted.forEach(({high}, index) => {
      reach = Math.max(reach, high);
      this.#reach[index] = reach;
    });
  }

  /** All that touch the rows `from` to `to`, both included, by where they begin. */
  within(from: number, to: number): T[] {
    const found: T[] = [];
    const end = this.#firstAbove(to);
    for (let index = end - 1; index >= 0 && (this.#reach[index] ?? 0) >= from; index -= 1) {
      const stretch = this.#sorted[index];
      if (stretch !== undefined && stretch.high >= from) found.push(stretch.item);
    }
    return found.reverse();
  }

  /** Index of the first stretch that begins below the window. */
  #firstAbove(to: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle]?.low ?? 0) <= to) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
