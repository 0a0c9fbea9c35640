/** Which mutants are meant, and whether they can be used: read, checked against their system, and planted. */
import {resolve} from 'node:path';
import {printable} from '../../report/printable.ts';
import {UnreadableError} from '../../sim/assert.ts';
import {SIM_CLAIMS} from '../../sim/core.ts';
import type {System} from '../../sim/system.ts';
import type {Named} from '../load-system.ts';
import {Misuse} from '../misuse.ts';
import {nearest, suggestion} from '../nearest.ts';
import {isFolder, readMutants, type StoredMutant} from './mutant.ts';
import {plant, type Planted} from './patch.ts';
import {projectOf, type Project} from './project.ts';

const SHOWN = 20;

/** The mutants that a system comes with; none if it has no folder of them. Throws {@link UnreadableError}. */
export function ownMutants(named: Named, cwd: string): readonly StoredMutant[] {
  const project = projectOf(named, cwd);
  return isFolder(project.folder) ? readOwn(named, project) : [];
}

function readOwn({system}: Named, {folder, shownAs}: Project): readonly StoredMutant[] {
  const stored = readMutants(folder, shownAs, {named: true});
  const claims = sentencesOf(system);
  for (const {mutant, source} of stored) {
    if (claims.has(mutant.claim)) continue;
    throw new UnreadableError(
      `${printable(source)}: ${system.name} has no claim "${mutant.claim}"; ` +
        suggestion(mutant.claim, [...claims.keys()], 'claims'),
    );
  }
  return stored;
}

/** What the claims of a system say, those of the harness included, by their ids. */
export function sentencesOf({claims, attemptClaim}: System): ReadonlyMap<string, string> {
  const all = [
    ...claims,
    ...(attemptClaim === undefined ? [] : [attemptClaim]),
    ...Object.values(SIM_CLAIMS),
  ];
  return new Map(all.map(({id, sentence}) => [id, sentence]));
}

/** What the user chose by: a folder in place of the system's own, and ids; undefined for all. */
export interface Choice {
  readonly dir: string | undefined;
  readonly only: string | undefined;
}

/** The mutants chosen, planted. Throws {@link UnreadableError} and {@link Misuse} before anything has run. */
export async function choose(named: Named, choice: Choice, cwd: string): Promise<readonly Planted[]> {
  const project = projectOf(named, cwd);
  return plant(pick(readChosen(named, project, choice.dir, cwd), choice.only), project, 'sources');
}

function readChosen(
  named: Named,
  project: Project,
  dir: string | undefined,
  cwd: string,
): readonly StoredMutant[] {
  if (dir !== undefined) {
    if (isFolder(resolve(cwd, dir))) return readMutants(resolve(cwd, dir), dir, {named: false});
    throw new Misuse(`there is no folder ${printable(dir)}`, 'give --dir a folder of JSON files');
  }
  if (isFolder(project.folder)) return readOwn(named, project);
  throw new Misuse(
    `${named.system.name} comes with no mutants: there is no folder ${printable(project.shownAs)}`,
    'make it, or run those of another one with --dir DIR',
  );
}

function pick(stored: readonly StoredMutant[], only: string | undefined): readonly StoredMutant[] {
  if (only === undefined) return stored;
  const all = stored.map(({mutant}) => mutant.id);
  const ids = new Set(only.split(','));
  for (const id of ids) {
    if (!all.includes(id)) throw new Misuse(`there is no mutant "${printable(id)}"`, guessAt(id, all));
  }
  return stored.filter(({mutant}) => ids.has(mutant.id));
}

/** A folder may hold hundreds: then all of them are no help. */
function guessAt(id: string, all: readonly string[]): string {
  if (all.length <= SHOWN) return suggestion(id, all, 'mutants');
  const guess = nearest(id, all);
  return guess === null ? 'the ids are in the files of the folder' : `did you mean ${guess}?`;
}
