/** Plants mutants in memory: the text of a module with one place of it changed. No file is touched. */
import {existsSync, readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {printable} from '../../report/printable.ts';
import {UnreadableError} from '../../sim/assert.ts';
import {Misuse} from '../misuse.ts';
import {checkBuild, loadCompiler, type Compiler} from './compile.ts';
import type {Mutant, StoredMutant} from './mutant.ts';
import {locate, type Located, type Project} from './project.ts';

/** The text that a module has in place of its own. */
export interface Patch {
  readonly url: string;
  readonly text: string;
}

/** A mutant that can be run. */
export interface Planted {
  readonly mutant: Mutant;
  readonly patch: Patch;
}

/** `sources`: the text that people wrote is changed, and compiled; `built`: the compiled one, where the place is in it. */
export type Prefer = 'sources' | 'built';

const SHOWN = 5;

/**
 * Plants all of them, or none. Throws {@link UnreadableError} naming those that are stale or do not compile, and
 * {@link Misuse} where the sources would be needed and are not there.
 */
export async function plant(
  stored: readonly StoredMutant[],
  project: Project,
  prefer: Prefer,
): Promise<readonly Planted[]> {
  const planter = new Planter(project, prefer);
  const planted: Planted[] = [];
  const wrong: string[] = [];
  for (const {mutant, source} of stored) {
    const result = await planter.plant(mutant);
    if (typeof result === 'string') wrong.push(`${source}: ${mutant.id}: ${result}`);
    else planted.push({mutant, patch: result});
  }
  if (wrong.length === 0) return planted;
  const rest = wrong.length > SHOWN ? `; and ${wrong.length - SHOWN} more` : '';
  throw new UnreadableError(wrong.slice(0, SHOWN).join('; ') + rest);
}

/** Plants the mutants of one project; what several of them need is read, loaded and checked once. */
class Planter {
  readonly #project: Project;
  readonly #prefer: Prefer;
  readonly #texts = new Map<string, string>();
  readonly #checked = new Set<string>();
  #compiler: Promise<Compiler | null> | null = null;

  constructor(project: Project, prefer: Prefer) {
    this.#project = project;
    this.#prefer = prefer;
  }

  /** The patch, or in words why there is none. */
  async plant(mutant: Mutant): Promise<Patch | string> {
    const located = locate(this.#project, mutant.file);
    if (located === null) return `stale: there is no file ${mutant.file}`;
    if (located.built && this.#prefer === 'built') {
      const change = replaceOnce(this.#read(located.module), mutant);
      if (change.kind === 'changed') return patchOf(located, change.text);
    }
    if (!existsSync(located.source)) return this.#plantBuilt(mutant, located);
    const compiler = await this.#load();
    if (compiler === null && located.built) return this.#plantBuilt(mutant, located);
    const change = replaceOnce(this.#read(located.source), mutant);
    if (change.kind === 'stale') return staleness(mutant, change.count);
    if (compiler === null) return patchOf(located, change.text);
    if (located.built) this.#checkBuild(compiler, mutant.file, located);
    const compiled = compiler.compile(change.text, mutant.file, located.built);
    if (compiled.kind === 'faulty')
      return `broken: ${mutant.file} does not compile with it: ${compiled.message}`;
    return patchOf(located, compiled.text);
  }

  /** Without the sources, or what compiles them: the same change to the compiled module, if the place is the same there. */
  #plantBuilt(mutant: Mutant, located: Located): Patch {
    const change = replaceOnce(this.#read(located.module), mutant);
    if (change.kind === 'changed') return patchOf(located, change.text);
    throw new Misuse(
      `${mutant.id}: ${staleness(mutant, change.count)} as it is compiled, and the sources or typescript are not there`,
      'mutants need the sources: run them in a checkout after npm ci',
    );
  }

  #checkBuild(compiler: Compiler, file: string, {source, module}: Located): void {
    if (this.#checked.has(file)) return;
    checkBuild(compiler, this.#read(source), file, this.#read(module));
    this.#checked.add(file);
  }

  #load(): Promise<Compiler | null> {
    return (this.#compiler ??= loadCompiler());
  }

  #read(path: string): string {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const text = readFileSync(path, 'utf8');
    this.#texts.set(path, text);
    return text;
  }
}

type Change =
  {readonly kind: 'changed'; readonly text: string} | {readonly kind: 'stale'; readonly count: number};

function replaceOnce(text: string, {find, replace}: Mutant): Change {
  let count = 0;
  for (let at = text.indexOf(find); at >= 0; at = text.indexOf(find, at + 1)) count += 1;
  if (count !== 1) return {kind: 'stale', count};
  const at = text.indexOf(find);
  return {kind: 'changed', text: text.slice(0, at) + replace + text.slice(at + find.length)};
}

const staleness = ({file, find}: Mutant, count: number): string =>
  `stale: ${printable(JSON.stringify(find))} is ${count === 0 ? 'not in' : `${count} times in`} ${file}`;

const patchOf = ({module}: Located, text: string): Patch => ({url: pathToFileURL(module).href, text});
