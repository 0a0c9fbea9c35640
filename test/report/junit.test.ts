/** JUnit: a case for everything that a campaign checks, red exactly if the campaign is, and XML whatever a run says. */
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {JudgedCampaign} from '../../src/report/checks.ts';
import {junitXml} from '../../src/report/junit.ts';
import type {CanaryFate} from '../../src/report/verdict.ts';
import {COMMAND, hostile, hostileText, judged} from './judged.ts';
import {SEED, aFinding, aViolation} from './samples.ts';
import {readXml, type Element} from './xml.ts';

const mismatch = {seed: SEED, first: '1111111111111111', second: '2222222222222222', divergence: null};
const suites = (...all: readonly JudgedCampaign[]): readonly Element[] => readXml(junitXml(all)).children;

/** What became of each case of the first suite, by its name. */
function results(...all: readonly JudgedCampaign[]): Record<string, string> {
  const cases = (suites(...all)[0]?.children ?? []).filter(({name}) => name === 'testcase');
  return Object.fromEntries(
    cases.map(({attributes, children}) => {
      const [child] = children;
      const result = child === undefined ? 'passed' : `${child.name}: ${child.attributes['message']}`;
      return [attributes['name'] ?? '', result];
    }),
  );
}

const GREEN = {
  'every seed was run': 'passed',
  'the same seed gives the same run': 'passed',
  'VFS-3: what is passed is applied': 'passed',
  'VFS-A: a failed attempt changes nothing': 'passed',
  'goal: crash seen': 'passed',
  'goal: page applied': 'passed',
};

describe('a suite', () => {
  test('has a case for each claim, each goal, determinism and the canary', () => {
    expect(results(judged())).toEqual(GREEN);
  });

  test.each<[CanaryFate, string]>([
    [{kind: 'caught', id: 'm1', seeds: 3, signature: 'a/b/c/d'}, 'passed'],
    [{kind: 'missed', id: 'm1', seeds: 200, signature: null}, 'failure: m1 was not caught in 200 seeds'],
    [{kind: 'failed', reason: 'the patch does not fit'}, 'failure: the patch does not fit'],
    [{kind: 'none'}, 'skipped: the system has no mutants'],
    [{kind: 'off'}, 'skipped: it was not run'],
  ])('tells of the canary: $kind', (canary, result) => {
    expect(results(judged({}, {canary}))).toEqual({
      ...GREEN,
      'the canary, a bug that is known, is caught': result,
    });
  });

  test('says what it is of', () => {
    const [suite] = suites(judged({variant: 'soften'}));
    expect(suite?.attributes).toEqual({
      name: 'sample, variant soften',
      tests: '6',
      failures: '0',
      errors: '0',
      skipped: '0',
      time: '60.000',
    });
    const properties = suite?.children[0]?.children.map(({attributes}) => attributes);
    expect(properties).toEqual([
      {name: 'variant', value: 'soften'},
      {name: 'seed-base', value: '0x0000000000000007'},
      {name: 'runs', value: '1234'},
      {name: 'verdict', value: 'ok'},
    ]);
    expect(suite?.children[1]?.attributes['classname']).toBe('sample.seeds');
  });

  test('stands beside others, whose numbers are added up', () => {
    const root = readXml(junitXml([judged(), judged({runs: 0}), judged({variant: 'soften'})]));
    expect(root.children.map(({attributes}) => attributes['name'])).toEqual([
      'sample',
      'sample',
      'sample, variant soften',
    ]);
    expect(root.attributes).toEqual({
      name: 'syncstorm',
      tests: '18',
      failures: '1',
      errors: '0',
      skipped: '0',
      time: '180.000',
    });
    expect(readXml(junitXml([])).attributes).toMatchObject({tests: '0', failures: '0'});
  });
});

describe('a case fails', () => {
  test('for each claim that was violated, with what was seen and the command that repeats it', () => {
    const other = aFinding({
      signature: 'VFS-3/pull/doubled/client',
      violation: aViolation({message: 'an item twice', node: ''}),
    });
    const [suite] = suites(judged({findings: [aFinding(), other]}));
    const failed = suite?.children.find(({children}) => children[0]?.name === 'failure');
    expect(failed?.attributes['name']).toBe('VFS-3: what is passed is applied');
    expect(failed?.children[0]?.attributes).toEqual({
      message: 'VFS-3/pull/skipped/client, VFS-3/pull/doubled/client',
      type: 'claim',
    });
    expect(failed?.children[0]?.text.split('\n')).toEqual([
      'VFS-3/pull/skipped/client',
      'claim   VFS-3: a client whose cursor is past an item has applied it',
      'seen    c2 is past an item that it has not applied',
      'where   client c2, at 18.2 s of virtual time',
      `runs    14 of 1,234; first seed ${SEED}`,
      'plan    57 steps',
      'stored  reports/failures/a',
      COMMAND,
      '',
      'VFS-3/pull/doubled/client',
      'claim   VFS-3: a client whose cursor is past an item has applied it',
      'seen    an item twice',
      'where   the world, at 18.2 s of virtual time',
      `runs    14 of 1,234; first seed ${SEED}`,
      'plan    57 steps',
      'stored  reports/failures/a',
      COMMAND,
    ]);
    expect(suite?.attributes).toMatchObject({failures: '1', skipped: '0'});
  });

  test('for a claim of the harness itself, which no system lists', () => {
    const finding = aFinding({claim: 'SIM-2', sentence: 'a node reaches nothing but its host'});
    expect(results(judged({findings: [finding]}))).toMatchObject({
      'SIM-2: a node reaches nothing but its host': 'failure: VFS-3/pull/skipped/client',
    });
  });

  test.each<[string, JudgedCampaign, Record<string, string>]>([
    ['nothing ran', judged({runs: 0}), {'every seed was run': 'failure: nothing ran'}],
    [
      'seeds were lost',
      judged({lost: [{indices: [3, 4, 5], seed: SEED, cause: 'hung'}]}),
      {
        'every seed was run': 'failure: 1 batch lost with the worker: nothing is known of 3 seeds',
      },
    ],
    [
      'a rerun differed',
      judged({mismatches: [mismatch]}),
      {'the same seed gives the same run': 'failure: 1 mismatch in 61 reruns'},
    ],
    [
      'a shard is missing',
      judged({}, {missingShards: ['3/8', '5/8'], requireShards: true}),
      {'every shard was merged': 'failure: missing: 3/8, 5/8'},
    ],
  ])('if %s', (_, campaign, expected) => {
    expect(results(campaign)).toMatchObject(expected);
  });
});

describe('what is not known', () => {
  const unknown = {
    claims: {'VFS-3': {checked: 50, armed: 0}},
    goals: {reached: {'page applied': 1}, missed: ['crash seen']},
  };

  test('is skipped, unless it was required', () => {
    expect(results(judged(unknown))).toMatchObject({
      'VFS-3: what is passed is applied': 'skipped: vacuous: it never had anything to judge',
      'VFS-A: a failed attempt changes nothing': 'skipped: vacuous: it never had anything to judge',
      'goal: crash seen': 'skipped: never reached',
      'goal: page applied': 'passed',
    });
    expect(results(judged(unknown, {requireGoals: true}))).toMatchObject({
      'VFS-3: what is passed is applied': 'failure: vacuous: it never had anything to judge',
      'VFS-A: a failed attempt changes nothing': 'failure: vacuous: it never had anything to judge',
      'goal: crash seen': 'failure: never reached',
      'goal: page applied': 'passed',
    });
  });

  test('is skipped where nobody asked: no seed run twice, shards missing', () => {
    expect(results(judged({reruns: 0}, {missingShards: ['1/2']}))).toMatchObject({
      'the same seed gives the same run': 'skipped: no seed was run a second time',
      'every shard was merged': 'skipped: missing: 1/2',
    });
  });
});

test.each<[string, Parameters<typeof judged>]>([
  ['nothing is wrong', []],
  ['there is a finding', [{findings: [aFinding()]}]],
  ['a rerun differed', [{mismatches: [mismatch]}]],
  ['nothing ran', [{runs: 0}]],
  ['seeds were lost', [{lost: [{indices: [3], seed: null, cause: 'died'}]}]],
  ['the canary lives', [{}, {canary: {kind: 'missed', id: 'm1', seeds: 9, signature: null}}]],
  ['the canary was not planted', [{}, {canary: {kind: 'failed', reason: 'no such text'}}]],
  ['the canary was caught', [{}, {canary: {kind: 'caught', id: 'm1', seeds: 9, signature: 'a/b/c/d'}}]],
  ['there is no canary', [{}, {canary: {kind: 'none'}}]],
  ['a shard is missing', [{}, {missingShards: ['3/8']}]],
  ['a shard that was required is missing', [{}, {missingShards: ['3/8'], requireShards: true}]],
  ['a goal was missed', [{goals: {reached: {}, missed: ['crash seen']}}]],
  ['a required goal was missed', [{goals: {reached: {}, missed: ['crash seen']}}, {requireGoals: true}]],
  ['a claim is vacuous', [{claims: {}}]],
  ['a claim that was required is vacuous', [{claims: {}}, {requireGoals: true}]],
])('a case has failed exactly if the verdict is not ok: %s', (_, given) => {
  const campaign = judged(...given);
  const failures = Number(readXml(junitXml([campaign])).attributes['failures']);
  expect(failures > 0).toBe(campaign.verdict !== 'ok');
});

test('the same campaign gives the same bytes', () => {
  expect(junitXml([hostile('a<b'), judged()])).toBe(junitXml([hostile('a<b'), judged()]));
});

test('no text breaks out of its place, and no character is lost on the way', () => {
  fc.assert(
    fc.property(hostileText, text => {
      const [suite] = suites(hostile(text));
      // as many cases as without the text, and none that it made
      expect(suite?.children.length).toBe(suites(hostile('a'))[0]?.children.length);
    }),
    {numRuns: 500},
  );
  const [suite] = suites(hostile(`<a href="b">&amp;]]>'\u0000\ud800\ufffe😀`));
  const failure = suite?.children.find(({attributes}) => attributes['name']?.startsWith('C<a'))?.children[0];
  expect(failure?.text).toContain(`seen    <a href="b">&amp;]]>'\\x00\\ud800\\ufffe😀`);
});
