/** Vector clocks: for each device how many of its operations on one object are known; what is missing is 0 (spec 2). */
import {compareText} from './canonical.ts';

/** Entries are integers from 0 to 2^53 − 1, by device. An entry of 0 says the same as none. */
export type Clock = Readonly<Record<string, number>>;

/** How a clock stands to another: `before` is strictly less, `concurrent` is less here and more there. */
export type ClockOrder = 'equal' | 'before' | 'after' | 'concurrent';

/** The entry of a device. Names such as `constructor` are names like any other. */
export function entryOf(clock: Clock, device: string): number {
  const entry = clock[device];
  return typeof entry === 'number' ? entry : 0;
}

/** How `a` stands to `b`. Allocates nothing: this is asked for every sibling of every operation. */
export function compareClocks(a: Clock, b: Clock): ClockOrder {
  let less = false;
  let more = false;
  for (const device in a) {
    const left = entryOf(a, device);
    const right = entryOf(b, device);
    if (left < right) less = true;
    else if (left > right) more = true;
  }
  if (!less) less = !dominates(a, b);
  if (less) return more ? 'concurrent' : 'before';
  return more ? 'after' : 'equal';
}

/** Whether `a` has seen all that `b` has: no entry of `b` is larger. */
export function dominates(a: Clock, b: Clock): boolean {
  for (const device in b) {
    if (entryOf(a, device) < entryOf(b, device)) return false;
  }
  return true;
}

/** The least clock that has seen all that any of `clocks` has: devices in the order of their names, none with 0. */
export function joinClocks(...clocks: readonly Clock[]): Clock {
  const joined: Record<string, number> = {};
  for (const clock of clocks) {
    for (const device in clock) {
      const entry = entryOf(clock, device);
      if (entry > entryOf(joined, device)) setEntry(joined, device, entry);
    }
  }
  const devices = Object.keys(joined);
  if (devices.every((device, index) => index === 0 || compareText(devices[index - 1] ?? '', device) < 0))
    return joined;
  const ordered: Record<string, number> = {};
  for (const device of devices.sort(compareText)) setEntry(ordered, device, entryOf(joined, device));
  return ordered;
}

/** Assigning to a device called `__proto__` would set nothing. */
function setEntry(clock: Record<string, number>, device: string, entry: number): void {
  if (device === '__proto__')
    Object.defineProperty(clock, device, {
      value: entry,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  else clock[device] = entry;
}

/** The clock of the next operation of `device`, which has observed `context`. */
export const incremented = (context: Clock, device: string): Clock =>
  joinClocks(context, Object.fromEntries([[device, entryOf(context, device) + 1]]));
