/** A table by two names, filled as it is asked: no key has to be put together out of the two. */
export class ByPair<V> {
  readonly #rows = new Map<string, Map<string, V>>();
  readonly #make: (a: string, b: string) => V;

  constructor(make: (a: string, b: string) => V) {
    this.#make = make;
  }

  at(a: string, b: string): V {
    let row = this.#rows.get(a);
    if (row === undefined) {
      row = new Map();
      this.#rows.set(a, row);
    }
    let value = row.get(b);
    if (value === undefined) {
      value = this.#make(a, b);
      row.set(b, value);
    }
    return value;
  }
}
