/** A folder of results, read and judged: the campaigns that its shards make up, and where their findings are stored. */
import {join} from 'node:path';
import {counted, grouped} from '../report/amounts.ts';
import type {SummaryFacts} from '../report/campaign.ts';
import type {JudgedCampaign} from '../report/checks.ts';
import {printable} from '../report/printable.ts';
import {judge} from '../report/verdict.ts';
import type {CampaignFinding, CanaryFate, StoredCampaign, StoredShard} from '../sim/campaign.ts';
import {shardSets, type ShardSet} from '../sim/merge.ts';
import {campaignOf} from '../sim/sums.ts';
import {runCommand} from './command.ts';
import {loadSystem, registered, type Named} from './load-system.ts';
import {Misuse} from './misuse.ts';
import {findingFolder, findingIn} from './stored-finding.ts';
import {PLAN_FILE} from './stored-run.ts';
import {shownFrom} from './system-folder.ts';

/** What is asked of a folder of results. */
export interface Asked {
  /** What `--system` says; null without it. */
  readonly system: string | null;
  readonly requireGoals: boolean;
  /** Every shard has to be there. */
  readonly requireShards: boolean;
}

/** A campaign with all that its summary, its record and its reports are made of. */
export interface StoredResult extends JudgedCampaign, SummaryFacts {
  readonly commandOf: (seed: string) => string;
  /** How many shards there are, as `7 of 8 shards merged`. */
  readonly stopped: string;
  /** Which are missing, in words; null if none is. */
  readonly missing: string | null;
}

/**
 * The campaigns of a stored file, one for each system and variant, with what `folder` (absolute) holds of their findings. Throws
 * {@link Misuse} where shards do not fit together or a system cannot be found, `UnreadableError` where a plan of a
 * finding cannot be read.
 */
export async function judgeStored(
  stored: StoredCampaign,
  folder: string,
  asked: Asked,
  cwd: string,
): Promise<StoredResult[]> {
  const sets = shardSets(stored);
  for (const set of sets) checkCuts(set);
  const results: StoredResult[] = [];
  for (const group of bySystem(sets)) {
    const named = await systemOf(group[0] as ShardSet, asked.system, cwd);
    results.push(judgeGroup(group, named, folder, asked, cwd));
  }
  return results;
}

/** Shards of differently cut seeds overlap: what both ran would count twice. */
function checkCuts({system, variant, seedBase, cuts}: ShardSet): void {
  if (cuts.length === 1) return;
  throw new Misuse(
    printable(
      `shards of one campaign are cut in ${cuts.join(' and in ')} parts, so they overlap: ${system}, variant ${variant}, seed-base ${seedBase}`,
    ),
    'merge only shards of the same number of parts, as in: fuzz --shard 1/8 … --shard 8/8',
  );
}

/** Campaigns of the same system and variant, whatever their seeds: a bug is one finding in all of them. */
function bySystem(sets: readonly ShardSet[]): ShardSet[][] {
  const groups: ShardSet[][] = [];
  for (const set of sets) {
    const last = groups.at(-1);
    const [like] = last ?? [];
    if (like?.system === set.system && like.variant === set.variant) last?.push(set);
    else groups.push([set]);
  }
  return groups;
}

/** A stored file never names code to load. */
async function systemOf({system}: ShardSet, given: string | null, cwd: string): Promise<Named> {
  const named = registered().find(one => one.system.name === system);
  if (named !== undefined) return named;
  const loaded = given === null ? null : await loadSystem(given, cwd);
  if (loaded?.system.name === system) return loaded;
  throw new Misuse(
    `there are results of a system called "${printable(system)}", which is not registered`,
    'say where it is: --system ./module-that-exports-it.mjs',
  );
}

function judgeGroup(
  group: readonly ShardSet[],
  named: Named,
  folder: string,
  {requireGoals, requireShards}: Asked,
  cwd: string,
): StoredResult {
  const {system, given} = named;
  const shards = group.flatMap(set => set.shards);
  const whole = campaignOf(system, ...shards);
  const {files, findings} = storedFindings(whole.findings, named, folder, cwd);
  const campaign = {...whole, findings};
  const commandOf = (seed: string): string => runCommand(given, seed, campaign.variant);
  const missingShards = group.flatMap(set => missingOf(set, group.length > 1));
  const all = shards.length + missingShards.length;
  const missing = missingShards.length === 0 ? null : missingText(all, missingShards);
  const wanting = requireShards && missing !== null ? [missing] : [];
  const canary = gravestCanary(shards);
  return {
    campaign,
    system,
    elapsedMs: shards.reduce((sum, {elapsedMs}) => sum + elapsedMs, 0),
    stopped: `${grouped(shards.length)} of ${counted(all, 'shard')} merged`,
    missing,
    requireGoals,
    files,
    commands: new Map(findings.map(({signature, seed}) => [signature, commandOf(seed)])),
    commandOf,
    missingShards,
    requireShards,
    wanting,
    ...(canary === undefined ? {} : {canary}),
    ...judge(campaign, system, requireGoals, canary, wanting),
  };
}

/** Shards that are not there, as `3/8`; with their seed base where there are several. */
function missingOf({missing, cuts, seedBase}: ShardSet, several: boolean): string[] {
  return missing.map(index => `${index}/${cuts[0] ?? 0}${several ? ` of seed-base ${seedBase}` : ''}`);
}

const missingText = (all: number, missing: readonly string[]): string =>
  `${grouped(missing.length)} of ${counted(all, 'shard')} ${missing.length === 1 ? 'is' : 'are'} missing: ${missing.join(', ')}`;

/** Every shard runs the canary: of what became of it the worst counts. Undefined where none of them says. */
function gravestCanary(shards: readonly StoredShard[]): CanaryFate | undefined {
  const fates = shards.flatMap(({canary}) => (canary === undefined ? [] : [canary]));
  const kinds = ['failed', 'missed', 'caught', 'none', 'off'] as const;
  return kinds.map(kind => fates.find(fate => fate.kind === kind)).find(fate => fate !== undefined);
}

/** Where findings are stored, and those findings: of what has a complete bundle, the steps are those of its plan. */
function storedFindings(
  found: readonly CampaignFinding[],
  {system}: Named,
  folder: string,
  cwd: string,
): {readonly files: ReadonlyMap<string, string>; readonly findings: readonly CampaignFinding[]} {
  const files = new Map<string, string>();
  const findings = found.map(finding => {
    const {signature} = finding;
    const stored = findingIn(findingFolder(folder, system.name, signature), system.name, signature);
    if (stored === null) return finding;
    files.set(signature, shownFrom(stored.complete ? stored.folder : join(stored.folder, PLAN_FILE), cwd));
    return stored.complete ? {...finding, steps: stored.steps} : finding;
  });
  return {files, findings};
}
