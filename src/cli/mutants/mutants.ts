/** `mutants`: plants each known bug into the code, and tells which claim noticed it, and after how many seeds. */
import {availableParallelism} from 'node:os';
import {dirname, resolve} from 'node:path';
import {mutantLines} from '../../report/mutant-lines.ts';
import {mutantsMarkdown, mutantsRecord, type MutantFacts} from '../../report/mutants.ts';
import {printable} from '../../report/printable.ts';
import {recordHead} from '../../report/record.ts';
import type {Verdict} from '../../report/verdict.ts';
import type {Args, Verb} from '../args.ts';
import {shellWord} from '../command.ts';
import {EXIT, exitOf} from '../exit.ts';
import {makeFolder, writeWhole} from '../files.ts';
import {checkVariant, loadSystem} from '../load-system.ts';
import {SCENARIO_FLAG, systemText} from '../scenario.ts';
import type {Session} from '../session.ts';
import {countOf, durationOf, seedOf, textOf} from '../values.ts';
import {version} from '../version.ts';
import {choose, sentencesOf} from './choice.ts';
import {Control} from './control.ts';
import {Crew} from './crew.ts';
import type {TrialOptions} from './trial.ts';
import {Watched} from './watched.ts';

const SEEDS = 2_000;
const CAMPAIGNS = 5;
const SHRINK_MS = 30_000;
const STALL_MS = 60_000;
/** Fixed, so that the table is the same as long as the code is. */
const SEED_BASE = '0x0000000000000001';

export const mutants: Verb = {
  name: 'mutants',
  summary: 'plants each known bug, and tells which claim notices it in how many seeds',
  operands: [{name: 'system', required: true, about: 'a name, or a path to a module that exports one'}],
  flags: {
    ...SCENARIO_FLAG,
    seeds: {value: 'N', about: `give up a campaign after so many seeds; ${SEEDS} unless told`},
    campaigns: {
      value: 'N',
      about: `campaigns for each mutant, each with its own seeds; ${CAMPAIGNS} unless told`,
    },
    'seed-base': {value: 'SEED', about: 'the seeds are derived from this one; always the same unless told'},
    variant: {value: 'NAME', about: 'a variant of the system (see list)'},
    only: {value: 'ID,ID', about: 'try these alone'},
    dir: {value: 'DIR', about: "a folder of mutants in place of the system's own"},
    workers: {value: 'N', about: 'so many at a time; as many as there are cores unless told'},
    shrink: {value: '30s', about: 'time for shrinking the plan of each first kill, or off; 30s unless told'},
    stall: {value: '60s', about: 'give up a process that says nothing for so long; 60s unless told'},
    out: {value: 'DIR', about: 'write minimal plans there, as mutants/<id>/plan.json'},
    markdown: {value: 'FILE', about: 'write the table there'},
  },
  notes: [
    'A mutant is a JSON file: {id, file, find, replace, claim, note}. find has to be in the file exactly once.',
    'Killed: a claim is violated in most campaigns. A mutant that survives is a claim that is missing, or a workload that is tame.',
  ],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const {cwd, wallClock} = session.io;
  const named = await loadSystem(systemText(args, args.operands[0]) ?? '', cwd);
  const variant = checkVariant(named, textOf(args, 'variant') ?? 'default');
  const limits = readLimits(args, session);
  const workers = countOf(args, 'workers', 1) ?? availableParallelism();
  const planted = await choose(named, {dir: textOf(args, 'dir'), only: textOf(args, 'only')}, cwd);
  const [out, markdown] = [textOf(args, 'out'), textOf(args, 'markdown')];
  if (out !== undefined) makeFolder(resolve(cwd, out));
  if (markdown !== undefined) makeFolder(dirname(resolve(cwd, markdown)));

  const {campaigns, seeds, seedBase} = limits;
  const command = commandOf(args, seedBase);
  session.running = command;
  const name = named.system.name;
  session.say(
    `syncstorm ${version()}  mutants ${name}  seed-base ${seedBase}  node ${process.versions.node}`,
  );
  const watched = new Watched(planted, named, out, session);
  const control = new Control(named, cwd, limits.stallMs);
  const crew = new Crew(planted, {named, cwd, variant, wallClock, control, ...limits}, watched);
  const release = session.io.onInterrupt(() => crew.stop());
  try {
    await crew.work(workers);
  } finally {
    release();
    control.end();
    watched.end();
  }
  session.running = null;
  const facts: MutantFacts = {
    ...{system: name, variant, results: watched.results, total: planted.length},
    ...{campaigns, seeds, seedBase, command},
  };
  session.say(['', ...mutantLines(facts, sentencesOf(named.system), session.paint)]);
  if (markdown !== undefined) writeTable(markdown, facts, session);
  return end(facts, watched.runs, session);
}

function readLimits(
  args: Args,
  session: Session,
): Pick<TrialOptions, 'seedBase' | 'campaigns' | 'seeds' | 'shrinkMs' | 'stallMs'> {
  return {
    seedBase: textOf(args, 'seed-base') === undefined ? SEED_BASE : seedOf(args, 'seed-base', session.io),
    campaigns: countOf(args, 'campaigns', 1) ?? CAMPAIGNS,
    seeds: countOf(args, 'seeds', 1) ?? SEEDS,
    shrinkMs: textOf(args, 'shrink') === 'off' ? null : (durationOf(args, 'shrink') ?? SHRINK_MS),
    stallMs: durationOf(args, 'stall') ?? STALL_MS,
  };
}

/** The command that gives the same results again: what has no influence on them is left out. */
function commandOf({operands, values}: Args, seedBase: string): string {
  const flags = Object.entries(values).filter(
    ([flag]) => !['json', 'workers', 'out', 'stall'].includes(flag),
  );
  const words = flags.flatMap(([flag, value]) => [
    `--${flag}`,
    flag === 'seed-base' ? seedBase : String(value),
  ]);
  return ['npx syncstorm mutants', ...[...operands, ...words].map(shellWord)].join(' ');
}

function writeTable(file: string, facts: MutantFacts, session: Session): void {
  if (facts.results.length < facts.total) {
    session.say(`not written: ${printable(file)}, since not all were tried`);
    return;
  }
  writeWhole(resolve(session.io.cwd, file), mutantsMarkdown(facts));
  session.say(`written  ${printable(file)}`);
}

function end(facts: MutantFacts, runs: number, session: Session): number {
  const verdict = verdictOf(facts);
  session.say(`verdict: ${verdict}`);
  session.emit({
    ...recordHead('mutants', facts.system, verdict, runs, session.elapsedMs),
    ...mutantsRecord(facts),
  });
  return facts.results.some(({status}) => status === 'broken') ? EXIT.unreadable : exitOf(verdict);
}

/**
 * A survivor says nothing against the code, so it is inconclusive; so is a table with rows missing, or with none. What
 * fails without its mutant is a violation of the code itself.
 */
function verdictOf({results, total}: MutantFacts): Verdict {
  if (results.some(({replays}) => replays === false)) return 'nondeterminism';
  if (results.some(({unmutated}) => unmutated !== null)) return 'violation';
  const killed = results.filter(({status}) => status === 'killed');
  return killed.length === total && total > 0 ? 'ok' : 'inconclusive';
}
