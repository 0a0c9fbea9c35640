/** `merge`: folds the results of shards into one folder, as if one campaign had made them. */
import {existsSync, realpathSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {counted} from '../report/amounts.ts';
import {campaignLines} from '../report/campaign.ts';
import {printable} from '../report/printable.ts';
import {campaignRecord, recordHead} from '../report/record.ts';
import {gravest} from '../report/verdict.ts';
import type {StoredCampaign} from '../sim/campaign.ts';
import {canonicalJson} from '../sim/json.ts';
import {mergeCampaigns} from '../sim/merge.ts';
import type {Args, Verb} from './args.ts';
import {rewriteReports} from './bundle/bundle.ts';
import {CI_FLAGS, ciReports} from './ci-reports.ts';
import {exitOf} from './exit.ts';
import {makeFolder, writeWhole} from './files.ts';
import {Misuse} from './misuse.ts';
import {SCENARIO_FLAG, systemText} from './scenario.ts';
import type {Session} from './session.ts';
import {CAMPAIGN_FILE, readCampaign} from './stored-campaign.ts';
import {compareFindings, copyFinding, findingFolder, findingIn, isSameFolder} from './stored-finding.ts';
import {judgeStored, type StoredResult} from './stored-results.ts';
import {has, textOf} from './values.ts';
import {version} from './version.ts';

export const merge: Verb = {
  name: 'merge',
  summary: 'fold the results of shards into one folder',
  operands: [{name: 'dir', required: true, many: true, about: 'a folder that fuzz --out or merge wrote'}],
  flags: {
    out: {value: 'DIR', about: 'where the merged results are written; reports unless told'},
    ...SCENARIO_FLAG,
    system: {
      value: 'SYSTEM',
      about: 'where a system is whose name is not registered: a path to a module that exports it',
    },
    'require-goals': {about: 'exit 21 if no shard reached a goal, or armed a claim'},
    'require-all': {about: 'exit 21 if a shard is missing'},
    ...CI_FLAGS,
  },
  notes: [
    'Results that --out holds already are merged too. The order of folders does not matter, and merging again changes nothing.',
    'Of several bundles of one signature the one whose plan has the fewest steps is kept.',
  ],
  act,
};

/** A folder with a campaign in it. */
interface Source {
  /** Links followed, so that one folder is one source however it is called. */
  readonly folder: string;
  readonly stored: StoredCampaign;
}

async function act(args: Args, session: Session): Promise<number> {
  const {cwd} = session.io;
  const out = textOf(args, 'out') ?? 'reports';
  const target = resolve(cwd, out);
  const sources = readSources(args.operands, out, cwd);
  const merged = sources.map(({stored}) => stored).reduce(mergeCampaigns);
  const asked = {
    system: systemText(args, textOf(args, 'system')) ?? null,
    requireGoals: has(args, 'require-goals'),
    requireShards: has(args, 'require-all'),
  };
  // what does not fit together is told before anything is written
  await judgeStored(merged, target, asked, cwd);
  makeFolder(target);
  const done = new Set<string>();
  for (const {system, sum} of merged.shards) {
    for (const signature of Object.keys(sum.findings)) {
      const key = canonicalJson([system, signature]);
      if (!done.has(key)) keepBest(system, signature, sources, target, session);
      done.add(key);
    }
  }
  writeWhole(join(target, CAMPAIGN_FILE), `${JSON.stringify(merged)}\n`);
  const results = await judgeStored(merged, target, asked, cwd);
  return report(results, sources.length, args, session);
}

function readSources(given: readonly string[], out: string, cwd: string): Source[] {
  const sources = new Map<string, Source>();
  for (const shownAs of [...given, ...(existsSync(resolve(cwd, out, CAMPAIGN_FILE)) ? [out] : [])]) {
    const file = resolve(cwd, shownAs, CAMPAIGN_FILE);
    if (!existsSync(file)) {
      throw new Misuse(
        `there is no ${CAMPAIGN_FILE} in ${printable(shownAs)}`,
        'give folders that fuzz --out or merge --out wrote',
      );
    }
    const folder = realpathSync(resolve(cwd, shownAs));
    sources.set(folder, {folder, stored: readCampaign(file, join(shownAs, CAMPAIGN_FILE))});
  }
  return [...sources.values()];
}

/** Of all that the sources store of a finding of theirs the target gets the best, with commands for where it is now. */
function keepBest(
  system: string,
  signature: string,
  sources: readonly Source[],
  target: string,
  session: Session,
): void {
  const own = sources.filter(({stored}) =>
    stored.shards.some(shard => shard.system === system && Object.hasOwn(shard.sum.findings, signature)),
  );
  const stored = own.flatMap(({folder}) => {
    const finding = findingIn(findingFolder(folder, system, signature), system, signature);
    return finding === null ? [] : [finding];
  });
  const [best] = stored.sort(compareFindings);
  const folder = findingFolder(target, system, signature);
  if (best === undefined || isSameFolder(best.folder, folder)) return;
  copyFinding(best.folder, folder);
  if (!best.complete) return;
  const {notes} = rewriteReports(folder, session.io);
  for (const note of notes) session.log(`syncstorm: ${note}`);
}

function report(results: readonly StoredResult[], folders: number, args: Args, session: Session): number {
  const {paint} = session;
  const all = counted(folders, 'folder');
  session.say(`syncstorm ${version()}  merge  ${all}  node ${process.versions.node}`);
  for (const result of results) {
    // where all are required it is a reason of the verdict, and told there
    const missing = result.missing === null || result.requireShards ? [] : [paint.yellow(result.missing)];
    session.say(['', ...missing, ...campaignLines(result, paint)]);
  }
  ciReports(results, args, session);
  const verdict = gravest(results.map(result => result.verdict));
  const names = [...new Set(results.map(({campaign}) => campaign.system))].join(',');
  const runs = results.reduce((sum, {campaign}) => sum + campaign.runs, 0);
  session.emit({
    ...recordHead('merge', names === '' ? null : names, verdict, runs, session.elapsedMs),
    ...campaignRecord(results),
    missingShards: results.flatMap(({missingShards}) => missingShards),
  });
  return exitOf(verdict);
}
