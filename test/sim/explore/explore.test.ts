/** Exploring: what is covered, that wrong engines are found out, and that the counterexample told is the smallest. */
import {describe, expect, test} from 'vitest';
import {UsageError} from '../../../src/sim/assert.ts';
import {arrivalsOf, factorial, sizeOf} from '../../../src/sim/explore/arrivals.ts';
import {explore, Explorer} from '../../../src/sim/explore/explore.ts';
import {namesOf} from '../../../src/sim/explore/judge.ts';
import {toyScope} from './toy-scope.ts';

const size = {devices: 3, operations: 3};

describe('a right engine', () => {
  const explored = explore(toyScope('greatest'), size);

  test('breaks nothing, and the scope is exhausted', () => {
    expect(explored.broken).toEqual([]);
    expect(explored.exhausted).toBe(true);
  });

  test('every history counts, and all of its orders', () => {
    const one = explore(toyScope('greatest'), {devices: 1, operations: 3});
    // one device writes 1, 2 and 3 operations in a row, with the values in every order
    expect(one).toMatchObject({shapes: 3, histories: 1 + 2 + 6, orders: 1 + 2 * 2 + 6 * 6});
    // {A2} of two; {A2}, {A3}, {A1,A3}, {A2,A3} of three
    expect(one.gapped).toBe(2 * 1 + 6 * (1 + 1 + 2 + 2));
    expect(explored).toMatchObject({shapes: 1 + 3 + 12, histories: 1 + 5 + 61});
  });
});

describe('a wrong engine', () => {
  test('whose result depends on the order is convicted by two operations', () => {
    const {broken} = explore(toyScope('last-to-arrive'), size);
    expect(broken.map(({law}) => law.id)).toEqual(['TOY-1', 'TOY-2', 'TOY-3']);
    expect(broken[0]?.message).toBe('2 different results, depending on the order of arrival');
    expect(broken[0]?.smallest).toEqual({
      devices: 1,
      operations: [
        {name: 'A1', cells: ['write 1'], knows: [], arrives: true},
        {name: 'A2', cells: ['write 2'], knows: ['A1'], arrives: true},
      ],
      results: [
        {cells: ['A2'], orders: [['A1', 'A2']], isWrong: false},
        {cells: ['A1'], orders: [['A2', 'A1']], isWrong: true},
      ],
      expected: ['A2'],
    });
  });

  test('that counts what comes twice is convicted by one', () => {
    const {broken} = explore(toyScope('hoarding'), size);
    expect(broken.map(({law}) => law.id)).toEqual(['TOY-2']);
    expect(broken[0]?.smallest.results).toEqual([
      {cells: ['A1'], orders: [['A1'], ['A1', 'A1']], isWrong: false},
    ]);
    expect(broken[0]?.histories).toBe(explore(toyScope('hoarding'), size).histories);
  });

  test('is seen where only operations with gaps show it', () => {
    const scope = toyScope('greatest', [[1, 2]]);
    const forgetful = {
      ...scope,
      // shows nothing of a device whose first operation is missing
      shown: (state: readonly {name: string}[]) =>
        state.some(({name}) => name === 'A1') || state.length === 0 ? scope.shown(state as never) : null,
    };
    const {broken} = explore(forgetful, {devices: 1, operations: 2});
    expect(broken.map(({law}) => law.id)).toEqual(['TOY-3']);
    expect(broken[0]?.smallest.operations.map(({name, arrives}) => [name, arrives])).toEqual([
      ['A1', false],
      ['A2', true],
    ]);
  });
});

test('a scope in which nothing says what is wrong is a mistake of its author, and is told', () => {
  const scope = {...toyScope('last-to-arrive'), laws: toyScope('last-to-arrive').laws.slice(1, 2)};
  expect(() => explore(scope, size)).toThrow(UsageError);
});

test('an exploration that is left is not exhausted, and can go on', () => {
  const explorer = new Explorer(toyScope('greatest'), size);
  expect(explorer.step()).toBe(true);
  expect(explorer.result()).toMatchObject({exhausted: false, histories: 1, orders: 1});
  while (explorer.step());
  expect(explorer.result()).toEqual(explore(toyScope('greatest') as never, size));
  expect(explorer.histories).toBe(explorer.result().histories);
  expect(explorer.orders).toBe(explorer.result().orders + explorer.result().gapped);
});

test('orders that lead to one state go on as one, and are counted', () => {
  const scope = toyScope('last-to-arrive');
  const writes = scope.operations(
    [0, 1, 2].map(device => ({device, seen: 0, act: device})),
    ['A1', 'B1', 'C1'],
  );
  const arrivals = arrivalsOf(scope, writes);
  for (const [arrived, reached] of arrivals.entries()) {
    const orders = reached.reduce((sum, one) => sum + one.orders, 0);
    expect(orders).toBe(factorial(sizeOf(arrived)));
    for (const {order, state} of reached) expect(state.at(-1)).toBe(writes[order.at(-1) ?? -1]);
  }
  expect(arrivals.at(-1)?.map(({orders}) => orders)).toEqual([2, 2, 2]);
});

test('operations are called by their device and its count', () => {
  expect(namesOf([0, 1, 0, 2, 1].map(device => ({device, seen: 0, act: null})))).toEqual([
    'A1',
    'B1',
    'A2',
    'C1',
    'B2',
  ]);
});
