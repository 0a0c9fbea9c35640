/** The process of one mutant: puts the patch before anything is loaded, then does what it is asked, one task at a time. */
import fs from 'node:fs';
import {register, syncBuiltinESMExports} from 'node:module';
import {extname} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {HookData} from './hook.ts';
import type {Patch} from './patch.ts';
import type {Answer, LoadTask, Said, Task, Wrapped} from './tasks.ts';
import type * as Work from './work.ts';

/** Set by the patched module as the last thing that it does when it is loaded. */
const MET = 'syncstorm: the mutant was met';

let work: Work.Work | null = null;
let turn: Promise<void> = Promise.resolve();

process.on('message', message => {
  turn = turn.then(() => perform(message as Task));
});
// whoever asks to stop asks the parent; without it there is nothing to do
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

async function perform(task: Task): Promise<void> {
  try {
    say(task.kind === 'load' ? await load(task) : await ready().perform(task, say));
  } catch (error) {
    say({kind: 'failed', message: wordsOf(error)});
  }
}

function say(said: Said): void {
  const wrapped: Wrapped = {syncstorm: said};
  // the parent may be gone: the process ends as soon as it hears so
  process.send?.(wrapped, undefined, undefined, () => undefined);
}

async function load({given, cwd, patch}: LoadTask): Promise<Answer> {
  if (patch !== null) putBefore(patch);
  // only now: whatever is loaded from here on may be what is patched, the harness itself included
  const {Work: Loaded} = await import('./work.ts');
  work = await Loaded.load(given, cwd);
  return {kind: 'loaded', met: patch === null || Symbol.for(MET) in globalThis};
}

function putBefore({url, text}: Patch): void {
  const telling = `${text}\n;globalThis[Symbol.for(${JSON.stringify(MET)})] = true;\n`;
  const data: HookData = {patch: {url, text: telling}, parent: process.ppid};
  standBefore(fileURLToPath(url), telling);
  register(`./hook${extname(import.meta.url)}`, import.meta.url, {data});
}

/** What is required, not imported, passes no loader hook in every release: its loader reads the file, and gets this. */
function standBefore(path: string, text: string): void {
  const read = fs.readFileSync;
  const stand = (...args: Parameters<typeof read>): ReturnType<typeof read> => {
    const [file, options] = args;
    if (file !== path) return read(...args);
    const encoding = typeof options === 'string' ? options : options?.encoding;
    return encoding === undefined || encoding === null ? Buffer.from(text) : text;
  };
  fs.readFileSync = stand as typeof read;
  syncBuiltinESMExports();
}

/** What is meant for the user already is told as it is. */
const wordsOf = (error: unknown): string =>
  error instanceof Error && error.name === 'Misuse' ? error.message : String(error);

function ready(): Work.Work {
  if (work === null) throw new Error('a system is loaded before anything is done with it');
  return work;
}
