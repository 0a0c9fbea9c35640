/** A plan is shown as a whole before anything runs. */
import {expect, test} from 'vitest';
import {plain} from '../../src/report/paint.ts';
import {planLines} from '../../src/report/plan.ts';
import {SEED, aPlan} from './samples.ts';

test('a plan as columns', () => {
  expect(planLines(aPlan(), plain)).toEqual([
    `plan     sample, variant default, seed ${SEED}`,
    'limits   storm 30.0 s, patience 10 min, at most 200,000 happenings',
    'world    clients=3  names=["a","b"]  servers=1',
    'weather  delay=1/5  lose-request=1/12',
    'fates    drawn from the weather',
    '2 faults',
    '  at ms  lasts ms  id  kind       target  arg',
    '    800     1,500  f1  crash           2    0',
    '    900  for ever  f2  partition       0    1',
    '2 operations',
    '   at ms  id  kind  target  args',
    '      12  o1  edit       3  {"key":"k1"}',
    '  12,345  o2  sync      41  null',
  ]);
});

test('a plan with nothing in it', () => {
  const lines = planLines(aPlan({operations: [], faults: [], weather: {}, world: {}, fates: {}}), plain);
  expect(lines.slice(2)).toEqual([
    'world    nothing',
    'weather  calm',
    'fates    0 fates given, all else calm',
    '0 faults',
    '0 operations',
  ]);
});

test('a plan whose texts would steer a terminal', () => {
  const operations = [{id: 'o1', at: 0, kind: '\u001b[2J', target: 0, args: '\u009b2J'}];
  expect(planLines(aPlan({operations}), plain).join()).toContain('\\x1b[2J');
  expect(planLines(aPlan({operations}), plain).join()).toContain('"\\x9b2J"');
});
