/** The report of an exploration: its verdict, its tables, and that text of a system stays text. */
import {describe, expect, test} from 'vitest';
import {exploreLines, exploreStatus, exploreVerdict, type ExploreFacts} from '../../src/report/explore.ts';
import {paint} from '../../src/report/paint.ts';
import type {BrokenLaw, Explored} from '../../src/sim/explore/explore.ts';

const plain = paint(false);

const explored = (change: Partial<Explored> = {}): Explored => ({
  size: {devices: 2, operations: 2},
  shapes: 4,
  histories: 1_234,
  orders: 2_000,
  gapped: 500,
  deliveries: 7_000,
  exhausted: true,
  broken: [],
  ...change,
});

const broken = (results: BrokenLaw['smallest']['results']): BrokenLaw => ({
  law: {id: 'TOY-1', sentence: 'the greatest is shown', kind: 'result'},
  histories: 3,
  message: 'bad \u001b[31m text',
  smallest: {
    devices: 1,
    operations: [
      {name: 'A1', cells: ['write', '', '1\u0007'], knows: [], arrives: false},
      {name: 'A2', cells: ['write', '', '2'], knows: ['A1'], arrives: true},
    ],
    results,
    expected: ['A2', ''],
  },
});

const facts = (change: Partial<Explored> = {}): ExploreFacts => ({
  system: 'toy',
  variant: 'default',
  explored: explored(change),
  symmetries: ['one\u001b[2J'],
  elapsedMs: 500,
  commandOf: () => 'npx syncstorm explore toy',
});

describe('the verdict', () => {
  test('is ok only of a scope that is exhausted', () => {
    expect(exploreVerdict(explored())).toBe('ok');
    expect(exploreVerdict(explored({exhausted: false}))).toBe('inconclusive');
    expect(exploreVerdict(explored({exhausted: false, broken: [broken([])]}))).toBe('violation');
  });
});

describe('the lines', () => {
  test('say what was covered', () => {
    expect(exploreLines(facts(), plain)).toEqual([
      '  shapes     4       who wrote what after which',
      '  histories  1,234   each shape with all that its operations may do',
      '  orders     2,500   of arrival, of which',
      '             2,000   bring all operations of a history',
      '             500     bring some, while others are missing that these knew of',
      '  taken in   7,000   operations: orders share what they begin with',
      '  time       500 ms  5,000 orders/s',
      '',
      'counted once, since it stands for the same',
      '  one\\x1b[2J',
      '',
      'the scope is exhausted',
      'verdict: ok',
    ]);
  });

  test('tell one result of all orders once, and leave out empty columns', () => {
    const orders = [
      ['A1', 'A2'],
      ['A2', 'A1'],
    ];
    const lines = exploreLines(
      facts({broken: [broken([{cells: ['A1', ''], orders, isWrong: true}])]}),
      plain,
    );
    expect(lines.slice(11)).toEqual([
      '✗ TOY-1/explore/result/-',
      '  claim     TOY-1: the greatest is shown',
      '  seen      bad \\x1b[31m text',
      '  how often in 3 of 1,234 histories',
      '  smallest  2 operations of 1 device',
      '',
      '  operations',
      '    A1  write  1\\x07  knows nothing  has not arrived',
      '    A2  write  2      knows A1',
      '',
      '  order of arrival, and what is shown then',
      '    in all 2 orders  A1  wrong',
      '    expected         A2',
      '',
      'the scope is exhausted',
      'verdict: violation',
      'npx syncstorm explore toy',
    ]);
  });

  test('of many orders tell one for each result', () => {
    const orders = (count: number, name: string): string[][] => Array.from({length: count}, () => [name]);
    const results = [
      {cells: ['A2'], orders: orders(8, 'A1'), isWrong: false},
      {cells: ['A1'], orders: orders(1, 'A2'), isWrong: true},
    ];
    const lines = exploreLines(facts({broken: [broken(results)]}), plain);
    expect(lines.filter(line => line.startsWith('    A') && !line.includes('write'))).toEqual([
      '    A1 and 7 other orders  A2',
      '    A2                     A1  wrong',
    ]);
  });
});

test('the status line is cut to its width', () => {
  const line = exploreStatus(31_700, 1_510_000, 0, 10_000, 80);
  expect(line).toBe('00:00:10  histories 31.7 k  orders 1.51 M  151,000/s  broken 0');
  expect(exploreStatus(31_700, 1_510_000, 0, 10_000, 20)).toBe(line.slice(0, 20));
  expect(exploreStatus(0, 0, 0, 0, 80)).toBe('00:00:00  histories 0  orders 0  0/s  broken 0');
});
