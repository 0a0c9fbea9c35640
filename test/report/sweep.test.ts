/** The report of a sweep: its table, what is told by name, its verdict, and that text of a run stays text. */
import {describe, expect, test} from 'vitest';
import {paint} from '../../src/report/paint.ts';
import {sweepLines, sweepRecord, sweepStatus, sweepVerdict, type SweepFacts} from '../../src/report/sweep.ts';
import type {Injection} from '../../src/sim/injection.ts';
import type {SweptHazard} from '../../src/sim/swept.ts';
import {aViolation} from './samples.ts';

const plain = paint(false);
const injection = (id: string, name: string): Injection => ({
  id,
  hazard: 'reset',
  name,
  change: {kind: 'fate', key: id, fate: {delayMs: 1, act: 'reset'}},
});
const count = (change: Partial<SweptHazard>): SweptHazard => ({
  injections: 0,
  ok: 0,
  violation: 0,
  idle: 0,
  effective: 0,
  untold: 0,
  ...change,
});

const facts = (change: Partial<SweepFacts> = {}): SweepFacts => ({
  plan: 'sweep/two.json',
  swept: {
    injections: 1_203,
    runs: 1_203,
    hazards: {
      reset: count({injections: 3, ok: 2, idle: 1, effective: 2}),
      'tamper:a': count({injections: 700, ok: 700, effective: 650}),
      'tamper:b': count({injections: 500, ok: 500, effective: 500}),
    },
    findings: [],
    idle: [injection('i3', 'reset: c1>api POST /x #2 res')],
  },
  listed: 1_203,
  blank: 7,
  lost: [],
  interrupted: false,
  elapsedMs: 60_000,
  files: new Map(),
  commands: new Map(),
  ...change,
});

const finding = {
  signature: 'VFS-3/pull/skipped/client',
  count: 12,
  injection: injection('i8', 'reset \u001b[31mred: k'),
  violation: aViolation(),
  digest: '00',
};

describe('the lines', () => {
  test('a row a hazard, all tampers in one, and the sum', () => {
    expect(sweepLines(facts(), plain)).toEqual([
      'sweep/two.json: 1,203 injections',
      '  1,203 runs in 1 min (20.1/s)',
      '',
      '  hazard            injections     ok  violation  idle  effective',
      '  reset                      3      2          0     1          2',
      '  tamper (2 kinds)       1,200  1,200          0     0      1,150',
      '  all                    1,203  1,202          0     1      1,152',
      '',
      'idle: they never met what they were for',
      '  i3 reset: c1>api POST /x #2 res',
      '',
      '  7 tampers found nothing to change in the answer',
      'verdict: ok',
    ]);
  });

  test('what is found, made printable, and where its plan is', () => {
    const swept = {...facts().swept, findings: [finding], idle: []};
    const files = new Map([[finding.signature, 'reports/sweep/x/plan.json']]);
    const lines = sweepLines(facts({swept, files, blank: 0}), plain);
    expect(lines.slice(lines.indexOf('findings'))).toEqual([
      'findings',
      '  runs  signature                  first injection       stored',
      '    12  VFS-3/pull/skipped/client  reset \\x1b[31mred: k  reports/sweep/x/plan.json',
      '',
      'verdict: violation',
    ]);
  });

  test('what was left out by choice, and no more names than a person reads', () => {
    const idle = Array.from({length: 13}, (_, index) => injection(`i${index}`, 'reset: k'));
    const lines = sweepLines(facts({listed: 2_000, swept: {...facts().swept, idle}}), plain);
    expect(lines).toContain('  797 of 2,000 in the list were left out by choice');
    expect(lines).toContain('  i9 reset: k');
    expect(lines).not.toContain('  i10 reset: k');
    expect(lines).toContain('  and 3 more; --json has them all');
  });

  test('why it is inconclusive', () => {
    const last = (change: Partial<SweepFacts>): string | undefined => sweepLines(facts(change), plain).at(-1);
    expect(last({interrupted: true})).toBe('verdict: inconclusive: interrupted');
    expect(last({lost: [injection('i1', 'x')]})).toBe(
      'verdict: inconclusive: nothing is known of 1 injection',
    );
    expect(last({swept: {...facts().swept, runs: 0}})).toBe('verdict: inconclusive: nothing ran');
  });
});

test('a finding outweighs what is not known', () => {
  const swept = {...facts().swept, findings: [finding]};
  expect(sweepVerdict(facts({swept, interrupted: true}))).toBe('violation');
  expect(sweepVerdict(facts({interrupted: true}))).toBe('inconclusive');
  expect(sweepVerdict(facts())).toBe('ok');
});

test('the status fits its width', () => {
  expect(sweepStatus(1_200, 8_000, 2, 60_000, 200)).toBe(
    '00:01:00  injections 1,200/8,000  20.0/s  findings 2',
  );
  expect(sweepStatus(1_200, 8_000, 2, 60_000, 20)).toBe('00:01:00  injections');
});

test('the record adds up what several plans gave', () => {
  const swept = {...facts().swept, findings: [finding], idle: []};
  const commands = new Map([[finding.signature, 'npx syncstorm replay x']]);
  const record = sweepRecord([
    facts(),
    facts({plan: 'other.json', swept, commands, lost: [injection('i5', 'y')]}),
  ]);
  expect(record).toEqual({
    plans: ['sweep/two.json', 'other.json'],
    listed: 2_406,
    injections: 2_406,
    hazards: {
      reset: {injections: 6, ok: 4, violation: 0, idle: 2, effective: 4},
      'tamper:a': {injections: 1_400, ok: 1_400, violation: 0, idle: 0, effective: 1_300},
      'tamper:b': {injections: 1_000, ok: 1_000, violation: 0, idle: 0, effective: 1_000},
    },
    findings: [
      {
        signature: finding.signature,
        claim: 'VFS-3',
        sentence: aViolation().sentence,
        message: aViolation().message,
        count: 12,
        plan: 'other.json',
        injection: 'i8',
        hazard: 'reset',
        name: finding.injection.name,
        bundle: null,
        command: 'npx syncstorm replay x',
      },
    ],
    idle: [{plan: 'sweep/two.json', id: 'i3', hazard: 'reset', name: 'reset: c1>api POST /x #2 res'}],
    lost: [{plan: 'other.json', id: 'i5', hazard: 'reset', name: 'y'}],
    blank: 14,
    interrupted: false,
  });
});
