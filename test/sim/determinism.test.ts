/** One seed names one run: in every order, process, zone and company. */
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {beforeAll, describe, expect, it} from 'vitest';
import {run, seedAt} from '../../src/index.ts';
import {digestsOf, runOf, TOYS} from './toys/digests.ts';

const SEEDS = 50;
const SCRIPT = fileURLToPath(new URL('toys/digests.ts', import.meta.url));

const first: string[][] = [];

beforeAll(async () => {
  for (const toy of TOYS) first.push(await digestsOf(toy, SEEDS));
});

describe('the same seeds give the same digests', () => {
  it('which differ from seed to seed and from toy to toy', () => {
    expect(new Set(first.flat()).size).toBe(SEEDS * TOYS.length);
  });

  it('in another process, in another zone and language', async () => {
    const {stdout} = await promisify(execFile)(
      process.execPath,
      ['--no-warnings', '--import', 'tsx', SCRIPT, String(SEEDS)],
      {
        env: {
          ...process.env,
          TZ: 'Asia/Kolkata',
          LANG: 'tr_TR.UTF-8',
          LC_ALL: 'tr_TR.UTF-8',
          NODE_OPTIONS: '',
        },
      },
    );
    expect(JSON.parse(stdout)).toEqual({all: first, zone: -330});
  });

  it('in the reverse order, and with the trace kept', async () => {
    for (const [position, toy] of TOYS.entries()) {
      const digests: string[] = [];
      for (let index = SEEDS - 1; index >= 0; index -= 1) {
        const {digest, trace} = await runOf(toy, index, true);
        digests.unshift(digest);
        expect(JSON.parse(trace?.at(-1) ?? '{}')).toMatchObject({end: true, digest});
      }
      expect(digests).toEqual(first[position]);
    }
  });

  it('when two runs are asked for at once', async () => {
    const [one, two] = [TOYS[0], TOYS[3]] as const;
    if (one === undefined || two === undefined) throw new Error('there are four toys');
    const both = await Promise.all(
      Array.from({length: 20}, (_, index) => [runOf(one, index), runOf(two, index)]).flat(),
    );
    const digests = both.map(({digest}) => digest);
    expect(digests.filter((_, index) => index % 2 === 0)).toEqual(first[0]?.slice(0, 20));
    expect(digests.filter((_, index) => index % 2 === 1)).toEqual(first[3]?.slice(0, 20));
  });

  it('while the rest of the process is busy', async () => {
    const [toy] = TOYS;
    if (toy === undefined) throw new Error('there are four toys');
    let ticks = 0;
    const busy = setInterval(() => (ticks += 1), 0);
    let noisy = true;
    setImmediate(function again() {
      ticks += 1;
      if (noisy) setImmediate(again);
    });
    const digests = await digestsOf(toy, 20);
    clearInterval(busy);
    noisy = false;
    expect(digests).toEqual(first[0]?.slice(0, 20));
    expect(ticks).toBeGreaterThan(0);
  });
});

describe('a trace', () => {
  it('is JSON lines: a header, numbered events in order of time, a footer with the digest', async () => {
    for (const toy of TOYS) {
      const {digest, trace, plan, virtualMs} = await runOf(toy, 3, true);
      const lines = (trace ?? []).map(line => JSON.parse(line) as Record<string, unknown>);
      expect(lines[0]).toEqual({
        schema: 'syncstorm.trace/1',
        system: toy.name,
        variant: 'default',
        seed: plan.seed,
      });
      const events = lines.slice(1, -1);
      expect(events.map(({n}) => n)).toEqual(events.map((_, index) => index + 1));
      const times = events.map(({t}) => Number(t));
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.every(time => Number.isSafeInteger(time) && time >= 0 && time <= virtualMs)).toBe(true);
      expect(lines.at(-1)).toEqual({end: true, n: events.length, t: virtualMs, digest});
    }
  });

  it('holds nothing of this machine: no path, no stack, no float', async () => {
    for (const toy of TOYS) {
      const text = (await runOf(toy, 5, true)).trace?.join('\n') ?? '';
      expect(text).not.toMatch(/node_modules|file:|\.ts\b|at Object/);
      expect(text).not.toContain(process.cwd());
      expect(text).not.toMatch(/[:,]-?\d+\.\d/);
    }
  });
});

describe('an outcome', () => {
  it('is plain data: what is written down and read again is the same', async () => {
    for (const toy of TOYS) {
      const outcome = await run(toy, {seed: seedAt('determinism', 1)});
      expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome);
    }
  });
});
