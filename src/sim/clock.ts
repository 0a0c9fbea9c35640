/** A node's own clock: virtual time bent by skew, drift, jumps, standing still and coarseness, all in integers. */

/** Where virtual time 0 lies on every honest clock: 2026-01-01T00:00:00.000Z. */
export const EPOCH_MS = 1_767_225_600_000;

export class NodeClock {
  /** Added to virtual time, in ms. */
  #offset = 0;
  #driftPpm = 0;
  #driftSince = 0;
  #frozenAt: number | null = null;
  #freezes = 0;
  readonly #grains: number[] = [];
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

  /** Runs faster (slower, if negative) by so much from `at` on; what had drifted so far stays. */
  drift(byPpm: number, at: number): void {
    this.#offset += Math.trunc(((at - this.#driftSince) * this.#driftPpm) / 1_000_000);
    this.#driftPpm += byPpm;
    this.#driftSince = at;
  }

  /** Stands still until it was thawed as often as it was frozen. */
  freeze(at: number): void {
    this.#freezes += 1;
    this.#frozenAt ??= this.#bend(at);
  }

  thaw(): void {
    this.#freezes -= 1;
    if (this.#freezes === 0) this.#frozenAt = null;
  }

  /** Shows only multiples of `grainMs`, or of a coarser grain that is in force as well. */
  coarsen(grainMs: number): void {
    this.#grains.push(grainMs);
    this.#grainMs = Math.max(1, ...this.#grains);
  }

  /** Takes one {@link coarsen} back. */
  refine(grainMs: number): void {
    this.#grains.splice(this.#grains.indexOf(grainMs), 1);
    this.#grainMs = Math.max(1, ...this.#grains);
  }
}
