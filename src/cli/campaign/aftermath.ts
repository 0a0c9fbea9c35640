/** What is done for each finding once the campaign is over: it is run again, made small, explained, and put into a bundle. */
import {printable} from '../../report/printable.ts';
import type {CampaignFinding, Mismatch} from '../../sim/campaign.ts';
import {FUTURES} from '../../sim/explain/curve.ts';
import type {Executor} from './executor.ts';
import type {Watch} from './watch.ts';

/** Explaining takes no longer than one part in so many of the time for shrinking. */
const EXPLAIN_SHARE = 2;

export interface Aftermath {
  readonly variant: string;
  /** For making the plan of each finding small, in ms; 0 leaves it as it is, and explains nothing. */
  readonly shrinkMs: number;
}

/**
 * Examines findings, as many at a time as there are workers, and stores what that adds. Gives those that did not come
 * again, as mismatches.
 */
export async function examineAll(
  findings: readonly CampaignFinding[],
  aftermath: Aftermath,
  executor: Executor,
  watch: Watch,
): Promise<Mismatch[]> {
  const vanished: Mismatch[] = [];
  const waiting = [...findings];
  const lane = async (): Promise<void> => {
    for (let finding = waiting.shift(); finding !== undefined; finding = waiting.shift()) {
      watch.examining(findings.length - waiting.length, findings.length);
      const mismatch = await examineOne(finding, aftermath, executor, watch);
      if (mismatch !== null) vanished.push(mismatch);
    }
  };
  await Promise.all(Array.from({length: executor.width}, lane));
  return vanished;
}

async function examineOne(
  finding: CampaignFinding,
  {variant, shrinkMs}: Aftermath,
  executor: Executor,
  watch: Watch,
): Promise<Mismatch | null> {
  const {seed, signature} = finding;
  const explainMs = shrinkMs / EXPLAIN_SHARE;
  const options = {signature, shrinkMs, explainMs, futures: shrinkMs > 0 ? FUTURES : 0};
  const reply = await executor.ask<'examine'>({kind: 'examine', seed, variant, options});
  if (reply.kind === 'lost') {
    watch.log(
      `syncstorm: the worker that examined ${printable(signature)} ${reply.cause} (${printable(reply.reason)}); its plan stays as it was drawn`,
    );
    return null;
  }
  const {answer} = reply;
  if (answer.kind === 'examined') watch.keep(finding, answer);
  else return {seed, first: signature, second: answer.signature ?? 'no violation', divergence: null};
  return null;
}
