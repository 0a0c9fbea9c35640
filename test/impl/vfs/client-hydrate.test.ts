/** Hydrate: its checks in their order, each with its words, and a pristine client after every one of them. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {DiskError} from '../../../src/host.ts';
import {VfsSyncError} from '../../../src/impl/vfs/client-errors.ts';
import {MemoryDisk} from './memory-host.ts';
import {at, cursor, grant, page, PRISTINE, rejection, rig} from './scripted-transport.ts';

type Loose = Record<string, unknown>;

const REPLAY = cursor('12:00', 'desktop-2');
const acl = {itemId: 'item-1', principalType: 'group', principalId: 'group-1', accessLevel: 'read'};
const link = {parentId: 'root', childId: 'item-1'};
const grantOp = {
  opId: 'op-7',
  opType: 'acl_add',
  itemId: 'item-1',
  replicaId: 'desktop',
  writeId: 7,
  occurredAt: at('12:01'),
  principalType: 'group',
  principalId: 'group-1',
  accessLevel: 'read',
};
const linkOp = {
  opId: 'op-8',
  opType: 'link_add',
  itemId: 'item-1',
  replicaId: 'desktop',
  writeId: 8,
  occurredAt: at('12:02'),
  parentId: 'root',
  childId: 'item-1',
};
const STATE = {
  replaySnapshot: {acl: [acl], links: [link], cursor: REPLAY},
  reconcileState: {cursor: cursor('12:00', 'desktop-3'), lastReconciledWriteIds: {desktop: 5, mobile: 2}},
  containerClocks: [{containerId: 'item-1', ...REPLAY}],
  pendingOperations: [grantOp, linkOp],
  nextLocalWriteId: 9,
};

const withReplay = (more: Loose): Loose => ({
  ...STATE,
  replaySnapshot: {...STATE.replaySnapshot, ...more},
});
const withReconcile = (more: Loose): Loose => ({
  ...STATE,
  reconcileState: {...STATE.reconcileState, ...more},
});
const withClocks = (...containerClocks: unknown[]): Loose => ({...STATE, containerClocks});
/** The second operation of the queue replaced. */
const withOp = (operation: unknown): Loose => ({...STATE, pendingOperations: [grantOp, operation]});

/** Checks 5 to 25 in the order of the table: the state, and what is said of it. */
const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ['5', null, 'state must be a non-null object'],
  ['5', 'text', 'state must be a non-null object'],
  ['6', {...STATE, pendingOperations: undefined}, 'state.pendingOperations must be an array'],
  ['7', {...STATE, containerClocks: {}}, 'state.containerClocks must be an array'],
  ['8', {...STATE, replaySnapshot: []}, 'state.replaySnapshot must be an object'],
  ['8', withReplay({acl: null}), 'state.replaySnapshot.acl must be an array'],
  ['8', withReplay({links: 'none'}), 'state.replaySnapshot.links must be an array'],
  ['8', withReplay({acl: [acl, {...acl, accessLevel: 'owner'}]}), 'state.replaySnapshot.acl[1] is invalid'],
  ['8', withReplay({acl: [{...acl, itemId: '\ud800'}]}), 'state.replaySnapshot.acl[0] is invalid'],
  ['8', withReplay({links: [link, null]}), 'state.replaySnapshot.links[1] is invalid'],
  ['8', withReplay({cursor: undefined}), 'transport returned invalid persisted replay cursor'],
  [
    '8',
    withReplay({cursor: {...REPLAY, changedAt: 'soon'}}),
    'transport returned invalid persisted replay cursor',
  ],
  ['9', {...STATE, reconcileState: undefined}, 'transport returned invalid persisted reconcile cursor'],
  ['9', {...STATE, reconcileState: 7}, 'transport returned invalid persisted reconcile cursor'],
  ['9', withReconcile({cursor: null}), 'transport returned invalid persisted reconcile cursor'],
  [
    '9',
    withReconcile({lastReconciledWriteIds: []}),
    'lastReconciledWriteIds must be an object map of replicaId -> writeId',
  ],
  [
    '9',
    withReconcile({lastReconciledWriteIds: {desktop: 2 ** 53}}),
    'lastReconciledWriteIds contains invalid writeId (must be a positive integer)',
  ],
  ['10', withClocks({containerId: ' ', ...REPLAY}), 'state.containerClocks[0] is invalid'],
  ['10', withClocks({containerId: 'a'}), 'state.containerClocks[0] is invalid'],
  [
    '10',
    withClocks({containerId: 'a', ...REPLAY}, {containerId: ' a ', ...REPLAY}),
    'state.containerClocks has duplicate containerId a',
  ],
  [
    '11',
    withReconcile({cursor: cursor('11:59', 'z')}),
    'persisted reconcile cursor regressed persisted replay cursor',
  ],
  [
    '12',
    {...withReplay({cursor: null}), reconcileState: null},
    'state.containerClocks requires persisted replay or reconcile cursor',
  ],
  [
    '13',
    withClocks({containerId: 'a', ...REPLAY}, {containerId: 'b', ...cursor('12:00', 'desktop-4')}),
    'state.containerClocks[1] is ahead of persisted sync cursor',
  ],
  ['14', withOp(null), 'state.pendingOperations[1] is invalid'],
  ['15', withOp('text'), 'state.pendingOperations[1].opType is invalid'],
  ['15', withOp({...linkOp, opType: 'toString'}), 'state.pendingOperations[1].opType is invalid'],
  ['16', withOp({...linkOp, opId: ''}), 'state.pendingOperations[1] is invalid'],
  ['16', withOp({...linkOp, occurredAt: 'noon'}), 'state.pendingOperations[1] is invalid'],
  [
    '17',
    withOp({...linkOp, replicaId: 'mobile'}),
    'state.pendingOperations[1] has replicaId that does not match clientId',
  ],
  [
    '18',
    withOp({...linkOp, writeId: 2 ** 53}),
    'state.pendingOperations[1].writeId must be a positive safe integer',
  ],
  [
    '19',
    withOp({...grantOp, principalId: null}),
    'state.pendingOperations[1] is missing acl principal fields',
  ],
  ['19', withOp({...grantOp, accessLevel: null}), 'state.pendingOperations[1] is missing acl accessLevel'],
  ['20', withOp({...linkOp, parentId: ' '}), 'state.pendingOperations[1] is missing link fields'],
  [
    '20',
    withOp({...linkOp, childId: 'item-2'}),
    'state.pendingOperations[1] has link childId that does not match itemId',
  ],
  ['21', withOp({...linkOp, opId: 'op-7'}), 'state.pendingOperations has duplicate opId op-7'],
  ['22', withOp({...linkOp, writeId: 7}), 'state.pendingOperations writeIds must be strictly increasing'],
  [
    '23',
    withOp({...linkOp, opId: 'desktop-2'}),
    'state.pendingOperations contains opId desktop-2 that collides with persisted cursor boundary',
  ],
  [
    '23 (V10)',
    withOp({...linkOp, opId: 'desktop-3'}),
    'state.pendingOperations contains opId desktop-3 that collides with persisted cursor boundary',
  ],
  ['24', withReplay({acl: [acl, acl]}), 'snapshot acl contains duplicate principal entry'],
  ['24', withReplay({links: [link, link]}), 'snapshot links contain duplicate edge'],
  ['25', {...STATE, nextLocalWriteId: 0}, 'state.nextLocalWriteId must be a positive safe integer'],
  ['25', {...STATE, nextLocalWriteId: 2 ** 53}, 'state.nextLocalWriteId must be a positive safe integer'],
];

describe('hydrateState', () => {
  test.each(REFUSED)('check %s refuses, and the client stays pristine', async (_check, state, message) => {
    const {client, violations, events} = await rig();
    const error = await rejection(client.hydrateState(state));
    expect(error).toBeInstanceOf(VfsSyncError);
    expect(error.message).toBe(message);
    expect(violations).toEqual([{stage: 'hydrate', code: 'hydrateGuardrailViolation', message}]);
    expect(events).toEqual(['HYDRATE', 'HYDRATE_REFUSED']);
    expect(client.exportState()).toEqual(PRISTINE);
    await client.hydrateState(STATE);
    expect(client.exportState()).toEqual(STATE);
  });

  test('of two things wrong the one that comes first in the table is told', async () => {
    const broken: Loose = {...STATE, nextLocalWriteId: 0};
    const steps: readonly (readonly [string, unknown, string])[] = [
      ['replaySnapshot', {acl: [acl, acl], links: [], cursor: REPLAY}, 'duplicate principal'],
      ['pendingOperations', [{...grantOp, opId: 'desktop-3'}], 'collides'],
      ['containerClocks', [{containerId: 'a', ...cursor('13:00', 'x')}], 'ahead'],
      ['reconcileState', 7, 'reconcile cursor'],
      ['replaySnapshot', null, 'replaySnapshot must be'],
      ['containerClocks', null, 'containerClocks must be'],
      ['pendingOperations', null, 'pendingOperations must be'],
    ];
    for (const [key, value, words] of steps) {
      broken[key] = value;
      const {client} = await rig();
      expect((await rejection(client.hydrateState(broken))).message).toContain(words);
    }
  });

  test('checks 1 and 2: a run or the background flush refuses it, outside the lifecycle', async () => {
    const {client, violations, events} = await rig();
    const sync = client.sync();
    expect((await rejection(client.hydrateState(STATE))).message).toBe(
      'cannot hydrate state while flush is in progress',
    );
    await sync;
    const flush = client.flush();
    await rejection(client.hydrateState(STATE));
    await flush;
    client.startBackgroundFlush(1000);
    const {message} = await rejection(client.hydrateState(STATE));
    expect(message).toBe('cannot hydrate state while background flush is active');
    expect(violations.map(violation => violation.message)).toEqual([
      'cannot hydrate state while flush is in progress',
      'cannot hydrate state while flush is in progress',
      message,
    ]);
    expect(events.filter(event => event.startsWith('HYDRATE'))).toEqual([]);
    await client.stopBackgroundFlush();
    await client.hydrateState(STATE);
  });

  test('check 3: not over a queue', async () => {
    const {client} = await rig();
    await client.queueLocalOperation({opType: 'link_add', itemId: 'a', parentId: 'b', childId: 'a'});
    const before = client.exportState();
    expect((await rejection(client.hydrateState(STATE))).message).toBe(
      'cannot hydrate state on a non-empty pending queue',
    );
    expect(client.exportState()).toEqual(before);
  });

  test('check 4: not over anything that was pulled, discarded or hydrated', async () => {
    const words = 'cannot hydrate state on a non-empty client';
    const pulled = await rig();
    pulled.transport.pulls.push(page([grant('a', '12:00')]));
    await pulled.client.sync();
    expect((await rejection(pulled.client.hydrateState(STATE))).message).toBe(words);

    const {client} = await rig();
    const {opId} = await client.queueLocalOperation({
      opType: 'acl_remove',
      itemId: 'a',
      principalType: 'user',
      principalId: 'u',
    });
    expect(await client.discardOperation(opId)).toBe(true);
    expect((await rejection(client.hydrateState(STATE))).message).toBe(words);

    const twice = await rig();
    const [first, second] = await Promise.allSettled([
      twice.client.hydrateState(STATE),
      twice.client.hydrateState(STATE),
    ]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
    expect(twice.events).toEqual(['HYDRATE', 'HYDRATED', 'HYDRATE', 'HYDRATE_REFUSED']);
  });

  test.each([
    ['V7', {pending: [7, 8], reconciled: 20, next: 2}, 21],
    ['V8', {pending: [10, 11], reconciled: 5, next: 2}, 12],
    ['the persisted one', {pending: [7, 8], reconciled: 5, next: 40}, 40],
    ['the last integer', {pending: [7, 2 ** 53 - 1], reconciled: 5, next: 2}, 2 ** 53 - 1],
  ])('%s: the next write id is above all in use', async (_name, {pending, reconciled, next}, expected) => {
    const {client, violations} = await rig();
    await client.hydrateState({
      ...withReconcile({lastReconciledWriteIds: {desktop: reconciled}}),
      pendingOperations: pending.map(writeId => ({...grantOp, opId: `op-${writeId}`, writeId})),
      nextLocalWriteId: next,
    });
    expect(client.exportState().nextLocalWriteId).toBe(expected);
    expect(client.snapshot().pendingOperations).toBe(2);
    expect(violations).toEqual([]);
  });

  test('V24: clocks at the very boundary, and reconcile level with replay, are fine', async () => {
    const {client} = await rig();
    await client.hydrateState(withReconcile({cursor: REPLAY}));
    expect(client.listChangedContainers(REPLAY)).toEqual({items: [], hasMore: false, nextCursor: null});
  });

  test('a disk that fails is no refusal: nothing changed, nothing reported', async () => {
    const {client, host, violations, events} = await rig();
    host.disk.hook = sql => {
      if (sql === 'COMMIT') throw new DiskError('full', 'no room');
    };
    expect(await rejection(client.hydrateState(STATE))).toBeInstanceOf(DiskError);
    expect(client.exportState()).toEqual(PRISTINE);
    expect(violations).toEqual([]);
    expect(events).toEqual(['HYDRATE', 'HYDRATE_REFUSED']);
    host.disk.hook = () => undefined;
    await client.hydrateState(STATE);
  });

  test('what throws something that is no error is told as a failed hydration', async () => {
    const {client, violations} = await rig();
    const trap = {
      get pendingOperations(): unknown {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is the point
        throw 'trap';
      },
    };
    await expect(client.hydrateState(trap)).rejects.toBe('trap');
    expect(violations[0]?.message).toBe('state hydration failed');
  });

  test('what was hydrated is what the next life finds', async () => {
    const disk = new MemoryDisk();
    await (await rig({disk})).client.hydrateState(JSON.parse(JSON.stringify(STATE)));
    expect((await rig({disk})).client.exportState()).toEqual(STATE);
  });

  test.prop([
    fc.oneof(
      fc.anything({withNullPrototype: true, withSparseArray: true}),
      fc.record({
        replaySnapshot: fc.anything(),
        reconcileState: fc.anything(),
        containerClocks: fc.array(fc.anything()),
        pendingOperations: fc.array(fc.anything()),
        nextLocalWriteId: fc.anything(),
      }),
    ),
  ])('anything at all is refused by name, and changes nothing', async state => {
    const {client} = await shared;
    expect(await rejection(client.hydrateState(state))).toBeInstanceOf(VfsSyncError);
    expect(client.exportState()).toEqual(PRISTINE);
  });
});

const shared = rig();
