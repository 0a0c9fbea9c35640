/** Where the files that belong to a system are: in this package for a registered one, beside its module for any other. */
import {existsSync, readdirSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {compareText} from '../sim/json.ts';
import {registered, type Named} from './load-system.ts';

/** A folder, and how it is shown to people. */
export interface SystemFolder {
  readonly path: string;
  readonly shownAs: string;
}

/** The folder `part` of a system as the user named it; it need not be there. */
export function folderOfSystem(
  {system, given}: Named,
  part: 'corpus' | 'mutants' | 'sweep',
  cwd: string,
): SystemFolder {
  const own = registered().some(named => named.given === given);
  const path = own
    ? join(packageRoot(), 'scenarios', system.name, part)
    : join(dirname(resolve(cwd, given)), part);
  return {path, shownAs: shownFrom(path, cwd)};
}

/** A path as a person would type it: relative where that stays inside the working directory. */
export function shownFrom(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside === '' || inside.startsWith('..') ? path : inside;
}

/** The names of the JSON files in a folder, in order; none where there is no folder. Hidden files are none. */
export function jsonFilesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => name.endsWith('.json') && !name.startsWith('.'))
    .sort(compareText);
}

/** The folder of this package's manifest: one more up in a build than in the sources. */
function packageRoot(): string {
  for (let above = dirname(fileURLToPath(import.meta.url)); ; above = dirname(above)) {
    if (existsSync(join(above, 'package.json')) || above === dirname(above)) return above;
  }
}
