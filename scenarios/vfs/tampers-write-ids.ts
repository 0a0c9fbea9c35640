/** Tampers with the write ids that three kinds of answer carry: no map, a malformed one, one that takes back or promises. */
import {isObject} from '../../src/model/vfs/fields.ts';
import type {WriteIds} from '../../src/model/vfs/types.ts';
import {writeIdOf} from '../../src/model/vfs/write-ids.ts';
import {
  acknowledgementTamper,
  BEYOND_NUMBERS,
  drawIndex,
  pageTamper,
  snapshotTamper,
  type Change,
  type Telling,
  type VfsTamper,
} from './tampers-form.ts';
import {readCheckpoint, type JsonObject, type Snapshot} from './tampers-reading.ts';

/** Where one kind of answer carries its write ids. */
interface Place<Honest> {
  readonly route: 'pull' | 'reconcile' | 'snapshot';
  readonly make: (telling: Telling & {readonly change: Change<Honest>}) => VfsTamper;
  readonly read: (honest: Honest) => WriteIds | null;
  readonly write: (honest: Honest, value: unknown) => JsonObject;
}

const NOT_A_MAP = 'lastReconciledWriteIds must be an object map of replicaId -> writeId';
const BAD_KEY = 'lastReconciledWriteIds contains invalid replicaId (*)';
const BAD_VALUE = 'lastReconciledWriteIds contains invalid writeId (*)';
const TOO_MANY = 'lastReconciledWriteIds exceeds max entries (512)';

const NO_MAPS: readonly unknown[] = [[], ['desktop'], [['desktop', 1]], 'desktop=1', 7, 0, true, false];
const BAD_KEYS: readonly string[] = ['', ' ', '\n', ':', 'crdt:desktop', 'a:b', 'x'.repeat(129)];
const BAD_VALUES: readonly unknown[] = [
  0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 53),
  5e-324,
  BEYOND_NUMBERS,
  '3',
  '',
  null,
  true,
  {},
  [1],
];
const ENTRIES_MAX = 512;

const mapOf = (entries: Iterable<readonly [string, unknown]>): JsonObject => Object.fromEntries(entries);

/** `ids` with strangers added up to `size` entries. */
function filledUp(ids: WriteIds, size: number): JsonObject {
  const strangers = Array.from({length: size}, (_, index): [string, number] => [`crowd-${index}`, 1]);
  return mapOf([...Object.entries(ids), ...strangers].slice(0, size));
}

function malformed<Honest>({route, make, read, write}: Place<Honest>): readonly VfsTamper[] {
  return [
    make({
      id: `${route}-ids-no-map`,
      sentence: 'The write ids are no map.',
      refusedBy: [NOT_A_MAP],
      change: (honest, {random}) => (read(honest) === null ? undefined : write(honest, random.pick(NO_MAPS))),
    }),
    make({
      id: `${route}-ids-bad-replica`,
      sentence: 'The write ids name a replica that cannot be: blank, too long, or with a colon.',
      refusedBy: [BAD_KEY],
      change: (honest, {random}) => {
        const ids = read(honest);
        if (ids === null) return undefined;
        return write(honest, mapOf([...Object.entries(ids), [random.pick(BAD_KEYS), 1]]));
      },
    }),
    make({
      id: `${route}-ids-unstorable-replica`,
      sentence:
        "A replica's name holds half a surrogate pair, or NUL: two names may become one on some disk.",
      refusedBy: [BAD_KEY],
      detection: 'sometimes',
      change: (honest, {random}) => {
        const ids = read(honest);
        if (ids === null) return undefined;
        return write(
          honest,
          mapOf([...Object.entries(ids), [random.pick(['a\ud800', 'a\udc00', 'a\u0000b']), 1]]),
        );
      },
    }),
    make({
      id: `${route}-ids-bad-value`,
      sentence: 'A write id is no positive safe integer: 0, negative, a fraction, a text, 2^53, 1e400.',
      refusedBy: [BAD_VALUE],
      change: (honest, about) => {
        const ids = read(honest);
        if (ids === null) return undefined;
        const replicas = Object.keys(ids);
        const index = drawIndex(replicas, about);
        const replica = index === null ? 'desktop' : (replicas[index] ?? 'desktop');
        return write(honest, mapOf([...Object.entries(ids), [replica, about.random.pick(BAD_VALUES)]]));
      },
    }),
    make({
      id: `${route}-ids-texts`,
      sentence: 'Every write id is a text, as some databases answer big integers.',
      refusedBy: [BAD_VALUE],
      change: honest => {
        const entries = Object.entries(read(honest) ?? {});
        if (entries.length === 0) return undefined;
        return write(honest, mapOf(entries.map(([replica, id]) => [replica, String(id)])));
      },
    }),
    make({
      id: `${route}-ids-crowd`,
      sentence: 'The write ids have one entry more than any peer may send.',
      refusedBy: [TOO_MANY],
      change: honest => {
        const ids = read(honest);
        return ids === null ? undefined : write(honest, filledUp(ids, ENTRIES_MAX + 1));
      },
    }),
  ];
}

/** Well-formed maps that say something else than the honest one: nobody can tell at once, and what is raised comes back later. */
function untrue<Honest>({route, make, read, write}: Place<Honest>): readonly VfsTamper[] {
  return [
    make({
      id: `${route}-ids-raised`,
      sentence: 'One write id is told too high: honest answers to come look like regressions.',
      change: (honest, about) => {
        const entries = Object.entries(read(honest) ?? {});
        const raised = drawIndex(entries, about);
        if (raised === null) return undefined;
        const by = about.random.octave(1, 1000);
        return write(
          honest,
          mapOf(entries.map(([key, id], index) => [key, index === raised ? id + by : id])),
        );
      },
    }),
    make({
      id: `${route}-ids-ceiling`,
      sentence: "Every write id is 2^53 - 1, or just below: after one's own there is no next.",
      refusedBy: [BAD_VALUE],
      detection: 'sometimes',
      change: (honest, {random}) => {
        const replicas = Object.keys(read(honest) ?? {});
        const id = Number.MAX_SAFE_INTEGER - random.pick([0, 0, 1, 2]);
        return replicas.length === 0
          ? undefined
          : write(honest, mapOf(replicas.map(replica => [replica, id])));
      },
    }),
    make({
      id: `${route}-ids-strangers`,
      sentence: 'The map names as many replicas as a peer may send, and none that anybody knows.',
      // What a client knows besides makes too many; from a snapshot, it knows nothing besides.
      ...(route === 'snapshot' ? {} : {refusedBy: [TOO_MANY], detection: 'sometimes'}),
      change: honest => (read(honest) === null ? undefined : write(honest, filledUp({}, ENTRIES_MAX))),
    }),
    make({
      id: `${route}-ids-absent`,
      sentence: 'The write ids are missing, which says nothing of any replica.',
      change: (honest, {random}) =>
        read(honest) === null ? undefined : write(honest, random.pick([undefined, null, {}])),
    }),
    make({
      id: `${route}-ids-odd-names`,
      sentence: 'Replicas are called as every object calls its own: `__proto__`, `constructor`, `toString`.',
      change: (honest, {random}) => {
        const ids = read(honest);
        if (ids === null) return undefined;
        const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '0'];
        return write(
          honest,
          mapOf([...names.map(name => [name, random.integer(1, 9)] as const), ...Object.entries(ids)]),
        );
      },
    }),
    make({
      id: `${route}-ids-twins`,
      sentence: 'A replica is named twice, once with blanks around it and a lower id: the higher counts.',
      change: honest => {
        const ids = read(honest) ?? {};
        const replica = Object.keys(ids)[0];
        return replica === undefined ? undefined : write(honest, {[` ${replica} `]: 1, ...ids});
      },
    }),
  ];
}

const inPages: Place<{readonly body: JsonObject; readonly ids: WriteIds}> = {
  route: 'pull',
  make: pageTamper,
  read: ({ids}) => ids,
  write: ({body}, value) => ({...body, lastReconciledWriteIds: value}),
};

const inAcknowledgements: typeof inPages = {...inPages, route: 'reconcile', make: acknowledgementTamper};

const inSnapshots: Place<Snapshot> = {
  route: 'snapshot',
  make: snapshotTamper,
  read: ({state}) => state.reconcileState?.lastReconciledWriteIds ?? null,
  write: ({body}, value) => {
    const {reconcileState} = body;
    const checkpoint = isObject(reconcileState) ? reconcileState : {};
    return {...body, reconcileState: {...checkpoint, lastReconciledWriteIds: value}};
  },
};

/** All ids down to 1, or undefined if none was higher. */
function lowered(ids: WriteIds): WriteIds | undefined {
  const replicas = Object.keys(ids);
  if (!replicas.some(replica => writeIdOf(ids, replica) > 1)) return undefined;
  return Object.fromEntries(replicas.map(replica => [replica, 1]));
}

const takenBack: readonly VfsTamper[] = [
  pageTamper({
    id: 'pull-ids-lowered',
    sentence: 'The page takes back write ids that a client may have heard before.',
    refusedBy: ['pull:lastWriteIdRegression'],
    detection: 'sometimes',
    change: ({body, ids}) => {
      const lastReconciledWriteIds = lowered(ids);
      return lastReconciledWriteIds === undefined ? undefined : {...body, lastReconciledWriteIds};
    },
  }),
  acknowledgementTamper({
    id: 'reconcile-ids-lowered',
    sentence: 'The acknowledgement takes back write ids that the client has just told.',
    refusedBy: ['reconcile:lastWriteIdRegression'],
    change: ({body}, {request}) => {
      const lastReconciledWriteIds = lowered(readCheckpoint(request)?.ids ?? {});
      return lastReconciledWriteIds === undefined ? undefined : {...body, lastReconciledWriteIds};
    },
  }),
];

export const writeIdTampers: readonly VfsTamper[] = [
  ...takenBack,
  ...malformed(inPages),
  ...untrue(inPages),
  ...malformed(inAcknowledgements),
  ...untrue(inAcknowledgements),
  ...malformed(inSnapshots),
  ...untrue(inSnapshots),
];
