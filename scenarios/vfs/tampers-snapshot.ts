/** Tampers with the snapshot that a client starts over from: parts that are none, parts at odds, and untrue content. */
import {compareCursors} from '../../src/model/vfs/cursor.ts';
import type {Cursor} from '../../src/model/vfs/types.ts';
import {
  drawIndex,
  NO_LIST,
  NO_OBJECT,
  NO_TEXT,
  replaced,
  snapshotTamper,
  tamperOf,
  withBody,
  type VfsTamper,
} from './tampers-form.ts';
import {movedCursor, readSnapshot, type JsonObject, type Snapshot} from './tampers-reading.ts';

const BAD_CURSORS: readonly unknown[] = [
  undefined,
  '',
  7,
  [],
  {},
  {changedAt: '2026-02-30T12:00:00.000Z', changeId: 'a'},
  {changedAt: '2026-02-14T12:00:00.000', changeId: 'a'},
  {changedAt: '2026-02-14T12:00:00.000Z', changeId: ' '},
  {changedAt: '2026-02-14T12:00:00.000Z'},
];

const withReplay = ({body, replay}: Snapshot, part: JsonObject): JsonObject => ({
  ...body,
  replaySnapshot: {...replay, ...part},
});

const reachedBy = ({state}: Snapshot): Cursor | null =>
  state.reconcileState?.cursor ?? state.replaySnapshot.cursor;

const malformed: readonly VfsTamper[] = [
  snapshotTamper({
    id: 'snapshot-replay-no-object',
    sentence: 'The snapshot has no registers at all.',
    refusedBy: ['state.replaySnapshot must be an object'],
    change: ({body}, {random}) => ({
      ...body,
      replaySnapshot: random.pick<unknown>([undefined, ...NO_OBJECT]),
    }),
  }),
  snapshotTamper({
    id: 'snapshot-no-lists',
    sentence: 'The grants, the links or the clocks are no list.',
    refusedBy: [
      'state.replaySnapshot.acl must be an array',
      'state.replaySnapshot.links must be an array',
      'state.containerClocks must be an array',
    ],
    change: (honest, {random}) => {
      const part = random.pick(['acl', 'links', 'containerClocks']);
      const wrong = {[part]: random.pick(NO_LIST)};
      return part === 'containerClocks' ? {...honest.body, ...wrong} : withReplay(honest, wrong);
    },
  }),
  snapshotTamper({
    id: 'snapshot-grant-malformed',
    sentence: 'A grant has no item, no principal, or a level that there is not.',
    refusedBy: ['state.replaySnapshot.acl[*] is invalid'],
    change: (honest, about) => {
      const index = drawIndex(honest.acl, about);
      const {random} = about;
      const wrong = random.pick<JsonObject>([
        {itemId: random.pick(NO_TEXT)},
        {principalId: random.pick(NO_TEXT)},
        {principalType: random.pick<unknown>([...NO_TEXT, 'robot', 'constructor'])},
        {accessLevel: random.pick<unknown>([...NO_TEXT, 'owner', '__proto__'])},
      ]);
      if (index === null) return undefined;
      return withReplay(honest, {
        acl: replaced<unknown>(honest.acl, index, {...honest.acl[index], ...wrong}),
      });
    },
  }),
  snapshotTamper({
    id: 'snapshot-link-malformed',
    sentence: 'A link lacks an end.',
    refusedBy: ['state.replaySnapshot.links[*] is invalid'],
    change: (honest, about) => {
      const index = drawIndex(honest.links, about);
      const {random} = about;
      if (index === null) return undefined;
      const wrong = random.oneIn(3)
        ? random.pick(NO_OBJECT)
        : {...honest.links[index], [random.pick(['parentId', 'childId'])]: random.pick(NO_TEXT)};
      return withReplay(honest, {links: replaced<unknown>(honest.links, index, wrong)});
    },
  }),
  snapshotTamper({
    id: 'snapshot-cursor-malformed',
    sentence: 'The position of the registers, or of the checkpoint, is none.',
    refusedBy: [
      'transport returned invalid persisted replay cursor',
      'transport returned invalid persisted reconcile cursor',
    ],
    change: (honest, {random}) => {
      const cursor = random.pick(BAD_CURSORS);
      if (random.oneIn(2)) return withReplay(honest, {cursor});
      return {
        ...honest.body,
        reconcileState: random.pick<unknown>([{cursor}, {cursor: null}, [], 7, 'none']),
      };
    },
  }),
  snapshotTamper({
    id: 'snapshot-checkpoint-left-out',
    sentence: 'The checkpoint is missing, which is not the same as there being none.',
    refusedBy: ['transport returned invalid persisted reconcile cursor'],
    detection: 'sometimes',
    change: ({body}) => ({...body, reconcileState: undefined}),
  }),
  snapshotTamper({
    id: 'snapshot-clock-malformed',
    sentence: 'A clock has no container or no time.',
    refusedBy: ['state.containerClocks[*] is invalid'],
    change: ({body, clocks}, about) => {
      const index = drawIndex(clocks, about);
      const {random} = about;
      if (index === null) return undefined;
      const field = random.pick(['containerId', 'changedAt', 'changeId']);
      const clock = {...clocks[index], [field]: random.pick(NO_TEXT)};
      return {...body, containerClocks: replaced<unknown>(clocks, index, clock)};
    },
  }),
];

const atOdds: readonly VfsTamper[] = [
  snapshotTamper({
    id: 'snapshot-entry-twice',
    sentence: 'A register or a clock is there twice.',
    refusedBy: [
      'snapshot acl contains duplicate principal entry',
      'snapshot links contain duplicate edge',
      'state.containerClocks has duplicate containerId *',
    ],
    change: (honest, about) => {
      const {body, acl, links, clocks} = honest;
      const parts = [
        {list: acl, put: (list: readonly JsonObject[]) => withReplay(honest, {acl: list})},
        {list: links, put: (list: readonly JsonObject[]) => withReplay(honest, {links: list})},
        {list: clocks, put: (list: readonly JsonObject[]) => ({...body, containerClocks: list})},
      ].filter(({list}) => list.length > 0);
      if (parts.length === 0) return undefined;
      const {list, put} = about.random.pick(parts);
      return put([...list, about.random.pick(list)]);
    },
  }),
  snapshotTamper({
    id: 'snapshot-regressed',
    sentence: 'The checkpoint lies before the position of the registers.',
    refusedBy: ['rematerialized reconcile cursor regressed rematerialized replay cursor'],
    change: ({body, state}, {random}) => {
      const {cursor} = state.replaySnapshot;
      const older = cursor === null ? null : movedCursor(cursor, -random.octave(1, 3_600_000));
      return older === null
        ? undefined
        : {...body, reconcileState: {cursor: older, lastReconciledWriteIds: {}}};
    },
  }),
  snapshotTamper({
    id: 'snapshot-clock-ahead',
    sentence: 'A clock is ahead of the position that it was read at.',
    refusedBy: ['rematerialized containerClocks[*] is ahead of rematerialized cursor'],
    change: (honest, about) => {
      const {body, clocks} = honest;
      const index = drawIndex(clocks, about);
      const reached = reachedBy(honest);
      const later = reached === null ? null : movedCursor(reached, about.random.octave(1, 60_000));
      if (index === null || later === null) return undefined;
      return {...body, containerClocks: replaced<unknown>(clocks, index, {...clocks[index], ...later})};
    },
  }),
  snapshotTamper({
    id: 'snapshot-clocks-without-cursor',
    sentence: 'There are clocks, and no position.',
    refusedBy: ['rematerialized container clocks require replay or reconcile cursor'],
    change: honest =>
      honest.clocks.length === 0 ? undefined : {...withReplay(honest, {cursor: null}), reconcileState: null},
  }),
];

const untrue: readonly VfsTamper[] = [
  snapshotTamper({
    id: 'snapshot-withheld',
    sentence: 'A register is left out, or all of them.',
    change: (honest, about) => {
      const {acl, links} = honest;
      if (acl.length + links.length === 0) return undefined;
      if (about.random.oneIn(4)) return withReplay(honest, {acl: [], links: []});
      const index = about.random.integer(0, acl.length + links.length - 1);
      return index < acl.length
        ? withReplay(honest, {acl: replaced(acl, index)})
        : withReplay(honest, {links: replaced(links, index - acl.length)});
    },
  }),
  snapshotTamper({
    id: 'snapshot-forged',
    sentence: 'A grant and a link are in it that nobody made.',
    change: (honest, {random}) => {
      const itemId = `forged-${random.id(8)}`;
      const grant = {itemId, principalType: 'user', principalId: 'mallory', accessLevel: 'admin'};
      return withReplay(honest, {
        acl: [...honest.acl, grant],
        links: [...honest.links, {parentId: 'forged', childId: itemId}],
      });
    },
  }),
  snapshotTamper({
    id: 'snapshot-other-level',
    sentence: 'A grant is of another level than was granted.',
    change: (honest, about) => {
      const {acl} = honest;
      const index = drawIndex(acl, about);
      if (index === null) return undefined;
      const accessLevel = about.random.pick(
        ['read', 'write', 'admin'].filter(level => level !== acl[index]?.['accessLevel']),
      );
      return withReplay(honest, {acl: replaced<unknown>(acl, index, {...acl[index], accessLevel})});
    },
  }),
  snapshotTamper({
    id: 'snapshot-ahead',
    sentence: 'Registers and checkpoint claim a later position than they were read at.',
    change: (honest, {random}) => {
      const {state, body} = honest;
      const reached = reachedBy(honest);
      const later = reached === null ? null : movedCursor(reached, random.octave(1, 3_600_000));
      if (later === null) return undefined;
      const {lastReconciledWriteIds = {}} = state.reconcileState ?? {};
      const {replaySnapshot} = withReplay(honest, {cursor: later});
      return {...body, replaySnapshot, reconcileState: {cursor: later, lastReconciledWriteIds}};
    },
  }),
  snapshotTamper({
    id: 'snapshot-behind',
    sentence:
      'The registers claim an earlier position than they were read at, so that what follows comes again.',
    change: (honest, about) => {
      const {cursor} = honest.state.replaySnapshot;
      const clocks = honest.state.containerClocks.filter(
        clock => cursor !== null && compareCursors(clock, cursor) < 0,
      );
      if (honest.state.reconcileState === null || clocks.length === 0) return undefined;
      const {changedAt, changeId} = about.random.pick(clocks);
      return withReplay(honest, {cursor: {changedAt, changeId}});
    },
  }),
  snapshotTamper({
    id: 'snapshot-without-position',
    sentence: 'The registers come without a position, so that all is read again.',
    change: honest => ({...withReplay(honest, {cursor: null}), reconcileState: null, containerClocks: []}),
  }),
  tamperOf(
    ['snapshot'],
    {
      id: 'snapshot-none',
      sentence: 'The server claims to have none, so that the client begins with nothing.',
    },
    answer => withBody({...answer, status: 404}, {error: 'No CRDT snapshot is available'}),
  ),
  tamperOf(
    ['snapshot'],
    {
      id: 'snapshot-of-another',
      sentence: 'The snapshot is one that another client was given, or this one earlier.',
    },
    (_, {others, earlier, random}) => {
      const snapshots = [...earlier, ...others.values()].filter(answer => readSnapshot(answer) !== null);
      return snapshots.length === 0 ? null : random.pick(snapshots);
    },
  ),
  snapshotTamper({
    id: 'snapshot-undated',
    sentence: 'The snapshot does not say when it was made, or nonsense.',
    refusedBy: ['transport returned invalid snapshotUpdatedAt'],
    detection: 'sometimes',
    change: ({body}, {random}) => ({
      ...body,
      snapshotUpdatedAt: random.pick<unknown>([...NO_TEXT, 'yesterday']),
    }),
  }),
];

export const snapshotTampers: readonly VfsTamper[] = [...malformed, ...atOdds, ...untrue];
