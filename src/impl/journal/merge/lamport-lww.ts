/**
 * Last writer wins by the sum of clock entries, then by key: constant in size, convergent, and it never shows what was
 * superseded; but a delete loses to any concurrent write of a device that has written more (spec 4, alternatives).
 */
import {compareClocks, joinClocks, type Clock} from './clock.ts';
import {conflictOf, reasonOf} from './conflict.ts';
import {compareKeys, Contender} from './operation.ts';
import {exposed, type Ingested, type MergePolicy} from './policy.ts';
import {readClock, readObject, readOperation, storedOperation} from './stored.ts';

export interface Latest {
  readonly winner: Contender;
  /** The join of all that was ingested. */
  readonly context: Clock;
}

const NAME = 'lamport-lww';

export const lamportLww: MergePolicy<Latest | null> = {
  name: NAME,
  empty: null,
  ingest: (state, op) => {
    const incoming = new Contender(op);
    return state === null ? applied(incoming, op.clock) : ingestInto(state, incoming);
  },
  expose: state => (state === null ? null : exposed(state.winner.op, joinClocks(state.context))),
  encode: state =>
    state === null ? null : {winner: storedOperation(state.winner.op), context: state.context},
  decode: stored => {
    if (stored === null) return null;
    const {winner, context} = readObject(NAME, 'the whole', stored);
    return {
      winner: new Contender(readOperation(NAME, winner)),
      context: readClock(NAME, 'the context', context),
    };
  },
};

const applied = (winner: Contender, context: Clock): Ingested<Latest> => ({
  state: {winner, context},
  outcome: 'applied',
  reason: null,
  conflicts: [],
});

function ingestInto(state: Latest, incoming: Contender): Ingested<Latest> {
  const {winner} = state;
  if (winner.op.opId === incoming.op.opId)
    return {state, outcome: 'duplicate', reason: 'DUPLICATE', conflicts: []};
  const order = compareClocks(incoming.op.clock, winner.op.clock);
  if (order === 'before') return {state, outcome: 'stale', reason: 'STALE_UPDATE', conflicts: []};
  const context = joinClocks(state.context, incoming.op.clock);
  if (order === 'after') return applied(incoming, context);
  const won = compareRanks(incoming, winner) > 0;
  return {
    state: {winner: won ? incoming : winner, context},
    outcome: won ? 'conflict_won' : 'conflict_lost',
    reason: order === 'equal' && !won ? 'SUPERSEDED_EQUAL_CLOCK' : reasonOf(incoming, winner),
    conflicts: [conflictOf(incoming, winner)],
  };
}

function compareRanks(a: Contender, b: Contender): number {
  const [left, right] = [sumOf(a.op.clock), sumOf(b.op.clock)];
  if (left !== right) return left < right ? -1 : 1;
  return compareKeys(a, b);
}

/** Exact however large the entries are: a rounded sum could put an operation before one that it supersedes. */
const sumOf = (clock: Clock): bigint => Object.values(clock).reduce((sum, entry) => sum + BigInt(entry), 0n);
