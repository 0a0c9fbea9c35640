/** The same seeds in two processes, one of them somewhere else in the world: the same verdicts and the same digests. */
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {beforeAll, expect, test} from 'vitest';

const SEEDS = 200;
const BASE = 'determinism';

async function digests(env: Readonly<Record<string, string>>): Promise<string[]> {
  const script = join(import.meta.dirname, 'digests.mjs');
  const {stdout} = await promisify(execFile)(process.execPath, [script, BASE, String(SEEDS)], {
    env: {...process.env, ...env},
  });
  return stdout.trim().split('\n');
}

let here: string[] = [];
let elsewhere: string[] = [];

beforeAll(async () => {
  [here, elsewhere] = await Promise.all([
    digests({TZ: 'UTC', LANG: 'C'}),
    digests({TZ: 'Asia/Kolkata', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8'}),
  ]);
}, 120_000);

test(`${SEEDS} seeds of VFS give equal digests in two processes, one with another time zone and locale`, () => {
  expect(here).toHaveLength(SEEDS);
  expect(elsewhere).toEqual(here);
  expect(new Set(here.map(line => line.split(' ')[2])).size).toBe(SEEDS);
});

test(`the fixed ${SEEDS} seeds of VFS find nothing`, () => {
  expect(here.filter(line => line.split(' ')[1] !== 'ok')).toEqual([]);
});
