/**
 * The default rule: the state of an object is the set of its operations that no other supersedes, so that it depends on
 * which operations there are and never on how they came (spec 4). The greatest of them by key is shown.
 */
import type {Json} from './canonical.ts';
import {compareClocks, joinClocks} from './clock.ts';
import {concurrentReason, conflictWon, type ConflictPair} from './conflict.ts';
import {compareKeys, Contender} from './operation.ts';
import {exposed, type Exposed, type Ingested, type MergePolicy} from './policy.ts';
import {readList, readOperation, storedOperation} from './stored.ts';

/** The maximal operations, greatest key first: no two are ordered by clock, and no two have equal clocks. */
export type Antichain = readonly Contender[];

export const antichain: MergePolicy<Antichain> = {
  name: 'default',
  empty: [],
  ingest: (state, op) => ingestInto(state, new Contender(op)),
  expose,
  encode: state => state.map(({op}) => storedOperation(op)),
  decode: (stored: Json) =>
    readList('default', 'the whole', stored)
      .map(one => new Contender(readOperation('default', one)))
      .sort((a, b) => compareKeys(b, a)),
};

/** The state of all operations that are in either: commutative, associative, idempotent. */
export const merge = (one: Antichain, other: Antichain): Antichain =>
  other.reduce((state, contender) => ingestInto(state, contender).state, one);

function ingestInto(state: Antichain, incoming: Contender): Ingested<Antichain> {
  let siblings: Contender[] | null = null;
  let twin: Contender | null = null;
  for (const known of state) {
    if (known.op.opId === incoming.op.opId)
      return {state, outcome: 'duplicate', reason: 'DUPLICATE', conflicts: NONE};
    switch (compareClocks(incoming.op.clock, known.op.clock)) {
      case 'before':
        return {state, outcome: 'stale', reason: 'STALE_UPDATE', conflicts: NONE};
      case 'equal':
        twin = known;
        break;
      case 'concurrent':
        if (siblings === null) siblings = [known];
        else siblings.push(known);
        break;
      case 'after':
        break;
    }
  }
  if (twin !== null && compareKeys(incoming, twin) < 0) return superseded(state, incoming, twin);
  if (twin === null && siblings === null)
    return {state: [incoming], outcome: 'applied', reason: null, conflicts: NONE};
  return contested(siblings ?? [], incoming, twin);
}

const NONE: readonly never[] = [];

/** Two operations that claim to have observed the same and to be the same one: the lesser by key never becomes part. */
function superseded(state: Antichain, incoming: Contender, twin: Contender): Ingested<Antichain> {
  const conflicts = [conflictWon(twin, incoming, 'EQUAL_CLOCK')];
  return {state, outcome: 'conflict_lost', reason: 'SUPERSEDED_EQUAL_CLOCK', conflicts};
}

/** `siblings` are in order; `twin`, if there is one, has lost against `incoming` and is dropped. */
function contested(
  siblings: readonly Contender[],
  incoming: Contender,
  twin: Contender | null,
): Ingested<Antichain> {
  const state: Contender[] = [];
  const conflicts: ConflictPair[] = [];
  let place = -1;
  for (const known of siblings) {
    if (place === -1 && compareKeys(incoming, known) > 0) place = state.push(incoming) - 1;
    state.push(known);
    const reason = concurrentReason(incoming, known);
    const won = place !== -1;
    conflicts.push(won ? conflictWon(incoming, known, reason) : conflictWon(known, incoming, reason));
  }
  if (place === -1) place = state.push(incoming) - 1;
  if (twin !== null) conflicts.push(conflictWon(incoming, twin, 'EQUAL_CLOCK'));
  return {
    state,
    outcome: place === 0 ? 'conflict_won' : 'conflict_lost',
    reason: conflicts[0]?.reason ?? null,
    conflicts,
  };
}

function expose(state: Antichain): Exposed | null {
  const winner = state[0]?.op;
  if (winner === undefined) return null;
  return exposed(winner, joinClocks(...state.map(({op}) => op.clock)));
}
