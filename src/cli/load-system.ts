/** Finds the system that the user means: a registered name, or a module that exports one. */
import {statSync} from 'node:fs';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {systems} from '../../scenarios/registry.ts';
import {printable} from '../report/printable.ts';
import {UsageError} from '../sim/assert.ts';
import {defineSystem, isSystem, type System} from '../sim/system.ts';
import {Misuse} from './misuse.ts';
import {suggestion} from './nearest.ts';

/** A system, and how the user named it: commands that reproduce something name it the same way. */
export interface Named {
  readonly system: System;
  readonly given: string;
}

/** What has the form of a path; a registered name that has it too, as `vfs/blobs`, is taken for the name. */
export const looksLikePath = (given: string): boolean => /[\\/]|\.[cm]?[jt]s$/.test(given);

/** All registered systems, by their names. */
export const registered = (): readonly Named[] => systems.map(system => ({system, given: system.name}));

/** Whether that is the name of a registered system, or of a scenario of one. */
export const isRegistered = (given: string): boolean => systems.some(({name}) => name === given);

/** The scenarios that a system has beside the one of its own name, by what follows the slash. */
export const scenariosOf = (system: string): readonly string[] =>
  systems.flatMap(({name}) => (name.startsWith(`${system}/`) ? [name.slice(system.length + 1)] : []));

/** The system of that name, or the one that the module at that path exports. Throws {@link Misuse}. */
export async function loadSystem(given: string, cwd: string): Promise<Named> {
  const system = systems.find(({name}) => name === given);
  if (system !== undefined) return {system, given};
  checkScenario(given, cwd);
  if (looksLikePath(given)) return {system: await fromModule(given, cwd), given};
  const names = systems.map(({name}) => name);
  throw new Misuse(
    `no system is called "${printable(given)}"`,
    `${suggestion(given, names, 'systems')}; a path to a module that exports one also does`,
  );
}

/** What begins like a scenario of a registered system, and is no file either, is a scenario that is not there. */
function checkScenario(given: string, cwd: string): void {
  const [, name = '', scenario = ''] = /^([a-z][a-z0-9-]*)\/([\w-]+)$/.exec(given) ?? [];
  if (!isRegistered(name) || statSync(resolve(cwd, given), {throwIfNoEntry: false}) !== undefined) return;
  const scenarios = scenariosOf(name);
  throw new Misuse(
    `${name} has no scenario "${printable(scenario)}"`,
    scenarios.length === 0 ? `give the system alone: ${name}` : suggestion(scenario, scenarios, 'scenarios'),
  );
}

/** The variant that was asked for. Throws {@link Misuse} if the system does not have it. */
export function checkVariant({system}: Named, variant: string): string {
  const variants = [...new Set(['default', ...(system.variants ?? [])])];
  if (variants.includes(variant)) return variant;
  throw new Misuse(
    `${system.name} has no variant "${printable(variant)}"`,
    suggestion(variant, variants, 'variants'),
  );
}

async function fromModule(given: string, cwd: string): Promise<System> {
  const path = resolve(cwd, given);
  const shownAs = printable(given);
  if (statSync(path, {throwIfNoEntry: false})?.isFile() !== true) {
    throw new Misuse(
      `there is no module ${shownAs}`,
      'give the path of a file that exports a system, as in ./my-system.mjs',
    );
  }
  const found = systemsIn(await load(path, shownAs));
  const [system, second] = found;
  if (system === undefined) {
    throw new Misuse(`${shownAs} exports no system`, 'export what defineSystem({…}) returns, under any name');
  }
  if (second !== undefined) {
    const names = found.map(({name}) => printable(String(name))).join(', ');
    throw new Misuse(`${shownAs} exports several systems: ${names}`, 'export one system a module');
  }
  return checked(system, shownAs);
}

/** A module may mark an object as a system by hand: it has to pass the same checks as any other. */
function checked(system: System, shownAs: string): System {
  try {
    return defineSystem(system);
  } catch (error) {
    const reason = error instanceof UsageError ? error.message : 'a part of its definition is missing';
    throw new Misuse(`${shownAs}: ${printable(reason)}`, 'make the system with defineSystem({…})');
  }
}

type Exports = Readonly<Record<string, unknown>>;

async function load(path: string, shownAs: string): Promise<Exports> {
  const url = pathToFileURL(path).href;
  try {
    return (await import(/* @vite-ignore */ url)) as Exports;
  } catch (error) {
    if (!isCode(error, 'ERR_UNKNOWN_FILE_EXTENSION')) throw broken(shownAs, error);
  }
  const tsx = await loadTsx(shownAs);
  try {
    return (await tsx.tsImport(url, import.meta.url)) as Exports;
  } catch (error) {
    throw broken(shownAs, error);
  }
}

/** The loader of TypeScript, if it is installed. */
async function loadTsx(shownAs: string): Promise<typeof import('tsx/esm/api')> {
  try {
    return await import('tsx/esm/api');
  } catch (error) {
    if (!isCode(error, 'ERR_MODULE_NOT_FOUND')) throw error;
    throw new Misuse(
      `${shownAs} is TypeScript, and tsx, which would load it, is not installed`,
      'npm install --save-dev tsx, or give the path of the compiled module',
    );
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

const broken = (shownAs: string, error: unknown): Misuse =>
  new Misuse(
    `${shownAs} cannot be loaded: ${firstLine(error)}`,
    'the module has to load without an error by itself',
  );

const firstLine = (error: unknown): string => printable(String(error).split('\n')[0] ?? '');

/** The systems that a module exports, each once; a CommonJS module has its exports under `default`. */
function systemsIn(exported: Exports): System[] {
  const values: unknown[] = Object.values(exported);
  const inner = exported['default'];
  if (typeof inner === 'object' && inner !== null && !isSystem(inner))
    values.push(...(Object.values(inner) as unknown[]));
  return [...new Set(values.filter(isSystem))];
}
