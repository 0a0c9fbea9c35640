/** The agenda: one queue of what happens next, and the only thing that moves time. Ties are taken in the order of insertion. */
import {assert} from './assert.ts';
import type {Life} from './life.ts';

/** One entry: something that happens to one life of a node, or to the world (`life` null). */
export interface Happening {
  at: number;
  /** When it was to happen; earlier than `at` if it was held back. */
  readonly due: number;
  readonly order: number;
  readonly life: Life | null;
  /** `timer`: waits for nothing but time, so a frozen background tab holds it back. */
  readonly kind: 'timer' | 'io' | 'world';
  readonly act: () => void;
  cancelled: boolean;
}

export class Agenda {
  readonly #heap: Happening[] = [];
  #now = 0;
  #order = 0;

  /** Virtual time, ms since the start of the run. */
  get now(): number {
    return this.#now;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Enters something to happen `delayMs` from now. */
  add(delayMs: number, life: Life | null, kind: Happening['kind'], act: () => void): Happening {
    assert(delayMs >= 0 && Number.isSafeInteger(delayMs), 'nothing is scheduled in the past');
    const at = this.#now + delayMs;
    const happening = {at, due: at, order: this.#order, life, kind, act, cancelled: false};
    this.#order += 1;
    this.#push(happening);
    return happening;
  }

  /** Puts back a happening that was taken and held: it is next, but behind those that were held and due before it. */
  resume(happening: Happening): void {
    assert(happening.due <= this.#now, 'only what was due has been held');
    happening.at = this.#now;
    this.#push(happening);
  }

  /** Takes the next happening and moves time to it; null when nothing is left. Cancelled ones are passed over. */
  next(): Happening | null {
    for (;;) {
      const happening = this.#pop();
      if (happening === undefined) return null;
      if (happening.cancelled) continue;
      assert(happening.at >= this.#now, 'time never runs backwards');
      this.#now = happening.at;
      return happening;
    }
  }

  #push(entry: Happening): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Happening;
      if (precedes(above, entry)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    const length = heap.length;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= length) break;
      const left = heap[child] as Happening;
      const right = heap[child + 1];
      let least = left;
      if (right !== undefined && precedes(right, left)) {
        least = right;
        child += 1;
      }
      if (precedes(last, least)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function precedes(a: Happening, b: Happening): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.due === b.due ? a.order < b.order : a.due < b.due;
}
