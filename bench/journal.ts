/** Rows on the journal's merge engine: against the plain fold that it replaces, and long journals against short ones. */
import {antichain, type Antichain} from '../src/impl/journal/merge/antichain.ts';
import type {Operation} from '../src/impl/journal/merge/operation.ts';
import {ObjectHistory} from './journal-history.ts';
import {compare, timed, type Effort, type Size} from './measure.ts';
import type {Figures, Row} from './row.ts';

/** A row of a journal; the time is when the server took it, which a plain fold goes by. */
interface Entry {
  readonly object: string;
  readonly at: number;
  readonly op: Operation;
}

const OBJECTS = 64;
const ENTRIES: Readonly<Record<Size, number>> = {full: 100_000, quick: 2_000};

function journalOf(entries: number): readonly Entry[] {
  const objects = Array.from({length: OBJECTS}, (_, index) => `object${index}`);
  const histories = new Map(objects.map(name => [name, new ObjectHistory(name)]));
  return Array.from({length: entries}, (_, at) => {
    const object = objects[(at * 37) % OBJECTS] ?? '';
    return {object, at, op: (histories.get(object) as ObjectHistory).next()};
  });
}

/** What the engine replaces: of each object the entry that was written last, ties by id. Returns what is left. */
function lastWriterWins(journal: readonly Entry[]): ReadonlyMap<string, Entry> {
  const objects = new Map<string, Entry>();
  for (const entry of journal) {
    const known = objects.get(entry.object);
    const wins =
      known === undefined || entry.at > known.at || (entry.at === known.at && entry.op.opId > known.op.opId);
    if (wins) objects.set(entry.object, entry);
  }
  return objects;
}

/** The engine over a whole journal, conflicts and outcomes told. Returns what is left, and how many conflicts there were. */
function merged(journal: readonly Entry[]): {objects: ReadonlyMap<string, Antichain>; conflicts: number} {
  const objects = new Map<string, Antichain>();
  let conflicts = 0;
  for (const {object, op} of journal) {
    const ingested = antichain.ingest(objects.get(object) ?? antichain.empty, op);
    objects.set(object, ingested.state);
    conflicts += ingested.conflicts.length;
  }
  return {objects, conflicts};
}

/** The rule as it is commonly documented, as short as it can be written: later by clock, else deletes, else by payload text. */
function documented(journal: readonly Entry[]): ReadonlyMap<string, Operation> {
  const objects = new Map<string, Operation>();
  for (const {object, op} of journal) {
    const known = objects.get(object);
    if (known === undefined || beats(op, known)) objects.set(object, op);
  }
  return objects;
}

function beats(op: Operation, known: Operation): boolean {
  let [less, more] = [false, false];
  for (const device of new Set([...Object.keys(op.clock), ...Object.keys(known.clock)])) {
    const [own, other] = [op.clock[device] ?? 0, known.clock[device] ?? 0];
    if (own < other) less = true;
    if (own > other) more = true;
  }
  if (less !== more) return more;
  if (op.isTombstone !== known.isTombstone) return op.isTombstone;
  return less && JSON.stringify(op.payload) > JSON.stringify(known.payload);
}

type Fold = (journal: readonly Entry[]) => {readonly size: number};

async function against(fold: Fold, called: string, size: Size): Promise<Figures> {
  const journal = journalOf(ENTRIES[size]);
  const sideOf = (side: Fold) => (): Promise<Effort> =>
    timed(async () => {
      if (side(journal).size !== OBJECTS) throw new Error('a fold lost an object');
      return journal.length;
    });
  const engine: Fold = entries => merged(entries).objects;
  const {quotient, first, second} = await compare(sideOf(fold), sideOf(engine), size);
  return {
    figure: quotient,
    details: {
      'operations a second, merged': 1e6 / second.median,
      [`operations a second, ${called}`]: 1e6 / first.median,
      'operations for each conflict told': journal.length / merged(journal).conflicts,
    },
  };
}

const SHORT = 1_000;
const LONG: Readonly<Record<Size, number>> = {full: 1_000_000, quick: 4_000};

/** The cost of merging one object's journal of so many operations; they are made in pieces, and only merging is timed. */
async function effortOf(operations: number, name: string): Promise<Effort> {
  const history = new ObjectHistory(name);
  let state = antichain.empty;
  let ms = 0;
  for (let done = 0; done < operations; done += SHORT) {
    const piece = Array.from({length: SHORT}, () => history.next());
    const effort = await timed(async () => {
      for (const op of piece) state = antichain.ingest(state, op).state;
      return piece.length;
    });
    ms += effort.ms;
  }
  return {ms, units: operations};
}

async function growthOfJournal(size: Size): Promise<Figures> {
  const long = LONG[size];
  // other histories each time: one that is merged again and again is known by heart to the processor
  let taken = 0;
  const nameOf = (): string => `object${String((taken += 1)).padStart(6, '0')}`;
  const manyShort = async (): Promise<Effort> => {
    let ms = 0;
    for (let done = 0; done < long; done += SHORT) ms += (await effortOf(SHORT, nameOf())).ms;
    return {ms, units: long};
  };
  const {quotient, first, second} = await compare(() => effortOf(long, nameOf()), manyShort, size);
  return {
    figure: quotient,
    details: {
      [`ns an operation in a journal of ${long}`]: first.median * 1_000,
      [`ns an operation in journals of ${SHORT}`]: second.median * 1_000,
    },
  };
}

export const journalRows: readonly Row[] = [
  {
    name: 'journal-merge',
    measure: 'operations merged a second : by a fold that keeps the last by time',
    reach: {at: 'least', value: 1 / 16},
    take: size => against(lastWriterWins, 'last writer wins', size),
  },
  {
    name: 'journal-rule',
    measure: 'operations merged a second : by the documented rule, which does not converge',
    reach: {at: 'least', value: 1 / 2},
    take: size => against(documented, 'documented rule', size),
  },
  {
    name: 'journal-growth',
    measure: "cost of an operation in an object's journal of 10⁶ : of 10³",
    reach: {at: 'most', value: 1.3},
    take: growthOfJournal,
  },
];
