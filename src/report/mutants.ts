/** What became of each mutant, and all of them together: in figures, as a table to keep, and as a record. */
import type {PlanSize} from '../sim/explanation.ts';
import {grouped, rough} from './amounts.ts';
import {printable} from './printable.ts';

/** A campaign that ended because the process of the mutant did. That is no kill: no claim has noticed. */
export interface LostCampaign {
  /** Number of the campaign, from 0. */
  readonly campaign: number;
  /** The seed that it was at; null if it had not begun. */
  readonly seed: string | null;
  readonly how: 'died' | 'hung';
  readonly detail: string;
}

/**
 * `killed`: most campaigns ended with a violation. `survived`: they did not. `hung`, `died`: they did not, and at least
 * one lost its process. `broken`: it cannot be run, or its file is no part of the system.
 */
export type MutantStatus = 'killed' | 'survived' | 'hung' | 'died' | 'broken';

export interface MutantResult {
  readonly id: string;
  readonly file: string;
  /** What it breaks, in a sentence, and the claim that must notice. */
  readonly note: string;
  readonly claim: string;
  readonly canary: boolean;
  readonly status: MutantStatus;
  /** Claim and signature of the first kill, and its seed; null where there is none. */
  readonly killedBy: string | null;
  readonly signature: string | null;
  readonly seed: string | null;
  /** Seeds to kill in each campaign that was run; null: none of its seeds did. */
  readonly campaigns: readonly (number | null)[];
  readonly lost: readonly LostCampaign[];
  /** The minimal plan of the first kill: null if it was not shrunk. */
  readonly size: PlanSize | null;
  /** It was seen to be locally minimal. */
  readonly minimal: boolean | null;
  readonly shrinkMs: number | null;
  /** The minimal plan gives the same signature and digest in a fresh process. */
  readonly replays: boolean | null;
  /** Where it was written. */
  readonly plan: string | null;
  /** In words, what is wrong with a broken mutant, or with shrinking. */
  readonly trouble: string | null;
  /** A seed of a kill that also fails without the mutant: then the kill proves nothing. */
  readonly unmutated: string | null;
}

/** What all of them were tried with. */
export interface MutantFacts {
  readonly system: string;
  readonly variant: string;
  readonly results: readonly MutantResult[];
  /** How many there are; more than results if it was interrupted. */
  readonly total: number;
  readonly campaigns: number;
  readonly seeds: number;
  readonly seedBase: string;
  /** The command that does it again. */
  readonly command: string;
}

/** The middle of some counts, of which null is more than any number; null if the middle is. */
export function median(counts: readonly (number | null)[]): number | null {
  const sorted = counts.map(count => count ?? Infinity).sort((a, b) => a - b);
  const half = sorted.length / 2;
  const middle = ((sorted[Math.ceil(half) - 1] ?? Infinity) + (sorted[Math.floor(half)] ?? Infinity)) / 2;
  return middle === Infinity ? null : Math.ceil(middle);
}

/** The least count that 95 in 100 of them do not exceed; null of none. */
function p95(counts: readonly number[]): number | null {
  const sorted = [...counts].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
}

/** Seeds to kill: the median of the campaigns; null for a survivor. */
export const seedsToKill = (result: MutantResult): number | null =>
  result.status === 'killed' ? median(result.campaigns) : null;

export const isKilled = ({status}: MutantResult): boolean => status === 'killed';

export interface Totals {
  readonly killed: number;
  /** Killed by the claim that they name. */
  readonly asNamed: number;
  readonly share: string;
  readonly seeds: string;
  readonly steps: string;
}

export function totalsOf({results, total}: MutantFacts): Totals {
  const killed = results.filter(isKilled);
  const spread = (counts: readonly (number | null)[]): string => {
    const known = counts.filter(count => count !== null);
    const [middle, most] = [median(known), p95(known)];
    return middle === null || most === null ? 'none' : `median ${grouped(middle)}, p95 ${grouped(most)}`;
  };
  return {
    killed: killed.length,
    asNamed: killed.filter(({claim, killedBy}) => claim === killedBy).length,
    share: total === 0 ? '' : ` (${rough((100 * killed.length) / total)} %)`,
    seeds: spread(killed.map(seedsToKill)),
    steps: spread(killed.map(({size}) => size?.steps ?? null)),
  };
}

/** What the seeds to kill are the median of. */
export const medianOf = ({campaigns}: MutantFacts): string =>
  campaigns === 1 ? 'one campaign' : `the median of ${grouped(campaigns)} campaigns`;

/** The table as Markdown: the same bytes for the same results. */
export function mutantsMarkdown(facts: MutantFacts): string {
  const totals = totalsOf(facts);
  const seedsTitle = facts.campaigns === 1 ? 'seeds to kill' : `seeds to kill (median of ${facts.campaigns})`;
  const header = [
    'mutant',
    'what it breaks',
    'claim that must notice',
    'killed by',
    seedsTitle,
    'steps of the minimal plan',
  ];
  const rows = facts.results.map(result => [
    `\`${result.id}\`${result.canary ? ' (canary)' : ''}`,
    cell(result.note),
    cell(result.claim),
    isKilled(result) ? cell(result.killedBy ?? '') : `**${result.status}**`,
    countOrDash(seedsToKill(result)),
    isKilled(result) && result.size !== null
      ? `${grouped(result.size.steps)}${result.minimal === true ? '' : ' or fewer'}`
      : '-',
  ]);
  return [
    `# Mutants of ${cell(facts.system)}`,
    '',
    'Each row is a bug planted into the sources, one at a time, and what the harness made of it. Made by:',
    '',
    '```sh',
    facts.command,
    '```',
    '',
    `- killed: ${totals.killed} of ${facts.total}${totals.share}, ${totals.asNamed} of them by the claim that they name`,
    `- seeds to kill, of ${medianOf(facts)} of at most ${grouped(facts.seeds)} seeds: ${totals.seeds}`,
    `- steps of the minimal plan: ${totals.steps}`,
    '',
    `| ${header.join(' | ')} |`,
    '| :-- | :-- | :-- | :-- | --: | --: |',
    ...rows.map(row => `| ${row.join(' | ')} |`),
    '',
  ].join('\n');
}

const countOrDash = (count: number | null): string => (count === null ? '-' : grouped(count));

/** A text as the content of a cell: nothing in it is markup. */
const cell = (text: string): string =>
  printable(text.replace(/\s+/g, ' ')).replace(/[\\`*_[\]<>&|]/g, mark =>
    mark === '<' ? '&lt;' : mark === '>' ? '&gt;' : mark === '&' ? '&amp;' : `\\${mark}`,
  );

/** What `--json` says of them. */
export const mutantsRecord = (facts: MutantFacts): Readonly<Record<string, unknown>> => ({
  variant: facts.variant,
  seedBase: facts.seedBase,
  total: facts.total,
  killed: facts.results.filter(isKilled).length,
  survived: facts.results.filter(({status}) => status !== 'killed' && status !== 'broken').length,
  broken: facts.results.filter(({status}) => status === 'broken').length,
  mutants: facts.results.map(result => ({
    ...result,
    killedBy: isKilled(result) ? result.killedBy : null,
    signature: isKilled(result) ? result.signature : null,
    seeds: seedsToKill(result),
    steps: result.size?.steps ?? null,
  })),
});
