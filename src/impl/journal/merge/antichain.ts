/**
 * The default rule: the state of an object is the set of its operations that no other supersedes, so that it depends on
 * which operations there are and never on how they came (spec 4). The greatest of them by key is shown.
 */
import type {Json} from './canonical.ts';
import {compareClocks, joinClocks} from './clock.ts';
import {conflictOf, reasonOf} from './conflict.ts';
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
  const siblings: Contender[] = [];
  let twin: Contender | null = null;
  for (const known of state) {
    if (known.op.opId === incoming.op.opId)
      return {state, outcome: 'duplicate', reason: 'DUPLICATE', conflicts: []};
    switch (compareClocks(incoming.op.clock, known.op.clock)) {
      case 'before':
        return {state, outcome: 'stale', reason: 'STALE_UPDATE', conflicts: []};
      case 'equal':
        twin = known;
        break;
      case 'concurrent':
        siblings.push(known);
        break;
      case 'after':
        break;
    }
  }
  if (twin !== null && compareKeys(incoming, twin) < 0) return superseded(state, incoming, twin);
  if (twin === null && siblings.length === 0)
    return {state: [incoming], outcome: 'applied', reason: null, conflicts: []};
  return contested(siblings, incoming, twin);
}

/** Two operations that claim to have observed the same and to be the same one: the lesser by key never becomes part. */
function superseded(state: Antichain, incoming: Contender, twin: Contender): Ingested<Antichain> {
  const conflicts = [conflictOf(incoming, twin)];
  return {state, outcome: 'conflict_lost', reason: 'SUPERSEDED_EQUAL_CLOCK', conflicts};
}

/** `siblings` are in order; `twin`, if there is one, has lost against `incoming` and is dropped. */
function contested(
  siblings: readonly Contender[],
  incoming: Contender,
  twin: Contender | null,
): Ingested<Antichain> {
  const lesser = siblings.findIndex(known => compareKeys(known, incoming) < 0);
  const place = lesser === -1 ? siblings.length : lesser;
  const state = [...siblings.slice(0, place), incoming, ...siblings.slice(place)];
  const met = twin === null ? siblings : [...siblings, twin];
  const conflicts = met.map(known => conflictOf(incoming, known));
  const won = place === 0;
  const against = met[0];
  return {
    state,
    outcome: won ? 'conflict_won' : 'conflict_lost',
    reason: against === undefined ? null : reasonOf(incoming, against),
    conflicts,
  };
}

function expose(state: Antichain): Exposed | null {
  const winner = state[0]?.op;
  if (winner === undefined) return null;
  return exposed(winner, joinClocks(...state.map(({op}) => op.clock)));
}
