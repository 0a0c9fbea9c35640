/** What a sweep adds up to: verdicts by hazard, findings by signature, and what nothing ever met. */
import type {Injection} from './injection.ts';
import {compareText} from './json.ts';
import type {Violation} from './outcome.ts';
import type {Injected} from './sweep.ts';

/** The injections of one hazard, by what came of them. */
export interface SweptHazard {
  readonly injections: number;
  readonly ok: number;
  readonly violation: number;
  readonly idle: number;
  /** Those that changed something, whatever came of it. */
  readonly effective: number;
  /** Not run, or lost with the worker that ran them. */
  readonly untold: number;
}

/** All injections that broke the same claim in the same way; what is told of one is told of the first. */
export interface SweepFinding {
  readonly signature: string;
  readonly count: number;
  readonly injection: Injection;
  readonly violation: Violation;
  readonly digest: string;
}

export interface Swept {
  readonly injections: number;
  readonly runs: number;
  readonly hazards: Readonly<Record<string, SweptHazard>>;
  /** In the order of the list. */
  readonly findings: readonly SweepFinding[];
  /** Injections that never met what they were for. */
  readonly idle: readonly Injection[];
}

/** Adds up the results of injections, each at the place of its injection; undefined where there is none. */
export function sumUp(injections: readonly Injection[], results: readonly (Injected | undefined)[]): Swept {
  const hazards = new Map<string, SweptHazard>();
  const findings = new Map<string, SweepFinding>();
  const idle: Injection[] = [];
  injections.forEach((injection, index) => {
    const result = results[index];
    hazards.set(injection.hazard, counted(hazards.get(injection.hazard), result));
    if (result?.verdict === 'idle') idle.push(injection);
    if (result === undefined || result.violation === null) return;
    const {violation, digest} = result;
    const {signature} = violation;
    const known = findings.get(signature);
    findings.set(
      signature,
      known === undefined
        ? {signature, count: 1, injection, violation, digest}
        : {...known, count: known.count + 1},
    );
  });
  return {
    injections: injections.length,
    runs: results.filter(result => result !== undefined).length,
    hazards: Object.fromEntries([...hazards].sort((a, b) => compareText(a[0], b[0]))),
    findings: [...findings.values()],
    idle,
  };
}

const NONE: SweptHazard = {injections: 0, ok: 0, violation: 0, idle: 0, effective: 0, untold: 0};

function counted(before: SweptHazard = NONE, result: Injected | undefined): SweptHazard {
  const told = result?.verdict ?? 'untold';
  return {
    ...before,
    injections: before.injections + 1,
    [told]: before[told] + 1,
    effective: before.effective + (result?.effective === true ? 1 : 0),
  };
}
