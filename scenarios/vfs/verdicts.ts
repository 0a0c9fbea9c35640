/** What was found out about one client, entered under its name. */
import type {Docket} from './docket.ts';

export class Verdicts {
  readonly #node: string;
  readonly #docket: Docket;

  constructor(node: string, docket: Docket) {
    this.#node = node;
    this.#docket = docket;
  }

  /** The client broke a claim. The message goes on after its name. */
  wrong(claim: string, code: string, message: string, expected?: unknown, actual?: unknown): void {
    this.#docket.enter(claim, {
      code,
      node: this.#node,
      message: `${this.#node} ${message}`,
      expected,
      actual,
    });
  }

  /** The client had something to get wrong, and did not. */
  right(claim: string): void {
    this.#docket.enter(claim, null);
  }
}
