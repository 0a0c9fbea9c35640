/** Campaigns as a page of Markdown, for the summary of a build: what was found, how to see it again, and what is not known. */
import type {CampaignFinding} from '../sim/campaign.ts';
import {compareText} from '../sim/json.ts';
import {counted, duration, grouped, rough} from './amounts.ts';
import {lostLine, type JudgedCampaign} from './checks.ts';
import {cellSpan, codeSpan} from './code-span.ts';
import {claimRows, gravest} from './verdict.ts';

const FINDINGS_SHOWN = 50;
const NAMES_SHOWN = 100;
const MISMATCHES_SHOWN = 5;
const SIGNATURE = 120;
const MESSAGE = 300;

/** The text of `summary.md`. Whatever came out of a run stands in it as code. */
export function campaignMarkdown(all: readonly JudgedCampaign[]): string {
  const verdict = gravest(all.map(judged => judged.verdict));
  return [`## Syncstorm: ${verdict}`, ...all.flatMap(section), ''].join('\n');
}

function section(judged: JudgedCampaign): string[] {
  const {campaign, verdict} = judged;
  return [
    '',
    `### ${codeSpan(campaign.system)}, variant ${codeSpan(campaign.variant)}: ${verdict}`,
    '',
    speed(judged),
    ...paragraphs(reasons(judged)),
    ...findingsTable(judged),
    ...paragraphs([...missedGoals(judged), ...vacuous(judged), ...idleHazards(judged)]),
    ...paragraphs([...lost(judged), ...shards(judged), ...determinism(judged), ...canary(judged)]),
  ];
}

/** Paragraphs of one or more lines, each with an empty line before it. */
const paragraphs = (texts: readonly string[]): string[] => texts.flatMap(text => ['', text]);

function speed({campaign, elapsedMs}: JudgedCampaign): string {
  const {runs, happenings, virtualMs, seedBase, findings, mismatches} = campaign;
  const rate = rough((runs * 1_000) / Math.max(elapsedMs, 1));
  const silence =
    findings.length === 0 && mismatches.length === 0 && runs > 0
      ? ` Nothing in ${grouped(runs)}: what is still unseen has p < ${rough(Math.min(1, 3 / runs))} a seed (95 %).`
      : '';
  return (
    `${counted(runs, 'run')} in ${duration(elapsedMs)} (${rate}/s), ${counted(happenings, 'happening')},` +
    ` ${duration(virtualMs)} of virtual time; seed base ${codeSpan(seedBase)}.${silence}`
  );
}

const reasons = (judged: JudgedCampaign): string[] =>
  judged.reasons.map(reason => `**Why:** ${codeSpan(reason, MESSAGE)}`);

function findingsTable(judged: JudgedCampaign): string[] {
  const {findings} = judged.campaign;
  if (findings.length === 0) return [];
  const rest = findings.length - FINDINGS_SHOWN;
  const shown = findings.slice(0, FINDINGS_SHOWN);
  return [
    '',
    `#### ${counted(findings.length, 'finding')}`,
    '',
    '| runs | signature | first seed | steps | what was seen | how to see it again |',
    '| ---: | --- | --- | ---: | --- | --- |',
    ...shown.map(finding => findingRow(finding, judged)),
    ...(rest > 0 ? ['', `and ${grouped(rest)} more`] : []),
  ];
}

function findingRow(finding: CampaignFinding, {commands}: JudgedCampaign): string {
  const {signature, count, seed, steps, sentence, violation} = finding;
  const command = commands.get(signature);
  const cells = [
    grouped(count),
    cellSpan(signature, SIGNATURE),
    cellSpan(seed),
    grouped(steps),
    `${cellSpan(sentence, MESSAGE)}: ${cellSpan(violation.message, MESSAGE)}`,
    command === undefined ? '' : cellSpan(command),
  ];
  return `| ${cells.join(' | ')} |`;
}

function names(ids: readonly string[]): string {
  const rest = ids.length - NAMES_SHOWN;
  const shown = ids.slice(0, NAMES_SHOWN).map(id => codeSpan(id, SIGNATURE));
  return rest > 0 ? `${shown.join(', ')} and ${grouped(rest)} more` : shown.join(', ');
}

function missedGoals({campaign: {goals}}: JudgedCampaign): string[] {
  const all = Object.keys(goals.reached).length + goals.missed.length;
  if (all === 0) return [];
  if (goals.missed.length === 0) return [`**Goals:** all ${grouped(all)} reached.`];
  return [`**Goals missed,** ${grouped(goals.missed.length)} of ${grouped(all)}: ${names(goals.missed)}`];
}

function vacuous({campaign, system}: JudgedCampaign): string[] {
  const rows = claimRows(campaign, system);
  const ids = rows.filter(({armed}) => armed === 0).map(({id}) => id);
  if (ids.length === 0) return [`**Claims:** all ${grouped(rows.length)} had something to judge.`];
  const told = `${grouped(ids.length)} of ${grouped(rows.length)}`;
  return [`**Claims that never had anything to judge,** ${told}: ${names(ids)}`];
}

function idleHazards({campaign, system}: JudgedCampaign): string[] {
  const tampers = (system.tampers ?? []).map(({id}) => `tamper:${id}`);
  const ids = new Set([...Object.keys(campaign.hazards), ...Object.keys(system.hazards), ...tampers]);
  const idle = [...ids].filter(id => (campaign.hazards[id]?.effective ?? 0) === 0).sort(compareText);
  if (idle.length === 0)
    return ids.size === 0 ? [] : [`**Hazards:** all ${grouped(ids.size)} were effective.`];
  return [`**Hazards never effective,** ${grouped(idle.length)} of ${grouped(ids.size)}: ${names(idle)}`];
}

function lost({campaign, commandOf}: JudgedCampaign): string[] {
  if (campaign.lost.length === 0) return [];
  const batches = counted(campaign.lost.length, 'batch', 'batches');
  const rest = campaign.lost.length - NAMES_SHOWN;
  return [
    [
      `**Lost with their worker,** ${batches} of seeds:`,
      '',
      ...campaign.lost.slice(0, NAMES_SHOWN).map(batch => {
        const command = batch.seed === null ? '' : `: ${codeSpan(commandOf(batch.seed))}`;
        return `- ${codeSpan(lostLine(batch))}${command}`;
      }),
      ...(rest > 0 ? [`- and ${grouped(rest)} more`] : []),
    ].join('\n'),
  ];
}

const shards = ({missingShards}: JudgedCampaign): string[] =>
  missingShards.length === 0 ? [] : [`**Shards missing:** ${names(missingShards)}`];

function determinism({campaign: {reruns, runs, mismatches}}: JudgedCampaign): string[] {
  const told = `**Determinism:** ${grouped(reruns)} of ${counted(runs, 'seed')} run a second time`;
  if (mismatches.length === 0) return [`${told}, all the same.`];
  const rest = mismatches.length - MISMATCHES_SHOWN;
  return [
    [
      `${told}, ${counted(mismatches.length, 'mismatch', 'mismatches')}:`,
      '',
      ...mismatches.slice(0, MISMATCHES_SHOWN).map(({seed, first, second}) => {
        const [before, after] = [codeSpan(first, SIGNATURE), codeSpan(second, SIGNATURE)];
        return `- seed ${codeSpan(seed)}: first ${before}, then ${after}`;
      }),
      ...(rest > 0 ? [`- and ${grouped(rest)} more`] : []),
    ].join('\n'),
  ];
}

function canary({canary: fate}: JudgedCampaign): string[] {
  switch (fate?.kind) {
    case undefined:
      return [];
    case 'caught':
      return [`**Canary:** ${codeSpan(fate.id, SIGNATURE)} caught in ${counted(fate.seeds, 'seed')}.`];
    case 'missed':
      return [
        `**Canary:** ${codeSpan(fate.id, SIGNATURE)} **not caught** in ${counted(fate.seeds, 'seed')}.`,
      ];
    case 'failed':
      return [`**Canary:** **not caught:** ${codeSpan(fate.reason, MESSAGE)}`];
    case 'none':
      return ['**Canary:** none, the system has no mutants.'];
    case 'off':
      return ['**Canary:** not run.'];
  }
}
