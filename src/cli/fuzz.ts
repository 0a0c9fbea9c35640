/** `fuzz`: many seeds of one system after another, until the time or the runs are used up. */
import {campaignLines} from '../report/campaign.ts';
import {campaignRecord, recordHead, type CampaignFacts} from '../report/record.ts';
import {gravest, judge, type Verdict} from '../report/verdict.ts';
import {resolve} from 'node:path';
import type {Args, Verb} from './args.ts';
import {conduct, type Conducted, type Limits} from './conduct.ts';
import {exitOf} from './exit.ts';
import {makeFolder} from './files.ts';
import {checkVariant, loadSystem, registered, type Named} from './load-system.ts';
import type {Session} from './session.ts';
import {countOf, durationOf, has, seedOf, textOf} from './values.ts';
import {version} from './version.ts';

const FOR_MS = 60_000;

export const fuzz: Verb = {
  name: 'fuzz',
  summary: 'many seeds, until the time or the runs are used up',
  operands: [
    {
      name: 'system',
      required: false,
      about: 'a name, or a path to a module; all registered ones unless told',
    },
  ],
  flags: {
    runs: {value: 'N', about: 'stop after so many seeds of each system'},
    for: {value: '60s', about: 'stop after so long (ms, s, m, h), in all; 60s unless --runs is given'},
    'seed-base': {value: 'SEED', about: 'the seeds are derived from this one; random unless told'},
    variant: {value: 'NAME', about: 'a variant of the system (see list)'},
    'rerun-one-in': {
      value: 'N',
      about: 'run one seed in N again and compare digests; 0 for never, 20 unless told',
    },
    'max-findings': {value: 'N', about: 'stop at so many different signatures; 10 unless told'},
    'require-goals': {about: 'exit 21 if a goal is missed or a claim never had anything to judge'},
    out: {value: 'DIR', about: 'where plans of findings are written; reports unless told'},
  },
  notes: ['Ctrl-C finishes the current run and summarises; a second one ends at once.'],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const {cwd} = session.io;
  const [given] = args.operands;
  const chosen = given === undefined ? registered() : [await loadSystem(given, cwd)];
  const variant = textOf(args, 'variant') ?? 'default';
  for (const named of chosen) checkVariant(named, variant);
  const limits = readLimits(args, session, chosen.length);
  makeFolder(resolve(cwd, limits.out));

  const requireGoals = has(args, 'require-goals');
  let interrupted = false;
  const release = session.io.onInterrupt(() => (interrupted = true));
  const all: Conducted[] = [];
  const verdicts: Verdict[] = [];
  try {
    for (const named of chosen) {
      if (interrupted && all.length > 0) break;
      session.say(heading(named, limits));
      const conducted = await conduct(named, {...limits, variant}, session, () => interrupted);
      session.say(['', ...campaignLines({...conducted, system: named.system, requireGoals}, session.paint)]);
      all.push(conducted);
      verdicts.push(judge(conducted.campaign, named.system, requireGoals).verdict);
    }
  } finally {
    release();
  }
  const verdict = gravest(verdicts);
  emit(all, chosen, verdict, session);
  return exitOf(verdict);
}

function readLimits(args: Args, session: Session, systems: number): Omit<Limits, 'variant'> {
  const runs = countOf(args, 'runs', 0);
  const forMs = durationOf(args, 'for') ?? (runs === undefined ? FOR_MS : undefined);
  return {
    ...(runs === undefined ? {} : {runs}),
    ...(forMs === undefined ? {} : {forMs: Math.ceil(forMs / systems)}),
    seedBase: seedOf(args, 'seed-base', session.io),
    rerunOneIn: countOf(args, 'rerun-one-in', 0) ?? 20,
    maxFindings: countOf(args, 'max-findings', 1) ?? 10,
    out: textOf(args, 'out') ?? 'reports',
  };
}

const heading = ({system}: Named, {seedBase}: {readonly seedBase: string}): string =>
  `syncstorm ${version()}  fuzz ${system.name}  seed-base ${seedBase}  node ${process.versions.node}`;

function emit(
  all: readonly CampaignFacts[],
  chosen: readonly Named[],
  verdict: Verdict,
  session: Session,
): void {
  const names = chosen.map(({system}) => system.name).join(',');
  const runs = all.reduce((sum, {campaign}) => sum + campaign.runs, 0);
  session.emit({
    ...recordHead('fuzz', names === '' ? null : names, verdict, runs, session.elapsedMs),
    ...campaignRecord(all),
  });
}
