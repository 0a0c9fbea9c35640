/** The folder of one finding among results: what is in it, which of several is to be kept, and how it is copied whole. */
import {existsSync, readFileSync, readdirSync, realpathSync, rmSync} from 'node:fs';
import {join, relative} from 'node:path';
import {printable} from '../report/printable.ts';
import {UnreadableError} from '../sim/assert.ts';
import {compareText} from '../sim/json.ts';
import type {Plan} from '../sim/plan.ts';
import {FAILURE_FILE, isComplete} from './bundle/bundle.ts';
import {readStored, writeWhole} from './files.ts';
import {folderOf} from './signature-folder.ts';
import {PLAN_FILE, readStoredRun} from './stored-run.ts';

export interface StoredFinding {
  readonly folder: string;
  readonly plan: Plan;
  /** It is a whole bundle, so its plan is as small as it was made. */
  readonly complete: boolean;
  /** Operations, faults and fates by name: what a person has to read. */
  readonly steps: number;
  /** Of its plan and what is known of it: equal texts are equal bundles. */
  readonly text: string;
}

/** The folder of a signature of a system among the results in `results`. */
export const findingFolder = (results: string, system: string, signature: string): string =>
  join(results, 'failures', folderOf(system, signature));

/**
 * What is stored of a signature of a system; null if nothing is, or if the folder is of something else. Throws
 * {@link UnreadableError} where a plan is there that cannot be read.
 */
export function findingIn(folder: string, system: string, signature: string): StoredFinding | null {
  const file = join(folder, PLAN_FILE);
  if (!existsSync(file)) return null;
  const stored = readStoredRun(file, file);
  const {plan} = stored;
  if (plan.system !== system || stored.signature !== signature) return null;
  const complete = isComplete(folder);
  const last = join(folder, FAILURE_FILE);
  return {
    folder,
    plan,
    complete,
    steps: plan.operations.length + plan.faults.length + Object.keys(plan.fates ?? {}).length,
    text: readStored(file, file) + (complete ? readStored(last, last) : ''),
  };
}

/** Which of two stored findings of one signature is better to have: whole, of few steps; ties by seed, then by text. */
export function compareFindings(a: StoredFinding, b: StoredFinding): number {
  return (
    Number(b.complete) - Number(a.complete) ||
    a.steps - b.steps ||
    compareText(a.plan.seed, b.plan.seed) ||
    compareText(a.text, b.text)
  );
}

/** Whether two paths are of one folder. */
export const isSameFolder = (a: string, b: string): boolean =>
  existsSync(a) && existsSync(b) && realpathSync(a) === realpathSync(b);

/**
 * Makes `target` a copy of the folder `source`, all its files and no others. Until the last of them is there, the target
 * does not count as complete. Throws {@link UnreadableError} for what is no file, `Misuse` for what cannot be written.
 */
export function copyFinding(source: string, target: string): void {
  const files = filesIn(source);
  rmSync(join(target, FAILURE_FILE), {force: true});
  for (const name of [...files].sort(lastFileLast)) {
    writeWhole(join(target, name), readFileSync(join(source, name)));
  }
  for (const name of filesIn(target)) {
    if (!files.includes(name)) rmSync(join(target, name), {force: true});
  }
}

/** Every file in a folder and those below, as paths from there. A link might lead anywhere: it is refused. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true}).flatMap(entry => {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || isLeftover(entry.name)) return [];
    if (!entry.isFile()) throw new UnreadableError(`${printable(path)}: not a file`);
    return [relative(folder, path)];
  });
}

/** A temporary file of a process that was killed while it wrote. */
const isLeftover = (name: string): boolean => name.startsWith('.') && name.endsWith('.tmp');

const lastFileLast = (a: string, b: string): number =>
  Number(a === FAILURE_FILE) - Number(b === FAILURE_FILE) || compareText(a, b);
