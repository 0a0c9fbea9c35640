/** A finding of a toy, examined for real, and the same with strings in it that mean harm. */
import {pathToFileURL} from 'node:url';
import {fuzz, isSystem, run, type System} from '../../src/index.ts';
import {hashed} from '../../src/cli/viewer-assets.ts';
import {examine} from '../../src/sim/examine.ts';
import type {Examined} from '../../src/sim/explanation.ts';

/** Stands in for the viewer, so that no test needs a build for it. */
export const viewer = () => hashed('document.title = "viewer";', 'body { margin: 0 }');

/** The first finding of the system that a module exports, made small and explained. */
export async function examinedFrom(module: string): Promise<Examined> {
  const exported = (await import(/* @vite-ignore */ pathToFileURL(module).href)) as Record<string, unknown>;
  const system = Object.values(exported).find(isSystem) as System<never>;
  const options = {seedBase: 'bundle', runs: 20, wallClock: () => 0, rerunOneIn: 0};
  const [finding] = (await fuzz(system, options)).findings;
  if (finding === undefined) throw new Error('the toy is sound');
  const {signature, seed} = finding;
  const {plan} = await run(system, {seed});
  const budgets = {shrinkMs: 1_000, explainMs: 1_000, futures: 4, wallClock: () => 0};
  const examined = await examine(system, plan, {signature, ...budgets});
  if (examined.kind === 'vanished') throw new Error('the toy is not deterministic');
  const {kind, ...rest} = examined;
  return kind === 'examined' ? rest : examined;
}

/** What would do something if it were not taken as text. */
export const HARM = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</script><!--',
  '[link](javascript:alert(1)) ![image](http://example.org/x)',
  '@someone closes #12 | a | b',
  '*/ process.exit(1); /*',
  '${process.exit(1)} `rm` ``x``` \\` \\',
  'line\nnext\r\n# heading\n\n    code',
  '\u2028\u2029\u202e\u0000\u001b[31m\ud800',
] as const;

/** The same finding with a harmful string wherever a run, or a system, puts one of its own. */
export function harmful(examined: Examined, harm: string): Examined {
  const step = {kind: 'operation', id: 'o1', label: harm, atMs: 5} as const;
  const {violation, explanation, minimal} = examined;
  return {
    ...examined,
    minimal: {
      ...minimal,
      world: {[harm]: harm},
      operations: [{id: 'o1', at: 1, kind: harm, target: 0, args: {[harm]: [harm]}}],
      faults: [{id: harm, at: 1, kind: harm, target: 0, lasts: 5, arg: 1}],
      fates: {[harm]: {delayMs: 1, act: `tamper:${harm.slice(0, 40)}`}, other: {delayMs: 2, act: harm}},
    },
    violation: {
      ...violation,
      signature: `T-1/pull/${harm}/client`,
      sentence: harm,
      message: harm,
      role: harm,
      node: harm,
      expected: {[harm]: 1},
      actual: {[harm]: harm},
    },
    explanation: {
      ...explanation,
      curve: [
        {fixed: 0, step: null, runs: 4, hits: 0},
        {fixed: 1, step, runs: 4, hits: 4},
      ],
      necessary: [
        {step, necessary: true},
        {step: {...step, kind: 'fault', id: harm}, necessary: null},
        {step: {...step, kind: 'fate', id: harm}, necessary: false},
        {step: {...step, kind: 'fate', id: 'other'}, necessary: false},
      ],
      kinds: [
        {kind: harm, count: 2, necessary: true},
        {kind: harm, count: 3, necessary: false},
      ],
      nearest: {without: step, event: 3, failing: harm, passing: null},
    },
    film: {
      nodes: [{id: harm, role: harm, place: harm}],
      frames: [{event: 1, node: harm, state: {[harm]: harm}}],
      bodies: {'1': {path: harm, request: harm, answer: harm, arrived: harm}},
    },
  };
}
