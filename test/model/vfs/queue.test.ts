/** The queue's contract: what it takes, and in which words it refuses the rest, the first wrong thing first (3.2). */

import {expect, test} from 'vitest';
import {expectQueue} from '../../../src/model/vfs/queue.ts';

const grant = {
  opType: 'acl_add',
  itemId: 'item-1',
  principalType: 'user',
  principalId: 'u',
  accessLevel: 'read',
};
const link = {opType: 'link_add', itemId: 'item-1', parentId: 'root', childId: 'item-1'};
const queued = new Set(['taken']);

test.each([
  [null, 'itemId is required'],
  [[grant], 'itemId is required'],
  [{...grant, itemId: ' '}, 'itemId is required'],
  [{...grant, itemId: 'a\0'}, 'itemId is required'],
  [{...grant, opId: ''}, 'opId is required'],
  [{...grant, opId: null, opType: 'x'}, 'opId is required'],
  [{...grant, opId: 'taken'}, 'opId taken is already queued'],
  [{...link, opId: ' taken ', parentId: ''}, 'opId taken is already queued'],
  [{...grant, opType: 'item_upsert'}, 'opType is invalid'],
  [{...grant, principalType: 'robot'}, 'principalType and principalId are required for acl operations'],
  [
    {...grant, opType: 'acl_remove', principalId: '\t'},
    'principalType and principalId are required for acl operations',
  ],
  [{...grant, accessLevel: 'owner'}, 'accessLevel is required for acl_add'],
  [{...link, parentId: undefined}, 'parentId and childId are required for link operations'],
  [{...link, childId: null}, 'parentId and childId are required for link operations'],
  [{...link, childId: 'item-2'}, 'link childId must match itemId'],
  [{...link, opType: 'link_remove', parentId: ' item-1 '}, 'link parentId and childId must differ'],
])('%j is refused: %s', (input, words) => {
  expect(expectQueue(input, queued)).toBe(words);
});

test.each([
  grant,
  {...grant, opId: ' free ', occurredAt: 'yesterday'},
  {...grant, opType: 'acl_remove', accessLevel: 'owner'},
  link,
  {...link, opType: 'link_remove', childId: ' item-1'},
])('%j is taken', input => {
  expect(expectQueue(input, queued)).toBeNull();
});
