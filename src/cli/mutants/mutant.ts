/** A mutant as it is stored: one place of a source file changed into a bug, with the claim that must notice it. */
import {readdirSync, statSync} from 'node:fs';
import {basename, join} from 'node:path';
import {z} from 'zod';
import {printable} from '../../report/printable.ts';
import {UnreadableError} from '../../sim/assert.ts';
import {compareText} from '../../sim/json.ts';
import {readStored} from '../files.ts';

export interface Mutant {
  /** Names it, and the folder of what is found with it. */
  readonly id: string;
  /** Path of the source from the root of its project, with `/`. */
  readonly file: string;
  /** Text that is in the file exactly once, and what takes its place. */
  readonly find: string;
  readonly replace: string;
  /** Id of the claim that must notice. */
  readonly claim: string;
  /** A sentence for people: what is broken. */
  readonly note: string;
  /** One mutant of a folder: the one that every campaign has to catch. */
  readonly canary: boolean;
}

/** A mutant, and the file that it was read from, as shown to people. */
export interface StoredMutant {
  readonly mutant: Mutant;
  readonly source: string;
}

const insideProject = (path: string): boolean =>
  !path.includes('\\') &&
  !/^[A-Za-z]:/.test(path) &&
  path.split('/').every(part => part !== '' && part !== '.' && part !== '..');

const mutantSchema = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'an id is up to 100 letters, digits, dashes and dots'),
    file: z
      .string()
      .min(1)
      .max(1_000)
      .refine(insideProject, 'a path from the root of the project, with / and without ..'),
    find: z.string().min(1),
    replace: z.string(),
    claim: z.string().min(1).max(1_000),
    note: z.string().min(1).max(10_000),
    canary: z.boolean().optional(),
  })
  .refine(({find, replace}) => find !== replace, 'find and replace are the same');

/** What a folder of mutants is held to. */
export interface FolderRules {
  /** Each file holds one mutant and is named after it; else a file may hold several, and have any name. */
  readonly named: boolean;
}

/**
 * All mutants of a folder, by the names of their files. Throws {@link UnreadableError}: nothing of a folder is used if
 * any of it cannot be.
 */
export function readMutants(folder: string, shownAs: string, rules: FolderRules): readonly StoredMutant[] {
  const all = filesIn(folder, shownAs).flatMap(name =>
    readFile(join(folder, name), `${shownAs}/${name}`, rules),
  );
  checkTogether(all, shownAs);
  return all;
}

/** Whether there is such a folder. */
export const isFolder = (path: string): boolean =>
  statSync(path, {throwIfNoEntry: false})?.isDirectory() === true;

function filesIn(folder: string, shownAs: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.json') && !name.startsWith('.'))
      .sort(compareText);
  } catch {
    throw new UnreadableError(`${printable(shownAs)}: cannot be read as a folder`);
  }
}

function readFile(path: string, source: string, {named}: FolderRules): StoredMutant[] {
  const value = parse(path, source);
  if (!named && Array.isArray(value)) {
    return value.map((item, index) => ({mutant: checkMutant(item, `${source}: [${index}]`), source}));
  }
  const mutant = checkMutant(value, source);
  if (named && `${mutant.id}.json` !== basename(path)) {
    throw new UnreadableError(
      `${printable(source)}: the id is "${mutant.id}", which the file is not named after`,
    );
  }
  return [{mutant, source}];
}

function parse(path: string, source: string): unknown {
  const text = readStored(path, source);
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableError(`${printable(source)}: not JSON; a mutant is one JSON object`);
  }
}

function checkMutant(value: unknown, source: string): Mutant {
  const result = mutantSchema.safeParse(value);
  if (result.success) return {...result.data, canary: result.data.canary === true};
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'the mutant' : issue.path.join('.');
  throw new UnreadableError(`${printable(source)}: ${where}: ${printable(issue?.message ?? 'does not fit')}`);
}

function checkTogether(all: readonly StoredMutant[], shownAs: string): void {
  const seen = new Map<string, string>();
  for (const {mutant, source} of all) {
    const other = seen.get(mutant.id);
    if (other !== undefined) {
      throw new UnreadableError(`${printable(source)}: the id "${mutant.id}" is also in ${printable(other)}`);
    }
    seen.set(mutant.id, source);
  }
  const canaries = all.filter(({mutant}) => mutant.canary).map(({mutant}) => mutant.id);
  if (canaries.length > 1) {
    throw new UnreadableError(
      `${printable(shownAs)}: several mutants are the canary: ${canaries.join(', ')}`,
    );
  }
}
