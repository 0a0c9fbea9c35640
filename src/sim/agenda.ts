/** The agenda: one queue of what happens next, and the only thing that moves time. Ties are taken in the order of insertion. */
import {assert} from './assert.ts';
import type {Life} from './life.ts';

/** One entry: something that happens to one life of a node, or to the world (`life` null). */
export interface Happening {
  at: number;
  order: number;
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
    const happening = {at: this.#now + delayMs, order: this.#order, life, kind, act, cancelled: false};
    this.#order += 1;
    this.#push(happening);
    return happening;
  }

  /** Puts a happening that was taken back in, for a later time, behind what is already there. */
  postpone(happening: Happening, until: number): void {
    assert(until > this.#now, 'a happening is postponed into the future');
    happening.at = until;
    happening.order = this.#order;
    this.#order += 1;
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
      if (above.at < entry.at || (above.at === entry.at && above.order < entry.order)) break;
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
      if (right !== undefined && (right.at < left.at || (right.at === left.at && right.order < left.order))) {
        least = right;
        child += 1;
      }
      if (last.at < least.at || (last.at === least.at && last.order < least.order)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}
