/** `run`: one seed, from the plan that it draws to the verdict. */
import {resolve} from 'node:path';
import {failureLines} from '../report/failure.ts';
import {outcomeLines} from '../report/outcome.ts';
import {planLines} from '../report/plan.ts';
import {printable} from '../report/printable.ts';
import {outcomeRecord, recordHead} from '../report/record.ts';
import {drawPlan} from '../sim/draw.ts';
import type {Outcome} from '../sim/outcome.ts';
import type {Plan} from '../sim/plan.ts';
import {run as runPlan} from '../sim/run.ts';
import type {Args, Verb} from './args.ts';
import {runCommand} from './command.ts';
import {EXIT, exitOf} from './exit.ts';
import {writeWhole} from './files.ts';
import {checkVariant, loadSystem} from './load-system.ts';
import {Misuse} from './misuse.ts';
import {SCENARIO_FLAG, systemText} from './scenario.ts';
import type {Session} from './session.ts';
import {has, seedOf, textOf} from './values.ts';
import {version} from './version.ts';

export const run: Verb = {
  name: 'run',
  summary: 'one seed, from plan to verdict',
  operands: [{name: 'system', required: true, about: 'a name, or a path to a module that exports one'}],
  flags: {
    ...SCENARIO_FLAG,
    seed: {
      value: 'SEED',
      about: '0x and hexadecimal digits, a decimal number, a commit, or random (the default)',
    },
    variant: {value: 'NAME', about: 'a variant of the system (see list)'},
    trace: {value: 'FILE', about: 'write the trace there, as JSON lines; - for stdout'},
    'print-plan': {about: 'print the plan as JSON and run nothing'},
  },
  notes: ['The same seed, system, variant and commit give the same run, for ever.'],
  act,
};

async function act(args: Args, invocation: Session): Promise<number> {
  const trace = textOf(args, 'trace');
  checkFlags(args, trace, invocation.json);
  const session = trace === '-' ? invocation.onStderr() : invocation;
  const named = await loadSystem(systemText(args, args.operands[0]) ?? '', session.io.cwd);
  const variant = checkVariant(named, textOf(args, 'variant') ?? 'default');
  const seed = seedOf(args, 'seed', session.io);
  const command = runCommand(named.given, seed, variant);
  invocation.running = command;
  const plan = drawPlan(named.system, seed, variant);
  if (has(args, 'print-plan')) return printPlan(plan, session);

  session.say(`syncstorm ${version()}  run ${plan.system}  seed ${seed}  node ${process.versions.node}`);
  session.say([...planLines(plan, session.paint), '']);
  const startedAt = session.io.wallClock();
  const outcome = await runPlan(named.system, {plan, trace: trace !== undefined});
  const elapsedMs = session.io.wallClock() - startedAt;
  if (trace !== undefined && trace !== '-') session.say(`trace    ${printable(trace)}`);
  report(outcome, elapsedMs, command, session);
  if (trace !== undefined) writeTrace(trace, outcome, session);
  session.emit({
    ...recordHead('run', plan.system, outcome.verdict, 1, elapsedMs),
    ...outcomeRecord(outcome),
    trace: trace ?? null,
    command,
  });
  return exitOf(outcome.verdict);
}

function checkFlags(args: Args, trace: string | undefined, json: boolean): void {
  if (trace === '-' && json) {
    throw new Misuse('--trace - and --json both want stdout', 'give --trace a file');
  }
  if (trace !== undefined && has(args, 'print-plan')) {
    throw new Misuse('--print-plan runs nothing, so there is no trace', 'leave out --trace or --print-plan');
  }
}

function printPlan(plan: Plan, session: Session): number {
  if (!session.json) session.say(JSON.stringify(plan, null, 2));
  session.emit({...recordHead('run', plan.system, 'ok', 0, session.elapsedMs), seed: plan.seed, plan});
  return EXIT.ok;
}

function writeTrace(target: string, outcome: Outcome, session: Session): void {
  const text = (outcome.trace ?? []).map(line => `${line}\n`).join('');
  if (target === '-') session.io.out.write(text);
  else writeWhole(resolve(session.io.cwd, target), text);
}

function report(outcome: Outcome, elapsedMs: number, command: string, session: Session): void {
  session.say(outcomeLines(outcome, elapsedMs, session.paint));
  const {violation, plan} = outcome;
  if (violation === null) return;
  const facts = {
    violation,
    operations: plan.operations.length,
    faults: plan.faults.length,
    file: null,
    command,
  };
  session.say(['', ...failureLines(facts, session.paint, session.width)]);
}
