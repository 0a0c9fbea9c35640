/** `sweep` as a process with worker threads: the reference plan of VFS, the same result however many there are, and workers that die. */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {built, isBuilt, type Ended} from './built.ts';
import {Console} from './console.ts';

const box = new Console();
afterAll(() => box.remove());

type Fields = Record<string, unknown>;
const json = ({out}: Ended): Fields => JSON.parse(out) as Fields;

/** Every tenth of the list; `npm run sweep`, which every build runs, takes all of it. */
const PART = '1/10';
/** How many injections the reference plan has: more or fewer only if the plan, its system or the hazards changed. */
const LISTED = 7_392;
const CHOSEN = 740;

describe.runIf(isBuilt)('VFS', () => {
  test(
    'holds all its claims in a tenth of all single faults of its reference plan',
    {timeout: 600_000},
    async () => {
      const {code, out, err} = await built(box.folder, ['sweep', 'vfs', '--part', PART, '--json']);
      const record = JSON.parse(out) as Fields & {
        hazards: Record<string, {injections: number; effective: number}>;
      };
      expect(record['findings']).toEqual([]);
      expect({code, lost: record['lost'], told: err.includes('a worker')}).toEqual({
        code: 0,
        lost: [],
        told: false,
      });
      expect(record).toMatchObject({verdict: 'ok', listed: LISTED, injections: CHOSEN, runs: CHOSEN});
      // the server is down just before it boots: what would strike it then has no target
      const idle = record['idle'] as {readonly hazard: string; readonly name: string}[];
      expect(idle.map(({hazard}) => hazard)).toEqual(['pause']);
      expect(idle.filter(({name}) => !name.endsWith(' ms, just before the boot of s1'))).toEqual([]);
      const struck = Object.entries(record.hazards).filter(([, {effective}]) => effective === 0);
      // one request at a time: nothing overtakes; no replica is read from
      expect(struck.map(([hazard]) => hazard)).toEqual(['lagging-replica', 'reorder']);
      expect(
        Object.keys(record.hazards).filter(hazard => hazard.startsWith('tamper:')).length,
      ).toBeGreaterThan(70);
    },
  );

  test('gives the same with one worker and with two', {timeout: 120_000}, async () => {
    const results: Fields[] = [];
    for (const workers of ['1', '2']) {
      const flags = ['--only', 'lose-request,lose-response,reset', '--workers', workers, '--json'];
      const record = json(await built(box.folder, ['sweep', 'vfs', ...flags]));
      delete record['seconds'];
      results.push(record);
    }
    expect(results[0]).toMatchObject({verdict: 'ok', runs: 60});
    expect(results[1]).toEqual(results[0]);
  });
});

/** A system whose node does what it is told when its one statement fails in one way or another. */
const touchy = (then: Readonly<Record<string, string>>): string => `
const then = {${Object.entries(then)
  .map(([code, act]) => `${code}: ${act}`)
  .join(', ')}};
export const touchy = {
  kind: 'syncstorm.system',
  name: 'touchy',
  summary: 'cannot bear a disk that fails',
  drawWorld: () => ({}),
  nodes: () => [{id: 'p', role: 'peer', boot: async host => ({host, db: await host.disk.open('db', ['CREATE TABLE a (b)'])})}],
  operations: {
    poke: {
      weight: 1,
      role: 'peer',
      draw: () => null,
      run: async (_, doing) => {
        try {
          await doing.program.db.run('INSERT INTO a VALUES (1)');
        } catch (error) {
          then[error.code]?.(doing);
        }
      },
    },
  },
  size: {operations: [1, 1], stormMs: [1000, 1000]},
  settling: [],
  hazards: {'failed-statement': ['peer']},
  ledger: () => null,
  observe: seen => {
    if (seen.kind === 'note') throw new TypeError('a ledger that breaks');
  },
  claims: [{id: 'T-1', sentence: 'all is well', when: 'settled', check: () => 'holds'}],
  goals: [],
};
`;

describe.runIf(isBuilt)('a worker', () => {
  const plan = {
    schema: 'syncstorm.plan/1',
    system: 'touchy',
    variant: 'default',
    seed: '0x0000000000000001',
    world: {},
    operations: [{id: 'o1', at: 10, kind: 'poke', target: 0, args: null}],
    ...{faults: [], weather: {}, fates: {}, stormMs: 1_000, patienceMs: 10_000, maxHappenings: 1_000},
  };
  beforeAll(() => {
    box.write('plan.json', JSON.stringify(plan));
    box.write('deadly.mjs', touchy({io: '() => process.exit(5)', full: '() => { for (;;); }'}));
    box.write('breaking.mjs', touchy({io: "doing => doing.note('io', 1)"}));
  });

  const sweep = (module: string, ...flags: string[]): Promise<Ended> =>
    built(box.folder, ['sweep', './plan.json', '--system', module, '--workers', '2', '--json', ...flags]);

  test('that dies or hangs costs the injection that it was at, and no other', {timeout: 60_000}, async () => {
    const ended = await sweep('./deadly.mjs', '--stall', '1500ms');
    expect(ended.code).toBe(21);
    const record = json(ended);
    expect(record).toMatchObject({verdict: 'inconclusive', injections: 6, runs: 4, findings: []});
    expect((record['lost'] as Fields[]).map(({name}) => name)).toEqual([
      'failed-statement (full): p sql p/db insert a #1',
      'failed-statement (io): p sql p/db insert a #1',
    ]);
    expect(ended.err).toContain('a worker hung at i5 failed-statement (full)');
    expect(ended.err).toContain('a worker died at i6 failed-statement (io)');
    expect(ended.err).toContain('npx syncstorm replay reports/sweep/i6/plan.json --system ./deadly.mjs');
    const stored = JSON.parse(box.read('reports/sweep/i6/plan.json')) as {plan: {fates: unknown}};
    expect(stored.plan.fates).toEqual({
      'p sql p/db insert a #1': {delayMs: 0, act: 'failed-statement', arg: 3},
    });
  });

  test('in which the harness breaks ends the sweep with 70 and the plan that did it', async () => {
    const {code, err} = await sweep('./breaking.mjs');
    expect(code).toBe(70);
    expect(err).toContain('TypeError: a ledger that breaks');
    expect(err.trimEnd().split('\n').at(-1)).toBe(
      'npx syncstorm replay reports/sweep/i6/plan.json --system ./breaking.mjs',
    );
  });
});
