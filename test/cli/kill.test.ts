/**
 * A campaign whose process is killed, 200 times, at moments drawn from a seed: no file is torn, what was done is not
 * done again or forgotten, and in the end the sum is that of a campaign that was left alone.
 */
import {spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {basename, join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {build} from 'esbuild';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {isComplete} from '../../src/cli/bundle/bundle.ts';
import {loadSystem} from '../../src/cli/load-system.ts';
import {readCampaign} from '../../src/cli/stored-campaign.ts';
import {findingFolder} from '../../src/cli/stored-finding.ts';
import {readStoredRun} from '../../src/cli/stored-run.ts';
import {runBatch} from '../../src/sim/batch.ts';
import type {CampaignSum, StoredShard} from '../../src/sim/campaign.ts';
import {countRanges, WHOLE, withRange, type Range} from '../../src/sim/positions.ts';
import {Stream} from '../../src/sim/random.ts';
import {emptySum, Summing} from '../../src/sim/sums.ts';
import type {System} from '../../src/sim/system.ts';
import {BUILD, isBuilt} from './built.ts';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

const BASE = '0x0000000000000007';
const RUNS = 1_000;
/** By the number of workers: threads take long to start, so there are fewer of those. */
const KILLS = {1: 176, 2: 24} as const;
const CHAINS = 2;
/** A process lives for at most so large a part of the time that the whole campaign takes, counted from its first word. */
const LIFE = {1: 0.1, 2: 0.8} as const;
/** Where a life was too short to join anything, the next may be so much longer: the machine has become slower. */
const LONGER = 1.5;
/** One in so many is killed before it has said anything. */
const EARLY_ONE_IN = 10;

const box = new Console();
let program = '';
let folder = '';
let system: System;
/** The sum of each seed by itself. */
const singles: CampaignSum[] = [];

beforeAll(async () => {
  if (!isBuilt) return;
  box.write('motley.mjs', toyModule('motley'));
  ({system} = await loadSystem('./motley.mjs', box.folder));
  const batch = {
    seedBase: BASE,
    variant: 'default',
    shard: WHOLE,
    rerunOneIn: 20,
    maxFindings: 99,
    known: [],
  };
  for (let at = 0; at < RUNS; at += 1) {
    const positions: Range = [at, at + 1];
    const watch = {wallClock: () => 0, onSeed: () => false};
    singles.push((await runBatch(system, {...batch, positions}, watch)).sum);
  }
  // a process of one file starts in half the time; beside the build, since it looks for its package from there
  folder = mkdtempSync(join(BUILD, 'kill-'));
  await build({
    entryPoints: {main: join(BUILD, 'src/cli/main.js'), worker: join(BUILD, 'src/cli/campaign/worker.js')},
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    packages: 'bundle',
    external: ['typescript', 'tsx', 'sql.js'],
    banner: {
      js: "import {createRequire as loader} from 'node:module'; const require = loader(import.meta.url);",
    },
    outdir: folder,
    logLevel: 'error',
  });
  program = join(folder, 'main.js');
});
afterAll(() => {
  box.remove();
  if (folder !== '') rmSync(folder, {recursive: true});
});

interface Life {
  readonly killed: boolean;
  /** Until its first word, and from there to its end, in ms. */
  readonly startMs: number;
  readonly runMs: number;
  readonly code: number | null;
  readonly err: string;
}

/** One process, until it ends or its time is over. `afterWord`: the time counts from when it first says something. */
function live(argv: readonly string[], killMs: number | null, afterWord: boolean): Promise<Life> {
  const child = spawn(process.execPath, [program, ...argv], {
    cwd: box.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const startedAt = performance.now();
  let wordAt = startedAt;
  let err = '';
  let timer: NodeJS.Timeout | null = null;
  const arm = (): void => {
    if (killMs !== null) timer ??= setTimeout(() => child.kill('SIGKILL'), killMs);
  };
  if (!afterWord) arm();
  child.stdout.once('data', () => {
    wordAt = performance.now();
    arm();
  });
  // who is not heard is held up
  child.stdout.resume();
  child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (timer !== null) clearTimeout(timer);
      const [startMs, runMs] = [wordAt - startedAt, performance.now() - wordAt];
      resolve({killed: signal === 'SIGKILL', code, err, startMs, runMs});
    });
  });
}

const isTemporary = (name: string): boolean => /^\..+\.[0-9]+\.tmp$/.test(name);

/** Every file is whole, but for those that are temporary by their names. */
function expectWhole(out: string): void {
  for (const entry of readdirSync(out, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile() || isTemporary(entry.name)) continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    expect(bytes.length, entry.name).toBeGreaterThan(0);
    if (entry.name.endsWith('.json')) JSON.parse(bytes.toString());
    if (entry.name.endsWith('.gz')) gunzipSync(bytes);
  }
}

/** The sum of what a shard says is done, made from the sums of its seeds. */
function sumOfDone(done: StoredShard['done']): CampaignSum {
  const sum = new Summing();
  sum.add(emptySum(system));
  for (const [from, to] of done) for (const single of singles.slice(from, to)) sum.add(single);
  return sum.result();
}

const timeless = (sum: CampaignSum): CampaignSum => ({...sum, slowest: null});

/** What is on disk is what was done: no seed twice, none forgotten, and every finding with a plan that can be read. */
function expectTrue(out: string): StoredShard {
  const {shards} = readCampaign(join(out, 'campaign.json'), 'campaign.json');
  expect(shards).toHaveLength(1);
  const shard = shards[0] as StoredShard;
  expect(timeless(shard.sum)).toEqual(timeless(sumOfDone(shard.done)));
  for (const signature of Object.keys(shard.sum.findings)) {
    expect(readStoredRun(findingFolder(out, system.name, signature), signature).signature).toBe(signature);
  }
  return shard;
}

/** What a campaign that was left alone ends with. */
function expectEnd(out: string): void {
  const {done, sum} = expectTrue(out);
  expect(done).toEqual([[0, RUNS]]);
  const signatures = Object.keys(sum.findings);
  expect(signatures).toHaveLength(5);
  for (const [signature, {seed}] of Object.entries(sum.findings)) {
    expect(isComplete(findingFolder(out, system.name, signature))).toBe(true);
    expect(readStoredRun(findingFolder(out, system.name, signature), signature).plan.seed).toBe(seed);
  }
  const names = readdirSync(out, {recursive: true, encoding: 'utf8'}).map(name => basename(name));
  expect(names.filter(name => name.endsWith('.tmp'))).toEqual([]);
}

interface Tally {
  kills: number;
  /** Kills that left a file half written, under its temporary name. */
  torn: number;
  /** Seeds that were joined when a process was killed. */
  progress: number;
  ends: number;
  /** Something is wrong: the others need not go on. */
  over: boolean;
}

/** Kills processes of one campaign after another, each of which goes on where the last was left. */
async function chain(name: string, workers: 1 | 2, kills: number, tally: Tally): Promise<void> {
  const random = Stream.named(BASE, name);
  const out = join(box.folder, name);
  const flags = `--runs ${RUNS} --max-findings 99 --shrink off --no-canary --workers ${workers} --out ${name}`;
  const fresh = `fuzz ./motley.mjs --seed-base ${BASE} ${flags}`.split(' ');
  const resume = `fuzz ./motley.mjs --resume ${flags}`.split(' ');
  // how fast the machine is just now: the first campaign of a chain is left alone
  const whole = await live(fresh, null, false);
  expect(whole, whole.err).toMatchObject({code: 1});
  expectEnd(out);
  const wholeLifeMs = Math.ceil(whole.runMs * LIFE[workers]);
  let mostMs = wholeLifeMs;
  let before: readonly Range[] | null = null;
  for (let count = 0; count < kills;) {
    const early = random.oneIn(EARLY_ONE_IN);
    const killMs = random.integer(0, early ? Math.ceil(whole.startMs) : mostMs);
    const life = await live(before === null ? fresh : resume, killMs, !early);
    if (!life.killed) {
      expect(life, life.err).toMatchObject({code: 1});
      expectEnd(out);
      tally.ends += 1;
      before = null;
      mostMs = wholeLifeMs;
      continue;
    }
    count += 1;
    tally.kills += 1;
    const stored = readdirSync(box.folder).includes(name) && readdirSync(out).includes('campaign.json');
    // killed before it was there at all: there is nothing to go on with
    if (!stored) {
      expect(before).toBeNull();
      mostMs = Math.ceil(mostMs * LONGER);
      continue;
    }
    expectWhole(out);
    const {done} = expectTrue(out);
    if (before !== null) {
      expect(before.reduce(withRange, done)).toEqual(done);
      const joined = countRanges(done) - countRanges(before);
      tally.progress += joined;
      if (joined === 0 && !early) mostMs = Math.ceil(mostMs * LONGER);
    }
    before = done;
    const names = readdirSync(out, {recursive: true, encoding: 'utf8'}).map(path => basename(path));
    if (names.some(isTemporary)) tally.torn += 1;
  }
  const last = await live(before === null ? fresh : resume, null, false);
  expect(last, last.err).toMatchObject({code: 1});
  expectEnd(out);
}

describe.runIf(isBuilt)('a campaign that is killed', () => {
  test('200 times loses nothing but what was in flight', async () => {
    const tally: Tally = {kills: 0, torn: 0, progress: 0, ends: 0, over: false};
    const chains = Array.from({length: CHAINS}, async (_, index) => {
      try {
        await chain(`alone${index}`, 1, KILLS[1] / CHAINS, tally);
        await chain(`crew${index}`, 2, KILLS[2] / CHAINS, tally);
      } catch (error) {
        tally.over = true;
        throw error;
      }
    });
    for (const result of await Promise.allSettled(chains))
      if (result.status === 'rejected') throw result.reason;
    expect(tally.kills).toBe(200);
    // else nothing was tried: campaigns that come to an end between kills, and go on from where they were
    expect(tally.ends).toBeGreaterThan(0);
    expect(tally.progress).toBeGreaterThan(RUNS);
  }, 1_200_000);
});
