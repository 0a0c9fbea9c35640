/** Campaigns: what they add up, when they stop, and what they find by running a seed twice. */
import {describe, expect, it} from 'vitest';
import {fuzz, run, seedAt, UsageError, type Outcome, type System} from '../../src/index.ts';
import {counterSystem} from './toys/counter.ts';
import {systemOf, type Play} from './toys/stage.ts';

const sound = counterSystem({server: 'sound'}) as unknown as System;
const lossy = counterSystem({server: 'lossy'}) as unknown as System;
const options = {seedBase: 'fuzz', wallClock: () => 0};

describe('a campaign', () => {
  it('needs a number of runs or a time', async () => {
    await expect(fuzz(sound, options)).rejects.toThrow(UsageError);
  });

  it('runs as many seeds as it is told, each the seed of its number, and adds them up', async () => {
    const campaign = await fuzz(sound, {...options, runs: 7, rerunOneIn: 0});
    const outcomes: Outcome[] = [];
    for (let index = 0; index < 7; index += 1) outcomes.push(await run(sound, {seed: seedAt('fuzz', index)}));
    const sum = (of: (outcome: Outcome) => number): number =>
      outcomes.reduce((total, outcome) => total + of(outcome), 0);
    expect(campaign).toMatchObject({
      system: 'counter',
      variant: 'default',
      seedBase: 'fuzz',
      runs: 7,
      reruns: 0,
      happenings: sum(({happenings}) => happenings),
      messages: sum(({messages}) => messages),
      virtualMs: sum(({virtualMs}) => virtualMs),
      mismatches: [],
    });
    expect(campaign.claims['COUNT-1']?.checked).toBe(sum(({claims}) => claims['COUNT-1']?.checked ?? 0));
    expect(campaign.hazards['delay']?.delivered).toBe(sum(({hazards}) => hazards['delay']?.delivered ?? 0));
    expect(Object.keys(campaign.hazards)).toEqual(expect.arrayContaining(Object.keys(sound.hazards)));
  });

  it('stops when its time is over', async () => {
    let now = 0;
    const wallClock = (): number => (now += 10);
    const {runs} = await fuzz(sound, {...options, wallClock, forMs: 100});
    expect(runs).toBeGreaterThan(0);
    expect(runs).toBeLessThan(10);
  });

  it('stops when it is told to', async () => {
    const {runs} = await fuzz(sound, {...options, runs: 100, onProgress: campaign => campaign.runs === 5});
    expect(runs).toBe(5);
  });

  it('tells one finding a signature, with its first seed and how many had it', async () => {
    const {findings} = await fuzz(lossy, {...options, runs: 60});
    expect(findings.map(({signature}) => signature)).toEqual(
      expect.arrayContaining(['COUNT-1/-/lost/server', 'COUNT-1/-/doubled/server']),
    );
    expect(findings).toHaveLength(2);
    for (const {seed, violation, steps, count} of findings) {
      expect(count).toBeGreaterThan(1);
      const first = await run(lossy, {seed});
      expect(first.violation).toEqual(violation);
      expect(first.plan.operations.length + first.plan.faults.length).toBe(steps);
    }
  });

  it('stops at the number of findings that it is told', async () => {
    const {runs, findings} = await fuzz(lossy, {...options, runs: 500, maxFindings: 1});
    expect(findings).toHaveLength(1);
    expect(runs).toBeLessThan(500);
  });

  it('finds a run that is not the same when it is run again, and where it first differs', async () => {
    let drawn = 0;
    const wavering: Play = {
      nodes: {
        node: (_, say) => {
          drawn += 1;
          say('the same');
          say(`not the same: ${drawn}`);
        },
      },
    };
    const {mismatches, reruns} = await fuzz(systemOf(wavering, []), {...options, runs: 3, rerunOneIn: 1});
    expect(reruns).toBe(3);
    expect(mismatches).toHaveLength(3);
    const [{first, second, divergence} = {first: '', second: '', divergence: null}] = mismatches;
    expect(first).not.toBe(second);
    expect(divergence?.first).toContain('not the same: 3');
    expect(divergence?.second).toContain('not the same: 4');
  });

  it('tells which of its goals it never reached', async () => {
    const given: Play = {nodes: {node: host => host.probe('here')}, system: {goals: ['here', 'there']}};
    const {goals} = await fuzz(systemOf(given, []), {...options, runs: 3});
    expect(goals).toEqual({reached: {here: 3}, missed: ['there']});
  });
});
