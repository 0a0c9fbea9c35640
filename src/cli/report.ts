/** `report`: what people and build servers read, made again from stored data; runs nothing. */
import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {campaignMarkdown} from '../report/campaign-markdown.ts';
import {junitXml} from '../report/junit.ts';
import {printable} from '../report/printable.ts';
import {recordHead} from '../report/record.ts';
import type {Args, Verb} from './args.ts';
import {FAILURE_FILE, rewriteReports} from './bundle/bundle.ts';
import {CI_FLAGS, ciReports} from './ci-reports.ts';
import {EXIT} from './exit.ts';
import {writeWhole} from './files.ts';
import {Misuse} from './misuse.ts';
import {SCENARIO_FLAG, systemText} from './scenario.ts';
import type {Session} from './session.ts';
import {CAMPAIGN_FILE, readCampaign} from './stored-campaign.ts';
import {judgeStored} from './stored-results.ts';
import {has, textOf} from './values.ts';

export const report: Verb = {
  name: 'report',
  summary: 'JUnit, Markdown and annotations of a campaign, or the pages of a bundle, from stored data',
  operands: [
    {
      name: 'dir',
      required: false,
      about: 'a folder that fuzz --out or merge wrote, or one bundle in it; reports unless told',
    },
  ],
  flags: {
    ...CI_FLAGS,
    ...SCENARIO_FLAG,
    system: {
      value: 'SYSTEM',
      about: 'where a system is whose name is not registered: a path to a module that exports it',
    },
    'require-goals': {about: 'a missed goal, or a claim that never had anything to judge, is a failure'},
    'require-all': {about: 'a shard that is missing is a failure'},
  },
  notes: [
    'Without --junit, --markdown and --github: writes junit.xml and summary.md into the folder.',
    'Of a bundle: REPORT.md, index.html and the test, with commands for where the folder is now.',
    'Ends with exit code 0 whatever the verdict is that it reports.',
  ],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const given = args.operands[0] ?? 'reports';
  const folder = resolve(session.io.cwd, given);
  if (existsSync(join(folder, FAILURE_FILE))) return ofBundle(given, folder, args, session);
  if (existsSync(join(folder, CAMPAIGN_FILE))) return ofCampaign(given, folder, args, session);
  throw new Misuse(
    `there is no ${CAMPAIGN_FILE} and no ${FAILURE_FILE} in ${printable(given)}`,
    'give a folder that fuzz --out or merge --out wrote, or a bundle in it',
  );
}

/** The pages of one finding, with commands for where its folder is now. */
function ofBundle(given: string, folder: string, args: Args, session: Session): number {
  const flag = Object.keys(CI_FLAGS).find(name => has(args, name));
  if (flag !== undefined) {
    throw new Misuse(
      `--${flag} is of a campaign, and ${printable(given)} is the bundle of one finding`,
      'leave it out, or give the folder of the campaign',
    );
  }
  const {files, notes} = rewriteReports(folder, session.io);
  for (const name of files) session.say(printable(join(given, name)));
  for (const note of notes) session.log(`syncstorm: ${note}`);
  session.emit({...recordHead('report', null, 'ok', 0, session.elapsedMs), files, notes});
  return EXIT.ok;
}

async function ofCampaign(given: string, folder: string, args: Args, session: Session): Promise<number> {
  const {cwd} = session.io;
  const asked = {
    system: systemText(args, textOf(args, 'system')) ?? null,
    requireGoals: has(args, 'require-goals'),
    requireShards: has(args, 'require-all'),
  };
  const stored = readCampaign(join(folder, CAMPAIGN_FILE), join(given, CAMPAIGN_FILE));
  const results = await judgeStored(stored, folder, asked, cwd);
  if (Object.keys(CI_FLAGS).some(flag => has(args, flag))) ciReports(results, args, session);
  else {
    const files = [
      ['junit.xml', junitXml(results)],
      ['summary.md', campaignMarkdown(results)],
    ] as const;
    for (const [name, text] of files) {
      writeWhole(join(folder, name), text);
      session.say(printable(join(given, name)));
    }
  }
  const names = [...new Set(results.map(({campaign}) => campaign.system))].join(',');
  session.emit({
    ...recordHead('report', names === '' ? null : names, 'ok', 0, session.elapsedMs),
    campaigns: results.map(({campaign: {system, variant, runs}, verdict}) => ({
      system,
      variant,
      runs,
      verdict,
    })),
  });
  return EXIT.ok;
}
