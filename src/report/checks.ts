/** A judged campaign as a list of checks that passed, failed or were not made: what JUnit and annotations are made of. */
import type {Campaign, CampaignFinding, LostBatch, Mismatch} from '../sim/campaign.ts';
import {compareText} from '../sim/json.ts';
import type {System} from '../sim/system.ts';
import {counted, duration, grouped} from './amounts.ts';
import {printable} from './printable.ts';
import {claimRows, type CanaryFate, type Verdict} from './verdict.ts';

/** A campaign that is over, and how it was judged. */
export interface JudgedCampaign {
  readonly campaign: Campaign;
  readonly system: System;
  /** Wall time in ms. */
  readonly elapsedMs: number;
  readonly requireGoals: boolean;
  /** Where each finding is stored, and the command that repeats it, by signature. */
  readonly files: ReadonlyMap<string, string>;
  readonly commands: ReadonlyMap<string, string>;
  /** The command that runs one seed. */
  readonly commandOf: (seed: string) => string;
  /** What became of the canary; left out where nothing is known of one. */
  readonly canary?: CanaryFate;
  /** Shards that a merge did not get, as `3/8`; whether it has to have all. */
  readonly missingShards: readonly string[];
  readonly requireShards: boolean;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

export type CheckKind = 'seeds' | 'shards' | 'determinism' | 'canary' | 'claim' | 'goal';

/**
 * One thing that a campaign checked. Some check failed exactly if the verdict is not `ok`. `blank`: nothing is known,
 * and nobody required it.
 */
export interface Check {
  readonly kind: CheckKind;
  /** Id of the claim, text of the goal, else the kind; printable. */
  readonly id: string;
  /** What it checks, as a sentence; printable. */
  readonly title: string;
  readonly result: 'passed' | 'failed' | 'blank';
  /** What was seen in place of a pass, on one printable line; empty if it passed. */
  readonly message: string;
  /** More of it, printable lines. */
  readonly lines: readonly string[];
}

/** All checks of a campaign, in the order in which they are told. */
export function checksOf(judged: JudgedCampaign): Check[] {
  return [
    seedsCheck(judged),
    ...shardsCheck(judged),
    determinismCheck(judged.campaign),
    ...canaryCheck(judged.canary),
    ...claimChecks(judged),
    ...goalChecks(judged),
  ];
}

/** The name of a campaign, as a suite or a heading is called; printable. */
export function campaignName({campaign: {system, variant}}: JudgedCampaign): string {
  return printable(variant === 'default' ? system : `${system}, variant ${variant}`);
}

const passed = (kind: CheckKind, id: string, title: string): Check => ({
  kind,
  id: printable(id),
  title: printable(title),
  result: 'passed',
  message: '',
  lines: [],
});

function missed(check: Check, result: 'failed' | 'blank', message: string, lines: readonly string[]): Check {
  return {...check, result, message: printable(message), lines: lines.map(printable)};
}

function seedsCheck({campaign: {runs, lost}, commandOf}: JudgedCampaign): Check {
  const check = passed('seeds', 'seeds', 'every seed was run');
  if (lost.length > 0) {
    const seeds = lost.reduce((sum, {indices}) => sum + indices.length, 0);
    const batches = counted(lost.length, 'batch', 'batches');
    const message = `${batches} lost with the worker: nothing is known of ${counted(seeds, 'seed')}`;
    const lines = lost.flatMap(batch => [
      lostLine(batch),
      ...(batch.seed === null ? [] : [commandOf(batch.seed)]),
    ]);
    return missed(check, 'failed', message, lines);
  }
  return runs === 0 ? missed(check, 'failed', 'nothing ran', []) : check;
}

/** Where a lost batch was when its worker died. */
export const lostLine = ({indices, seed, cause}: LostBatch): string =>
  `${counted(indices.length, 'seed')}: the worker ${cause} ${seed === null ? 'before the first of them' : `at seed ${seed}`}`;

function shardsCheck({missingShards, requireShards}: JudgedCampaign): Check[] {
  const check = passed('shards', 'shards', 'every shard was merged');
  if (missingShards.length === 0) return requireShards ? [check] : [];
  const message = `missing: ${missingShards.join(', ')}`;
  return [missed(check, requireShards ? 'failed' : 'blank', message, [])];
}

const MISMATCHES_TOLD = 5;

function determinismCheck({reruns, mismatches}: Campaign): Check {
  const check = passed('determinism', 'determinism', 'the same seed gives the same run');
  if (mismatches.length > 0) {
    const message = `${counted(mismatches.length, 'mismatch', 'mismatches')} in ${counted(reruns, 'rerun')}`;
    return missed(check, 'failed', message, mismatches.slice(0, MISMATCHES_TOLD).flatMap(mismatchLines));
  }
  return reruns === 0 ? missed(check, 'blank', 'no seed was run a second time', []) : check;
}

function mismatchLines({seed, first, second, divergence}: Mismatch): string[] {
  const digests = `seed ${seed}: first ${first}, then ${second}`;
  if (divergence === null) return [digests];
  return [
    `${digests}; the traces part at event ${grouped(divergence.line)}`,
    `  first   ${divergence.first}`,
    `  second  ${divergence.second}`,
  ];
}

function canaryCheck(canary: CanaryFate | undefined): Check[] {
  const check = passed('canary', 'canary', 'the canary, a bug that is known, is caught');
  switch (canary?.kind) {
    case undefined:
      return [];
    case 'caught':
      return [check];
    case 'missed':
      return [missed(check, 'failed', `${canary.id} was not caught in ${counted(canary.seeds, 'seed')}`, [])];
    case 'failed':
      return [missed(check, 'failed', canary.reason, [])];
    case 'none':
      return [missed(check, 'blank', 'the system has no mutants', [])];
    case 'off':
      return [missed(check, 'blank', 'it was not run', [])];
  }
}

function claimChecks(judged: JudgedCampaign): Check[] {
  const {campaign, system, requireGoals} = judged;
  const armed = new Map(claimRows(campaign, system).map(row => [row.id, row.armed]));
  const ids = new Set([...armed.keys(), ...campaign.findings.map(({claim}) => claim)]);
  return [...ids].sort(compareText).map(id => {
    const findings = campaign.findings.filter(({claim}) => claim === id);
    const check = passed('claim', id, `${id}: ${sentenceOf(id, system, findings)}`);
    if (findings.length > 0) {
      const lines = findings.flatMap((finding, index) => [
        ...(index === 0 ? [] : ['']),
        ...findingLines(finding, judged),
      ]);
      return missed(check, 'failed', findings.map(({signature}) => signature).join(', '), lines);
    }
    if ((armed.get(id) ?? 0) > 0) return check;
    return missed(check, requireGoals ? 'failed' : 'blank', 'vacuous: it never had anything to judge', []);
  });
}

function sentenceOf(id: string, system: System, findings: readonly CampaignFinding[]): string {
  const claim = [...system.claims, system.attemptClaim].find(candidate => candidate?.id === id);
  return claim?.sentence ?? findings[0]?.sentence ?? 'a claim that the system no longer makes';
}

/** A finding in a few lines, the last of which is the command that repeats it. */
export function findingLines(
  {signature, claim, sentence, violation, count, seed, steps}: CampaignFinding,
  {campaign, files, commands}: JudgedCampaign,
): string[] {
  const file = files.get(signature);
  const command = commands.get(signature);
  const where = violation.node === '' ? 'the world' : `${violation.role} ${violation.node}`.trimStart();
  return [
    signature,
    `claim   ${claim}: ${sentence}`,
    `seen    ${violation.message}`,
    `where   ${where}, at ${duration(violation.atMs)} of virtual time`,
    `runs    ${grouped(count)} of ${grouped(campaign.runs)}; first seed ${seed}`,
    `plan    ${counted(steps, 'step')}`,
    ...(file === undefined ? [] : [`stored  ${file}`]),
    ...(command === undefined ? [] : [command]),
  ].map(printable);
}

function goalChecks({campaign: {goals}, requireGoals}: JudgedCampaign): Check[] {
  const reached = new Set(Object.keys(goals.reached));
  return [...reached, ...goals.missed].sort(compareText).map(goal => {
    const check = passed('goal', goal, `goal: ${goal}`);
    return reached.has(goal) ? check : missed(check, requireGoals ? 'failed' : 'blank', 'never reached', []);
  });
}
