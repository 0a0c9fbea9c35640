/** Grants and groups on a real server: whoever comes to see an item is shown its present state. */
import {describe, expect, it} from 'vitest';
import {act, flush, give, link, queue, revoke, state, sync, unlink} from './acts.ts';
import {script, type Act, type Moment} from './script.ts';

const grantTo = (
  opId: string,
  time: string,
  principalId: string,
  rest: object = {},
): ReturnType<typeof give> => give(opId, time, 'read', {principalType: 'user', principalId, ...rest});

describe('grants and groups', () => {
  const item = [
    queue('desktop', link('1', '12:00', 'a'), link('2', '12:01', 'b'), unlink('3', '12:02', 'a')),
    flush('desktop'),
  ];
  const guest = {guest: {userId: 'user-2'}};
  const entry = {itemId: 'item-1', accessLevel: 'read'};
  const links = [{parentId: 'b', childId: 'item-1'}];
  const moments = (...inputs: ReturnType<typeof give>[]): Moment[] => [
    queue('desktop', ...inputs),
    flush('desktop'),
  ];

  it('a grant to a group shows the present state to its members, at positions after their cursors', async () => {
    const {told, violations} = await script({
      clients: {desktop: {}, ...guest},
      groups: {'user-2': ['group-1']},
      items: {'item-1': 'user-1', own: 'user-2'},
      steps: [
        ...item,
        queue('guest', link('0', '12:02', 'home', 'own')),
        flush('guest'),
        ...moments(give('4', '12:03')),
        sync('guest'),
        state('guest'),
      ],
    });
    const home = {parentId: 'home', childId: 'own'};
    // his own link is all that he sees; then the grant, and the item's two registers: the removed link is announced too
    expect(told.guest.slice(1, 3)).toEqual([
      {pushedOperations: 1, pulledOperations: 1, pullPages: 1},
      {pulledOperations: 3, pullPages: 1},
    ]);
    expect(told.guest[3]).toMatchObject({
      replaySnapshot: {
        acl: [{...entry, principalType: 'group', principalId: 'group-1'}],
        links: [...links, home],
      },
    });
    expect(violations.guest).toEqual([]);
  });

  it('joining a group shows what it may see, at positions after the cursor; leaving hides what comes later', async () => {
    const join = (member: boolean): Act =>
      act('s1', ({server}) => server.setMembership('user-2', 'group-1', member));
    const {told, violations} = await script({
      clients: {desktop: {}, ...guest},
      items: {'item-1': 'user-1', own: 'user-2'},
      steps: [
        ...item,
        ...moments(give('4', '12:03')),
        queue('guest', link('0', '12:03', 'home', 'own')),
        flush('guest'),
        join(true),
        sync('guest'),
        state('guest'),
        join(false),
        ...moments(link('5', '12:04', 'c')),
        sync('guest'),
        join(true),
        sync('guest'),
        state('guest'),
      ],
    });
    const home = {parentId: 'home', childId: 'own'};
    const runs = told.guest.filter(each => (each as {pullPages?: number}).pullPages !== undefined);
    expect(runs).toEqual([
      {pushedOperations: 1, pulledOperations: 1, pullPages: 1},
      // the grant, the link and the removed link of the item, all announced
      {pulledOperations: 3, pullPages: 1},
      {pulledOperations: 0, pullPages: 1},
      // the new link was written behind his back; it is announced with all the rest
      {pulledOperations: 5, pullPages: 1},
    ]);
    const states = told.guest.filter(
      each => (each as {replaySnapshot?: object}).replaySnapshot !== undefined,
    );
    expect(states).toMatchObject([
      {replaySnapshot: {acl: [{...entry, principalId: 'group-1'}], links: [...links, home]}},
      {replaySnapshot: {links: [...links, {parentId: 'c', childId: 'item-1'}, home]}},
    ]);
    expect(violations.guest).toEqual([]);
  });

  it('a revoked user learns of it and of nothing after; granted again, he is shown the present state', async () => {
    const away = {principalType: 'user', principalId: 'user-2'} as const;
    const {told, exports, violations} = await script({
      clients: {desktop: {}, ...guest},
      steps: [
        ...item,
        ...moments(grantTo('4', '12:03', 'user-2')),
        sync('guest'),
        ...moments(revoke('5', '12:04', away)),
        ...moments(unlink('6', '12:05', 'b'), link('7', '12:06', 'c')),
        sync('guest'),
        state('guest'),
        ...moments(grantTo('8', '12:07', 'user-2')),
        sync('guest'),
      ],
    });
    expect(told.guest[1]).toEqual({pulledOperations: 1, pullPages: 1});
    expect(told.guest[2]).toMatchObject({replaySnapshot: {acl: [], links}});
    expect(exports.guest.replaySnapshot).toMatchObject({
      acl: [{...entry, principalId: 'user-2'}],
      links: [{parentId: 'c', childId: 'item-1'}],
    });
    expect(violations.guest).toEqual([]);
  });

  it('what is granted and linked is also written to the tables that decide (D27)', async () => {
    const {queried} = await script({
      clients: {desktop: {}},
      steps: [...item, ...moments(grantTo('4', '12:03', 'user-2'), give('5', '12:04'), revoke('6', '12:05'))],
      query: `SELECT principal_id AS who, access_level AS level, revoked_at IS NOT NULL AS revoked FROM vfs_acl_entries
        UNION ALL SELECT parent_id, child_id, 0 FROM vfs_links ORDER BY 1`,
    });
    expect(queried).toEqual([
      {who: 'b', level: 'item-1', revoked: 0},
      {who: 'group-1', level: 'read', revoked: 1},
      {who: 'user-2', level: 'read', revoked: 0},
    ]);
  });
});
