/** `fuzz`: many seeds of one system after another, on all cores, until the time or the runs are used up. */
import {join, resolve} from 'node:path';
import {grouped} from '../report/amounts.ts';
import {campaignLines} from '../report/campaign.ts';
import type {JudgedCampaign} from '../report/checks.ts';
import type {CorpusResult} from '../report/corpus.ts';
import {campaignRecord, recordHead} from '../report/record.ts';
import {gravest, judge, type Verdict} from '../report/verdict.ts';
import type {Args, Verb} from './args.ts';
import {corpusFirst} from './campaign/corpus-first.ts';
import {readLimits, type Limits} from './campaign/limits.ts';
import {workersFor} from './campaign/open.ts';
import {begin, resume, type Start} from './campaign/start.ts';
import {CampaignStore} from './campaign/store.ts';
import {CI_FLAGS, ciReports} from './ci-reports.ts';
import {conduct} from './conduct.ts';
import {exitOf} from './exit.ts';
import {clearLeftovers, makeFolder, namesIn} from './files.ts';
import {SCENARIO_FLAG} from './scenario.ts';
import type {Session} from './session.ts';
import {has} from './values.ts';
import {version} from './version.ts';

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
    ...SCENARIO_FLAG,
    runs: {value: 'N', about: 'stop after so many seeds of each system, all shards together'},
    for: {value: '60s', about: 'stop after so long (ms, s, m, h), in all; 60s unless --runs is given'},
    'seed-base': {value: 'SEED', about: 'the seeds are derived from this one; random unless told'},
    variant: {value: 'NAME', about: 'a variant of the system (see list)'},
    workers: {value: 'N', about: 'worker threads; one a core unless told; 1 runs in this process'},
    shard: {value: 'I/N', about: 'only part I of N of the seeds; needs --seed-base'},
    resume: {about: 'go on with the campaign in --out; a system given by path must be given again'},
    stall: {value: '60s', about: 'give up a worker that finishes no seed for so long; 60s unless told'},
    'rerun-one-in': {
      value: 'N',
      about: 'run one seed in N again and compare digests; 0 for never, 20 unless told',
    },
    'max-findings': {value: 'N', about: 'stop at so many different signatures; 10 unless told'},
    'require-goals': {about: 'exit 21 if a goal is missed or a claim never had anything to judge'},
    shrink: {value: '30s', about: 'time for making the plan of each finding small, or off; 30s unless told'},
    'no-canary': {about: 'do not see whether the known bug of the system is caught'},
    out: {value: 'DIR', about: 'where results are written; reports unless told'},
    ...CI_FLAGS,
  },
  notes: [
    'Ctrl-C finishes the seeds at work and summarises; a second one ends at once.',
    'With --runs the result is the same whatever the number of workers.',
  ],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const {io} = session;
  const {starts, others} = has(args, 'resume') ? await resume(args, io) : await begin(args, io);
  const limits = readLimits(args, starts.length);
  const folder = resolve(io.cwd, limits.out);
  makeFolder(folder);
  const failures = join(folder, 'failures');
  clearLeftovers([folder, failures, ...namesIn(failures).map(name => join(failures, name))]);
  const stored = starts.map(start => start.stored);
  const store = new CampaignStore(folder, [...others, ...stored], io, line => session.log(line));

  const requireGoals = has(args, 'require-goals');
  let interrupted = false;
  const release = io.onInterrupt(() => (interrupted = true));
  const all: JudgedCampaign[] = [];
  const corpus: CorpusResult[] = [];
  const verdicts: Verdict[] = [];
  try {
    for (const start of starts) {
      if (interrupted && all.length > 0) break;
      session.say(heading(start, limits));
      const replayed = await corpusFirst(start.named, session);
      corpus.push(...replayed.results);
      verdicts.push(replayed.verdict);
      const conducted = await conduct(start, limits, store, session, () => interrupted);
      const {system} = start.named;
      session.say(['', ...campaignLines({...conducted, system, requireGoals}, session.paint)]);
      const judged = judge(conducted.campaign, system, requireGoals, conducted.canary);
      all.push({...conducted, system, requireGoals, missingShards: [], requireShards: false, ...judged});
      verdicts.push(judged.verdict);
    }
  } finally {
    release();
  }
  ciReports(all, args, session);
  const verdict = gravest(verdicts);
  emit(all, corpus, starts, verdict, session);
  return exitOf(verdict);
}

function heading({named, stored}: Start, limits: Limits): string {
  const workers = workersFor(limits.workers);
  return [
    `syncstorm ${version()}`,
    `fuzz ${named.system.name}`,
    `seed-base ${stored.seedBase}`,
    `node ${process.versions.node}`,
    `workers ${workers}`,
    ...(stored.shard.of > 1 ? [`shard ${stored.shard.index}/${stored.shard.of}`] : []),
    ...(stored.sum.runs > 0 ? [`after ${grouped(stored.sum.runs)} seeds`] : []),
  ].join('  ');
}

function emit(
  all: readonly JudgedCampaign[],
  corpus: readonly CorpusResult[],
  starts: readonly Start[],
  verdict: Verdict,
  session: Session,
): void {
  const names = starts.map(({stored}) => stored.system).join(',');
  const runs = all.reduce((sum, {campaign}) => sum + campaign.runs, 0);
  const [first] = starts;
  session.emit({
    ...recordHead('fuzz', names === '' ? null : names, verdict, runs, session.elapsedMs),
    ...campaignRecord(all),
    shard: first?.stored.shard ?? null,
    corpus: corpus.map(({file, state}) => ({file, state})),
  });
}
