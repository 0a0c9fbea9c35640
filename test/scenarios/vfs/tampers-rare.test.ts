/** Lies that few moments give a chance to: what each says, and that it says nothing where it could not be told. */
import {expect, test} from 'vitest';
import {rareTampers} from '../../../scenarios/vfs/tampers-rare.ts';
import type {HttpRequest, HttpResponse} from '../../../src/host.ts';
import {Stream} from '../../../src/sim/random.ts';
import {
  acknowledgement,
  answer,
  FEED,
  page,
  positionOf,
  pullRequest,
  pushRequest,
  reconcileRequest,
  results,
  snapshot,
  snapshotRequest,
} from './honest-answers.ts';

interface Told {
  readonly items: readonly {readonly opId: string; readonly occurredAt: string}[];
  readonly results: readonly {readonly status: string}[];
  readonly replaySnapshot: {readonly acl: readonly unknown[]; readonly links: readonly unknown[]};
}

/** What a peer makes of an answer that tampers so; null if it leaves it as it is. */
function told(
  id: string,
  request: HttpRequest,
  honest: HttpResponse,
  earlier: readonly HttpResponse[] = [],
): Told | null {
  const tamper = rareTampers.find(one => one.id === id);
  const random = Stream.keyed('0x1', id);
  const changed = tamper?.apply(honest, {request, earlier, others: new Map(), random}) ?? null;
  return changed === null ? null : (JSON.parse(String(changed.body)) as Told);
}

const [first, second] = FEED.map(positionOf);
const from = first ?? {changedAt: '', changeId: ''};

test('newer items are followed by one from before the cursor, also where there was nothing new', () => {
  const id = 'pull-newer-then-older';
  const times = (honest: HttpResponse): readonly string[] =>
    told(id, pullRequest(from), honest, [page({items: FEED.slice(0, 1)})])?.items.map(
      ({occurredAt}) => occurredAt,
    ) ?? [];
  const [newer, older] = times(page({items: FEED.slice(1, 2)}));
  expect(newer).toBe(second?.changedAt);
  expect(older && older < from.changedAt).toBe(true);
  const [made, behind, ...others] = times(page({items: []}));
  expect(made && made > from.changedAt).toBe(true);
  expect(behind && behind < from.changedAt).toBe(true);
  expect(others).toStrictEqual([]);
  expect(told(id, pullRequest(null), page({items: FEED.slice(0, 1)}))).toBe(null);
  expect(told(id, pullRequest(from), page({items: []}))).toBe(null);
});

test('a beginner is told of writes without items; nobody else is, and not where there were no writes', () => {
  const id = 'pull-nothing-but-ids';
  const honest = page({items: FEED.slice(0, 1), hasMore: true, ids: {desktop: 5, mobile: 3}});
  expect(told(id, pullRequest(null), honest)).toStrictEqual({
    items: [],
    nextCursor: null,
    hasMore: false,
    lastReconciledWriteIds: {desktop: 24, mobile: 22},
  });
  expect(told(id, pullRequest(from), honest)).toBe(null);
  expect(told(id, pullRequest(null), page({items: [], ids: {}}))).toBe(null);
});

test('a batch is called stale twice and then let through', () => {
  const id = 'push-stale-by-turns';
  const honest = results({'op-1': 'applied', 'op-2': 'alreadyApplied', 'op-3': 'invalidOp'});
  const statuses = (earlier: readonly HttpResponse[]): readonly string[] | undefined =>
    told(id, pushRequest(), honest, earlier)?.results.map(({status}) => status);
  const stale = ['staleWriteId', 'staleWriteId', 'staleWriteId'];
  expect(statuses([])).toStrictEqual(stale);
  expect(statuses([results({'op-1': 'applied'}), results({'op-0': 'applied'})])).toStrictEqual(stale);
  expect(statuses([results({'op-1': 'applied'}), results({'op-1': 'applied'})])).toBe(undefined);
});

test('readers are sent to a snapshot, and it says two things of one register', () => {
  const id = 'any-snapshot-in-two-voices';
  const entry = {itemId: 'item-2', principalType: 'user', principalId: 'u', accessLevel: 'write'};
  const link = {parentId: 'root', childId: 'item-1'};
  expect(told(id, pullRequest(from), page({items: []}))).toStrictEqual({
    error: 'CRDT cursor is older than retained history; re-materialization required',
    code: 'crdt_rematerialization_required',
  });
  const acl = told(id, snapshotRequest, snapshot({acl: [entry]}))?.replaySnapshot.acl;
  expect(acl).toHaveLength(2);
  expect(acl?.map(one => ({...(one as typeof entry), accessLevel: 'write'}))).toStrictEqual([entry, entry]);
  expect(told(id, snapshotRequest, snapshot({links: [link]}))?.replaySnapshot.links).toStrictEqual([
    link,
    link,
  ]);
  expect(told(id, snapshotRequest, snapshot({}))).toBe(null);
  expect(told(id, snapshotRequest, answer({error: 'No CRDT snapshot is available'}, 404))).toBe(null);
  expect(told(id, reconcileRequest(from, {}), acknowledgement(from, {}))).toBe(null);
});
