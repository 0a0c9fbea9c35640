/** The docket: what observers found out between two looks of the claims, by claim. */
import type {Finding, Judgement} from '../../src/index.ts';

export class Docket {
  readonly #armed = new Set<string>();
  readonly #findings = new Map<string, Finding>();

  /** Enters that a claim had something to judge: null if it held, else what was found. The first finding stays. */
  enter(claim: string, finding: Finding | null): void {
    this.#armed.add(claim);
    if (finding !== null && !this.#findings.has(claim)) this.#findings.set(claim, finding);
  }

  /** What was entered for a claim since it was last taken. */
  take(claim: string): Judgement {
    const finding = this.#findings.get(claim);
    if (finding !== undefined) return finding;
    return this.#armed.delete(claim) ? 'holds' : null;
  }
}
