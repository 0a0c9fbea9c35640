/** Every way in which few devices can write few operations, knowing of some of the earlier ones: each once, devices being alike. */

/** One operation without what it does. */
export interface Placed {
  readonly device: number;
  readonly seen: number;
}

/** Who wrote what after which. */
export interface Shape {
  readonly placed: readonly Placed[];
  /** The ways to read the same shape in another order of writing: position → operation. The first changes nothing. */
  readonly readings: readonly (readonly number[])[];
}

/** All shapes of exactly `operations` operations of at most `devices` devices. */
export function* shapesOf(devices: number, operations: number): Generator<Shape> {
  for (const placed of sequences([], devices, operations)) {
    const readings = readingsOf(placed);
    if (readings !== null) yield {placed, readings};
  }
}

/** Continues what is written so far in every way: devices come in the order of their first operations. */
function* sequences(
  written: readonly Placed[],
  devices: number,
  operations: number,
): Generator<readonly Placed[]> {
  if (written.length === operations) {
    yield written;
    return;
  }
  const used = Math.max(-1, ...written.map(({device}) => device)) + 1;
  for (let device = 0; device < Math.min(used + 1, devices); device += 1) {
    for (let seen = 0; seen < 1 << written.length; seen += 1) {
      if (isObservable(written, device, seen))
        yield* sequences([...written, {device, seen}], devices, operations);
    }
  }
}

/** Whether a device can know exactly `seen`: all that it wrote itself, and with each operation what that knew. */
function isObservable(written: readonly Placed[], device: number, seen: number): boolean {
  return written.every((one, index) =>
    ((seen >> index) & 1) === 1 ? (seen & one.seen) === one.seen : one.device !== device,
  );
}

/**
 * A shape can be read in each order in which an operation comes after all that it knew, devices being numbered as they come.
 * Of all its readings the least stands for it: null if `placed` is not the least, else those that are equal to it.
 */
function readingsOf(placed: readonly Placed[]): number[][] | null {
  const equal: number[][] = [];
  const isLeast = (order: readonly number[], numbers: ReadonlyMap<number, number>): boolean => {
    if (order.length === placed.length) {
      equal.push([...order]);
      return true;
    }
    const own = placed[order.length];
    for (const [index, {device, seen}] of placed.entries()) {
      if (order.includes(index) || !comesAfter(order, seen)) continue;
      const number = numbers.get(device) ?? numbers.size;
      const reading = {device: number, seen: translated(order, seen)};
      const difference = own === undefined ? 0 : reading.device - own.device || reading.seen - own.seen;
      if (difference < 0) return false;
      if (difference === 0 && !isLeast([...order, index], new Map(numbers).set(device, number))) return false;
    }
    return true;
  };
  return isLeast([], new Map()) ? equal : null;
}

/** Whether all operations of `seen` are in `order`. */
const comesAfter = (order: readonly number[], seen: number): boolean =>
  (seen & ~order.reduce((bits, index) => bits | (1 << index), 0)) === 0;

/** The bits of `seen` by the positions of operations in `order`. */
const translated = (order: readonly number[], seen: number): number =>
  order.reduce((bits, index, position) => bits | (((seen >> index) & 1) << position), 0);
