/** The page of a campaign: what it tells, and that nothing a run says is ever more than text. */
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {campaignMarkdown} from '../../src/report/campaign-markdown.ts';
import {cellSpan, codeBlock, codeSpan} from '../../src/report/code-span.ts';
import {COMMAND, hostile, hostileText, judged} from './judged.ts';
import {SEED, aFinding} from './samples.ts';

/** As a reader of Markdown finds them: a run of backticks opens, the next run of the same length closes. */
function withoutCode(markdown: string): string {
  let outside = '';
  let rest = markdown;
  for (;;) {
    const [fence = ''] = /`+/.exec(rest) ?? [];
    if (fence === '') return outside + rest;
    const from = rest.indexOf(fence);
    const behind = rest.slice(from + fence.length);
    const end = [...behind.matchAll(/`+/g)].find(([run]) => run.length === fence.length);
    if (end === undefined) throw new Error(`a fence that nothing closes: ${rest.slice(from, from + 80)}`);
    outside += `${rest.slice(0, from)}CODE`;
    rest = behind.slice(end.index + fence.length);
  }
}

describe('the page', () => {
  test('of a campaign that found nothing', () => {
    expect(campaignMarkdown([judged()]).split('\n')).toEqual([
      '## Syncstorm: ok',
      '',
      '### `sample`, variant `default`: ok',
      '',
      '1,234 runs in 1 min (20.6/s), 3,200,000 happenings, 12 d of virtual time; seed base `0x0000000000000007`.' +
        ' Nothing in 1,234: what is still unseen has p < 0.0024 a seed (95 %).',
      '',
      '**Goals:** all 2 reached.',
      '',
      '**Claims:** all 2 had something to judge.',
      '',
      '**Hazards never effective,** 2 of 3: `crash`, `tamper:regressed-cursor`',
      '',
      '**Determinism:** 61 of 1,234 seeds run a second time, all the same.',
      '',
    ]);
  });

  test('has a row for each finding, with the command that repeats it', () => {
    const page = campaignMarkdown([judged({findings: [aFinding()]})]);
    expect(page).toContain('## Syncstorm: violation\n');
    expect(page).toContain(
      '\n#### 1 finding\n\n| runs | signature | first seed | steps | what was seen | how to see it again |\n' +
        '| ---: | --- | --- | ---: | --- | --- |\n' +
        `| 14 | \`VFS-3/pull/skipped/client\` | \`${SEED}\` | 57 | ` +
        '`a client whose cursor is past an item has applied it`: `c2 is past an item that it has not applied` | ' +
        `\`${COMMAND}\` |\n`,
    );
    expect(page).not.toContain('p <');
  });

  test('tells what is not known', () => {
    const page = campaignMarkdown([
      judged(
        {
          goals: {reached: {'page applied': 4}, missed: ['crash seen']},
          claims: {'VFS-3': {checked: 5, armed: 5}},
          lost: [{indices: [1, 2], seed: SEED, cause: 'hung'}],
        },
        {requireGoals: true, missingShards: ['3/8', '5/8']},
      ),
    ]);
    for (const line of [
      '## Syncstorm: inconclusive',
      '**Why:** `goals not reached: crash seen`',
      '**Goals missed,** 1 of 2: `crash seen`',
      '**Claims that never had anything to judge,** 1 of 2: `VFS-A`',
      '**Lost with their worker,** 1 batch of seeds:',
      `- \`2 seeds: the worker hung at seed ${SEED}\`: \`${COMMAND}\``,
      '**Shards missing:** `3/8`, `5/8`',
    ]) {
      expect(page.split('\n')).toContain(line);
    }
  });

  test('tells of reruns that differed, and of the canary', () => {
    const mismatch = {seed: SEED, first: '1111111111111111', second: '2222222222222222', divergence: null};
    const page = campaignMarkdown([
      judged(
        {mismatches: Array.from({length: 7}, () => mismatch)},
        {canary: {kind: 'caught', id: 'm1', seeds: 12, signature: 'a/b/c/d'}},
      ),
      judged({}, {canary: {kind: 'missed', id: 'm2', seeds: 200, signature: null}}),
      judged({}, {canary: {kind: 'failed', reason: 'the patch does not fit'}}),
      judged({}, {canary: {kind: 'none'}}),
      judged({}, {canary: {kind: 'off'}}),
    ]);
    expect(page).toContain('## Syncstorm: nondeterminism\n');
    expect(page).toContain(
      '**Determinism:** 61 of 1,234 seeds run a second time, 7 mismatches:\n\n' +
        `- seed \`${SEED}\`: first \`1111111111111111\`, then \`2222222222222222\`\n`,
    );
    expect(page.match(/^- seed/gm)).toHaveLength(5);
    expect(page).toContain('\n- and 2 more\n');
    expect(page).toContain('**Canary:** `m1` caught in 12 seeds.');
    expect(page).toContain('**Canary:** `m2` **not caught** in 200 seeds.');
    expect(page).toContain('**Canary:** **not caught:** `the patch does not fit`');
    expect(page).toContain('**Canary:** none, the system has no mutants.');
    expect(page).toContain('**Canary:** not run.');
  });

  test('stays short enough to be shown, however much there is to tell', () => {
    const many = Array.from({length: 3_000}, (_, index) =>
      aFinding({signature: `X-${index}/${'s'.repeat(900)}/c/r`, sentence: 'long '.repeat(2_000)}),
    );
    const missed = Array.from({length: 3_000}, (_, index) => `goal ${index} ${'g'.repeat(500)}`);
    const page = campaignMarkdown([judged({findings: many, goals: {reached: {}, missed}})]);
    expect(page.length).toBeLessThan(100_000);
    expect(page).toContain('\nand 2,950 more\n');
    expect(page).toContain('… and 2,900 more'.slice(2));
  });
});

describe('the text of a run', () => {
  test('is code, whatever it holds', () => {
    expect(codeSpan('a`b')).toBe('``a`b``');
    expect(codeSpan('`')).toBe('`` ` ``');
    expect(codeSpan('``a`')).toBe('``` ``a` ```');
    expect(codeSpan(' a')).toBe('`  a `');
    expect(codeSpan('a\nb\u0000')).toBe('`a\\x0ab\\x00`');
    expect(codeSpan('')).toBe('(nothing)');
    expect(codeSpan('abcdef', 4)).toBe('`abc…`');
    expect(cellSpan('a|b')).toBe('`a\\|b`');
    expect(cellSpan('a\\|b')).toBe('`a\\\\x7cb`');
    expect(codeBlock(['a', '```'])).toEqual(['````', 'a', '```', '````']);
  });

  test('is not live: what stands outside of code is the same for every text', () => {
    const outside = (text: string): string => withoutCode(campaignMarkdown([hostile(text)]));
    const plain = outside('a');
    expect(plain).toMatch(/CODE \| CODE/);
    fc.assert(
      fc.property(
        hostileText.filter(text => text !== ''),
        text => {
          expect(outside(text)).toBe(plain);
        },
      ),
      {numRuns: 500},
    );
  });

  test('makes no cell of a table', () => {
    const cells = (text: string): number[] =>
      campaignMarkdown([hostile(text)])
        .split('\n')
        .filter(line => line.startsWith('|'))
        .map(line => line.replace(/\\[^\n]/g, '').split('|').length);
    fc.assert(
      fc.property(hostileText, text => {
        expect(cells(text)).toEqual([8, 8, 8]);
      }),
      {numRuns: 500},
    );
  });
});
