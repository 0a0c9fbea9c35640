/** The journal's small scope: the default holds in all of it, and each other rule is convicted by the least that can do it. */
import {describe, expect, test} from 'vitest';
import {smallScope} from '../../../scenarios/journal/small-scope.ts';
import {explore, type Explored} from '../../../src/sim/explore/explore.ts';

const explored = (variant: string, operations = 3): Explored =>
  explore(smallScope(variant), {devices: 3, operations});

/** The operations of the smallest counterexample to a law, and what each order shows. */
function smallest({broken}: Explored, id: string) {
  const found = broken.find(({law}) => law.id === id)?.smallest;
  return {
    operations: found?.operations.map(({name, cells: [does, payload, , clock], knows, arrives}) =>
      [name, does, payload, clock, knows.join(' ') || '-', arrives ? '' : 'missing'].join(' ').trim(),
    ),
    results: found?.results.map(
      ({cells, orders}) =>
        `${orders.map(order => order.join('')).join(' ')} → ${cells.filter(Boolean).join(' ')}`,
    ),
    expected: found?.expected.filter(Boolean).join(' '),
  };
}

test('a rule that is not there is refused', () => {
  expect(() => smallScope('toString')).toThrow('there is no rule of merging called toString');
});

describe('the default', () => {
  test('ends in one state in every history of three operations, whatever the order', () => {
    const {broken, ...covered} = explored('default');
    expect(broken).toEqual([]);
    expect(covered).toMatchObject({
      shapes: 16,
      histories: 1_130,
      orders: 6_650,
      gapped: 5_370,
      exhausted: true,
    });
  });
});

const CE1 = ['A1 update "u" {A:1} -', 'A2 update "s" {A:2} A1', 'B1 update "t" {B:1} -'];

describe('winner-clock', () => {
  const found = explored('winner-clock');

  test('is convicted by three operations of two devices, which show three different things', () => {
    expect(smallest(found, 'JOURNAL-S1')).toEqual({
      operations: CE1,
      results: [
        'A1A2B1 A2A1B1 → "t" by B1 {B:1}',
        'A1B1A2 B1A1A2 → "s" by A2 {A:2}',
        'A2B1A1 B1A2A1 → "u" by A1 {A:1}',
      ],
      expected: '"t" by B1 {A:2 B:1}',
    });
  });

  test('no two operations do it', () => {
    const two = explored('winner-clock', 2);
    expect(two.broken.map(({law}) => law.id)).toEqual(['JOURNAL-S6']);
  });

  test('forgets what it has seen with two, and takes in a loser again with three', () => {
    expect(smallest(found, 'JOURNAL-S6').operations).toEqual([
      'A1 update "s" {A:1} -',
      'B1 update "t" {B:1} -',
    ]);
    expect(smallest(found, 'JOURNAL-S5').operations).toEqual(CE1);
  });
});

describe('join-clock', () => {
  test('is convicted by the same three, which show two different things with one clock', () => {
    expect(smallest(explored('join-clock'), 'JOURNAL-S1')).toEqual({
      operations: CE1,
      results: ['A1A2B1 A2A1B1 A2B1A1 B1A2A1 → "t" by B1 {A:2 B:1}', 'A1B1A2 B1A1A2 → "u" by A1 {A:2 B:1}'],
      expected: '"t" by B1 {A:2 B:1}',
    });
  });

  test('breaks nothing with two', () => {
    expect(explored('join-clock', 2).broken).toEqual([]);
  });
});

describe('lamport-lww', () => {
  test('ends in one state, but a delete loses to who has written more', () => {
    const found = explored('lamport-lww');
    expect(found.broken.map(({law}) => law.id)).toEqual(['JOURNAL-S3', 'JOURNAL-S2']);
    expect(smallest(found, 'JOURNAL-S3')).toEqual({
      operations: ['A1 update "s" {A:1} -', 'A2 update "t" {A:2} A1', 'B1 delete {B:1} -'].map(line =>
        line.replace('delete {', 'delete  {'),
      ),
      results: ['A1A2B1 A1B1A2 A2A1B1 A2B1A1 B1A1A2 B1A2A1 → "t" by A2 {A:2 B:1}'],
      expected: 'deleted by B1 {A:2 B:1}',
    });
  });
});
