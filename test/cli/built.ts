/** The built program as a process: workers, signals and sudden ends need a real one. `npm test` builds first. */
import {spawn, type ChildProcess} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';

/** Another folder than `dist`, where somebody tests a build of his own. */
export const BUILD = join(import.meta.dirname, '../..', process.env['SYNCSTORM_DIST'] ?? 'dist');
const MAIN = join(BUILD, 'src/cli/main.js');

export const isBuilt = existsSync(MAIN);

export interface Ended {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface BuiltOptions {
  /** Options of Node itself. */
  readonly node?: readonly string[];
  /** Hears of everything that is printed on stdout. */
  readonly onOut?: (child: ChildProcess, soFar: string) => void;
}

/** Carries out one invocation in `folder`. */
export function built(
  folder: string,
  argv: readonly string[],
  {node = [], onOut}: BuiltOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...node, MAIN, ...argv], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = {out: '', err: ''};
  child.stdout.on('data', (piece: Buffer) => {
    said.out += piece.toString();
    onOut?.(child, said.out);
  });
  child.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({code, ...said}));
  });
}
