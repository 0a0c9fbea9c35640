/**
 * What happens once a pull has told all that the server knows: rows that were not sent again go, and own operations that
 * the server turned out to lack are offered again, on the ground that it has (spec 7).
 */
import type {Base, ClientState, OutboxItem, Standing} from './client-state.ts';
import {holds, nameOfRow} from './client-state.ts';
import {entryOf} from './merge/clock.ts';
import {belongsTo, type Clock, LIFE_MARK} from './protocol.ts';
import {keyOf, type ObjectName} from './write.ts';

/** The change that the last page of a pull makes, as far as its rows go. */
interface LastPage {
  readonly standing: Standing;
  readonly bases: readonly Base[];
  readonly dropBases: readonly ObjectName[];
}

/** What the last page changes in all. */
export function finish(
  state: ClientState,
  page: LastPage,
  drawOpId: () => string,
): LastPage & {
  readonly outbox: readonly OutboxItem[];
} {
  const {standing} = page;
  const known = new Map(state.bases.map(base => [keyOf(nameOfRow(base.row)), base]));
  for (const name of page.dropBases) known.delete(keyOf(name));
  for (const base of page.bases) known.set(keyOf(nameOfRow(base.row)), base);
  const gone =
    standing.restarting === null ? [] : [...known.values()].filter(({round}) => round < standing.round);
  for (const {row} of gone) known.delete(keyOf(nameOfRow(row)));
  const clockOf = (name: ObjectName): Clock => known.get(keyOf(name))?.row.clock ?? {};
  const outbox = state.outbox.flatMap(item => {
    if (item.status === 'held') return [madeAnew(item, clockOf(item.entry), drawOpId)];
    // whoever reads from the beginning cannot tell whether it is the history that it knew: what is not seen is offered again
    const lost = item.status === 'acked' && standing.restarting !== null && !holds(clockOf(item.entry), item);
    return lost ? [{...item, status: 'pending' as const, ackSeq: 0}] : [];
  });
  return {
    standing: {...standing, restarting: null},
    bases: page.bases,
    dropBases: [...page.dropBases, ...gone.map(({row}) => nameOfRow(row))],
    outbox,
  };
}

/**
 * The same edit as an operation that claims no more than the server can know: of other devices at most what it has of
 * them. It keeps its own entry, since later operations were built on it; its id is new, since the clock is another.
 */
function madeAnew(item: OutboxItem, known: Clock, drawOpId: () => string): OutboxItem {
  const {vectorClock, deviceId} = item.entry;
  const [family = deviceId] = deviceId.split(LIFE_MARK);
  const entries = Object.entries(vectorClock).map(([device, entry]) => {
    const own = belongsTo(device, family);
    return [device, own ? entry : Math.min(entry, entryOf(known, device))] as const;
  });
  const same = entries.every(([device, entry]) => entry === entryOf(vectorClock, device));
  const entry = same
    ? item.entry
    : {
        ...item.entry,
        opId: drawOpId(),
        vectorClock: Object.fromEntries(entries.filter(([, count]) => count > 0)),
      };
  return {...item, entry, status: 'pending', reason: null};
}
