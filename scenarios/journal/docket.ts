/** The docket: what observers found out between two looks of the claims, by claim. */
import type {Finding, Judgement} from '../../src/index.ts';

export class Docket {
  readonly #armed = new Set<string>();
  readonly #findings = new Map<string, Finding>();

  /** Enters that a claim had something to judge, and held. */
  right(claim: string): void {
    this.#armed.add(claim);
  }

  /** Enters what was found. The first finding of a claim stays. */
  wrong(claim: string, finding: Finding): void {
    this.#armed.add(claim);
    if (!this.#findings.has(claim)) this.#findings.set(claim, finding);
  }

  /** Enters the one or the other. `finding` is made only where it is needed. */
  enter(claim: string, holds: boolean, finding: () => Finding): void {
    if (holds) this.right(claim);
    else this.wrong(claim, finding());
  }

  /** What was entered for a claim since it was last taken. */
  take(claim: string): Judgement {
    const finding = this.#findings.get(claim);
    if (finding !== undefined) return finding;
    return this.#armed.delete(claim) ? 'holds' : null;
  }
}
