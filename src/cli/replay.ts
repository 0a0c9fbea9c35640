/** `replay`: exactly one run of a stored plan, and whether it still is what it was. */
import {resolve} from 'node:path';
import {failureLines} from '../report/failure.ts';
import {outcomeLines} from '../report/outcome.ts';
import {planLines} from '../report/plan.ts';
import {printable} from '../report/printable.ts';
import {outcomeRecord, recordHead} from '../report/record.ts';
import type {Outcome} from '../sim/outcome.ts';
import {run} from '../sim/run.ts';
import type {Args, Verb} from './args.ts';
import {replayCommand} from './command.ts';
import {exitOf} from './exit.ts';
import {checkVariant} from './load-system.ts';
import {systemOf} from './plan-system.ts';
import {SCENARIO_FLAG, systemText} from './scenario.ts';
import type {Session} from './session.ts';
import {readStoredRun, type StoredRun} from './stored-run.ts';
import {textOf} from './values.ts';
import {version} from './version.ts';

export const replay: Verb = {
  name: 'replay',
  summary: 'exactly one run of a stored plan; says whether it is the same as it was',
  operands: [
    {name: 'plan', required: true, about: 'a file with a plan, or with an object {plan, digest, signature}'},
  ],
  flags: {
    ...SCENARIO_FLAG,
    system: {
      value: 'SYSTEM',
      about: 'the plan is of this system: a name, or a path to a module that exports one',
    },
  },
  notes: [
    "Without --system the plan's own system is looked up by its name. A stored file never names code to load.",
  ],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const file = args.operands[0] ?? '';
  const stored = readStoredRun(resolve(session.io.cwd, file), file);
  const given = systemText(args, textOf(args, 'system')) ?? null;
  const named = await systemOf(stored.plan, given, file, session.io.cwd);
  checkVariant(named, stored.plan.variant);
  const command = replayCommand(file, given);
  session.running = command;

  const {plan} = stored;
  session.say(
    `syncstorm ${version()}  replay ${plan.system}  seed ${plan.seed}  node ${process.versions.node}`,
  );
  session.say([...planLines(plan, session.paint), '']);
  const startedAt = session.io.wallClock();
  const outcome = await run(named.system, {plan});
  const elapsedMs = session.io.wallClock() - startedAt;
  const same = comparison(stored, outcome);
  session.say([
    ...outcomeLines(outcome, elapsedMs, session.paint),
    ...comparisonLines(stored, outcome, same),
  ]);
  if (outcome.violation !== null) {
    const {violation} = outcome;
    const facts = {
      violation,
      operations: plan.operations.length,
      faults: plan.faults.length,
      file: null,
      command,
    };
    session.say(['', ...failureLines(facts, session.paint, session.width)]);
  }
  session.emit({
    ...recordHead('replay', plan.system, outcome.verdict, 1, elapsedMs),
    ...outcomeRecord(outcome),
    ...same,
    recorded: {digest: stored.digest, signature: stored.signature},
    command,
  });
  return exitOf(outcome.verdict);
}

/** Whether what was recorded came again; null where nothing was recorded. */
interface Comparison {
  readonly sameDigest: boolean | null;
  readonly sameSignature: boolean | null;
}

const comparison = (stored: StoredRun, outcome: Outcome): Comparison => ({
  sameDigest: stored.digest === null ? null : stored.digest === outcome.digest,
  sameSignature: stored.signature === null ? null : stored.signature === outcome.violation?.signature,
});

function comparisonLines(stored: StoredRun, outcome: Outcome, same: Comparison): string[] {
  const lines: string[] = [];
  if (same.sameDigest === null) lines.push('no digest is recorded to compare with');
  else if (same.sameDigest) lines.push(`same digest as recorded: ${outcome.digest}`);
  else {
    lines.push(`another digest than recorded: ${stored.digest}, now ${outcome.digest}`);
    lines.push(
      '  the code or its version changed since, or the run is not deterministic: replay again to tell',
    );
  }
  if (same.sameSignature === true) lines.push('same signature as recorded');
  if (same.sameSignature === false) {
    const now =
      outcome.violation === null ? 'the run no longer fails' : printable(outcome.violation.signature);
    lines.push(`another signature than recorded: ${printable(stored.signature ?? '')}; now: ${now}`);
  }
  return lines;
}
