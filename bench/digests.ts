/** Digests of seeds of the toy; as a program, prints them for another process to compare with its own. */
import {argv} from 'node:process';
import {fileURLToPath} from 'node:url';
import {run} from '../src/index.ts';
import {benchSeed} from './plans.ts';
import {toySystem} from './toy.ts';

/** How often and how: `backwards` from the last seed to the first, `traced` with the trace kept. */
export interface Manner {
  readonly backwards: boolean;
  readonly traced: boolean;
}

/** The digests of the first `count` seeds, by seed. */
export async function digests(count: number, {backwards, traced}: Manner): Promise<string[]> {
  const found: string[] = [];
  for (let step = 0; step < count; step += 1) {
    const index = backwards ? count - 1 - step : step;
    const {digest} = await run(toySystem, {seed: benchSeed(index), trace: traced});
    found[index] = digest;
  }
  return found;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const found = await digests(Number(argv[2]), {backwards: true, traced: true});
  process.stdout.write(`${found.join('\n')}\n`);
}
