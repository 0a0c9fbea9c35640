/** The same seeds of a system in two processes at once, one of them somewhere else in the world. */
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';

/** What one process prints: a line for each seed, with its verdict and its digest. */
export type Lines = readonly string[];

async function digests(
  seeds: {readonly system: string; readonly base: string; readonly count: number},
  env: Readonly<Record<string, string>>,
): Promise<Lines> {
  const script = join(import.meta.dirname, 'digests.mjs');
  const {stdout} = await promisify(execFile)(
    process.execPath,
    [script, seeds.system, seeds.base, String(seeds.count)],
    {env: {...process.env, ...env}},
  );
  return stdout.trim().split('\n');
}

/** What a process here prints, and one with another time zone, language and order of texts. */
export function inTwoPlaces(system: string, base: string, count: number): Promise<[Lines, Lines]> {
  const seeds = {system, base, count};
  return Promise.all([
    digests(seeds, {TZ: 'UTC', LANG: 'C'}),
    digests(seeds, {TZ: 'Asia/Kolkata', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8'}),
  ]);
}
