/** `shrink`: makes a stored plan that fails as small as it can, and goes on later where the time was up. */
import {join, resolve} from 'node:path';
import {duration, grouped} from '../report/amounts.ts';
import {sizeText} from '../report/explanation.ts';
import {failureLines} from '../report/failure.ts';
import {planLines} from '../report/plan.ts';
import {printable} from '../report/printable.ts';
import {recordHead} from '../report/record.ts';
import type {Plan} from '../sim/plan.ts';
import {examineSmall} from '../sim/examine.ts';
import {FUTURES} from '../sim/explain/curve.ts';
import {run} from '../sim/run.ts';
import {shrink as shrinkPlan, type Shrunk} from '../sim/shrink/shrink.ts';
import {sizeOf} from '../sim/size.ts';
import type {Args, Verb} from './args.ts';
import {isComplete, readBundle, writeBundle} from './bundle/bundle.ts';
import {replayCommand} from './command.ts';
import {EXIT, exitOf} from './exit.ts';
import {writeWhole} from './files.ts';
import {checkVariant, type Named} from './load-system.ts';
import {Live} from './live.ts';
import {systemOf} from './plan-system.ts';
import {SCENARIO_FLAG, systemText} from './scenario.ts';
import type {Session} from './session.ts';
import {readStoredRun, storedText, type StoredRun} from './stored-run.ts';
import {durationOf, textOf} from './values.ts';
import {version} from './version.ts';

const FOR_MS = 30_000;

export const shrink: Verb = {
  name: 'shrink',
  summary: 'makes a plan that fails as small as it can',
  operands: [{name: 'plan', required: true, about: 'a file with a plan, or the folder of a finding'}],
  flags: {
    ...SCENARIO_FLAG,
    for: {value: '30s', about: 'stop after so long (ms, s, m, h); 30s unless told'},
    out: {
      value: 'FILE',
      about: 'where the small plan is written; beside the plan, as NAME.min.json, unless told',
    },
    system: {
      value: 'SYSTEM',
      about: 'the plan is of this system: a name, or a path to a module that exports one',
    },
  },
  notes: [
    'A smaller plan counts only if it fails with the same signature.',
    'Where the time was up, the same command with the written file goes on as if it had never stopped.',
  ],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const file = args.operands[0] ?? '';
  const stored = readStoredRun(resolve(session.io.cwd, file), file);
  const given = systemText(args, textOf(args, 'system')) ?? null;
  const named = await systemOf(stored.plan, given, file, session.io.cwd);
  checkVariant(named, stored.plan.variant);
  const budgetMs = durationOf(args, 'for') ?? FOR_MS;
  session.running = replayCommand(file, given);
  session.say(
    `syncstorm ${version()}  shrink ${stored.plan.system}  seed ${stored.plan.seed}  node ${process.versions.node}`,
  );
  const signature = stored.signature ?? (await signatureOf(named, stored.plan));
  if (signature === null) return nothingToShrink(stored.plan, session);

  const startedAt = session.io.wallClock();
  const small = await shrinkWatched(named, stored, signature, budgetMs, session);
  const elapsedMs = session.io.wallClock() - startedAt;
  const bundle = textOf(args, 'out') === undefined && isComplete(resolve(session.io.cwd, file));
  const out = bundle ? file : (textOf(args, 'out') ?? smallName(file));
  const command = replayCommand(out, given);
  if (bundle) await rewriteBundle(named, file, small, session);
  else writeWhole(resolve(session.io.cwd, out), textFor(small, command));
  tell(small, sizeOf(named.system, stored.plan), elapsedMs, out, command, session);
  session.emit({
    ...recordHead('shrink', stored.plan.system, 'violation', small.runs, elapsedMs),
    seed: small.plan.seed,
    digest: small.digest,
    violation: small.violation,
    steps: small.size.steps,
    size: small.size,
    from: sizeOf(named.system, stored.plan),
    complete: small.complete,
    plan: out,
    command,
  });
  return exitOf('violation');
}

async function signatureOf(named: Named, plan: Plan): Promise<string | null> {
  return (await run(named.system, {plan})).violation?.signature ?? null;
}

function nothingToShrink(plan: Plan, session: Session): number {
  session.say('the plan finds nothing: there is nothing to shrink');
  session.emit({
    ...recordHead('shrink', plan.system, 'ok', 1, session.elapsedMs),
    seed: plan.seed,
    violation: null,
  });
  return EXIT.ok;
}

async function shrinkWatched(
  named: Named,
  stored: StoredRun,
  signature: string,
  budgetMs: number,
  session: Session,
): Promise<Shrunk> {
  const live = new Live(session.io);
  const {wallClock} = session.io;
  const small = await shrinkPlan(named.system, stored.plan, {
    signature,
    budgetMs,
    wallClock,
    ...(stored.shrink === undefined ? {} : {from: stored.shrink}),
    onSmaller: soFar =>
      live.show(() => `${grouped(soFar.size.steps)} steps after ${grouped(soFar.runs)} runs`),
  });
  live.clear();
  return small;
}

/** The whole folder anew, with the smaller plan: what explains it and shows it is of that plan. */
async function rewriteBundle(named: Named, file: string, small: Shrunk, session: Session): Promise<void> {
  const {cwd, env, wallClock} = session.io;
  const folder = resolve(cwd, file);
  const {original} = readBundle(folder).examined;
  const {signature} = small.violation;
  const examined = await examineSmall(named.system, original, small, {
    signature,
    explainMs: FOR_MS,
    futures: FUTURES,
    wallClock,
  });
  const {notes} = writeBundle(folder, examined, {given: named.given, cwd, env});
  for (const note of notes) session.log(`syncstorm: ${note}`);
}

/** `plan.json` → `plan.min.json`; what is small already keeps its name, so that going on writes the same file. */
function smallName(file: string): string {
  if (file.endsWith('.min.json')) return file;
  return file.endsWith('.json') ? `${file.slice(0, -'.json'.length)}.min.json` : join(file, 'plan.min.json');
}

function textFor({plan, digest, violation, size, complete, state}: Shrunk, command: string): string {
  return storedText(
    {plan, digest, signature: violation.signature, ...(complete ? {} : {shrink: state})},
    {
      claim: violation.claim,
      sentence: violation.sentence,
      message: violation.message,
      steps: size.steps,
      command,
      replay: command,
      node: process.versions.node,
    },
  );
}

function tell(
  small: Shrunk,
  from: Shrunk['size'],
  elapsedMs: number,
  out: string,
  command: string,
  session: Session,
): void {
  const {plan, violation, complete, runs, size} = small;
  session.say([
    ...planLines(plan, session.paint),
    '',
    `${sizeText(size)}, from ${sizeText(from)}; ${grouped(runs)} runs in ${duration(elapsedMs)}`,
    complete
      ? 'locally minimal: without any one of its steps it does not fail so'
      : 'the time was up: the same command with the file below goes on',
    `written  ${printable(out)}`,
    '',
  ]);
  const facts = {
    violation,
    operations: size.operations,
    faults: size.faults,
    fates: size.fates,
    file: out,
    command,
  };
  session.say(failureLines(facts, session.paint, session.width));
}
