/** What a pass of the shrinker is: smaller plans to try, one after another, from any position that it was left at. */
import type {Plan} from '../plan.ts';

/** Where a pass is: plain numbers, so that shrinking can be left and taken up again. */
export type Position = readonly [number, number];

export const START: Position = [0, 0];

/** What a pass tries at a position, and where it goes from there. */
export interface Trial {
  /** Smaller plans that stand for one step of the pass; the first that breaks the same signature is taken. */
  readonly candidates: readonly Plan[];
  readonly taken: Position;
  readonly refused: Position;
}

/** One way to make plans smaller. Every plan it offers is smaller by a measure that cannot fall for ever. */
export interface Pass {
  readonly name: string;
  /** What to try on `plan` at `position`; null when the pass is over. */
  readonly at: (plan: Plan, position: Position) => Trial | null;
}

/** A pass over a list of alternatives to a plan, each by itself. */
export const oneByOne = (name: string, alternatives: (plan: Plan) => readonly Plan[]): Pass => ({
  name,
  at: (plan, [index]) => {
    const candidate = alternatives(plan)[index];
    // what was taken has left the list: the next alternative stands where it stood
    return candidate === undefined
      ? null
      : {candidates: [candidate], taken: [index, 0], refused: [index + 1, 0]};
  },
});

/**
 * A pass that takes away pieces of a list: all of it, then halves, and so on down to single members (ddmin by
 * complements). A position is the size of a piece and where it begins; size 0 is the start.
 */
export const byPieces = <T>(
  name: string,
  itemsOf: (plan: Plan) => readonly T[],
  without: (plan: Plan, gone: readonly T[]) => readonly Plan[],
): Pass => ({
  name,
  at: (plan, position) => {
    const items = itemsOf(plan);
    let [size, offset] = position;
    if (size === 0) size = items.length;
    if (offset >= items.length) {
      size = Math.min(Math.trunc(size / 2), items.length);
      offset = 0;
    }
    if (size < 1 || items.length === 0) return null;
    const gone = items.slice(offset, offset + size);
    return {candidates: without(plan, gone), taken: [size, offset], refused: [size, offset + size]};
  },
});
