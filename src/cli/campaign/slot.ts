/** What a worker is at, in memory that it shares with the main thread: seen without a message, and also when it hangs. */

const READY = 0;
const DONE = 1;
const BEGUN = 2;
const BEATS = 3;
const CELLS = 4;

/** One worker's cells. It writes them, the main thread reads them. */
export class Slot {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  /** The worker has loaded its system. */
  ready(): void {
    Atomics.store(this.#cells, READY, 1);
    this.beat();
  }

  get isReady(): boolean {
    return Atomics.load(this.#cells, READY) === 1;
  }

  /** Before a job is sent: nothing of it is done. */
  clear(): void {
    Atomics.store(this.#cells, BEGUN, 0);
    Atomics.store(this.#cells, DONE, 0);
  }

  /** So many seeds of the batch are done, and the next one begins. */
  at(done: number): void {
    Atomics.store(this.#cells, DONE, done);
    Atomics.store(this.#cells, BEGUN, 1);
    this.beat();
  }

  /** Still alive. */
  beat(): void {
    Atomics.add(this.#cells, BEATS, 1);
  }

  /** Seeds of the batch that are done. */
  get done(): number {
    return Atomics.load(this.#cells, DONE);
  }

  get hasBegun(): boolean {
    return Atomics.load(this.#cells, BEGUN) === 1;
  }

  /** Another number than before: it has got on since. */
  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }
}

const STOP = 0;
const HURRY = 1;

/** What the main thread has to say to all workers. */
export class Signs {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  /** Batches are to end. */
  stop(): void {
    Atomics.store(this.#cells, STOP, 1);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#cells, STOP) === 1;
  }

  /** Examinations are to make do. */
  hurry(): void {
    Atomics.store(this.#cells, HURRY, 1);
  }

  get isHurried(): boolean {
    return Atomics.load(this.#cells, HURRY) === 1;
  }
}
