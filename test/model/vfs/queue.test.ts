/** The queue's contract: what it takes, and in which words it refuses the rest, the first wrong thing first (3.2). */

import {expect, test} from 'vitest';
import {expectQueue, judgeQueued} from '../../../src/model/vfs/queue.ts';

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

const made = {opId: 'o-1', replicaId: 'c1', writeId: 3, occurredAt: '2026-02-14T12:00:00.500Z'} as const;
const granted = {...made, ...grant, opType: 'acl_add', principalType: 'user', accessLevel: 'read'} as const;
const linked = {...made, ...link, opType: 'link_add'} as const;
const revoked = {
  ...made,
  opType: 'acl_remove',
  itemId: 'item-1',
  principalType: 'user',
  principalId: 'u',
} as const;

test.each([
  [grant, granted],
  [{...grant, occurredAt: '2026-02-14T12:00:00.5Z'}, granted],
  [{...grant, occurredAt: '2026-02-14T17:30:00.5+05:30'}, granted],
  [{...grant, occurredAt: 'yesterday', opId: ' o-1 '}, granted],
  [{...grant, opType: 'acl_remove', principalId: ' u '}, revoked],
  [{...link, parentId: '\troot', childId: ' item-1', principalId: 'u'}, linked],
])('%j is what was made of it', (input, operation) => {
  expect(judgeQueued(input, operation)).toBeNull();
});

test.each([
  [{...grant, occurredAt: '2026-02-14T12:00:00.05Z'}, granted, 'occurredAt'],
  [{...grant, occurredAt: '2026-02-14T12:00:00.500+01:00'}, granted, 'occurredAt'],
  [grant, {...granted, occurredAt: '2026-02-14T12:00:00.5Z'}, 'occurredAt'],
  [{...grant, opId: 'mine'}, granted, 'opId'],
  [{...grant, accessLevel: 'admin'}, granted, 'accessLevel'],
  [{...grant, principalId: 'v'}, granted, 'principalId'],
  [{...grant, opType: 'acl_remove'}, granted, 'opType'],
  [{...link, parentId: 'item-2'}, linked, 'parentId'],
  [link, {...linked, principalId: 'u'}, 'principalId'],
])('%j is not what was made of it', (input, operation, path) => {
  expect(judgeQueued(input, operation)?.path).toBe(path);
});
