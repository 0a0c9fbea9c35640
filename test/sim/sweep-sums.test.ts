/** What a sweep adds up to: verdicts by hazard, findings by signature, what was idle and what is not known. */
import {expect, test} from 'vitest';
import type {Injection} from '../../src/sim/injection.ts';
import type {Injected} from '../../src/sim/sweep.ts';
import {sumUp} from '../../src/sim/swept.ts';
import {aViolation} from '../report/samples.ts';

const injection = (id: string, hazard: string): Injection => ({
  id,
  hazard,
  name: `${hazard} at ${id}`,
  change: {kind: 'fate', key: id, fate: {delayMs: 1, act: hazard}},
});
const result = (verdict: Injected['verdict'], effective: boolean, signature?: string): Injected => ({
  verdict,
  effective,
  violation: signature === undefined ? null : aViolation({signature}),
  digest: `digest of ${signature}`,
});

test('adds up by hazard and by signature, in the order of the list', () => {
  const injections = ['reset', 'delay', 'delay', 'reset', 'delay', 'wipe', 'delay'].map((hazard, index) =>
    injection(`i${index + 1}`, hazard),
  );
  const results = [
    result('ok', true),
    result('violation', true, 'B/-/-/-'),
    result('idle', false),
    result('violation', true, 'A/-/-/-'),
    result('ok', false),
    undefined,
    result('violation', true, 'B/-/-/-'),
  ];
  const sum = sumUp(injections, results);
  expect(sum).toEqual({
    injections: 7,
    runs: 6,
    hazards: {
      delay: {injections: 4, ok: 1, violation: 2, idle: 1, effective: 2, untold: 0},
      reset: {injections: 2, ok: 1, violation: 1, idle: 0, effective: 2, untold: 0},
      wipe: {injections: 1, ok: 0, violation: 0, idle: 0, effective: 0, untold: 1},
    },
    findings: [
      {
        signature: 'B/-/-/-',
        count: 2,
        injection: injections[1],
        violation: aViolation({signature: 'B/-/-/-'}),
        digest: 'digest of B/-/-/-',
      },
      {
        signature: 'A/-/-/-',
        count: 1,
        injection: injections[3],
        violation: aViolation({signature: 'A/-/-/-'}),
        digest: 'digest of A/-/-/-',
      },
    ],
    idle: [injections[2]],
  });
  expect(Object.keys(sum.hazards)).toEqual(['delay', 'reset', 'wipe']);
});
