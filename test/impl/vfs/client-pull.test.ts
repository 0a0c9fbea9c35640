/**
 * Pull and reconcile: every guardrail with its words, first things first, and a refused page that leaves no
 * trace.
 */
import {test} from '@fast-check/vitest';
import {describe, expect} from 'vitest';
import {VfsRematerializationRequiredError} from '../../../src/impl/vfs/client-errors.ts';
import type {PullResponse, ReconcileResponse, VfsTransport} from '../../../src/impl/vfs/transport.ts';
import type {GuardrailViolation} from '../../../src/model/vfs/types.ts';
import {
  at,
  cursor,
  edge,
  grant,
  page,
  rejection,
  rig,
  type Rig,
  ScriptedTransport,
} from './scripted-transport.ts';

/** A client that has applied `base` at 12:00 and heard of the write ids {desktop: 8, mobile: 7}. */
async function started(options: Parameters<typeof rig>[0] = {}): Promise<Rig> {
  const made = await rig(options);
  made.transport.pulls.push(
    page([grant('base', '12:00')], {lastReconciledWriteIds: {desktop: 8, mobile: 7}}),
  );
  await made.client.sync();
  made.events.length = 0;
  return made;
}

const BASE = cursor('12:00', 'base');

interface Refused {
  readonly answer: unknown;
  readonly message: string;
  readonly violation: Omit<GuardrailViolation, 'stage'> | null;
}

const REFUSED: readonly (readonly [string, Refused])[] = [
  [
    'no answer at all',
    {answer: 'text', message: 'transport returned invalid pull response payload', violation: null},
  ],
  [
    'write ids that are no map',
    {
      answer: {...page([]), hasMore: true, lastReconciledWriteIds: 7},
      message: 'lastReconciledWriteIds must be an object map of replicaId -> writeId',
      violation: null,
    },
  ],
  [
    'V12: a write id below the baseline, before anything else',
    {
      answer: {
        ...page([grant('a', '12:01')]),
        items: [],
        hasMore: true,
        lastReconciledWriteIds: {mobile: 6, desktop: 9},
      },
      message: 'transport regressed lastReconciledWriteIds for replica mobile',
      violation: {
        code: 'lastWriteIdRegression',
        message: 'pull response regressed replica write-id state',
        details: {replicaId: 'mobile', previousWriteId: 7, incomingWriteId: 6},
      },
    },
  ],
  [
    'no items',
    {
      answer: {...page([]), items: null},
      message: 'transport returned invalid pull response items',
      violation: null,
    },
  ],
  [
    'no hasMore',
    {answer: {...page([]), hasMore: 1}, message: 'transport returned invalid hasMore', violation: null},
  ],
  [
    'V16: an empty page that promises more',
    {
      answer: page([], {hasMore: true}),
      message: 'transport returned hasMore=true with an empty pull page',
      violation: {
        code: 'pullPageInvariantViolation',
        message: 'pull response hasMore=true with an empty page',
        details: {hasMore: true, itemsLength: 0},
      },
    },
  ],
  [
    'an item without an id',
    {
      answer: page([grant(' ', '12:01')]),
      message: 'transport returned item with missing opId',
      violation: null,
    },
  ],
  [
    'one operation twice',
    {
      answer: page([grant('a', '12:01'), grant('a', 'never')]),
      message: 'transport replayed opId a during pull pagination',
      violation: {
        code: 'pullDuplicateOpReplay',
        message: 'pull response replayed an opId within one pull-until-settled cycle',
        details: {opId: 'a'},
      },
    },
  ],
  [
    'a tail without a time',
    {
      answer: page([{...grant('a', '12:01'), occurredAt: 'never'}], {nextCursor: BASE}),
      message: 'transport returned item with invalid occurredAt',
      violation: null,
    },
  ],
  [
    'a next cursor that is none',
    {
      answer: page([grant('a', '12:01')], {nextCursor: {changedAt: 'x', changeId: 'a'}}),
      message: 'transport returned invalid nextCursor',
      violation: null,
    },
  ],
  [
    'V15: a next cursor beside the tail',
    {
      answer: page([grant('desktop-1', '12:03')], {nextCursor: cursor('12:03:01', 'desktop-2')}),
      message: 'transport returned nextCursor that does not match pull page tail',
      violation: {
        code: 'pullPageInvariantViolation',
        message: 'pull response nextCursor does not match page tail cursor',
        details: {
          nextCursorChangedAt: at('12:03:01'),
          nextCursorChangeId: 'desktop-2',
          pageCursorChangedAt: at('12:03'),
          pageCursorChangeId: 'desktop-1',
        },
      },
    },
  ],
  [
    'V14: a page that ends before the cursor',
    {
      answer: page([grant('a', '11:59')]),
      message: 'transport returned regressing sync cursor',
      violation: {
        code: 'pullCursorRegression',
        message: 'pull response regressed local sync cursor',
        details: {
          previousChangedAt: BASE.changedAt,
          previousChangeId: 'base',
          incomingChangedAt: at('11:59'),
          incomingChangeId: 'a',
        },
      },
    },
  ],
  [
    'an empty page that points back',
    {
      answer: page([], {nextCursor: cursor('12:00', 'bas')}),
      message: 'transport returned regressing sync cursor',
      violation: {
        code: 'pullCursorRegression',
        message: 'pull response regressed local sync cursor',
        details: {
          previousChangedAt: BASE.changedAt,
          previousChangeId: 'base',
          incomingChangedAt: BASE.changedAt,
          incomingChangeId: 'bas',
        },
      },
    },
  ],
  [
    'a page that overlaps',
    {
      answer: page([grant('base', '12:00'), grant('b', '12:01')]),
      message: 'CRDT feed item 0 is not strictly newer than local cursor',
      violation: null,
    },
  ],
  [
    'a good item before a bad one',
    {
      answer: page([grant('a', '12:01'), grant('b', '12:02', {principalId: null})]),
      message: 'CRDT feed item 1 is missing principal fields',
      violation: null,
    },
  ],
  [
    'replay before clocks',
    {
      answer: page([grant('a', '12:01', {itemId: ''}), grant('b', '12:02', {accessLevel: null})]),
      message: 'CRDT feed item 1 is missing access level',
      violation: null,
    },
  ],
  [
    'an item without a container',
    {
      answer: page([grant('a', '12:01', {itemId: ''})]),
      message: 'CRDT feed item 0 has invalid container fields',
      violation: null,
    },
  ],
  [
    'more replicas than a map holds, together',
    {
      answer: page([grant('a', '12:01')], {
        lastReconciledWriteIds: Object.fromEntries(Array.from({length: 511}, (_, n) => [`r${n}`, 1])),
      }),
      message: 'lastReconciledWriteIds exceeds max entries (512)',
      violation: null,
    },
  ],
];

describe('sync', () => {
  test.each(REFUSED)('%s is refused, twice alike, and leaves no trace', async (_name, refused) => {
    const {client, transport, violations, events} = await started();
    const before = client.exportState();
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      violations.length = 0;
      events.length = 0;
      transport.pulls.push(refused.answer as PullResponse);
      expect((await rejection(client.sync())).message).toBe(refused.message);
      expect(violations).toEqual(refused.violation === null ? [] : [{stage: 'pull', ...refused.violation}]);
      expect(client.exportState()).toBe(before);
      expect(events).toEqual(['SYNC', 'FAILED']);
    }
    transport.pulls.push(page([grant('good', '12:01')]));
    expect(await client.sync()).toEqual({pulledOperations: 1, pullPages: 1});
  });

  test('V13: a page that repeats one from the page before leaves that page', async () => {
    const {client, transport, violations} = await rig();
    const first = page([grant('dup', '12:03')], {hasMore: true, lastReconciledWriteIds: {desktop: 1}});
    transport.pulls.push(first, page([grant('dup', '12:03:01')]));
    await rejection(client.sync());
    expect(violations.map(({code}) => code)).toEqual(['pullDuplicateOpReplay']);
    expect(transport.pulled).toEqual([null, cursor('12:03', 'dup')]);
    const after = client.exportState();
    expect(after.replaySnapshot.cursor).toEqual(cursor('12:03', 'dup'));
    expect(after.reconcileState).toEqual({
      cursor: cursor('12:03', 'dup'),
      lastReconciledWriteIds: {desktop: 1},
    });
    expect(transport.reconciled).toEqual([]);
  });

  test('write ids may not go back between pages of one cycle either', async () => {
    const {client, transport, violations} = await rig();
    transport.pulls.push(
      page([grant('a', '12:00')], {hasMore: true, lastReconciledWriteIds: {mobile: 2}}),
      page([grant('b', '12:01')], {lastReconciledWriteIds: {mobile: 1}}),
    );
    await rejection(client.sync());
    expect(violations[0]?.details).toEqual({replicaId: 'mobile', previousWriteId: 2, incomingWriteId: 1});
  });

  test('of several write ids that went back, the first by name is told, also where names look like numbers', async () => {
    const {client, transport, violations} = await rig();
    transport.pulls.push(
      page([grant('a', '12:00')], {hasMore: true, lastReconciledWriteIds: {9: 5, 10: 5}}),
      page([grant('b', '12:01')], {lastReconciledWriteIds: {9: 4, 10: 4}}),
    );
    expect((await rejection(client.sync())).message).toBe(
      'transport regressed lastReconciledWriteIds for replica 10',
    );
    expect(violations.map(({details}) => details)).toEqual([
      {replicaId: '10', previousWriteId: 5, incomingWriteId: 4},
    ]);
  });

  test('an answer that does not speak of a next cursor has none', async () => {
    const {client, transport} = await started();
    const silent: unknown = {...page([grant('a', '12:01')]), nextCursor: undefined};
    transport.pulls.push(silent as PullResponse);
    expect(await client.sync()).toEqual({pulledOperations: 1, pullPages: 1});
    expect(client.snapshot().cursor).toEqual(cursor('12:01', 'a'));
  });

  test('registers, links and clocks follow the feed', async () => {
    const {client, transport} = await rig();
    transport.pulls.push(
      page([edge('1', '12:00'), edge('2', '12:01', {parentId: 'old'}), grant('3', '12:02')], {hasMore: true}),
      page([
        edge('4', '12:03', {parentId: 'old', opType: 'link_remove'}),
        grant('5', '12:04', {opType: 'acl_remove', accessLevel: null}),
        grant('6', '12:05', {itemId: 'b', principalType: 'user', principalId: 'u', accessLevel: 'admin'}),
      ]),
    );
    expect(await client.sync()).toEqual({pulledOperations: 6, pullPages: 2});
    expect(client.snapshot()).toEqual({
      acl: [{itemId: 'b', principalType: 'user', principalId: 'u', accessLevel: 'admin'}],
      links: [{parentId: 'root', childId: 'item-1'}],
      cursor: cursor('12:05', '6'),
      lastReconciledWriteIds: {},
      containerClocks: [
        {containerId: 'root', ...cursor('12:00', '1')},
        {containerId: 'old', ...cursor('12:03', '4')},
        {containerId: 'item-1', ...cursor('12:04', '5')},
        {containerId: 'b', ...cursor('12:05', '6')},
      ],
      pendingOperations: 0,
      nextLocalWriteId: 1,
    });
  });

  test('an empty page moves what is agreed on, never where the next pull asks from', async () => {
    const {client, transport} = await started();
    transport.pulls.push(page([], {nextCursor: cursor('15:00', 'far')}));
    await client.sync();
    expect(client.snapshot().cursor).toEqual(cursor('15:00', 'far'));
    transport.pulls.push(page([grant('between', '13:00')]));
    await client.sync();
    expect(transport.pulled.at(-1)).toEqual(BASE);
    expect(client.exportState().replaySnapshot.cursor).toEqual(cursor('13:00', 'between'));
    expect(client.snapshot().cursor).toEqual(cursor('15:00', 'far'));
  });

  test('an empty feed that knows this replica raises its next id, and makes no reconcile state', async () => {
    const {client, transport, events} = await rig();
    transport.pulls.push(page([], {lastReconciledWriteIds: {desktop: 4}}));
    await client.sync();
    expect(client.exportState()).toMatchObject({reconcileState: null, nextLocalWriteId: 5});
    expect(events).toEqual(['SYNC', 'PAGE', 'PAGES_SETTLED', 'RECONCILE_SKIPPED']);
  });

  test('listeners that throw change nothing', async () => {
    const broken = (): never => {
      throw new Error('a listener that fails');
    };
    const {client, transport} = await rig({
      onGuardrailViolation: broken,
      onLifecycle: broken,
      onProgress: broken,
    });
    transport.pulls.push(page([], {hasMore: true}), page([grant('a', '12:00')]));
    expect((await rejection(client.sync())).message).toContain('hasMore=true');
    expect(await client.sync()).toEqual({pulledOperations: 1, pullPages: 1});
  });

  test('progress is told with the state that it made, before the event', async () => {
    const told: unknown[] = [];
    const made: {rig?: Rig} = {};
    made.rig = await rig({
      onProgress: () => told.push(made.rig?.client.exportState().replaySnapshot.cursor?.changeId),
      onLifecycle: event => told.push(event),
    });
    made.rig.transport.pulls.push(page([grant('a', '12:00')], {hasMore: true}), page([grant('b', '12:01')]));
    await made.rig.client.sync();
    expect(told).toEqual(['SYNC', 'a', 'PAGE', 'b', 'PAGE', 'PAGES_SETTLED', 'RECONCILED']);
  });

  test('runs take turns', async () => {
    const {client, events} = await rig();
    await Promise.all([client.sync(), client.flush(), client.sync()]);
    expect(events.filter(event => ['SYNC', 'FLUSH', 'RECONCILE_SKIPPED'].includes(event))).toEqual(
      ['SYNC', 'FLUSH', 'SYNC'].flatMap(event => [event, 'RECONCILE_SKIPPED']),
    );
  });
});

describe('reconcile', () => {
  test('is left out where the transport has no way to do it, and the pages stand', async () => {
    const transport = new ScriptedTransport();
    const pages: VfsTransport = {
      pushOperations: request => transport.pushOperations(request),
      pullOperations: request => transport.pullOperations(request),
    };
    const {client, events} = await rig({transport: pages});
    transport.pulls.push(page([grant('a', '12:00')]));
    expect(await client.sync()).toEqual({pulledOperations: 1, pullPages: 1});
    expect(events).toEqual(['SYNC', 'PAGE', 'PAGES_SETTLED', 'RECONCILE_SKIPPED']);
    expect(client.exportState().reconcileState?.cursor).toEqual(cursor('12:00', 'a'));
  });

  test('V11: an acknowledgement that is ahead is taken over', async () => {
    const {client, transport} = await rig();
    transport.pulls.push(page([grant('desktop-1', '12:20')], {lastReconciledWriteIds: {desktop: 1}}));
    transport.acks.push({
      cursor: cursor('12:20:01', 'desktop-2'),
      lastReconciledWriteIds: {desktop: 2, mobile: 4},
    });
    await client.sync();
    expect(transport.reconciled).toEqual([{cursor: cursor('12:20', 'desktop-1'), ids: {desktop: 1}}]);
    expect(client.snapshot()).toMatchObject({
      cursor: cursor('12:20:01', 'desktop-2'),
      lastReconciledWriteIds: {desktop: 2, mobile: 4},
      nextLocalWriteId: 3,
    });
  });

  const previous = {previousChangedAt: at('12:01'), previousChangeId: 'a'};
  const REFUSED_ACKS: readonly (readonly [unknown, string, unknown])[] = [
    ['text', 'transport returned invalid reconcile response payload', null],
    [{cursor: {}, lastReconciledWriteIds: {}}, 'transport returned invalid reconcile cursor', null],
    [
      {cursor: BASE, lastReconciledWriteIds: {a: 0}},
      'lastReconciledWriteIds contains invalid writeId (must be a positive integer)',
      null,
    ],
    [
      {cursor: BASE, lastReconciledWriteIds: {mobile: 1}},
      'transport reconcile regressed sync cursor',
      {
        code: 'reconcileCursorRegression',
        message: 'reconcile acknowledgement regressed sync cursor',
        details: {...previous, incomingChangedAt: at('12:00'), incomingChangeId: 'base'},
      },
    ],
    [
      {cursor: cursor('12:02', 'z'), lastReconciledWriteIds: {mobile: 6, desktop: 7}},
      'transport regressed lastReconciledWriteIds for replica desktop',
      {
        code: 'lastWriteIdRegression',
        message: 'reconcile acknowledgement regressed replica write-id state',
        details: {replicaId: 'desktop', previousWriteId: 8, incomingWriteId: 7},
      },
    ],
  ];

  test.each(REFUSED_ACKS)(
    'an acknowledgement %j leaves the pages and nothing of itself',
    async (ack, message, violation) => {
      const {client, transport, violations, events} = await started();
      transport.pulls.push(page([grant('a', '12:01')]));
      transport.acks.push(ack as ReconcileResponse);
      expect((await rejection(client.sync())).message).toBe(message);
      expect(violations).toEqual(violation === null ? [] : [{stage: 'reconcile', ...(violation as object)}]);
      expect(events).toEqual(['SYNC', 'PAGE', 'PAGES_SETTLED', 'FAILED']);
      expect(client.exportState()).toMatchObject({
        reconcileState: {cursor: cursor('12:01', 'a'), lastReconciledWriteIds: {desktop: 8, mobile: 7}},
        nextLocalWriteId: 9,
      });
    },
  );
});

describe('stale pages, softened', () => {
  const previousChangedAt = BASE.changedAt;
  const previousChangeId = 'base';
  const soft = (message: string, details: object): object => ({
    stage: 'pull',
    code: 'pullPageInvariantViolation',
    message,
    details,
  });
  const dropped = (droppedItems: number): object =>
    soft('pull response included stale items at or before local cursor', {
      droppedItems,
      previousChangedAt,
      previousChangeId,
    });

  test('(a) items at or before the cursor are dropped', async () => {
    const {client, transport, violations} = await started({stalePages: 'soften'});
    transport.pulls.push(page([grant('old', '11:00'), grant('base', '12:00'), grant('a', '12:01')]));
    expect(await client.sync()).toEqual({pulledOperations: 1, pullPages: 1});
    expect(violations).toEqual([dropped(2)]);
  });

  test('(a) a page without any is not told of', async () => {
    const {client, transport, violations} = await started({stalePages: 'soften'});
    transport.pulls.push(page([grant('a', '12:01')]));
    expect(await client.sync()).toEqual({pulledOperations: 1, pullPages: 1});
    expect(violations).toEqual([]);
  });

  test('(a) an item without a position is not stale, but refused by name', async () => {
    const {client, transport, violations} = await started({stalePages: 'soften'});
    transport.pulls.push(page([{...grant('a', '12:01'), occurredAt: 'never'}, grant('b', '12:02')]));
    expect((await rejection(client.sync())).message).toBe('CRDT feed item 0 has invalid cursor fields');
    expect(violations).toEqual([]);
  });

  test('a client that has nothing yet has nothing to hold a page against', async () => {
    const {client, transport, violations} = await rig({stalePages: 'soften'});
    transport.pulls.push(page([], {nextCursor: BASE}), page([grant('a', '11:00')]));
    await client.sync();
    expect(client.exportState()).toMatchObject({
      replaySnapshot: {cursor: null},
      reconcileState: {cursor: BASE},
    });
    expect(await client.sync()).toEqual({pulledOperations: 1, pullPages: 1});
    expect(client.exportState().replaySnapshot.cursor).toEqual(cursor('11:00', 'a'));
    expect(violations).toEqual([]);
  });

  test('(b) a page that ends before the cursor leaves the cursor', async () => {
    const {client, transport, violations} = await started({stalePages: 'soften'});
    const before = client.exportState();
    transport.pulls.push(page([grant('old', '11:00')]));
    expect(await client.sync()).toEqual({pulledOperations: 0, pullPages: 1});
    expect(violations).toEqual([
      dropped(1),
      soft('pull response regressed cursor without newer items; preserving local cursor boundary', {
        previousChangedAt,
        previousChangeId,
        incomingChangedAt: at('11:00'),
        incomingChangeId: 'old',
      }),
    ]);
    expect(client.exportState()).toBe(before);
  });

  test('(b) with newer items it is refused', async () => {
    const {client, transport, violations} = await started({stalePages: 'soften'});
    transport.pulls.push(page([grant('a', '12:01'), grant('old', '11:00')]));
    expect((await rejection(client.sync())).message).toBe('transport returned regressing sync cursor');
    expect(violations.map(({code}) => code)).toEqual(['pullPageInvariantViolation', 'pullCursorRegression']);
  });

  test('(c) a page of nothing new that promises more needs rematerialization', async () => {
    const {client, transport, violations} = await started({stalePages: 'soften'});
    transport.pulls.push(page([grant('base', '12:00')], {hasMore: true}));
    const error = await rejection(client.sync());
    expect(error).toBeInstanceOf(VfsRematerializationRequiredError);
    expect(error.message).toBe('CRDT pull page did not contain items newer than local cursor');
    expect(error).toMatchObject({requestedCursor: null, oldestAvailableCursor: null});
    expect(violations[1]).toEqual({
      stage: 'pull',
      code: 'pullRematerializationRequired',
      message: 'pull response could not advance beyond local cursor while reporting hasMore',
      details: {previousChangedAt, previousChangeId},
    });
  });

  test('(d) a page that ends at a stale item is applied up to its newest', async () => {
    const {client, transport, violations} = await started({stalePages: 'soften'});
    transport.pulls.push(page([grant('a', '12:01'), grant('base', '12:00')]));
    await client.sync();
    expect(violations[1]).toEqual(
      soft('pull response cursor boundary lagged applied replay cursor; advancing reconcile boundary', {
        replayChangedAt: at('12:01'),
        replayChangeId: 'a',
        boundaryChangedAt: previousChangedAt,
        boundaryChangeId: previousChangeId,
      }),
    );
    expect(client.snapshot().cursor).toEqual(cursor('12:01', 'a'));
  });
});

describe('rematerialization', () => {
  const gone = new VfsRematerializationRequiredError('too old', {
    requestedCursor: 'AAAA',
    oldestAvailableCursor: null,
  });
  const GRANT_OF_N = {itemId: 'n', principalType: 'user', principalId: 'u', accessLevel: 'read'} as const;
  const fresh = {
    replaySnapshot: {
      acl: [GRANT_OF_N],
      links: [],
      cursor: cursor('13:00', 'new'),
    },
    reconcileState: {cursor: cursor('13:00', 'new'), lastReconciledWriteIds: {desktop: 20}},
    containerClocks: [{containerId: 'n', ...cursor('13:00', 'new')}],
    snapshotUpdatedAt: at('13:00'),
  } as const;

  test('replaces everything but the queue, and runs again', async () => {
    const asked: unknown[] = [];
    const {client, transport, violations, events} = await started({
      onRematerializationRequired: request => {
        asked.push(request);
        return Promise.resolve(fresh);
      },
    });
    await client.queueLocalOperation({
      opType: 'link_add',
      opId: 'q',
      itemId: 'a',
      parentId: 'b',
      childId: 'a',
    });
    events.length = 0;
    transport.pulls.push(gone);
    expect(await client.flush()).toMatchObject({pushedOperations: 0});
    expect(asked).toEqual([{userId: 'user-1', clientId: 'desktop', error: gone, attempt: 1}]);
    expect(violations).toEqual([
      {
        stage: 'pull',
        code: 'pullRematerializationRequired',
        message: 'pull requires re-materialization from canonical state',
        details: {requestedCursor: 'AAAA', oldestAvailableCursor: null},
      },
    ]);
    expect(client.exportState()).toEqual({
      replaySnapshot: fresh.replaySnapshot,
      reconcileState: fresh.reconcileState,
      containerClocks: fresh.containerClocks,
      pendingOperations: [],
      nextLocalWriteId: 21,
    });
    expect(events).toEqual([
      'FLUSH',
      'PUSH',
      'PUSH_ACKED',
      'DRAINED',
      'REMATERIALIZE',
      'REMATERIALIZED',
      'DRAINED',
      'PAGE',
      'PAGES_SETTLED',
      'RECONCILED',
    ]);
  });

  test.each([
    [
      {requestedCursor: 'AAAA', oldestAvailableCursor: 'BBBB'},
      {requestedCursor: 'AAAA', oldestAvailableCursor: 'BBBB'},
    ],
    [
      {requestedCursor: 7, oldestAvailableCursor: 8},
      {requestedCursor: null, oldestAvailableCursor: null},
    ],
    [{}, {requestedCursor: null, oldestAvailableCursor: null}],
  ])('is known by its name; of %j it tells what is text', async (fields, details) => {
    const {client, transport, violations} = await started();
    const error = Object.assign(new Error('gone'), {name: gone.name, ...fields});
    transport.pulls.push(error);
    expect(await rejection(client.sync())).toBe(error);
    expect(violations.map(violation => violation.details)).toEqual([details]);
  });

  test('no other rejection of a pull is told as one', async () => {
    const {client, transport, violations} = await started();
    transport.pulls.push(new Error('no network'));
    expect((await rejection(client.sync())).message).toBe('no network');
    expect(violations).toEqual([]);
  });

  test.each([null, undefined])('no canonical state, %s, is an empty one', async none => {
    const {client, transport} = await started({
      onRematerializationRequired: () => Promise.resolve(none as null),
    });
    transport.pulls.push(gone);
    await client.sync();
    expect(transport.pulled.at(-1)).toBeNull();
    expect(client.exportState()).toMatchObject({
      replaySnapshot: {acl: [], links: [], cursor: null},
      reconcileState: null,
      containerClocks: [],
      nextLocalWriteId: 9,
    });
  });

  test('canonical state that was never reconciled leaves the next id where it was', async () => {
    const {client, transport} = await started({
      onRematerializationRequired: () => Promise.resolve({...fresh, reconcileState: null}),
    });
    transport.pulls.push(gone);
    await client.sync();
    expect(client.exportState()).toEqual({
      replaySnapshot: fresh.replaySnapshot,
      reconcileState: {cursor: cursor('13:00', 'new'), lastReconciledWriteIds: {}},
      containerClocks: fresh.containerClocks,
      pendingOperations: [],
      nextLocalWriteId: 9,
    });
  });

  test('goes on as often as it may, and not at all where nobody has canonical state', async () => {
    const twice = await started({
      maxRematerializationAttempts: 2,
      onRematerializationRequired: () => Promise.resolve(fresh),
    });
    twice.transport.pulls.push(gone, gone, gone);
    expect(await rejection(twice.client.sync())).toBe(gone);
    expect(twice.events.filter(event => event !== 'SYNC')).toEqual([
      'REMATERIALIZE',
      'REMATERIALIZED',
      'REMATERIALIZE',
      'REMATERIALIZED',
      'FAILED',
    ]);
    const never = await started();
    const before = never.client.exportState();
    never.transport.pulls.push(gone);
    expect(await rejection(never.client.sync())).toBe(gone);
    expect(never.events).toEqual(['SYNC', 'FAILED']);
    expect(never.client.exportState()).toBe(before);
  });

  test.each([
    [7, 'state must be a non-null object'],
    [{...fresh, containerClocks: {}}, 'state.containerClocks must be an array'],
    [
      {...fresh, replaySnapshot: {...fresh.replaySnapshot, acl: [GRANT_OF_N, GRANT_OF_N]}},
      'snapshot acl contains duplicate principal entry',
    ],
    [
      {...fresh, replaySnapshot: {...fresh.replaySnapshot, links: 0}},
      'state.replaySnapshot.links must be an array',
    ],
    [
      {...fresh, reconcileState: {cursor: BASE, lastReconciledWriteIds: {}}},
      'rematerialized reconcile cursor regressed rematerialized replay cursor',
    ],
    [
      {...fresh, replaySnapshot: {acl: [], links: [], cursor: null}, reconcileState: null},
      'rematerialized container clocks require replay or reconcile cursor',
    ],
    [
      {...fresh, containerClocks: [{containerId: 'n', ...cursor('14:00', 'x')}]},
      'rematerialized containerClocks[0] is ahead of rematerialized cursor',
    ],
  ])('canonical state that is none changes nothing: %j', async (state, message) => {
    const {client, transport, events} = await started({
      onRematerializationRequired: () => Promise.resolve(state as never),
    });
    const before = client.exportState();
    transport.pulls.push(gone);
    expect((await rejection(client.sync())).message).toBe(message);
    expect(client.exportState()).toBe(before);
    expect(events).toEqual(['SYNC', 'REMATERIALIZE', 'FAILED']);
  });
});
