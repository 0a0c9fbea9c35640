/** What `list` shows: systems with their variants, operations, claims, hazards, tampers, goals and mutants. */
import type {System} from '../sim/system.ts';
import {counted} from './amounts.ts';
import {columns, indent} from './columns.ts';
import type {Paint} from './paint.ts';
import {printable} from './printable.ts';

/** What is known about a hazard, beside who meets it. */
export interface HazardEntry {
  readonly id: string;
  readonly summary: string;
}

/** What is known about a mutant that a system comes with. */
export interface MutantEntry {
  readonly id: string;
  readonly claim: string;
  readonly note: string;
  readonly canary: boolean;
}

/** One system as plain data, as `list --json` gives it. */
export interface CatalogueEntry {
  readonly name: string;
  readonly summary: string;
  /** Systems that are called after this one, and a slash. */
  readonly scenarios: readonly {readonly id: string; readonly summary: string}[];
  readonly variants: readonly string[];
  readonly operations: readonly {readonly id: string; readonly role: string; readonly weight: number}[];
  readonly claims: readonly {readonly id: string; readonly when: string; readonly sentence: string}[];
  readonly hazards: readonly {
    readonly id: string;
    readonly roles: readonly string[];
    readonly summary: string;
  }[];
  readonly tampers: readonly string[];
  readonly goals: readonly string[];
  readonly mutants: readonly MutantEntry[];
}

/** A system's entry; `known` gives the hazards their summaries; among `all` systems are its scenarios. */
export function catalogueEntry(
  system: System,
  known: readonly HazardEntry[],
  mutants: readonly MutantEntry[],
  all: readonly Pick<System, 'name' | 'summary'>[],
): CatalogueEntry {
  const {attemptClaim} = system;
  const summaries = new Map(known.map(hazard => [hazard.id, hazard.summary]));
  return {
    name: system.name,
    summary: system.summary,
    scenarios: all
      .filter(({name}) => name.startsWith(`${system.name}/`))
      .map(({name, summary}) => ({id: name.slice(system.name.length + 1), summary})),
    variants: [...new Set(['default', ...(system.variants ?? [])])],
    operations: Object.entries(system.operations).map(([id, {role, weight}]) => ({id, role, weight})),
    claims: [
      ...system.claims.map(({id, when, sentence}) => ({id, when, sentence})),
      ...(attemptClaim === undefined ? [] : [{when: 'attempt', ...attemptClaim}]),
    ],
    hazards: Object.entries(system.hazards).map(([id, roles]) => ({
      id,
      roles,
      summary: summaries.get(id) ?? '',
    })),
    tampers: (system.tampers ?? []).map(tamper => tamper.id),
    goals: [...system.goals],
    mutants: mutants.map(({id, claim, note, canary}) => ({id, claim, note, canary})),
  };
}

/** The entry as text; `full` lists everything, else how much there is of each. */
export function catalogueLines(entry: CatalogueEntry, full: boolean, paint: Paint): string[] {
  const title = `${paint.bold(printable(entry.name))}  ${printable(entry.summary)}`;
  const parts = tables(entry);
  if (!full) {
    // most systems have but the one scenario of their own name
    const counts = parts
      .filter(({title: name, rows}) => name !== 'scenarios' || rows.length > 0)
      .map(({title: name, rows}) => counted(rows.length, name.slice(0, -1)));
    return [title, ...indent([counts.join(', ')])];
  }
  const sections = parts.flatMap(({title: name, rows}) =>
    rows.length === 0 ? [] : ['', paint.bold(name), ...indent(columns(rows.map(row => row.map(printable))))],
  );
  return [title, ...sections];
}

const tables = (entry: CatalogueEntry): {title: string; rows: string[][]}[] => [
  {title: 'scenarios', rows: entry.scenarios.map(({id, summary}) => [id, summary])},
  {title: 'variants', rows: entry.variants.map(name => [name])},
  {
    title: 'operations',
    rows: entry.operations.map(({id, role, weight}) => [
      id,
      role,
      weight === 0 ? 'settling only' : `weight ${weight}`,
    ]),
  },
  {title: 'claims', rows: entry.claims.map(({id, when, sentence}) => [id, when, sentence])},
  {title: 'hazards', rows: entry.hazards.map(({id, roles, summary}) => [id, roles.join(' '), summary])},
  {title: 'tampers', rows: entry.tampers.map(id => [`tamper:${id}`])},
  {title: 'goals', rows: entry.goals.map(goal => [goal])},
  {
    title: 'mutants',
    rows: entry.mutants.map(({id, claim, note, canary}) => [id, claim, canary ? `${note} (canary)` : note]),
  },
];
