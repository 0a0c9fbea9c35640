/** Marks that clients were at work while servers of two releases ran side by side. */
import type {Doing} from '../../../src/index.ts';
import type {ClientProgram} from '../client-program.ts';
import type {ReleaseNumber} from './rollout.ts';
import {ServerProgram} from './server-program.ts';

const NAMES: Readonly<Record<ReleaseNumber, string>> = {1: 'legacy', 2: 'mirroring', 3: 'flattened'};

/** A client is about to ask: whoever takes turns behind the address may answer. */
export function markMixed(doing: Doing): void {
  const running = doing.scene
    .nodes('server')
    .map(({program}) => (program instanceof ServerProgram ? program.release : null))
    .filter(release => release !== null);
  const [first, ...others] = [...new Set(running)].map(release => NAMES[release]).toSorted(byText);
  for (const other of others) (doing.program as ClientProgram).host.probe(`mixed:${first}+${other}`);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
