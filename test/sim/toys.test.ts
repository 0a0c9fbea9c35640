/** Three toy systems: the sound ones are clean, each flaw is found. */
import {describe, expect, it} from 'vitest';
import {fuzz, run, seedAt, type Campaign, type System} from '../../src/index.ts';
import {counterSystem} from './toys/counter.ts';
import {followerSystem} from './toys/follower.ts';
import {registerSystem} from './toys/register.ts';

const campaign = (system: System<never>, runs: number): Promise<Campaign> =>
  fuzz(system, {runs, seedBase: 'toys', wallClock: () => 0, rerunOneIn: 20});

const SOUND: readonly (readonly [string, System<never>])[] = [
  ['counter', counterSystem({server: 'sound'}) as System<never>],
  ['register', registerSystem({replica: 'sound'}) as System<never>],
  ['follower', followerSystem({follower: 'sound'}) as System<never>],
];

const UNSOUND: readonly (readonly [string, System<never>, string])[] = [
  [
    'a counter that reads and writes in two statements',
    counterSystem({server: 'lossy'}) as System<never>,
    'COUNT-1/-/lost/server',
  ],
  [
    'a counter that adds again',
    counterSystem({server: 'doubling'}) as System<never>,
    'COUNT-1/-/doubled/server',
  ],
  [
    'a register that takes what comes last',
    registerSystem({replica: 'careless'}) as System<never>,
    'REG-1/-/went-back/replica',
  ],
  [
    'a register that forgets',
    registerSystem({replica: 'forgetful'}) as System<never>,
    'REG-1/-/went-back/replica',
  ],
  [
    'a follower that starts again',
    followerSystem({follower: 'restarting'}) as System<never>,
    'FOLLOW-1/-/wrong-line/follower',
  ],
  [
    'a follower that never dials again',
    followerSystem({follower: 'deaf'}) as System<never>,
    'FOLLOW-2/settled/behind/follower',
  ],
  [
    'a follower that trusts a silent socket',
    followerSystem({follower: 'trusting'}) as System<never>,
    'FOLLOW-2/settled/behind/follower',
  ],
];

describe('a sound toy', () => {
  it.each(SOUND)(
    'is clean over 300 seeds, each hazard has its effect, and reruns agree: %s',
    async (_, system) => {
      const {findings, hazards, mismatches, reruns, runs} = await campaign(system, 300);
      expect(findings).toEqual([]);
      expect([runs, mismatches]).toEqual([300, []]);
      expect(reruns).toBeGreaterThan(5);
      const idle = Object.entries(hazards).filter(([, {effective}]) => effective === 0);
      expect(idle.map(([id]) => id)).toEqual([]);
    },
  );
});

describe('an unsound toy', () => {
  it.each(UNSOUND)('is found: %s', async (_, system, signature) => {
    const {findings} = await campaign(system, 120);
    expect(findings.map(finding => finding.signature)).toContain(signature);
    const found = findings.find(finding => finding.signature === signature);
    const again = await run(system, {seed: found?.seed ?? seedAt('toys', 0)});
    expect(again.violation).toEqual(found?.violation);
  });
});
