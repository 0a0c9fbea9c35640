/** Exchanges between a client and an honest server, for tampers to be tried on, and the model's word on any answer to them. */
import type {HttpRequest, HttpResponse} from '../../../src/host.ts';
import {pristine} from '../../../src/model/vfs/client.ts';
import {encodeCursor} from '../../../src/model/vfs/cursor.ts';
import {expectPull, newPullCycle, type PullCycle} from '../../../src/model/vfs/expect-pull.ts';
import {expectPush} from '../../../src/model/vfs/expect-push.ts';
import {expectReconcile} from '../../../src/model/vfs/expect-reconcile.ts';
import {expectSnapshot} from '../../../src/model/vfs/expect-snapshot.ts';
import type {Expectation} from '../../../src/model/vfs/expect.ts';
import type {
  Cursor,
  ExportedState,
  FeedItem,
  Operation,
  StalePagePolicy,
  WriteIds,
} from '../../../src/model/vfs/types.ts';
import {toAnswer, type Route} from '../../../scenarios/vfs/tampers-reading.ts';
import {at, caughtUp, grant, item, linkOperation, operation, stateWith} from '../../model/vfs/make.ts';

/** One exchange: what a tamper is given, and what the model makes of an answer to it. */
export interface Sample {
  readonly name: string;
  readonly route: Route;
  readonly request: HttpRequest;
  readonly honest: HttpResponse;
  readonly earlier: readonly HttpResponse[];
  readonly others: ReadonlyMap<string, HttpResponse>;
  readonly judge: (answer: HttpResponse, policy?: StalePagePolicy) => Expectation<unknown>;
}

const JSON_HEADERS = {'content-type': 'application/json'};

export const answer = (body: unknown, status = 200): HttpResponse => ({
  status,
  headers: JSON_HEADERS,
  body: JSON.stringify(body),
});

const get = (path: string): HttpRequest => ({method: 'GET', path, headers: {}, body: ''});

const post = (path: string, body: unknown): HttpRequest => ({
  method: 'POST',
  path,
  headers: JSON_HEADERS,
  body: JSON.stringify(body),
});

const feedId = (sequence: number): string => `${String(sequence).padStart(12, '0')}-abcdef00`;
const second = (sequence: number): string => `12:00:${String(sequence * 2).padStart(2, '0')}`;

export const FEED: readonly FeedItem[] = [
  item(feedId(1), second(1)),
  grant(feedId(2), second(2)),
  item(feedId(3), second(3), {itemId: 'item-2'}),
  grant(feedId(4), second(4), {itemId: 'item-2', principalType: 'user', accessLevel: 'write'}),
  grant(feedId(5), second(5), {opType: 'acl_remove', accessLevel: null}),
  item(feedId(6), second(6), {itemId: 'item-2', opType: 'link_remove'}),
];

/** Between the first and the second, and between the fourth and the fifth of {@link FEED}, of an item that only another sees. */
const FOREIGN: readonly FeedItem[] = [
  item(feedId(1.5), '12:00:03', {itemId: 'secret'}),
  item(feedId(4.5), '12:00:09', {itemId: 'secret', parentId: 'vault'}),
];

export const positionOf = ({opId, occurredAt}: FeedItem): Cursor => ({changedAt: occurredAt, changeId: opId});

const IDS: WriteIds = {desktop: 5, mobile: 3};

interface PageParts {
  readonly items: readonly FeedItem[];
  readonly hasMore?: boolean;
  readonly nextCursor?: Cursor | null;
  readonly ids?: WriteIds;
}

export const page = ({items, hasMore = false, nextCursor = null, ids = IDS}: PageParts): HttpResponse =>
  answer({
    items,
    nextCursor: nextCursor === null ? null : encodeCursor(nextCursor),
    hasMore,
    lastReconciledWriteIds: ids,
  });

export function pullRequest(cursor: Cursor | null, limit = 3): HttpRequest {
  const position = cursor === null ? '' : `&cursor=${encodeCursor(cursor)}`;
  return get(`/v1/vfs/crdt/sync?limit=${limit}${position}`);
}

const others: ReadonlyMap<string, HttpResponse> = new Map([
  ['tablet', page({items: [...FEED.slice(0, 1), ...FOREIGN], ids: {tablet: 1}})],
]);

interface Reader {
  readonly state: ExportedState;
  readonly cycle: PullCycle;
}

const read = (
  {state, cycle}: Reader,
  response: HttpResponse,
  policy: StalePagePolicy = 'fail',
): Expectation<{readonly cycle: PullCycle}> =>
  expectPull({clientId: 'desktop', limit: 3, policy, state, cycle, answer: toAnswer(response)});

function after(reader: Reader, response: HttpResponse): Reader {
  const expected = read(reader, response);
  if (expected.kind === 'refuse') throw new Error(`an honest page was refused: ${expected.error.message}`);
  return {state: expected.state, cycle: expected.then.cycle};
}

function pullSample(
  name: string,
  reader: Reader,
  honest: HttpResponse,
  earlier: readonly HttpResponse[],
): Sample {
  const request = pullRequest(reader.state.replaySnapshot.cursor);
  return {
    name,
    route: 'pull',
    request,
    honest,
    earlier,
    others,
    judge: (response, policy) => read(reader, response, policy),
  };
}

function pullSamples(): readonly Sample[] {
  const [third, last] = [FEED[2], FEED[5]];
  if (third === undefined || last === undefined) throw new Error('the feed has six items');
  const fresh: Reader = {state: pristine(), cycle: newPullCycle(pristine())};
  const first = page({items: FEED.slice(0, 3), hasMore: true, nextCursor: positionOf(third)});
  const rest = page({items: FEED.slice(3), nextCursor: null});
  const half = after(fresh, first);
  const whole = after(half, rest);
  const empty = page({items: []});
  const required = answer(
    {error: 'too old', code: 'crdt_rematerialization_required', requestedCursor: null},
    409,
  );
  const anew = (reader: Reader): Reader => ({state: reader.state, cycle: newPullCycle(reader.state)});
  return [
    pullSample('the first page', fresh, first, []),
    pullSample('the second page, release 1', half, rest, [first]),
    pullSample(
      'the second page, release 2',
      half,
      page({items: FEED.slice(3), nextCursor: positionOf(last)}),
      [first],
    ),
    pullSample('a page of one, in a later cycle', anew(half), page({items: FEED.slice(3, 4)}), [first]),
    pullSample('an empty page', anew(whole), empty, [first, rest]),
    pullSample('an empty page for a beginner', fresh, empty, []),
    pullSample('a failure', half, answer({error: 'Failed to sync VFS CRDT operations'}, 500), [first]),
    pullSample('a demand for rematerialization', half, required, [first]),
  ];
}

const BATCH: readonly Operation[] = [
  operation('op-1', 6, '12:01:00'),
  linkOperation('op-2', 7, '12:01:01'),
  operation('op-3', 8, '12:01:02', {accessLevel: 'admin'}),
];

type Statuses = Readonly<Record<string, string>>;

export const results = (statuses: Statuses): HttpResponse =>
  answer({
    clientId: 'desktop',
    results: Object.entries(statuses).map(([opId, status]) => ({opId, status})),
  });

export const pushRequest = (batch: readonly Operation[] = BATCH): HttpRequest =>
  post('/v1/vfs/crdt/push', {clientId: 'desktop', operations: batch});

function pushSample(name: string, honest: HttpResponse, staleAttempts = 0, batch = BATCH): Sample {
  const state = stateWith({pendingOperations: batch, nextLocalWriteId: 9});
  return {
    name,
    route: 'push',
    request: pushRequest(batch),
    honest,
    earlier: [
      results({'op-0': 'applied'}),
      results({'op-1': 'staleWriteId', 'op-2': 'applied', 'op-3': 'applied'}),
    ],
    others: new Map([['tablet', results({'tablet-1': 'applied'})]]),
    judge: response =>
      expectPush({clientId: 'desktop', state, batch, staleAttempts, answer: toAnswer(response)}),
  };
}

function pushSamples(): readonly Sample[] {
  const applied = results({'op-1': 'applied', 'op-2': 'applied', 'op-3': 'alreadyApplied'});
  const mixed = results({'op-1': 'applied', 'op-2': 'staleWriteId', 'op-3': 'applied'});
  const refused = results({'op-1': 'applied', 'op-2': 'invalidOp', 'op-3': 'staleWriteId'});
  return [
    pushSample('all applied', applied),
    pushSample('all applied, after two stale batches', applied, 2),
    pushSample('one stale', mixed),
    pushSample('one invalid', refused),
    pushSample('one operation', results({'op-1': 'applied'}), 0, BATCH.slice(0, 1)),
    pushSample('a failure', answer({error: 'Failed to push CRDT operations'}, 500)),
  ];
}

const HERE: Cursor = {changedAt: at('12:00:12'), changeId: feedId(6)};

export const reconcileRequest = (cursor: Cursor, ids: WriteIds, clientId = 'desktop'): HttpRequest =>
  post('/v1/vfs/crdt/reconcile', {clientId, cursor: encodeCursor(cursor), lastReconciledWriteIds: ids});

export const acknowledgement = (cursor: Cursor, ids: WriteIds, clientId = 'desktop'): HttpResponse =>
  answer({clientId, cursor: encodeCursor(cursor), lastReconciledWriteIds: ids});

function reconcileSample(name: string, honest: HttpResponse): Sample {
  const earlierCursor = {changedAt: at('12:00:04'), changeId: feedId(2)};
  return {
    name,
    route: 'reconcile',
    request: reconcileRequest(HERE, IDS),
    honest,
    earlier: [
      acknowledgement(earlierCursor, {desktop: 4, mobile: 3}),
      acknowledgement(HERE, {desktop: 5, mobile: 2}),
    ],
    others: new Map([['tablet', acknowledgement(earlierCursor, {mobile: 3}, 'tablet')]]),
    judge: response =>
      expectReconcile({clientId: 'desktop', state: caughtUp(HERE, IDS), answer: toAnswer(response)}),
  };
}

function reconcileSamples(): readonly Sample[] {
  const ahead = {changedAt: at('12:00:14'), changeId: feedId(7)};
  return [
    reconcileSample('an acknowledgement', acknowledgement(HERE, IDS)),
    reconcileSample('one that knows more', acknowledgement(ahead, {...IDS, tablet: 2})),
    reconcileSample('a failure', answer({error: 'Failed to reconcile CRDT cursor'}, 500)),
  ];
}

export const snapshotRequest: HttpRequest = get('/v1/vfs/crdt/snapshot?clientId=desktop');

interface SnapshotParts {
  readonly acl?: readonly unknown[];
  readonly links?: readonly unknown[];
  readonly cursor?: Cursor;
  readonly ids?: WriteIds;
}

export function snapshot({acl = [], links = [], cursor = HERE, ids = IDS}: SnapshotParts): HttpResponse {
  return answer({
    replaySnapshot: {acl, links, cursor},
    reconcileState: {cursor, lastReconciledWriteIds: ids},
    containerClocks: [
      {containerId: 'item-2', changedAt: at('12:00:08'), changeId: feedId(4)},
      {containerId: 'root', ...HERE},
    ],
    snapshotUpdatedAt: at('12:05:00'),
  });
}

const ENTRY = {itemId: 'item-2', principalType: 'user', principalId: 'group-1', accessLevel: 'write'};

function snapshotSample(name: string, honest: HttpResponse): Sample {
  return {
    name,
    route: 'snapshot',
    request: snapshotRequest,
    honest,
    earlier: [],
    others: new Map([['tablet', snapshot({links: [{parentId: 'vault', childId: 'secret'}]})]]),
    judge: response =>
      expectSnapshot({
        clientId: 'desktop',
        state: stateWith({pendingOperations: BATCH, nextLocalWriteId: 9}),
        answer: toAnswer(response),
      }),
  };
}

function snapshotSamples(): readonly Sample[] {
  return [
    snapshotSample('a snapshot', snapshot({acl: [ENTRY], links: [{parentId: 'root', childId: 'item-1'}]})),
    snapshotSample('none', answer({error: 'No CRDT snapshot is available'}, 404)),
    snapshotSample('a failure', answer({error: 'Failed to read CRDT snapshot'}, 500)),
  ];
}

export const SAMPLES: readonly Sample[] = [
  ...pullSamples(),
  ...pushSamples(),
  ...reconcileSamples(),
  ...snapshotSamples(),
];
