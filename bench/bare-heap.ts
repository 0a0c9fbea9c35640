/** A binary heap of events by time, as anyone would write it: what the simulator's loops are measured against. */

interface Event {
  readonly at: number;
  readonly order: number;
  /** What happens; whoever runs the loop awaits what it returns. */
  readonly act: (at: number) => unknown;
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class BareHeap {
  readonly #events: Event[] = [];
  #order = 0;

  push(at: number, act: Event['act']): void {
    const events = this.#events;
    const event = {at, order: this.#order, act};
    this.#order += 1;
    let index = events.length;
    events.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = events[parent] as Event;
      if (isBefore(above, event)) break;
      events[index] = above;
      index = parent;
    }
    events[index] = event;
  }

  pop(): Event | null {
    const events = this.#events;
    const top = events[0];
    const last = events.pop();
    if (top === undefined || last === undefined) return null;
    if (events.length > 0) this.#sink(last);
    return top;
  }

  #sink(last: Event): void {
    const events = this.#events;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= events.length) break;
      const right = events[child + 1];
      if (right !== undefined && isBefore(right, events[child] as Event)) child += 1;
      const least = events[child] as Event;
      if (isBefore(last, least)) break;
      events[index] = least;
      index = child;
    }
    events[index] = last;
  }
}
