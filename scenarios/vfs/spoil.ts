/** Ways in which a stored state may be spoilt before it is hydrated: at least one for each check of the hydrate contract. */
import type {ExportedState} from '../../src/model/vfs/types.ts';

type Mutable = {[key: string]: unknown};

/** Changes a deep copy of a client's export; one that finds nothing to spoil leaves it as it is. */
export type Spoiler = (state: Mutable, clientId: string) => unknown;

const LATE = {changedAt: '2999-01-01T00:00:00.000Z', changeId: 'zzzz'};
const EARLY = {changedAt: '2000-01-01T00:00:00.000Z', changeId: 'aaaa'};
const PENDING = {
  opId: 'spoilt-1',
  opType: 'link_add',
  itemId: 'item1',
  occurredAt: '2026-01-01T00:00:00.000Z',
  parentId: 'root',
  childId: 'item1',
};

const replay = (state: Mutable): Mutable => state['replaySnapshot'] as Mutable;

/** A queue of operations that are well formed but for what is given. */
function queued(state: Mutable, replicaId: string, ...changes: readonly Mutable[]): void {
  const made = changes.map((change, index) => ({
    ...PENDING,
    opId: `spoilt-${index}`,
    replicaId,
    writeId: index + 1,
    ...change,
  }));
  state['pendingOperations'] = made;
}

const acl = (principalId: string): Mutable => ({
  itemId: 'item1',
  principalType: 'user',
  principalId,
  accessLevel: 'read',
});

export const SPOILS: readonly Spoiler[] = [
  () => null,
  () => [],
  state => ((state['pendingOperations'] = {}), state),
  state => ((state['containerClocks'] = null), state),
  state => ((state['replaySnapshot'] = 'x'), state),
  state => ((replay(state)['acl'] = 1), state),
  state => ((replay(state)['links'] = {}), state),
  state => ((replay(state)['acl'] = [{...acl('u'), accessLevel: 'owner'}]), state),
  state => ((replay(state)['links'] = [{parentId: ' ', childId: 'item1'}]), state),
  state => ((replay(state)['cursor'] = {changedAt: 'Jan 1 2026', changeId: 'a'}), state),
  state => (delete replay(state)['cursor'], state),
  state => ((state['reconcileState'] = 7), state),
  state => ((state['reconcileState'] = {cursor: LATE, lastReconciledWriteIds: {'a:b': 1}}), state),
  state => ((state['reconcileState'] = {cursor: LATE, lastReconciledWriteIds: {a: 0}}), state),
  state => ((state['containerClocks'] = [{containerId: '', ...EARLY}]), state),
  state => (
    (state['containerClocks'] = [
      {containerId: 'a', ...EARLY},
      {containerId: 'a', ...EARLY},
    ]),
    state
  ),
  state => (
    (replay(state)['cursor'] = LATE),
    (state['reconcileState'] = {cursor: EARLY, lastReconciledWriteIds: {}}),
    state
  ),
  state => (
    (replay(state)['cursor'] = null),
    (state['reconcileState'] = null),
    (state['containerClocks'] = [{containerId: 'a', ...EARLY}]),
    state
  ),
  state => (
    (state['containerClocks'] = [{containerId: 'a', ...LATE, changedAt: '3000-01-01T00:00:00.000Z'}]),
    state
  ),
  state => ((state['pendingOperations'] = [null]), state),
  (state, id) => (queued(state, id, {opType: 'item_upsert'}), state),
  (state, id) => (queued(state, id, {occurredAt: 'yesterday'}), state),
  (state, id) => (queued(state, id, {replicaId: 'someone-else'}), state),
  (state, id) => (queued(state, id, {writeId: 1.5}), state),
  (state, id) => (queued(state, id, {opType: 'acl_add'}), state),
  (state, id) => (queued(state, id, {opType: 'acl_add', principalType: 'user', principalId: 'u'}), state),
  (state, id) => (queued(state, id, {parentId: ''}), state),
  (state, id) => (queued(state, id, {childId: 'item2'}), state),
  (state, id) => (queued(state, id, {opId: 'twice'}, {opId: 'twice'}), state),
  (state, id) => (queued(state, id, {writeId: 5}, {writeId: 5}), state),
  (state, id) => (
    (replay(state)['cursor'] = {...EARLY, changeId: 'spoilt-0'}),
    (state['reconcileState'] = null),
    (state['containerClocks'] = []),
    queued(state, id, {}),
    state
  ),
  state => ((replay(state)['acl'] = [acl('u'), acl('u')]), state),
  state => (
    (replay(state)['links'] = [
      {parentId: 'a', childId: 'b'},
      {parentId: 'a', childId: 'b'},
    ]),
    state
  ),
  state => ((state['nextLocalWriteId'] = 0), state),
  state => ((state['nextLocalWriteId'] = '3'), state),
  // legal: it must be raised above the queue, and above what is reconciled
  state => ((state['nextLocalWriteId'] = 1), state),
];

/** A spoilt deep copy of an export. */
export const spoil = (spoiler: Spoiler, state: ExportedState, clientId: string): unknown =>
  spoiler(JSON.parse(JSON.stringify(state)) as Mutable, clientId);
