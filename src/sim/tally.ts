/** What a run counts: probes reached, hazards met, claims judged, fates that were not calm. */
import type {ClaimCount, HazardCount} from './outcome.ts';
import type {Fate} from './plan.ts';
import {compareText} from './json.ts';

type Mutable<T> = {-readonly [K in keyof T]: T[K]};

export class Tally {
  readonly #probes = new Map<string, number>();
  readonly #hazards = new Map<string, Mutable<HazardCount>>();
  readonly #claims = new Map<string, Mutable<ClaimCount>>();
  readonly #fates = new Map<string, Fate>();

  probe(mark: string): void {
    this.#probes.set(mark, (this.#probes.get(mark) ?? 0) + 1);
  }

  /** A hazard could have struck; it struck; it changed something. */
  hazard(id: string, what: keyof HazardCount): void {
    let count = this.#hazards.get(id);
    if (count === undefined) {
      count = {offered: 0, delivered: 0, effective: 0};
      this.#hazards.set(id, count);
    }
    count[what] += 1;
  }

  claim(id: string, armed: boolean): void {
    let count = this.#claims.get(id);
    if (count === undefined) {
      count = {checked: 0, armed: 0};
      this.#claims.set(id, count);
    }
    count.checked += 1;
    if (armed) count.armed += 1;
  }

  fate(key: string, fate: Fate): void {
    this.#fates.set(key, fate);
  }

  result(): {
    probes: Record<string, number>;
    hazards: Record<string, HazardCount>;
    claims: Record<string, ClaimCount>;
  } {
    return {
      probes: sorted(this.#probes),
      hazards: sorted(this.#hazards),
      claims: sorted(this.#claims),
    };
  }

  fates(): Record<string, Fate> {
    return sorted(this.#fates);
  }
}

function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort((a, b) => compareText(a[0], b[0])));
}
