/** Attempts: what may fail, and must then have left its node as it was before, or as it was after the last step completed. */
import {firstDifference, type Difference, type Json} from './json.ts';
import type {Failure} from './system.ts';

/** One attempt in flight on one life. It keeps what the node's state must be if it fails now. */
export class Attempt {
  readonly stage: string;
  readonly #state: () => Json;
  /** As text, so that nothing in it can change with the node: a state is often made of what the node itself works on. */
  #before: string;
  /** What else changed the state since, in order; put together only if the attempt fails. */
  #residues: ((state: Json) => Json)[] = [];
  /** True when it has completed a step, or when something else changed the state meanwhile: then a retry is another attempt. */
  moved = false;

  constructor(stage: string, state: () => Json) {
    this.stage = stage;
    this.#state = state;
    this.#before = JSON.stringify(state());
  }

  /** The attempt completed a step: from here on this is what a failure must leave. */
  progressed(): void {
    this.moved = true;
    this.#before = JSON.stringify(this.#state());
    this.#residues = [];
  }

  /** Another operation changed the state meanwhile, in this way and no other. */
  residue(change: (state: Json) => Json): void {
    this.moved = true;
    this.#residues.push(change);
  }

  /** After a failure: where the state is not what it must be; null if it is. */
  changed(): Difference | null {
    const actual = JSON.stringify(this.#state());
    if (this.#residues.length === 0 && actual === this.#before) return null;
    const expected = this.#residues.reduce(
      (state, change) => change(state),
      JSON.parse(this.#before) as Json,
    );
    return firstDifference(expected, JSON.parse(actual));
  }
}

export const sameFailure = (a: Failure, b: Failure): boolean =>
  a.stage === b.stage && a.code === b.code && a.message === b.message;
