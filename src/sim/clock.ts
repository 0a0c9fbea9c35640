/** A node's own clock: virtual time bent by skew, drift, jumps, standing still and coarseness, all in integers. */

/** Where virtual time 0 lies on every honest clock: 2026-01-01T00:00:00.000Z. */
export const EPOCH_MS = 1_767_225_600_000;

export class NodeClock {
  /** Added to virtual time, in ms. */
  #offset = 0;
  #driftPpm = 0;
  #driftSince = 0;
  #frozenAt: number | null = null;
  #grainMs = 1;
  #reads = 0;

  /** What the node reads at virtual time `at`. */
  read(at: number): number {
    this.#reads += 1;
    const bent = this.#frozenAt ?? this.#bend(at);
    return bent - (bent % this.#grainMs);
  }

  /** How often the node has looked: tells whether a fault of its clock could matter. */
  get reads(): number {
    return this.#reads;
  }

  #bend(at: number): number {
    const drifted = Math.trunc(((at - this.#driftSince) * this.#driftPpm) / 1_000_000);
    return EPOCH_MS + at + this.#offset + drifted;
  }

  shift(byMs: number): void {
    this.#offset += byMs;
  }

  /** Runs fast or slow from `at` on; what had drifted so far stays. */
  drift(ppm: number, at: number): void {
    this.#offset += Math.trunc(((at - this.#driftSince) * this.#driftPpm) / 1_000_000);
    this.#driftPpm = ppm;
    this.#driftSince = at;
  }

  freeze(at: number): void {
    this.#frozenAt ??= this.#bend(at);
  }

  thaw(): void {
    this.#frozenAt = null;
  }

  coarsen(grainMs: number): void {
    this.#grainMs = grainMs;
  }
}
