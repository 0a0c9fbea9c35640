/** What became of mutants, in figures, words and as a table. */
import {describe, expect, test} from 'vitest';
import {mutantLines, mutantRow, mutantStatus} from '../../src/report/mutant-lines.ts';
import {
  median,
  mutantsMarkdown,
  mutantsRecord,
  type MutantFacts,
  type MutantResult,
} from '../../src/report/mutants.ts';
import {plain} from '../../src/report/paint.ts';

const size = (steps: number): MutantResult['size'] => ({
  operations: steps,
  faults: 0,
  fates: 0,
  nodes: 2,
  steps,
});

const killed = (change: Partial<MutantResult> = {}): MutantResult => ({
  id: 'page-skipped',
  file: 'src/impl/sample/pull.ts',
  note: 'a page is passed over',
  claim: 'VFS-3',
  canary: false,
  status: 'killed',
  killedBy: 'VFS-3',
  signature: 'VFS-3/pull/skipped/client',
  seed: '0x9f3ac1d204e71b55',
  campaigns: [4, 1, 9, 2, 30],
  lost: [],
  size: size(3),
  minimal: true,
  shrinkMs: 900,
  replays: true,
  plan: null,
  trouble: null,
  unmutated: null,
  ...change,
});

const survivor = (change: Partial<MutantResult> = {}): MutantResult =>
  killed({
    id: 'ack-forgotten',
    status: 'survived',
    killedBy: null,
    signature: null,
    seed: null,
    campaigns: [null, null, null],
    size: null,
    minimal: null,
    shrinkMs: null,
    replays: null,
    ...change,
  });

const facts = (results: readonly MutantResult[], change: Partial<MutantFacts> = {}): MutantFacts => ({
  system: 'sample',
  variant: 'default',
  results,
  total: results.length,
  campaigns: 5,
  seeds: 2_000,
  seedBase: '0x0000000000000001',
  command: 'npx syncstorm mutants sample --markdown table.md',
  ...change,
});

test.each<[readonly (number | null)[], number | null]>([
  [[], null],
  [[7], 7],
  [[null], null],
  [[4, 1, 9, 2, 30], 4],
  [[null, 1, null, 2, 30], 30],
  [[null, 1, null, 2, null], null],
  [[2, 9], 6],
  [[2, null], null],
  [[2, null, 3, 1], 3],
])('the median of %j is %j', (counts, middle) => {
  expect(median(counts)).toBe(middle);
});

describe('a row', () => {
  test('of a mutant that was killed', () => {
    expect(mutantRow(killed(), 12_300, 14, plain)).toBe(
      'killed    page-skipped    4 seeds (4 1 9 2 30) VFS-3/pull/skipped/client, 3 steps, 12.3 s',
    );
    const one = killed({campaigns: [1], size: null, minimal: null, replays: null});
    expect(mutantRow(one, 300, 12, plain)).toBe(
      'killed    page-skipped  1 seed VFS-3/pull/skipped/client, not shrunk, 300 ms',
    );
    const odd = killed({minimal: false, replays: false, campaigns: [null, 1, 2]});
    expect(mutantRow(odd, 300, 12, plain)).toBe(
      'killed    page-skipped  2 seeds (- 1 2) VFS-3/pull/skipped/client, 3 steps or fewer, 300 ms  DOES NOT REPLAY',
    );
  });

  test('of one that was not', () => {
    expect(mutantRow(survivor(), 300, 14, plain)).toBe(
      'SURVIVED  ack-forgotten   no violation in 3 campaigns, 300 ms',
    );
    const seldom = survivor({campaigns: [null, 5, null, 9, null], killedBy: 'VFS-3'});
    expect(mutantRow(seldom, 300, 0, plain)).toBe(
      'SURVIVED  ack-forgotten  killed in only 2 of 5 campaigns (by VFS-3), 300 ms',
    );
    const lost = [{campaign: 0, seed: '0x05', how: 'hung' as const, detail: 'silent\u0007'}];
    expect(mutantRow(survivor({status: 'hung', campaigns: [null], lost}), 300, 0, plain)).toBe(
      'HUNG      ack-forgotten  no violation in 1 campaign; hung at seed 0x05: silent\\x07, 300 ms',
    );
    expect(mutantRow(survivor({status: 'broken', trouble: 'it does not load'}), 300, 0, plain)).toBe(
      'BROKEN    ack-forgotten  it does not load, 300 ms',
    );
  });
});

test('the line that is redrawn tells what is at work, as far as there is room', () => {
  const atWork = [
    {id: 'first', campaign: 0, seeds: 1_200},
    {id: 'second', campaign: null, seeds: 0},
  ];
  expect(mutantStatus([killed(), survivor()], 60, atWork, 80)).toBe(
    '2 of 60  killed 1  others 1  first 1/1,200  second shrinks',
  );
  expect(mutantStatus([killed(), survivor()], 60, atWork, 50)).toBe(
    '2 of 60  killed 1  others 1  first 1/1,200',
  );
  expect(mutantStatus([], 60, [], 10)).toBe('0 of 60  k');
});

describe('the summary', () => {
  const sentences = new Map([['VFS-3', 'a client whose cursor is past an item has applied it']]);

  test('adds up, and tells loudly of survivors', () => {
    const other = killed({id: 'other', killedBy: 'SIM-CRASH', campaigns: [200], size: size(9)});
    expect(mutantLines(facts([killed(), other, survivor()], {total: 4}), sentences, plain)).toEqual([
      'sample, variant default: 2 of 4 mutants killed (50.0 %)',
      '  seeds to kill  median 102, p95 200 (of the median of 5 campaigns, at most 2,000 seeds each)',
      '  steps          median 6, p95 9, of the minimal plans',
      '  by the claim   1 of 2 killed by the claim that they name',
      '  not tried      1',
      '',
      'SURVIVED, no claim notices: ack-forgotten',
      '  breaks  a page is passed over',
      '  claim   VFS-3: a client whose cursor is past an item has applied it',
      '  file    src/impl/sample/pull.ts',
      '  seen    no violation in 3 campaigns',
    ]);
  });

  test('tells of what should not be', () => {
    const lines = mutantLines(facts([killed({replays: false, unmutated: '0x05'})]), sentences, plain);
    expect(lines.slice(-2)).toEqual([
      'page-skipped: its minimal plan gives another run in a fresh process',
      'page-skipped: its seed 0x05 also fails without the mutant',
    ]);
    const broken = survivor({status: 'broken', claim: 'NEW-1', trouble: 'the system never loads the file'});
    const told = mutantLines(facts([broken]), sentences, plain).join('\n');
    expect(told).toContain('BROKEN, cannot be tried: ack-forgotten');
    expect(told).toContain('  claim   NEW-1\n');
    expect(told).toContain('seeds to kill  none');
  });
});

test('the table is Markdown in which a note is nothing but text', () => {
  const results = [
    killed({canary: true, note: 'a | b <script> *c*\n`d` & [e](f)'}),
    survivor(),
    killed({id: 'late', minimal: false, campaigns: [1_500]}),
    survivor({id: 'gone', status: 'died'}),
  ];
  const table = mutantsMarkdown(facts(results)).split('\n');
  expect(table.slice(0, 12)).toEqual([
    '# Mutants of sample',
    '',
    'Each row is a bug planted into the sources, one at a time, and what the harness made of it. Made by:',
    '',
    '```sh',
    'npx syncstorm mutants sample --markdown table.md',
    '```',
    '',
    '- killed: 2 of 4 (50.0 %), 2 of them by the claim that they name',
    '- seeds to kill, of the median of 5 campaigns of at most 2,000 seeds: median 752, p95 1,500',
    '- steps of the minimal plan: median 3, p95 3',
    '',
  ]);
  expect(table.slice(12)).toEqual([
    '| mutant | what it breaks | claim that must notice | killed by | seeds to kill (median of 5) | steps of the minimal plan |',
    '| :-- | :-- | :-- | :-- | --: | --: |',
    '| `page-skipped` (canary) | a \\| b &lt;script&gt; \\*c\\* \\`d\\` &amp; \\[e\\](f) | VFS-3 | VFS-3 | 4 | 3 |',
    '| `ack-forgotten` | a page is passed over | VFS-3 | **survived** | - | - |',
    '| `late` | a page is passed over | VFS-3 | VFS-3 | 1,500 | 3 or fewer |',
    '| `gone` | a page is passed over | VFS-3 | **died** | - | - |',
    '',
  ]);
});

test('the record gives a survivor no killer, however often it was killed', () => {
  const seldom = survivor({campaigns: [null, 5, null, 9, null], killedBy: 'VFS-3', signature: 's'});
  const record = mutantsRecord(facts([killed(), seldom, survivor({id: 'b', status: 'broken'})], {total: 3}));
  expect(record).toMatchObject({total: 3, killed: 1, survived: 1, broken: 1});
  expect(record['mutants']).toMatchObject([
    {id: 'page-skipped', killedBy: 'VFS-3', signature: 'VFS-3/pull/skipped/client', seeds: 4, steps: 3},
    {id: 'ack-forgotten', killedBy: null, signature: null, seeds: null, campaigns: [null, 5, null, 9, null]},
    {id: 'b', status: 'broken', killedBy: null, seeds: null, steps: null},
  ]);
});
