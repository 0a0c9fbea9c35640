/** The row on determinism: seeds run again in this process and in another one, of another place and language. */
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {digests} from './digests.ts';
import type {Size} from './measure.ts';
import type {Figures, Row} from './row.ts';

const SEEDS: Readonly<Record<Size, number>> = {full: 500, quick: 10};
const ELSEWHERE = {TZ: 'Asia/Kolkata', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8'};

/** The same digests by a process of its own; as TypeScript, it needs a loader. */
async function digestsElsewhere(count: number): Promise<string[]> {
  const built = import.meta.url.endsWith('.js');
  const module = fileURLToPath(new URL(built ? './digests.js' : './digests.ts', import.meta.url));
  const loader = built ? [] : ['--import', 'tsx'];
  const {stdout} = await promisify(execFile)(process.execPath, [...loader, module, String(count)], {
    env: {...process.env, ...ELSEWHERE},
  });
  return stdout.trim().split('\n');
}

const differing = (a: readonly string[], b: readonly string[]): number =>
  a.filter((digest, index) => digest !== b[index]).length + Math.abs(a.length - b.length);

async function determinism(size: Size): Promise<Figures> {
  const count = SEEDS[size];
  const first = await digests(count, {backwards: false, traced: false});
  const again = differing(first, await digests(count, {backwards: true, traced: true}));
  const elsewhere = differing(first, await digestsElsewhere(count));
  const mismatches = again + elsewhere;
  return {
    figure: {median: mismatches, low: mismatches, high: mismatches, samples: 2 * count},
    details: {
      'reruns here': count,
      'reruns in another process': count,
      'different seeds': new Set(first).size,
    },
  };
}

export const determinismRow: Row = {
  name: 'determinism',
  measure: 'digests that differ: seeds run again backwards and traced, here and in another process',
  reach: {at: 'most', value: 0},
  take: determinism,
};
