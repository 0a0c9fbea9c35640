/**
 * Rules that keep one operation and one clock beside it. Whatever clock that is, none of them converges: "beats" is
 * causality or the key, and the two together are not transitive (spec 3.1, 3.3). Their tie-break is the total key of the
 * default rule, so that what convicts them is the clock alone.
 */
import {compareClocks, joinClocks, type Clock} from './clock.ts';
import {conflictOf, reasonOf} from './conflict.ts';
import {compareKeys, Contender, type Operation} from './operation.ts';
import {exposed, type Ingested, type MergePolicy} from './policy.ts';
import {readClock, readObject, readOperation, storedOperation} from './stored.ts';

export interface OneWinner {
  readonly winner: Contender;
  /** The clock that the next operation is held against. */
  readonly clock: Clock;
}

/** The clock that is kept after a conflict: made of the clock so far, the winner's own, and the incoming one. */
type KeptClock = (state: OneWinner, winner: Operation, incoming: Operation) => Clock;

/** A rule that differs from its like in the clock that it keeps. */
export function oneWinner(name: string, kept: KeptClock): MergePolicy<OneWinner | null> {
  return {
    name,
    empty: null,
    ingest: (state, op) => {
      const incoming = new Contender(op);
      return state === null ? applied(incoming) : ingestInto(state, incoming, kept);
    },
    expose: state => (state === null ? null : exposed(state.winner.op, joinClocks(state.clock))),
    encode: state => (state === null ? null : {winner: storedOperation(state.winner.op), clock: state.clock}),
    decode: stored => {
      if (stored === null) return null;
      const {winner, clock} = readObject(name, 'the whole', stored);
      return {
        winner: new Contender(readOperation(name, winner)),
        clock: readClock(name, 'the kept clock', clock),
      };
    },
  };
}

const applied = (incoming: Contender): Ingested<OneWinner> => ({
  state: {winner: incoming, clock: incoming.op.clock},
  outcome: 'applied',
  reason: null,
  conflicts: [],
});

function ingestInto(state: OneWinner, incoming: Contender, kept: KeptClock): Ingested<OneWinner> {
  const {winner} = state;
  if (winner.op.opId === incoming.op.opId)
    return {state, outcome: 'duplicate', reason: 'DUPLICATE', conflicts: []};
  const order = compareClocks(state.clock, incoming.op.clock);
  if (order === 'before') return applied(incoming);
  if (order === 'after') return {state, outcome: 'stale', reason: 'STALE_UPDATE', conflicts: []};
  const won = compareKeys(incoming, winner) > 0;
  const next = won ? incoming : winner;
  return {
    state: {winner: next, clock: kept(state, next.op, incoming.op)},
    outcome: won ? 'conflict_won' : 'conflict_lost',
    reason: order === 'equal' && !won ? 'SUPERSEDED_EQUAL_CLOCK' : reasonOf(incoming, winner),
    conflicts: [conflictOf(incoming, winner)],
  };
}
