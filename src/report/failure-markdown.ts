/** One finding as a page of Markdown that is read in a minute: what was seen, the steps that it takes, when it became certain. */
import type {CurvePoint, Examined, Explanation, Necessity, PlanSize, PlanStep} from '../sim/explanation.ts';
import {hazardById} from '../sim/hazards.ts';
import {firstDifference} from '../sim/json.ts';
import type {Violation} from '../sim/outcome.ts';
import type {Plan} from '../sim/plan.ts';
import {counted, duration, grouped} from './amounts.ts';
import {cellSpan, codeBlock, codeSpan} from './code-span.ts';
import {sizeText} from './explanation.ts';
import {clip, printable, shown} from './printable.ts';

/** Shell commands about a finding: they run its seed, replay and explain its minimal plan, and run its test. */
export interface FindingCommands {
  readonly run: string;
  readonly replay: string;
  readonly explain: string;
  readonly test: string;
}

const MESSAGE = 1_000;
const VALUE = 400;
const ARGS = 160;
const LINE = 300;
const POINTS = 24;
/** Fates that are told with how long it takes. */
const LATE = ['delay', 'reorder', 'slow-statement'];

/** The text of `REPORT.md`. Whatever came out of a run stands in it as code. */
export function failureMarkdown(examined: Examined, commands: FindingCommands): string {
  const {violation, explanation} = examined;
  return [
    `# ${codeSpan(violation.signature, LINE)}`,
    '',
    ...seen(violation),
    ...steps(examined),
    ...inevitable(explanation),
    ...kinds(explanation),
    ...nearest(explanation),
    '',
    '## See it again',
    '',
    ...codeBlock(
      [
        `${commands.replay}   # the steps above`,
        `${commands.run}   # the run as it was found`,
        `${commands.explain}   # when, why and what nearly passes, anew`,
        `${commands.test}   # a test that is red until the bug is fixed`,
      ],
      'sh',
    ),
    '',
    ...facts(examined),
    '',
  ].join('\n');
}

function seen(violation: Violation): string[] {
  const {claim, sentence, message, role, node, atMs, happening} = violation;
  const names = [role, node].filter(name => name !== '').map(name => codeSpan(name));
  const where = node === '' ? 'in the world as a whole' : `on ${names.join(' ')}`;
  return [
    `**Claim** ${codeSpan(claim)}: ${codeSpan(sentence, MESSAGE)}`,
    '',
    `**Seen** ${codeSpan(message, MESSAGE)}`,
    '',
    ...difference(violation),
    `It was seen ${where}, at ${duration(atMs)} of virtual time, after happening ${grouped(happening)}.`,
  ];
}

/** What was expected and what was there; of two large values the first place at which they differ. */
function difference({expected, actual}: Violation): string[] {
  if (expected === undefined && actual === undefined) return [];
  const found = firstDifference(expected, actual);
  const place = found === null || found.path === '$' ? '' : ` at ${codeSpan(found.path, VALUE)}`;
  return [
    `- expected${place}: ${codeSpan(shown(found === null ? expected : found.expected), VALUE)}`,
    `- actual${place}: ${codeSpan(shown(found === null ? actual : found.actual), VALUE)}`,
    '',
  ];
}

function steps({minimal, size, originalSize, locallyMinimal, runs, explanation, film}: Examined): string[] {
  const rows = explanation.necessary.map((entry, index) => stepRow(entry, index + 1, minimal));
  const nodes = film.nodes.map(({id, role}) => `${codeSpan(id)} (${codeSpan(role)})`);
  const made = sameSize(size, originalSize)
    ? 'The plan as it was found.'
    : `Made from ${sizeText(originalSize)} in ${counted(runs, 'run')}` +
      (locallyMinimal
        ? '; without any one of them it does not fail so.'
        : '; the time was up before it was as small as it gets.');
  return [
    '',
    `## What it takes: ${sizeText(size)}`,
    '',
    made,
    ...(nodes.length === 0 ? [] : ['', `Nodes: ${nodes.join(', ')}`]),
    ...(size.steps === 0 ? ['', 'No step is needed: the world by itself does it.'] : []),
    ...(rows.length === 0
      ? []
      : ['', '| | at | step | what it does | without it |', '| ---: | ---: | --- | --- | --- |', ...rows]),
  ];
}

const sameSize = (a: PlanSize, b: PlanSize): boolean => a.steps === b.steps && a.nodes === b.nodes;

function stepRow({step, necessary}: Necessity, number: number, plan: Plan): string {
  const without = necessary === null ? 'not examined' : necessary ? 'does not fail so' : 'fails all the same';
  const cells = [
    String(number),
    step.atMs === null ? 'never seen' : duration(step.atMs),
    cellSpan(step.label, LINE),
    inWords(step, plan),
    without,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** What a step does: the words are the harness's own, what comes from the run is code. */
function inWords({kind, id}: PlanStep, plan: Plan): string {
  if (kind === 'operation') {
    const operation = plan.operations.find(one => one.id === id);
    if (operation === undefined) return '';
    const args = operation.args === null ? '' : ` with ${cellSpan(shown(operation.args), ARGS)}`;
    return `a user does ${cellSpan(operation.kind)}${args}`;
  }
  if (kind === 'fault') {
    const fault = plan.faults.find(one => one.id === id);
    if (fault === undefined) return '';
    const lasts = fault.lasts === null ? 'to the end' : `for ${duration(fault.lasts)}`;
    return `${summaryOf(fault.kind)}; ${lasts}`;
  }
  const fate = plan.fates?.[id];
  if (fate === undefined) return '';
  if (fate.act === undefined) return `it takes ${duration(fate.delayMs)}`;
  const late = LATE.includes(fate.act) ? `: ${duration(fate.delayMs)}` : '';
  return `${summaryOf(fate.act)}${late}`;
}

function summaryOf(hazard: string): string {
  const summary = hazardById(hazard)?.summary;
  if (summary !== undefined) return summary;
  return hazard.startsWith('tamper:')
    ? `the answer is changed, as a faulty peer would: ${cellSpan(hazard.slice('tamper:'.length))}`
    : cellSpan(hazard);
}

function inevitable({curve}: Explanation): string[] {
  if (curve.length === 0) return [];
  const certain = curve.find(({runs, hits}) => runs > 0 && hits === runs);
  const told =
    certain === undefined
      ? likeliest(curve)
      : certain.step === null
        ? 'It is certain from the start, whatever happens.'
        : `Certain once this has happened: ${codeSpan(certain.step.label, LINE)}`;
  return [
    '',
    '## When it became inevitable',
    '',
    told,
    '',
    'Everything up to a step is kept, the rest is left to chance again:',
    '',
    '| fixed up to | it happens in |',
    '| --- | ---: |',
    ...curve.slice(0, POINTS).map(curveRow),
    ...(curve.length > POINTS ? ['', `and ${counted(curve.length - POINTS, 'more step')}`] : []),
  ];
}

function likeliest(curve: readonly CurvePoint[]): string {
  // of equal ones the first: after it nothing made it likelier
  const [most] = curve.toSorted((a, b) => b.hits * a.runs - a.hits * b.runs);
  const open = 'No part of the plan makes it certain: what comes after can still prevent it';
  return most === undefined || most.step === null || most.hits === 0
    ? `${open}.`
    : `${open}. Likeliest once this has happened: ${codeSpan(most.step.label, LINE)}`;
}

const curveRow = ({fixed, step, hits, runs}: CurvePoint): string =>
  `| ${step === null ? 'nothing but the world' : `${fixed}. ${cellSpan(step.label, LINE)}`} | ${hits} of ${runs} |`;

function kinds({kinds: all}: Explanation): string[] {
  const named = (wanted: boolean): string =>
    all
      .filter(({necessary}) => necessary === wanted)
      .map(({kind, count}) => `${codeSpan(kind)} (${grouped(count)})`)
      .join(', ');
  const [needed, idle] = [named(true), named(false)];
  if (needed === '' && idle === '') return [];
  return [
    '',
    '## Of the run as it was found',
    '',
    ...(needed === '' ? [] : [`- it needs: ${needed}`]),
    ...(idle === '' ? [] : [`- it fails all the same without: ${idle}`]),
  ];
}

function nearest({nearest: found}: Explanation): string[] {
  if (found === null) return [];
  const line = (text: string | null): string => clip(printable(text ?? '(the trace ends)'), LINE);
  return [
    '',
    '## The nearest plan that passes',
    '',
    `The same without ${codeSpan(found.without.label, LINE)}. The two runs part at event ${grouped(found.event)}:`,
    '',
    ...codeBlock([`- ${line(found.failing)}`, `+ ${line(found.passing)}`], 'diff'),
  ];
}

function facts({minimal, digest, original, originalDigest, explanation, trace}: Examined): string[] {
  const events = Math.max(0, trace.length - 2);
  return [
    `- System ${codeSpan(minimal.system)}, variant ${codeSpan(minimal.variant)}, seed ${codeSpan(original.seed)}.`,
    `- Of ${counted(events, 'event')}, ${grouped(explanation.slice.length)} could have influenced it: \`index.html\` shows them.`,
    `- Digests: ${codeSpan(digest)} (these steps), ${codeSpan(originalDigest)} (as it was found).`,
  ];
}
