/** The summary of a campaign: speed, findings, goals, hazards, claims, reruns, and what silence is worth. */
import type {Campaign, CampaignFinding, Mismatch} from '../sim/campaign.ts';
import {compareText} from '../sim/json.ts';
import type {HazardCount} from '../sim/outcome.ts';
import type {System} from '../sim/system.ts';
import {compact, counted, duration, grouped, rough} from './amounts.ts';
import {columns, indent} from './columns.ts';
import type {Paint} from './paint.ts';
import {clip, printable} from './printable.ts';
import {claimRows, judge, type CanaryFate} from './verdict.ts';

/** What a summary is made of, beside the campaign itself. */
export interface SummaryFacts {
  readonly campaign: Campaign;
  readonly system: System;
  /** Wall time of the campaign in ms. */
  readonly elapsedMs: number;
  /** Why it stopped, as in `--for 60s elapsed`. */
  readonly stopped: string;
  readonly requireGoals: boolean;
  /** Where the plan of each finding was written, by signature. */
  readonly files: ReadonlyMap<string, string>;
  /** What became of the canary; left out where there is nothing to say of one. */
  readonly canary?: CanaryFate;
  /** The command that runs one seed. */
  readonly commandOf?: (seed: string) => string;
  /** What else was wanted of it and is not there. */
  readonly wanting?: readonly string[];
}

const LINE = 110;
const MISMATCHES_SHOWN = 5;
const LOST_SHOWN = 5;

/** The summary, one text a line. */
export function campaignLines(facts: SummaryFacts, paint: Paint): string[] {
  const {campaign, system} = facts;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', paint.bold(title), ...indent(lines)];
  return [
    paint.bold(`${printable(campaign.system)}, variant ${printable(campaign.variant)}: ${facts.stopped}`),
    ...indent(speedRows(facts)),
    ...section('findings', findingRows(campaign.findings, facts.files)),
    ...section('goals', goalRows(campaign)),
    ...section('hazards', hazardRows(campaign, system, paint)),
    ...section('claims', claimLines(campaign, system, paint)),
    ...section('reruns', rerunRows(campaign, paint)),
    ...section('lost with their workers', lostRows(facts, paint)),
    ...section('canary', canaryRows(facts, paint)),
    '',
    ...verdictLines(facts, paint),
  ];
}

function speedRows({campaign, elapsedMs}: SummaryFacts): string[] {
  const seconds = Math.max(elapsedMs, 1) / 1_000;
  const {runs, happenings, messages, virtualMs, slowest} = campaign;
  return columns([
    ['runs', `${grouped(runs)} in ${duration(elapsedMs)} (${rough(runs / seconds)}/s)`],
    ['work', `${compact(happenings)} happenings, ${compact(messages)} messages`],
    [
      'time',
      `${duration(virtualMs)} virtual; virtual : real = ${rough(virtualMs / Math.max(elapsedMs, 1))} : 1`,
    ],
    ...(slowest === null ? [] : [['slowest', `seed ${slowest.seed}, ${duration(slowest.ms)}`]]),
  ]);
}

function findingRows(findings: readonly CampaignFinding[], files: ReadonlyMap<string, string>): string[] {
  if (findings.length === 0) return [];
  const rows = findings.map(finding => [
    grouped(finding.count),
    clip(printable(finding.signature), LINE),
    finding.seed,
    grouped(finding.steps),
    printable(files.get(finding.signature) ?? ''),
  ]);
  return columns(
    [['runs', 'signature', 'first seed', 'steps', 'stored'], ...rows],
    ['right', 'left', 'left', 'right', 'left'],
  );
}

function goalRows({goals}: Campaign): string[] {
  const reached = Object.keys(goals.reached).length;
  const all = reached + goals.missed.length;
  if (all === 0) return [];
  return [`${reached} of ${all} reached`, ...goals.missed.map(goal => `missed: ${printable(goal)}`)];
}

const TAMPER = 'tamper:';

/** Ids of all hazards that a system can meet: those it names, and its tampers. */
function hazardIds(campaign: Campaign, system: System): string[] {
  const ids = new Set([...Object.keys(campaign.hazards), ...Object.keys(system.hazards)]);
  for (const tamper of system.tampers ?? []) ids.add(`tamper:${tamper.id}`);
  return [...ids].sort(compareText);
}

function hazardRows(campaign: Campaign, system: System, paint: Paint): string[] {
  const ids = hazardIds(campaign, system);
  const countOf = (id: string): HazardCount =>
    campaign.hazards[id] ?? {offered: 0, delivered: 0, effective: 0};
  const rows = ids
    .filter(id => !id.startsWith(TAMPER))
    .map(id => {
      const count = countOf(id);
      const numbers = [count.offered, count.delivered, count.effective].map(grouped);
      return [printable(id), ...numbers, paint.yellow(shortfall(count))];
    });
  if (rows.length === 0) return [];
  const table = columns(
    [['hazard', 'offered', 'delivered', 'effective', ''], ...rows],
    ['left', 'right', 'right', 'right', 'left'],
  );
  return [
    ...table,
    ...tamperRows(
      ids.filter(id => id.startsWith(TAMPER)),
      countOf,
      paint,
    ),
  ];
}

/** Tampers are many: what counts is which of them never changed anything. */
function tamperRows(ids: readonly string[], countOf: (id: string) => HazardCount, paint: Paint): string[] {
  if (ids.length === 0) return [];
  const idle = ids.filter(id => countOf(id).effective === 0).map(id => printable(id.slice(TAMPER.length)));
  const told = `${grouped(ids.length - idle.length)} of ${grouped(ids.length)} tampers were effective`;
  return [told, ...idle.map(id => paint.yellow(`never effective: tamper ${id}`))];
}

function shortfall(count: HazardCount): string {
  if (count.effective > 0) return '';
  if (count.delivered > 0) return 'never effective';
  return count.offered > 0 ? 'never delivered' : 'never offered';
}

function claimLines(campaign: Campaign, system: System, paint: Paint): string[] {
  const rows = claimRows(campaign, system).map(row => [
    printable(row.id),
    grouped(row.checked),
    grouped(row.armed),
    row.armed === 0 ? paint.yellow('vacuous: it never had anything to judge') : '',
  ]);
  if (rows.length === 0) return [];
  return columns([['claim', 'checked', 'armed', ''], ...rows], ['left', 'right', 'right', 'left']);
}

function rerunRows({reruns, mismatches, runs}: Campaign, paint: Paint): string[] {
  const differed = counted(mismatches.length, 'mismatch', 'mismatches');
  const line = `${grouped(reruns)} of ${counted(runs, 'seed')} run a second time, ${differed}`;
  const rest = mismatches.length - MISMATCHES_SHOWN;
  return [
    mismatches.length === 0 ? line : paint.red(line),
    ...mismatches.slice(0, MISMATCHES_SHOWN).flatMap(mismatchRows),
    ...(rest > 0 ? [`and ${grouped(rest)} more`] : []),
  ];
}

function mismatchRows({seed, first, second, divergence}: Mismatch): string[] {
  if (divergence === null) return [`seed ${seed}: first ${printable(first)}, then ${printable(second)}`];
  const line = (text: string): string => clip(printable(text), LINE - 12);
  return [
    `seed ${seed}: first ${first}, then ${second}; the traces part at event ${grouped(divergence.line)}`,
    `  first   ${line(divergence.first)}`,
    `  second  ${line(divergence.second)}`,
  ];
}

/** Each batch that was lost, with the command that runs the seed it was at. */
function lostRows({campaign, commandOf}: SummaryFacts, paint: Paint): string[] {
  const rest = campaign.lost.length - LOST_SHOWN;
  return [
    ...campaign.lost.slice(0, LOST_SHOWN).flatMap(({indices, seed, cause}) => {
      const where = seed === null ? 'before the first of them' : `at seed ${seed}`;
      const line = paint.yellow(`${counted(indices.length, 'seed')}: a worker ${cause} ${where}`);
      return seed === null || commandOf === undefined ? [line] : [line, `  ${commandOf(seed)}`];
    }),
    ...(rest > 0 ? [`and ${counted(rest, 'batch', 'batches')} more`] : []),
  ];
}

function canaryRows({canary}: SummaryFacts, paint: Paint): string[] {
  switch (canary?.kind) {
    case undefined:
      return [];
    case 'none':
      return ['none: the system has no mutants, so nothing shows that its claims would notice a bug'];
    case 'off':
      return ['not run: --no-canary'];
    case 'failed':
      return [paint.yellow(`NOT CAUGHT: ${printable(canary.reason)}`)];
    case 'missed':
      return [paint.yellow(`NOT CAUGHT: ${printable(canary.id)}, in ${counted(canary.seeds, 'seed')}`)];
    case 'caught':
      return [
        `caught: ${printable(canary.id)}, in ${counted(canary.seeds, 'seed')}, by ${clip(printable(canary.signature ?? ''), LINE)}`,
      ];
  }
}

function verdictLines(facts: SummaryFacts, paint: Paint): string[] {
  const {campaign, system} = facts;
  const {verdict, reasons} = judge(campaign, system, facts.requireGoals, facts.canary, facts.wanting);
  const {runs} = campaign;
  const silence =
    campaign.findings.length === 0 && campaign.mismatches.length === 0 && runs > 0
      ? [`0 in ${grouped(runs)} => p < 3/${grouped(runs)} = ${rough(Math.min(1, 3 / runs))} (95 %)`]
      : [];
  const colour = verdict === 'ok' ? paint.green : verdict === 'inconclusive' ? paint.yellow : paint.red;
  return [...silence, ...reasons.map(printable), colour(`verdict: ${verdict}`)];
}
