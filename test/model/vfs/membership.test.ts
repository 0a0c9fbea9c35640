/** Who is in which group: births, an operator's commands, and everything that is neither. */

import {expect, test} from 'vitest';
import {Memberships} from '../../../src/model/vfs/membership.ts';

const USERS = [
  {id: 'ann', groups: ['staff']},
  {id: 'bob', groups: []},
];
const join = {user: 'bob', group: 'staff', member: true};
const leave = {user: 'ann', group: 'staff', member: false};
const places = (...all: string[]): ReadonlySet<string> => new Set(all);

/** Servers that have met their users. */
function met(): Memberships {
  const memberships = new Memberships(USERS);
  expect(memberships.committed('s1', places('ann staff'))).toBe(null);
  return memberships;
}

test('users begin in the groups that they are born with, and in no others', () => {
  expect(new Memberships(USERS).committed('s1', places())).toBe('ann staff is gone, and no operator said so');
  expect(new Memberships(USERS).committed('s1', places('ann staff', 'bob staff'))).toBe(
    'bob staff has come to be, and no operator said so',
  );
  expect(met().committed('s1', places('ann staff'))).toBe(null);
});

test('a command moves whom it names, where it is at work, and nobody else', () => {
  const memberships = met();
  memberships.commanded('o1', 's1', join);
  expect(memberships.committed('s2', places('ann staff', 'bob staff'))).toBe(
    'bob staff has come to be, and no operator said so',
  );
  const again = met();
  again.commanded('o1', 's1', join);
  expect(again.committed('s1', places('ann staff'))).toBe(null);
  expect(again.committed('s1', places('ann staff', 'bob staff'))).toBe(null);
  expect(again.obeyed('o1')).toBe(null);
  expect(again.committed('s1', places('ann staff'))).toBe('bob staff is gone, and no operator said so');
});

test('a command that the operator was told is done, is done', () => {
  const memberships = met();
  memberships.commanded('o1', 's1', leave);
  expect(memberships.obeyed('o1')).toBe('ann staff is there all the same');
  memberships.commanded('o2', 's1', join);
  expect(memberships.obeyed('o2')).toBe('bob staff is missing all the same');
  memberships.commanded('o3', 's1', {...leave, member: true});
  expect(memberships.obeyed('o3')).toBe(null);
});

test('a command that failed, or whose server died, moves nobody any more', () => {
  const memberships = met();
  memberships.commanded('o1', 's1', join);
  memberships.failed('o1');
  memberships.commanded('o2', 's1', leave);
  memberships.crashed('s1');
  expect(memberships.obeyed('o2')).toBe(null);
  expect(memberships.committed('s1', places('ann staff', 'bob staff'))).toBe(
    'bob staff has come to be, and no operator said so',
  );
  expect(memberships.committed('s1', places('bob staff'))).toBe('ann staff is gone, and no operator said so');
});

test('of two commands about one place that overlap, either may have the last word', () => {
  const memberships = met();
  memberships.commanded('o1', 's1', leave);
  memberships.commanded('o2', 's2', {...leave, member: true});
  expect(memberships.committed('s1', places())).toBe(null);
  expect(memberships.committed('s2', places('ann staff'))).toBe(null);
  expect(memberships.obeyed('o1')).toBe(null);
  expect(memberships.obeyed('o2')).toBe(null);
});

test('a restored database holds what its backup held, and one made anew holds the births', () => {
  const memberships = met();
  memberships.commanded('o1', 's1', leave);
  expect(memberships.committed('s1', places())).toBe(null);
  expect(memberships.obeyed('o1')).toBe(null);
  memberships.restored(places('ann staff'));
  expect(memberships.committed('s1', places('ann staff'))).toBe(null);
  memberships.restored(places());
  expect(memberships.committed('s1', places('ann staff'))).toBe(
    'ann staff has come to be, and no operator said so',
  );
  memberships.restored(null);
  expect(memberships.committed('s1', places('ann staff'))).toBe(null);
});
