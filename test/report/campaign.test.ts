/** What is said of a campaign: while it runs, at its end, and to a program. */
import {describe, expect, test} from 'vitest';
import {campaignLines, type SummaryFacts} from '../../src/report/campaign.ts';
import {plain} from '../../src/report/paint.ts';
import {widthOf} from '../../src/report/printable.ts';
import {campaignRecord} from '../../src/report/record.ts';
import {statusLine} from '../../src/report/status.ts';
import {gravest, judge} from '../../src/report/verdict.ts';
import type {Campaign, CanaryFate, LostBatch} from '../../src/sim/campaign.ts';
import {SEED, aCampaign, aFinding, aSystem} from './samples.ts';

const system = aSystem();
const mismatch = {seed: SEED, first: '1111111111111111', second: '2222222222222222', divergence: null};
const armed = {'VFS-3': {checked: 9, armed: 9}, 'VFS-A': {checked: 9, armed: 1}};

const summary = (campaign: Campaign, change: Partial<SummaryFacts> = {}): string =>
  campaignLines(
    {
      campaign,
      system,
      elapsedMs: 60_000,
      stopped: '1 min elapsed',
      requireGoals: false,
      files: new Map(),
      ...change,
    },
    plain,
  ).join('\n');

describe('the summary', () => {
  test('of a campaign that found nothing says what that is worth', () => {
    const text = summary(aCampaign());
    expect(text).toContain('1,234 in 1 min (20.6/s)');
    expect(text).toContain('12 d virtual; virtual : real = 17,280 : 1');
    expect(text).toContain('0 in 1,234 => p < 3/1,234 = 0.0024 (95 %)');
    expect(text).toContain(`slowest  seed ${SEED}, 312 ms`);
    expect(text).toContain('61 of 1,234 seeds run a second time, 0 mismatches');
    expect(text.endsWith('verdict: ok')).toBe(true);
  });

  test('has a row for each finding, with where its plan is', () => {
    const files = new Map([['VFS-3/pull/skipped/client', 'reports/failures/a/plan.json']]);
    const text = summary(aCampaign({findings: [aFinding()]}), {files});
    expect(text).toMatch(
      /14 {2}VFS-3\/pull\/skipped\/client {2}0x9f3ac1d204e71b55 +57 {2}reports\/failures\/a\/plan.json/,
    );
    expect(text).not.toContain('=> p <');
    expect(text.endsWith('verdict: violation')).toBe(true);
  });

  test('flags hazards that changed nothing, also those that were never heard of', () => {
    const hazards = {
      delay: {offered: 9, delivered: 3, effective: 0},
      crash: {offered: 4, delivered: 0, effective: 0},
    };
    const text = summary(aCampaign({hazards}));
    expect(text).toMatch(/delay +9 +3 +0 {2}never effective/);
    expect(text).toMatch(/crash +4 +0 +0 {2}never delivered/);
    expect(text).toContain('never effective: tamper regressed-cursor');
  });

  test('flags claims that never had anything to judge', () => {
    const text = summary(aCampaign({claims: {'VFS-3': {checked: 50, armed: 0}}}));
    expect(text).toMatch(/VFS-3 +50 +0 {2}vacuous/);
    expect(text).toMatch(/VFS-A +0 +0 {2}vacuous/);
  });

  test('shows where the traces of a rerun part, and not more than five of them', () => {
    const divergence = {line: 1_234, first: '{"n":1234,"k":"send\u001b"}', second: '{"n":1234,"k":"recv"}'};
    const text = summary(aCampaign({mismatches: Array.from({length: 7}, () => ({...mismatch, divergence}))}));
    expect(text).toContain('the traces part at event 1,234');
    expect(text).toContain('first   {"n":1234,"k":"send\\x1b"}');
    expect(text).toContain('and 2 more');
    expect(text).not.toContain('=> p <');
    expect(text.endsWith('verdict: nondeterminism')).toBe(true);
  });

  test('says what is missing where goals are required', () => {
    const campaign = aCampaign({goals: {reached: {}, missed: ['crash seen']}, claims: armed});
    expect(summary(campaign)).toContain('missed: crash seen');
    expect(summary(campaign, {requireGoals: true})).toContain(
      'goals not reached: crash seen\nverdict: inconclusive',
    );
  });
});

const lost = (change: Partial<LostBatch> = {}): LostBatch => ({
  indices: [25, 26, 27],
  seed: SEED,
  cause: 'died',
  ...change,
});
const caught: CanaryFate = {kind: 'caught', id: 'no-guard', seeds: 12, signature: 'VFS-3/pull/x/client'};
const missed: CanaryFate = {kind: 'missed', id: 'no-\u001bguard', seeds: 500, signature: null};

describe('the summary tells of seeds that never came to an end', () => {
  test('with the command that runs the one that was at work', () => {
    const campaign = aCampaign({lost: [lost(), lost({indices: [50], seed: null, cause: 'hung'})]});
    const text = summary(campaign, {commandOf: seed => `npx syncstorm run sample --seed ${seed}`});
    expect(text).toContain(
      `lost with their workers\n  3 seeds: a worker died at seed ${SEED}\n    npx syncstorm run sample --seed ${SEED}\n` +
        '  1 seed: a worker hung before the first of them',
    );
    expect(text).toContain('nothing is known about 4 seeds: lost with their workers\nverdict: inconclusive');
  });

  test('but of no more than five batches', () => {
    const text = summary(aCampaign({lost: Array.from({length: 7}, () => lost())}));
    expect(text.match(/a worker died/g)).toHaveLength(5);
    expect(text).toContain('and 2 batches more');
  });
});

describe('the summary tells of the canary', () => {
  test.each<[CanaryFate, string, string]>([
    [caught, 'caught: no-guard, in 12 seeds, by VFS-3/pull/x/client', 'verdict: ok'],
    [
      missed,
      'NOT CAUGHT: no-\\x1bguard, in 500 seeds',
      'the canary no-\\x1bguard was not caught\nverdict: inconclusive',
    ],
    [
      {kind: 'failed', reason: 'stale\u0007'},
      'NOT CAUGHT: stale\\x07',
      'the canary was not caught: stale\\x07\nverdict: inconclusive',
    ],
    [{kind: 'none'}, 'none: the system has no mutants', 'verdict: ok'],
    [{kind: 'off'}, 'not run: --no-canary', 'verdict: ok'],
  ])('%j', (canary, told, verdict) => {
    const text = summary(aCampaign(), {canary});
    expect(text).toContain(`canary\n  ${told}`);
    expect(text.endsWith(verdict)).toBe(true);
  });

  test('but not where nothing is known of one', () => {
    expect(summary(aCampaign())).not.toContain('canary');
  });
});

describe('the verdict', () => {
  test.each<[string, Partial<Campaign>, boolean, string]>([
    ['nothing found', {}, false, 'ok'],
    ['nothing found, all goals reached and all claims armed', {claims: armed}, true, 'ok'],
    ['a goal missed, required', {claims: armed, goals: {reached: {}, missed: ['g']}}, true, 'inconclusive'],
    ['a goal missed, not required', {claims: armed, goals: {reached: {}, missed: ['g']}}, false, 'ok'],
    ['a claim never armed, required', {}, true, 'inconclusive'],
    ['nothing ran', {runs: 0}, false, 'inconclusive'],
    [
      'a violation beside a missed goal',
      {findings: [aFinding()], goals: {reached: {}, missed: ['g']}},
      true,
      'violation',
    ],
    ['a mismatch', {mismatches: [mismatch]}, false, 'nondeterminism'],
    [
      'a mismatch beside a violation',
      {findings: [aFinding()], mismatches: [mismatch]},
      false,
      'nondeterminism',
    ],
  ])('%s', (_, change, requireGoals, verdict) => {
    expect(judge(aCampaign(change), system, requireGoals).verdict).toBe(verdict);
  });

  test.each<[string, Partial<Campaign>, CanaryFate, string]>([
    ['lost seeds', {lost: [lost()]}, caught, 'inconclusive'],
    ['lost seeds beside a violation', {lost: [lost()], findings: [aFinding()]}, caught, 'violation'],
    ['a canary that was not caught', {}, missed, 'inconclusive'],
    ['a canary that was not caught beside a violation', {findings: [aFinding()]}, missed, 'violation'],
    ['no canary', {}, {kind: 'none'}, 'ok'],
  ])('%s', (_, change, canary, verdict) => {
    expect(judge(aCampaign(change), system, false, canary).verdict).toBe(verdict);
  });

  test('gives every reason', () => {
    const campaign = aCampaign({lost: [lost()], goals: {reached: {}, missed: ['g']}, claims: armed});
    expect(judge(campaign, system, true, missed).reasons).toEqual([
      'nothing is known about 3 seeds: lost with their workers',
      'the canary no-\u001bguard was not caught',
      'goals not reached: g',
    ]);
  });

  test('over several campaigns is the gravest', () => {
    expect(gravest(['ok', 'inconclusive', 'ok'])).toBe('inconclusive');
    expect(gravest(['violation', 'inconclusive', 'nondeterminism'])).toBe('nondeterminism');
    expect(gravest(['ok', 'violation'])).toBe('violation');
    expect(gravest(['ok'])).toBe('ok');
    expect(gravest([])).toBe('inconclusive');
  });
});

const MISMATCH = {seed: '0x1', first: 'a', second: 'b', divergence: null};

describe('the status line', () => {
  test('says how it is going, and leaves out what does not fit', () => {
    const campaign = aCampaign({findings: [aFinding()]});
    expect(statusLine(campaign, 221_000, 200)).toBe(
      '00:03:41  seeds 1,234  5.58/s  virtual 12d  faults 80  goals 2/2  findings 1  mismatches 0',
    );
    expect(statusLine(campaign, 221_000, 60)).toBe('00:03:41  seeds 1,234  5.58/s  goals 2/2  findings 1');
    expect(statusLine({...campaign, mismatches: [MISMATCH]}, 221_000, 50)).toBe(
      '00:03:41  seeds 1,234  findings 1  mismatches 1',
    );
    const late = {...campaign, findings: [], virtualMs: 19_000_000};
    expect(statusLine(late, 221_000, 80)).toContain('virtual 5h16m  faults 80  goals 2/2  findings 0');
    for (let width = 0; width < 120; width += 1) {
      expect(widthOf(statusLine(campaign, 221_000, width))).toBeLessThanOrEqual(width);
    }
  });
});

describe('the record', () => {
  const files = new Map([['VFS-3/pull/skipped/client', 'reports/x/plan.json']]);
  const commands = new Map([['VFS-3/pull/skipped/client', 'npx syncstorm run sample']]);

  test('of one campaign has the keys that scripts rely on', () => {
    const record = campaignRecord([{campaign: aCampaign({findings: [aFinding()]}), files, commands}]);
    expect(record).toMatchObject({
      findings: [
        {
          signature: 'VFS-3/pull/skipped/client',
          claim: 'VFS-3',
          count: 14,
          seed: SEED,
          steps: 57,
          bundle: 'reports/x/plan.json',
        },
      ],
      goals: {reached: ['crash seen', 'page applied'], missed: []},
      hazards: {delay: {offered: 900, delivered: 80, effective: 70}},
      mismatches: [],
    });
  });

  test('says what was lost, and what became of the canary', () => {
    const campaign = aCampaign({lost: [lost(), lost({seed: null})]});
    const record = (...canaries: readonly CanaryFate[]): Readonly<Record<string, unknown>> =>
      campaignRecord(
        canaries.map(canary => ({
          campaign,
          files,
          commands,
          canary,
          commandOf: (seed: string) => `run ${seed}`,
        })),
      );
    expect(record(caught)).toMatchObject({
      lost: [
        {system: 'sample', seeds: 3, seed: SEED, cause: 'died', command: `run ${SEED}`},
        {system: 'sample', seeds: 3, seed: null, cause: 'died', command: null},
      ],
      canary: {id: 'no-guard', caught: true, seeds: 12, signature: 'VFS-3/pull/x/client'},
    });
    // of several systems, the one that says most against the campaign
    expect(record(caught, missed, {kind: 'none'})['canary']).toMatchObject({caught: false, seeds: 500});
    expect(record({kind: 'failed', reason: 'stale'}, caught)['canary']).toMatchObject({reason: 'stale'});
    expect(record({kind: 'none'}, {kind: 'off'})['canary']).toBeNull();
  });

  test('of several adds them up', () => {
    const one = {campaign: aCampaign({findings: [aFinding()], mismatches: [mismatch]}), files, commands};
    const none = {
      campaign: aCampaign({goals: {reached: {}, missed: ['x']}}),
      files: new Map(),
      commands: new Map(),
    };
    expect(campaignRecord([one, none])).toMatchObject({
      goals: {missed: ['x']},
      hazards: {delay: {offered: 1_800, delivered: 160, effective: 140}},
      claims: {'VFS-3': {checked: 10_000, armed: 800}},
      mismatches: [mismatch],
      reruns: 122,
      slowest: null,
    });
  });
});
