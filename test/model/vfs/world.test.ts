/**
 * The ledger against the long way round, and the whole model against itself: honest pages make readers
 * converge (I1, I8).
 */

import {fc, test as property} from '@fast-check/vitest';
import {expect} from 'vitest';
import {pristine} from '../../../src/model/vfs/client.ts';
import {judgeReplica} from '../../../src/model/vfs/converge.ts';
import {expectPull, newPullCycle} from '../../../src/model/vfs/expect-pull.ts';
import {feedItemOf, registerKey, registerOf, type FeedRow} from '../../../src/model/vfs/feed-row.ts';
import {FeedLedger} from '../../../src/model/vfs/feed.ts';
import {expectHydrate} from '../../../src/model/vfs/hydrate.ts';
import {grantRow, page, repeat, row} from './make.ts';

type Step =
  | {readonly kind: 'push'; readonly item: number; readonly what: number; readonly on: boolean}
  | {readonly kind: 'membership'; readonly user: number; readonly group: number; readonly member: boolean}
  | {readonly kind: 'pull'; readonly user: number; readonly limit: number};

const small = fc.integer({min: 0, max: 2});
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('push'),
        item: small,
        what: fc.nat({max: 6}),
        on: fc.boolean(),
      }),
    },
    fc.record({
      kind: fc.constant('membership'),
      user: small,
      group: fc.nat({max: 1}),
      member: fc.boolean(),
    }),
    fc.record({kind: fc.constant('pull'), user: small, limit: fc.integer({min: 1, max: 4})}),
  ),
  {maxLength: 40},
);

/**
 * A server and one reader a user, run on the model alone; with the long way round for everything the ledger
 * caches.
 */
class World {
  readonly ledger = new FeedLedger();
  readonly states = [pristine(), pristine(), pristine()];
  readonly applied = [new Set<string>(), new Set<string>(), new Set<string>()];
  readonly #members = new Set<string>();
  readonly #since = new Map<string, number>();
  #serial = 0;

  constructor() {
    for (const index of [0, 1, 2]) this.ledger.register(`item-${index}`, `user-${index}`);
  }

  push({item, what, on}: Extract<Step, {kind: 'push'}>): void {
    const principal = [0, 1, 2].includes(what)
      ? (['user', `user-${what}`] as const)
      : (['group', `g${what - 3}`] as const);
    const common = {userId: `user-${item}`, itemId: `item-${item}`};
    const made =
      what > 4
        ? row('', '10:00:00', 1, {...common, parentId: `p${what}`, opType: on ? 'link_add' : 'link_remove'})
        : grantRow('', '10:00:00', 1, {
            ...common,
            principalType: principal[0],
            principalId: principal[1],
            ...(on ? {} : {opType: 'acl_remove', accessLevel: null}),
          });
    this.#append(made);
    this.#announce();
  }

  membership(user: number, group: number, member: boolean): void {
    this.ledger.membership(`user-${user}`, `g${group}`, member);
    if (member) this.#members.add(`user-${user}/g${group}`);
    else this.#members.delete(`user-${user}/g${group}`);
    this.#look(this.ledger.rows.length);
    this.#announce();
  }

  /** One page; false if there was nothing to read. */
  pull(user: number, limit: number): boolean {
    const state = this.states[user] ?? pristine();
    const from = this.ledger.indexOf(state.replaySnapshot.cursor);
    const {rows, hasMore} = this.ledger.expectedPage(`user-${user}`, state.replaySnapshot.cursor, limit);
    const answer = page({items: rows.map(feedItemOf), hasMore, ids: this.ledger.heads(`user-${user}`)});
    const cycle = newPullCycle(state);
    const result = expectPull({clientId: 'desktop', limit, policy: 'fail', state, cycle, answer});
    if (result.kind === 'refuse') throw new Error(result.error.message);
    this.states[user] = result.state;
    for (const {id} of rows) this.applied[user]?.add(id);
    const to = this.ledger.indexOf(result.state.replaySnapshot.cursor);
    const applied = this.applied[user] ?? new Set();
    expect(this.ledger.missingBehind(`user-${user}`, from, to, applied)).toBeNull();
    expect(expectHydrate('desktop', pristine(), result.state).kind).toBe('accept');
    return rows.length > 0;
  }

  checkSight(): void {
    for (const user of ['user-0', 'user-1', 'user-2']) {
      for (const item of ['item-0', 'item-1', 'item-2']) {
        const owns = user.slice(-1) === item.slice(-1);
        expect(this.ledger.visibleSince(user, item)).toBe(
          owns ? -1 : (this.#since.get(`${user}/${item}`) ?? null),
        );
      }
      expect(this.ledger.unannounced(user)).toBeNull();
    }
  }

  #append(made: FeedRow): void {
    this.#serial += 1;
    const id = `r${String(this.#serial).padStart(4, '0')}`;
    const pushed = made.userId === null ? {} : {writeId: this.#serial, clientOpId: id};
    const next = {...made, ...pushed, id, occurredMs: 1000 + Math.floor(this.#serial / 3)};
    expect(this.ledger.append(next)).toBeNull();
    this.#look(this.ledger.rows.length - 1);
  }

  /** Repeats whatever somebody is owed, as the long way finds it. */
  #announce(): void {
    const {rows} = this.ledger;
    for (const [key, since] of this.#since) {
      const [user = '', item = ''] = key.split('/');
      const lastOf = new Map<string, number>();
      rows.forEach((given, index) => {
        const register = registerOf(given);
        if (register !== null && given.itemId === item) lastOf.set(registerKey(register), index);
      });
      const owed = [...lastOf.values()].filter(index => index < since);
      expect(this.ledger.unannounced(user) !== null || owed.length === 0).toBe(true);
      for (const index of owed) {
        const original = rows[index];
        if (original !== undefined && user.slice(-1) !== item.slice(-1))
          this.#append(repeat(original, '', '10:00:00'));
      }
    }
  }

  /** Grants as the whole feed has them; `at` is where the feed stood when they changed. */
  #look(at: number): void {
    const {rows} = this.ledger;
    const active = new Set<string>();
    for (const {itemId, opType, principalType, principalId} of rows) {
      if (opType === 'acl_add') active.add(`${itemId}/${principalType}/${principalId}`);
      if (opType === 'acl_remove') active.delete(`${itemId}/${principalType}/${principalId}`);
    }
    for (const user of ['user-0', 'user-1', 'user-2']) {
      for (const item of ['item-0', 'item-1', 'item-2']) {
        const key = `${user}/${item}`;
        const grouped = ['g0', 'g1'].some(
          group => this.#members.has(`${user}/${group}`) && active.has(`${item}/group/${group}`),
        );
        const visible = (grouped || active.has(`${item}/user/${user}`)) && user.slice(-1) !== item.slice(-1);
        if (!visible) this.#since.delete(key);
        else if (!this.#since.has(key)) this.#since.set(key, at);
      }
    }
  }
}

property.prop([steps])('honest pages of an honest feed make every reader hold the truth', run => {
  const world = new World();
  for (const next of run) {
    if (next.kind === 'push') world.push(next);
    else if (next.kind === 'membership') world.membership(next.user, next.group, next.member);
    else world.pull(next.user, next.limit);
    world.checkSight();
  }
  for (const user of [0, 1, 2]) {
    while (world.pull(user, 3));
    expect(judgeReplica(world.ledger, `user-${user}`, world.states[user] ?? pristine())).toBeNull();
  }
});
