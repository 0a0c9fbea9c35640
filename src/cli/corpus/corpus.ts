/** `corpus`: adds plans to what is replayed before anything new, replays them all, lists them. */
import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {counted} from '../../report/amounts.ts';
import {columns} from '../../report/columns.ts';
import {corpusLines, corpusRecord, corpusVerdict, type CorpusResult} from '../../report/corpus.ts';
import {outcomeLines} from '../../report/outcome.ts';
import {printable} from '../../report/printable.ts';
import {recordHead} from '../../report/record.ts';
import {metSteps} from '../../sim/met.ts';
import type {Outcome} from '../../sim/outcome.ts';
import type {Plan} from '../../sim/plan.ts';
import {run} from '../../sim/run.ts';
import type {System} from '../../sim/system.ts';
import type {Args, Verb} from '../args.ts';
import {shellWord} from '../command.ts';
import {EXIT} from '../exit.ts';
import {checkVariant, loadSystem, registered, type Named} from '../load-system.ts';
import {Misuse} from '../misuse.ts';
import {suggestion} from '../nearest.ts';
import {systemOf} from '../plan-system.ts';
import {SCENARIO_FLAG, systemText} from '../scenario.ts';
import type {Session} from '../session.ts';
import {readStoredRun} from '../stored-run.ts';
import {folderOfSystem, jsonFilesIn, shownFrom, type SystemFolder} from '../system-folder.ts';
import {textOf} from '../values.ts';
import {isName, nameFor, noteOf, OK, readEntry, writeEntry, type CorpusEntry} from './file.ts';
import {replayCorpus} from './replay.ts';

const ACTIONS = ['add', 'verify', 'list'];

export const corpus: Verb = {
  name: 'corpus',
  summary: 'stored plans with their stories, replayed before anything new',
  operands: [
    {name: 'action', required: true, about: 'add PLAN, verify [SYSTEM] or list [SYSTEM]'},
    {
      name: 'subject',
      required: false,
      about:
        'add: a plan, the folder of a finding, or a corpus file; else a system, all registered ones unless told',
    },
  ],
  flags: {
    note: {
      value: 'TEXT',
      about: 'add: what goes wrong when, and which claim says so; kept for a corpus file',
    },
    name: {value: 'NAME', about: 'add: what the file is called; after the plan unless told'},
    ...SCENARIO_FLAG,
    system: {value: 'SYSTEM', about: 'add: the plan is of this system: a name, or a path to a module'},
    dir: {value: 'DIR', about: "another folder than the system's own"},
  },
  notes: [
    'A corpus is scenarios/SYSTEM/corpus, or the folder corpus beside the module of a system.',
    'A plan that no longer gives what is expected, or no longer meets what it met, is told: exit 1 for a violation, 22 for the rest.',
  ],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const [action = ''] = args.operands;
  switch (action) {
    case 'add':
      return add(args, session);
    case 'verify':
      return verify(args, session);
    case 'list':
      return list(args, session);
    default:
      throw new Misuse(
        `corpus cannot "${printable(action)}"`,
        `${suggestion(action, ACTIONS, 'actions')}; see: syncstorm corpus --help`,
      );
  }
}

/** Runs the plan on the present code, and stores it with what it gave and met. */
async function add(args: Args, session: Session): Promise<number> {
  const {cwd} = session.io;
  const operand = args.operands[1];
  if (operand === undefined)
    throw new Misuse('corpus add needs a plan', 'as in: corpus add reports/failures/SIGNATURE --note TEXT');
  const source = resolve(cwd, operand);
  const stored = readStoredRun(source, operand);
  const named = await systemOf(stored.plan, systemText(args, textOf(args, 'system')) ?? null, operand, cwd);
  checkVariant(named, stored.plan.variant);
  const note = textOf(args, 'note')?.trim() ?? noteOf(source);
  if (note === '') {
    throw new Misuse(
      'corpus add needs --note: what the plan shows',
      'say what goes wrong when, and which claim says so',
    );
  }
  const target = targetOf(args, named, operand, session);
  const entry = {note, ...(await recorded(named.system, stored.plan))};
  if (entry.met.length === 0) {
    throw new Misuse(
      `nothing that ${printable(operand)} plans takes effect: it would test nothing`,
      'add a plan whose steps are met on the present code',
    );
  }
  writeEntry(target.path, entry);
  tellAdded(target.shownAs, entry, entry.outcome, session);
  return EXIT.ok;
}

function targetOf(args: Args, named: Named, operand: string, session: Session): SystemFolder {
  const {cwd} = session.io;
  const name = textOf(args, 'name') ?? nameFor(operand);
  if (!isName(name)) {
    throw new Misuse(
      `a corpus file cannot be called "${printable(name)}"`,
      'give a --name of letters, digits, dots and dashes',
    );
  }
  const folder = folderFor(args, named, cwd);
  const path = join(folder.path, `${name}.json`);
  if (existsSync(path) && path !== resolve(cwd, operand)) {
    throw new Misuse(
      `${printable(shownFrom(path, cwd))} is there already`,
      'choose another --name, or add that file itself to renew what it expects',
    );
  }
  return {path, shownAs: join(folder.shownAs, `${name}.json`)};
}

function folderFor(args: Args, named: Named, cwd: string): SystemFolder {
  const dir = textOf(args, 'dir');
  return dir === undefined ? folderOfSystem(named, 'corpus', cwd) : {path: resolve(cwd, dir), shownAs: dir};
}

/** The plan with its fates by name where that gives the same run, and what it gives and meets. */
async function recorded(
  system: System,
  given: Plan,
): Promise<Omit<CorpusEntry, 'note'> & {readonly outcome: Outcome}> {
  const first = await run(system, {plan: given, census: 'steps'});
  const named = given.fates === null ? {...given, fates: first.fates} : given;
  const again = await run(system, {plan: named, census: 'steps'});
  const outcome = again.digest === first.digest ? again : first;
  return {
    plan: outcome.plan,
    expect: outcome.violation?.signature ?? OK,
    met: metSteps(outcome),
    outcome,
  };
}

function tellAdded(file: string, entry: CorpusEntry, outcome: Outcome, session: Session): void {
  const elapsedMs = session.elapsedMs;
  session.say([
    ...outcomeLines(outcome, elapsedMs, session.paint),
    ...columns([
      ['expect', printable(entry.expect)],
      ['met', `${entry.met.length} steps and effects`],
      ['added', printable(file)],
    ]),
  ]);
  session.emit({
    ...recordHead('corpus', outcome.plan.system, 'ok', 2, elapsedMs),
    action: 'add',
    file,
    note: entry.note,
    expect: entry.expect,
    met: entry.met,
    digest: outcome.digest,
    violation: outcome.violation,
  });
}

/** Replays all files; every one must still do what it is kept for. */
async function verify(args: Args, session: Session): Promise<number> {
  const {cwd} = session.io;
  const chosen = await systemsFor(args, cwd);
  const results: CorpusResult[] = [];
  for (const named of chosen) {
    results.push(...(await replayCorpus(named, {cwd, folder: folderFor(args, named, cwd)})));
  }
  const verdict = corpusVerdict(results);
  const [only] = chosen;
  const from = only === undefined || registered().some(({given}) => given === only.given) ? null : only.given;
  const again = (file: string): string =>
    `npx syncstorm corpus add ${shellWord(file)}${from === null ? '' : ` --system ${shellWord(from)}`}`;
  session.say(corpusLines(results, session.elapsedMs, again, session.paint));
  session.emit({
    ...recordHead('corpus', namesOf(chosen), verdict, results.length, session.elapsedMs),
    action: 'verify',
    ...corpusRecord(results),
  });
  if (verdict === 'violation') return EXIT.violation;
  return verdict === 'ok' ? EXIT.ok : EXIT.unreadable;
}

/** Lists the files with their notes; runs nothing. */
async function list(args: Args, session: Session): Promise<number> {
  const {cwd} = session.io;
  const chosen = await systemsFor(args, cwd);
  const rows = chosen.flatMap(named => {
    const folder = folderFor(args, named, cwd);
    return jsonFilesIn(folder.path).map(name => {
      const file = join(folder.shownAs, name);
      const {note, expect, plan} = readEntry(join(folder.path, name), file);
      return {file, system: named.system.name, note, expect, steps: stepsOf(plan)};
    });
  });
  session.say(
    rows.length === 0
      ? 'there is nothing in the corpus'
      : rows.flatMap(({file, note, expect, steps}) => [
          `${printable(file)}  (${counted(steps, 'step')}, ${printable(expect)})`,
          `  ${printable(note)}`,
        ]),
  );
  session.emit({
    ...recordHead('corpus', namesOf(chosen), 'ok', 0, session.elapsedMs),
    action: 'list',
    files: rows,
  });
  return EXIT.ok;
}

const stepsOf = ({operations, faults, fates}: Plan): number =>
  operations.length + faults.length + Object.keys(fates ?? {}).length;

const namesOf = (chosen: readonly Named[]): string => chosen.map(({system}) => system.name).join(',');

async function systemsFor(args: Args, cwd: string): Promise<readonly Named[]> {
  const given = systemText(args, args.operands[1]);
  return given === undefined ? registered() : [await loadSystem(given, cwd)];
}
