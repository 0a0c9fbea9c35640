/** `fuzz` on worker threads: the same results as in one process, and a worker that dies or hangs costs only its batch. */
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {findingFolder} from '../../src/cli/stored-finding.ts';
import {readStoredRun} from '../../src/cli/stored-run.ts';
import {built, isBuilt, type Ended} from './built.ts';
import {storedIn, timeless} from './campaign-file.ts';
import {Console} from './console.ts';
import {toyModule, type Toy} from './toy.ts';

const box = new Console();
const TOYS: readonly Toy[] = ['sound', 'motley', 'crashing', 'deadly', 'hanging', 'greedy'];

beforeAll(() => {
  for (const toy of TOYS) box.write(`${toy}.mjs`, toyModule(toy));
  box.write('talking.mjs', `console.log('\\u001b[31mhello');\n${toyModule('sound')}`);
  box.write(
    'main-only.mjs',
    `import {isMainThread} from 'node:worker_threads';\nif (!isMainThread) throw new Error('not here');\n${toyModule('sound')}`,
  );
});
afterAll(() => box.remove());

const fuzz = (line: string, node: readonly string[] = []): Promise<Ended> =>
  built(box.folder, ['fuzz', ...line.split(' ')], {node});

type Fields = Readonly<Record<string, unknown>>;
const parse = (text: string): Fields => JSON.parse(text) as Fields;
const lines = (text: string): string[] => text.trimEnd().split('\n');

interface LostSeeds {
  readonly seeds: number;
  readonly seed: string;
  readonly cause: string;
  readonly command: string;
}

describe.runIf(isBuilt)('a campaign on worker threads', () => {
  test('gives the same whatever the number of workers', async () => {
    const ended = await Promise.all(
      [1, 2, 3].map(workers =>
        fuzz(
          `./motley.mjs --runs 310 --seed-base 7 --max-findings 99 --shrink off --workers ${workers} --out by${workers} --json`,
        ),
      ),
    );
    const [one, ...others] = ended.map(({code, out}) => {
      expect(code).toBe(1);
      return {...parse(out), seconds: 0, slowest: null};
    });
    const [first, ...rest] = [1, 2, 3].map(workers => timeless(storedIn(join(box.folder, `by${workers}`))));
    expect(first).toMatchObject([{done: [[0, 310]], sum: {runs: 310}}]);
    expect(Object.keys(first?.[0]?.sum.findings ?? {})).toHaveLength(5);
    for (const stored of rest) expect(stored).toEqual(first);
    const unnamed = (record: unknown): string =>
      JSON.stringify(record).replaceAll(/by[123]\/failures/g, 'failures');
    for (const record of others) expect(unnamed(record)).toBe(unnamed(one));
    const plansOf = (workers: number): unknown[] =>
      Object.values(first?.[0]?.sum.findings ?? {}).map(({signature, seed}) => {
        const {plan, digest} = readStoredRun(
          findingFolder(join(box.folder, `by${workers}`), first?.[0]?.system ?? '', signature),
          '',
        );
        expect(plan.seed).toBe(seed);
        return {plan, digest};
      });
    for (const workers of [2, 3]) expect(plansOf(workers)).toEqual(plansOf(1));
  });

  test('tells the same findings in the same words, whichever worker was quicker', async () => {
    const told = await Promise.all(
      [1, 2, 3].map(async workers => {
        const line = `./motley.mjs --runs 310 --seed-base 7 --max-findings 99 --shrink off --out told${workers}`;
        const {out} = await fuzz(`${line} --workers ${workers}`);
        const [, ...all] = lines(out);
        const summary = all.findIndex(text => text.includes('all of --runs 310 done'));
        return all.slice(0, summary).map(text => text.replaceAll(/told[123]/g, 'told'));
      }),
    );
    expect(told[0]?.filter(text => text.startsWith('✗'))).toHaveLength(5);
    for (const other of told.slice(1)) expect(other).toEqual(told[0]);
  });

  test('keeps its time, and says how many workers there are', async () => {
    const startedAt = performance.now();
    const {code, out} = await fuzz('./sound.mjs --for 2s --workers 2 --out timed');
    expect(code).toBe(0);
    expect(lines(out)[0]).toMatch(/ {2}workers 2$/);
    const [, seconds] = /^ {2}runs +[\d,]+ in ([\d.]+) s/m.exec(out) ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(2);
    expect(Number(seconds)).toBeLessThan(3.5);
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
  });

  test('ends early at its number of findings', async () => {
    const {code, out} = await fuzz(
      './motley.mjs --runs 100000 --max-findings 2 --shrink off --workers 2 --out early',
    );
    expect(code).toBe(1);
    expect(out).toContain('stopped at --max-findings 2');
  });

  test('finishes the seeds at work when it is asked to stop', async () => {
    let asked = false;
    const {code, out} = await built(box.folder, ['fuzz', './sound.mjs', '--for', '5m', '--workers', '2'], {
      onOut: child => {
        if (!asked) child.kill('SIGINT');
        asked = true;
      },
    });
    expect(code).toBe(0);
    expect(out).toContain('interrupted');
    expect(out).toContain('verdict: ok');
  });

  test('tells what breaks the harness as an internal error, with the seed that did', async () => {
    const {code, err} = await fuzz('./crashing.mjs --runs 100 --workers 2 --out crashing');
    expect(code).toBe(70);
    expect(err).toContain('internal error');
    expect(err).toContain('TypeError: a claim that breaks');
    expect(lines(err).at(-1)).toMatch(/^npx syncstorm run \.\/crashing\.mjs --seed 0x[0-9a-f]{16}$/);
  });

  test('sends what a system prints to stderr, where it spoils nothing', async () => {
    const {code, out, err} = await fuzz(
      './sound.mjs --runs 30 --workers 2 --json --out talk'.replace('sound', 'talking'),
    );
    expect(code).toBe(0);
    const said = lines(out);
    // what this process itself loads prints where it likes
    expect(said).toHaveLength(2);
    expect(parse(said[1] ?? '')).toMatchObject({verdict: 'ok', runs: 30});
    expect(err).toContain('\\x1b[31mhello');
  });

  test('says so where a system does not load in a thread', async () => {
    const {code, err} = await fuzz('./main-only.mjs --runs 30 --workers 2 --out thread');
    expect(code).toBe(2);
    expect(lines(err).slice(-2)).toEqual([
      expect.stringContaining('./main-only.mjs cannot be loaded in a worker thread') as string,
      'run it in this process: --workers 1',
    ]);
    expect((await fuzz('./main-only.mjs --runs 30 --workers 1 --out thread')).code).toBe(0);
  });
});

describe.runIf(isBuilt)('a worker that is lost', () => {
  test.each([
    ['deadly', 'died', '', []],
    ['hanging', 'hung', ' --stall 700ms', []],
    ['greedy', 'died', '', ['--max-old-space-size=100']],
  ])('costs its batch: %s', async (toy, cause, flags, node) => {
    // the seeds of this base have a bad world among the first hundred, and not only there
    const line = `./${toy}.mjs --runs 200 --seed-base 1 --workers 2 --out ${toy}${flags} --json`;
    const {code, out, err} = await fuzz(line, node);
    expect(code).toBe(21);
    const record = parse(out);
    const lost = record['lost'] as readonly LostSeeds[];
    expect(lost.length).toBeGreaterThan(0);
    const seeds = lost.reduce((sum, batch) => sum + batch.seeds, 0);
    expect(record).toMatchObject({verdict: 'inconclusive', runs: 200 - seeds, findings: []});
    expect(record['runs']).toBeGreaterThan(0);
    for (const batch of lost) {
      expect(batch).toMatchObject({
        system: `toy-${toy}`,
        cause,
        command: `npx syncstorm run ./${toy}.mjs --seed ${batch.seed}`,
      });
      expect(err).toContain(`a worker ${cause} at seed ${batch.seed}`);
    }
    const [{seed} = {seed: ''}] = lost;
    const [shard] = storedIn(join(box.folder, toy)).shards;
    expect(shard?.sum.lost.map(({indices}) => indices.length)).toEqual(lost.map(batch => batch.seeds));
    expect(shard?.sum.runs).toBe((shard?.done ?? []).reduce((sum, [from, to]) => sum + to - from, 0));
    if (toy === 'deadly') {
      // what is told to be the culprit is
      expect(await built(box.folder, ['run', './deadly.mjs', '--seed', seed])).toMatchObject({code: 3});
    }
  });
});
