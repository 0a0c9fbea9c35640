/** Gives one module another text than its file has: a module loader hook, for the process of one mutant. */
import type {InitializeHook, LoadHook} from 'node:module';
import type {Patch} from './patch.ts';

/** The patch, and the process that wants it: without that one nobody is left to hear. */
export interface HookData {
  readonly patch: Patch;
  readonly parent: number;
}

const ORPHAN_LOOK_MS = 1_000;

let patch: Patch | null = null;

/** Called once, on the thread that modules are loaded on. */
export const initialize: InitializeHook<HookData> = data => {
  patch = data.patch;
  // code under test may loop for ever, and its thread then hears of nothing: this one still does
  setInterval(() => {
    if (process.ppid !== data.parent) process.kill(process.pid, 'SIGKILL');
  }, ORPHAN_LOOK_MS).unref();
};

export const load: LoadHook = async (url, context, nextLoad) => {
  // what it would be loaded as is asked first: a loader of TypeScript that is not there yet has to fail as it always does
  const found = await nextLoad(url, context);
  if (patch === null || url.replace(/[?#].*$/, '') !== patch.url) return found;
  return {...found, format: formatOf(patch.url, found.format), source: patch.text};
};

/** The format of a patched module: text that comes from TypeScript is always a module, whatever its folder says. */
function formatOf<T>(url: string, given: T): T | 'module' | 'module-typescript' {
  if (!/\.m?ts$/.test(url)) return given;
  return typeof given === 'string' && given.endsWith('typescript') ? 'module-typescript' : 'module';
}
