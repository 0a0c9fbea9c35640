/** `explain`: when a violation became inevitable, which steps it needs, what could have caused it, what nearly passes. */
import {resolve} from 'node:path';
import {duration} from '../report/amounts.ts';
import {explanationLines, sizeText} from '../report/explanation.ts';
import {failureLines} from '../report/failure.ts';
import {recordHead} from '../report/record.ts';
import {FUTURES} from '../sim/explain/curve.ts';
import {explain as explainPlan} from '../sim/explain/explain.ts';
import type {Explanation} from '../sim/explanation.ts';
import type {Outcome} from '../sim/outcome.ts';
import type {Plan} from '../sim/plan.ts';
import {run} from '../sim/run.ts';
import {sizeOf} from '../sim/size.ts';
import type {Args, Verb} from './args.ts';
import {replayCommand} from './command.ts';
import {EXIT, exitOf} from './exit.ts';
import {checkVariant, type Named} from './load-system.ts';
import {systemOf} from './plan-system.ts';
import {SCENARIO_FLAG, systemText} from './scenario.ts';
import type {Session} from './session.ts';
import {readOriginal, readStoredRun} from './stored-run.ts';
import {countOf, durationOf, textOf} from './values.ts';
import {version} from './version.ts';

const FOR_MS = 60_000;

export const explain: Verb = {
  name: 'explain',
  summary: 'when a violation became inevitable, and what it needs',
  operands: [{name: 'plan', required: true, about: 'the folder of a finding, or a file with a plan'}],
  flags: {
    ...SCENARIO_FLAG,
    futures: {
      value: 'N',
      about: 'how many futures are drawn for each point of the curve; 20 unless told, 0 for none',
    },
    for: {value: '60s', about: 'what is not examined after so long is told as not examined; 60s unless told'},
    system: {
      value: 'SYSTEM',
      about: 'the plan is of this system: a name, or a path to a module that exports one',
    },
  },
  notes: [
    'The curve replays the plan up to a step, gives the rest fresh chance, and counts how often the violation comes.',
    'Of a finding its minimal plan is explained; kinds of step are tried on the plan as it was found.',
  ],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const file = args.operands[0] ?? '';
  const path = resolve(session.io.cwd, file);
  const stored = readStoredRun(path, file);
  const original = readOriginal(path, file) ?? stored.plan;
  const given = systemText(args, textOf(args, 'system')) ?? null;
  const named = await systemOf(stored.plan, given, file, session.io.cwd);
  checkVariant(named, stored.plan.variant);
  const futures = countOf(args, 'futures', 0) ?? FUTURES;
  const budgetMs = durationOf(args, 'for') ?? FOR_MS;
  const command = replayCommand(file, given);
  session.running = command;
  session.say(
    `syncstorm ${version()}  explain ${stored.plan.system}  seed ${stored.plan.seed}  node ${process.versions.node}`,
  );

  const startedAt = session.io.wallClock();
  const outcome = await run(named.system, {plan: stored.plan, trace: true});
  if (outcome.violation === null) return nothingToExplain(stored.plan, session);
  const plan = outcome.plan.fates === null ? {...outcome.plan, fates: outcome.fates} : outcome.plan;
  const {wallClock} = session.io;
  const {signature} = outcome.violation;
  const explanation = await explainPlan(named.system, plan, original, {
    signature,
    futures,
    budgetMs,
    wallClock,
  });
  const elapsedMs = wallClock() - startedAt;
  tell(named, {outcome, plan, explanation}, elapsedMs, command, session);
  session.emit({
    ...recordHead('explain', plan.system, 'violation', 1, elapsedMs),
    seed: plan.seed,
    digest: outcome.digest,
    violation: outcome.violation,
    size: sizeOf(named.system, plan),
    explanation,
    command,
  });
  return exitOf('violation');
}

function nothingToExplain(plan: Plan, session: Session): number {
  session.say('the plan finds nothing: there is nothing to explain');
  session.emit({
    ...recordHead('explain', plan.system, 'ok', 1, session.elapsedMs),
    seed: plan.seed,
    violation: null,
  });
  return EXIT.ok;
}

function tell(
  named: Named,
  {outcome, plan, explanation}: {outcome: Outcome; plan: Plan; explanation: Explanation},
  elapsedMs: number,
  command: string,
  session: Session,
): void {
  const size = sizeOf(named.system, plan);
  session.say([
    ...explanationLines({explanation, trace: outcome.trace ?? []}, session.paint),
    '',
    `${sizeText(size)}; explained in ${duration(elapsedMs)}`,
    '',
  ]);
  if (outcome.violation === null) return;
  const {operations, faults, fates} = size;
  const facts = {violation: outcome.violation, operations, faults, fates, file: null, command};
  session.say(failureLines(facts, session.paint, session.width));
}
