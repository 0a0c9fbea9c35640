/** The digests of many seeds of all toys; run by itself it prints them, so that another process can compare. */
import {fileURLToPath} from 'node:url';
import {run, seedAt, type Outcome, type System} from '../../../src/index.ts';
import {counterSystem} from './counter.ts';
import {followerSystem} from './follower.ts';
import {registerSystem} from './register.ts';

export const TOYS: readonly System[] = [
  counterSystem({server: 'sound'}),
  counterSystem({server: 'lossy'}),
  registerSystem({replica: 'sound'}),
  followerSystem({follower: 'sound'}),
];

export const runOf = (toy: System, index: number, trace = false): Promise<Outcome> =>
  run(toy, {seed: seedAt('determinism', index), trace});

export async function digestsOf(toy: System, seeds: number): Promise<string[]> {
  const digests: string[] = [];
  for (let index = 0; index < seeds; index += 1) digests.push((await runOf(toy, index)).digest);
  return digests;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const all: string[][] = [];
  for (const toy of TOYS) all.push(await digestsOf(toy, Number(process.argv[2])));
  process.stdout.write(JSON.stringify({all, zone: new Date(0).getTimezoneOffset()}));
}
