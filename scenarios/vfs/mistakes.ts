/** Operations that a caller gets wrong, at least one for each check of the queue's contract; each must be refused. */
import type {Doing} from '../../src/index.ts';
import {VfsSyncError} from '../../src/impl/vfs/client-errors.ts';
import {expectQueue} from '../../src/model/vfs/queue.ts';
import type {OperationInput} from '../../src/model/vfs/types.ts';
import {programOf} from './attempts.ts';
import {errorNote} from './client-program.ts';

const grant = {
  opType: 'acl_add',
  itemId: 'item1',
  principalType: 'user',
  principalId: 'user1',
  accessLevel: 'read',
};
const link = {opType: 'link_add', itemId: 'item1', parentId: 'root', childId: 'item1'};

/** Each by the id of an operation that is queued already. */
const MISTAKES: readonly ((queued: string) => unknown)[] = [
  () => null,
  () => ({...grant, itemId: ' '}),
  () => ({...link, itemId: 7}),
  () => ({...grant, opId: ''}),
  () => ({...grant, opId: null}),
  queued => ({...link, opId: queued}),
  queued => ({...grant, opId: ` ${queued} `}),
  () => ({...grant, opType: 'item_upsert'}),
  () => ({...grant, principalType: 'robot'}),
  () => ({...grant, principalId: '\t'}),
  () => ({...grant, opType: 'acl_remove', principalId: undefined}),
  () => ({...grant, accessLevel: 'owner'}),
  () => ({...grant, accessLevel: undefined}),
  () => ({...link, parentId: undefined}),
  () => ({...link, childId: undefined}),
  () => ({...link, childId: 'item2'}),
  () => ({...link, opType: 'link_remove', childId: 'item2'}),
  () => ({...link, parentId: 'item1'}),
  () => ({...link, opType: 'link_remove', parentId: ' item1'}),
];

/** How many there are. */
export const MISTAKE_COUNT = MISTAKES.length;

/** Makes one of them on a client at rest, so that nobody else changes its queue meanwhile, and notes what came of it. */
export async function makeMistake(doing: Doing, index: number): Promise<void> {
  const program = programOf(doing);
  if (program.moving || program.busy > 0 || program.lifecycle !== 'idle') return;
  const before = program.exportState();
  const pending = new Set(before.pendingOperations.map(({opId}) => opId));
  const input = MISTAKES[index]?.(before.pendingOperations[0]?.opId ?? '');
  const expected = expectQueue(input, pending);
  program.busy += 1;
  let told: string | null = null;
  try {
    await program.client.queueLocalOperation(input as OperationInput);
  } catch (error) {
    // the disk, say: then it was not refused
    told = error instanceof VfsSyncError ? error.message : errorNote(error).name;
  }
  doing.note('mistaken', {expected, told, changed: program.exportState() !== before});
  program.busy -= 1;
}
