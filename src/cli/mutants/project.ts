/** Where the mutants of a system are, which project their paths start from, and which module of it runs. */
import {existsSync, realpathSync} from 'node:fs';
import {dirname, extname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {registered, type Named} from '../load-system.ts';
import {folderOfSystem} from '../system-folder.ts';

/** The extension that the code of this program runs with: `.js` in a build, `.ts` under a loader of TypeScript. */
export const EXTENSION = extname(import.meta.url);

const HERE = dirname(fileURLToPath(import.meta.url));

/** The folder that holds this program's `src` as it runs: that of the build, or of the sources. */
const TREE = resolve(HERE, '../../..');

/** The project that a system belongs to. */
export interface Project {
  /** It is this package: its modules run as they were built. */
  readonly own: boolean;
  /** The folder that paths of mutants start from: that of the manifest above the system's module. */
  readonly root: string;
  /** Where the system's own mutants are, if it has any, and how that is shown to people. */
  readonly folder: string;
  readonly shownAs: string;
}

/** A source file, and the module that runs in its place. */
export interface Located {
  readonly source: string;
  readonly module: string;
  /** The module was compiled from the source, by this package's own build. */
  readonly built: boolean;
}

/** The project of a system as the user named it; a relative path is relative to `cwd`. */
export function projectOf(named: Named, cwd: string): Project {
  const own = registered().some(one => one.given === named.given);
  const root = manifestAbove(own ? HERE : dirname(resolve(cwd, named.given)));
  const {path: folder, shownAs} = folderOfSystem(named, 'mutants', cwd);
  return {own, root, folder, shownAs};
}

/** The folder of the nearest manifest: `folder` or one above it; `folder` itself if there is none. */
function manifestAbove(folder: string): string {
  for (let above = folder; ; above = dirname(above)) {
    if (existsSync(join(above, 'package.json'))) return above;
    if (above === dirname(above)) return folder;
  }
}

/** The source of a path inside a project, and the module that runs; null if there is neither. */
export function locate({own, root}: Project, file: string): Located | null {
  const source = join(root, file);
  if (own && EXTENSION === '.js' && /\.[cm]?ts$/.test(file)) {
    const compiled = join(TREE, file.replace(/ts$/, 'js'));
    return existsSync(compiled) ? {source, module: realpathSync(compiled), built: true} : null;
  }
  return existsSync(source) ? {source, module: realpathSync(source), built: false} : null;
}
