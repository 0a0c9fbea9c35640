/** `sweep`: a reference plan with every single thing that can go wrong in it, one at a time, exhaustively. */
import {availableParallelism} from 'node:os';
import {statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {failureLines} from '../report/failure.ts';
import {printable} from '../report/printable.ts';
import {recordHead} from '../report/record.ts';
import {sweepLines, sweepRecord, sweepVerdict, type SweepFacts} from '../report/sweep.ts';
import {gravest} from '../report/verdict.ts';
import type {Plan} from '../sim/plan.ts';
import {sweepInjections} from '../sim/sweep.ts';
import type {Args, Verb} from './args.ts';
import {replayCommand} from './command.ts';
import {exitOf} from './exit.ts';
import {checkVariant, loadSystem, registered, type Named} from './load-system.ts';
import {Misuse} from './misuse.ts';
import {systemOf} from './plan-system.ts';
import {SCENARIO_FLAG, systemText} from './scenario.ts';
import type {Session} from './session.ts';
import {readStoredRun} from './stored-run.ts';
import {choiceOf, type Choice} from './sweep/choice.ts';
import {sweepThrough, type SweepOptions} from './sweep/through.ts';
import {folderOfSystem, jsonFilesIn} from './system-folder.ts';
import {countOf, durationOf, textOf} from './values.ts';
import {version} from './version.ts';

const STALL_MS = 60_000;

export const sweep: Verb = {
  name: 'sweep',
  summary: 'every single fault at every step of a reference plan',
  operands: [
    {
      name: 'plan',
      required: true,
      about: 'a file with a plan, the folder of a finding, or a system: then all its reference plans',
    },
  ],
  flags: {
    ...SCENARIO_FLAG,
    system: {
      value: 'SYSTEM',
      about: 'the plan is of this system: a name, or a path to a module that exports one',
    },
    only: {value: 'HAZARD,…', about: 'only injections of these hazards; tamper stands for all tampers'},
    part: {value: 'i/n', about: 'only every n-th injection, from the i-th on'},
    limit: {value: 'N', about: 'only the first so many of those'},
    workers: {value: 'N', about: 'how many run at a time; all cores unless told'},
    stall: {value: '60s', about: 'give a worker up that finishes no run for so long'},
    out: {value: 'DIR', about: 'where plans of findings are written; reports unless told'},
  },
  notes: [
    'The list of injections is drawn up first, and is the same for the same plan; what was not delivered is told as idle.',
    'A reference plan is a file in scenarios/SYSTEM/sweep, or in the folder sweep beside the module of a system.',
  ],
  act,
};

/** A plan that is to be swept. */
interface Swept {
  readonly named: Named;
  readonly plan: Plan;
  readonly shownAs: string;
}

async function act(args: Args, session: Session): Promise<number> {
  const {cwd} = session.io;
  const references = await referencesOf(args, cwd);
  const choice = choiceOf(
    args,
    references.map(({named}) => named.system),
  );
  const options = {
    workers: countOf(args, 'workers', 1) ?? availableParallelism(),
    stallMs: durationOf(args, 'stall') ?? STALL_MS,
    out: join(textOf(args, 'out') ?? 'reports', 'sweep'),
  };
  let interrupted = false;
  const stopped: (() => void)[] = [];
  const release = session.io.onInterrupt(() => {
    interrupted = true;
    for (const stop of stopped) stop();
  });
  const all: SweepFacts[] = [];
  try {
    for (const reference of references) {
      if (interrupted && all.length > 0) break;
      const onInterrupt = (stop: () => void): void => {
        stopped.push(stop);
        if (interrupted) stop();
      };
      all.push(await sweepOne(reference, choice, {...options, onInterrupt}, session));
    }
  } finally {
    release();
  }
  const verdict = gravest(all.map(sweepVerdict));
  const names = [...new Set(references.map(({named}) => named.system.name))].join(',');
  const runs = all.reduce((sum, {swept}) => sum + swept.runs, 0);
  session.emit({...recordHead('sweep', names, verdict, runs, session.elapsedMs), ...sweepRecord(all)});
  return exitOf(verdict);
}

async function sweepOne(
  {named, plan, shownAs}: Swept,
  choice: Choice,
  options: SweepOptions,
  session: Session,
): Promise<SweepFacts> {
  checkVariant(named, plan.variant);
  const own = registered().some(({given}) => given === named.given);
  session.running = replayCommand(shownAs, own ? null : named.given);
  session.say(
    `syncstorm ${version()}  sweep ${printable(plan.system)}  ${printable(shownAs)}  node ${process.versions.node}`,
  );
  const list = await sweepInjections(named.system, plan);
  if (list.violation !== null) {
    const facts = {
      violation: list.violation,
      operations: plan.operations.length,
      faults: plan.faults.length,
      file: shownAs,
      command: session.running,
    };
    session.say(['', ...failureLines(facts, session.paint, session.width)]);
    throw new Misuse(
      `${printable(shownAs)} breaks a claim as it is: what is injected into it would tell nothing`,
      'sweep a plan that finds nothing',
    );
  }
  const facts = await sweepThrough({named, shownAs, list, chosen: choice(list.injections)}, options, session);
  session.running = null;
  session.say(['', ...sweepLines(facts, session.paint)]);
  return facts;
}

/** The plans that the operand stands for. Throws `Misuse` or `UnreadableError`. */
async function referencesOf(args: Args, cwd: string): Promise<Swept[]> {
  const operand = args.operands[0] ?? '';
  const given = textOf(args, 'system');
  const isStored =
    operand.endsWith('.json') || statSync(resolve(cwd, operand), {throwIfNoEntry: false})?.isDirectory();
  const isName = registered().some(named => named.given === operand);
  if (isStored === true && !isName) {
    const {plan} = readStoredRun(resolve(cwd, operand), operand);
    const named = await systemOf(plan, systemText(args, given) ?? null, operand, cwd);
    return [{named, plan, shownAs: operand}];
  }
  if (given !== undefined) {
    throw new Misuse(
      `--system says whose the plan is, and "${printable(operand)}" is no plan`,
      'give a plan file, or leave out --system',
    );
  }
  const named = await loadSystem(systemText(args, operand) ?? operand, cwd);
  const folder = folderOfSystem(named, 'sweep', cwd);
  const files = jsonFilesIn(folder.path);
  if (files.length === 0) {
    throw new Misuse(
      `${named.system.name} has no reference plan: there is none in ${printable(folder.shownAs)}`,
      'put one there, or give a plan file; run --print-plan prints the plan of a seed',
    );
  }
  return files.map(name => {
    const shownAs = join(folder.shownAs, name);
    const {plan} = readStoredRun(join(folder.path, name), shownAs);
    return {named, plan, shownAs};
  });
}
