/** The report of a sweep: how many injections there were, what came of them hazard by hazard, and which told nothing. */
import type {Injection} from '../sim/injection.ts';
import {compareText} from '../sim/json.ts';
import type {Swept, SweptHazard} from '../sim/swept.ts';
import {counted, duration, grouped, rough, stopwatch} from './amounts.ts';
import {columns, indent, type Side} from './columns.ts';
import type {Paint} from './paint.ts';
import {clip, printable} from './printable.ts';
import type {Verdict} from './verdict.ts';

/** A sweep of one reference plan, and what the command line knows beyond it. */
export interface SweepFacts {
  /** The plan's file, as it is shown. */
  readonly plan: string;
  readonly swept: Swept;
  /** How many injections the plan has; more than were chosen if there was a choice. */
  readonly listed: number;
  /** Tampers that found nothing to change in the answer they are for. */
  readonly blank: number;
  /** Injections that were lost with their worker. */
  readonly lost: readonly Injection[];
  readonly interrupted: boolean;
  /** Wall time in ms. */
  readonly elapsedMs: number;
  /** Where the plan of each finding was written, and the command that reproduces it, by signature. */
  readonly files: ReadonlyMap<string, string>;
  readonly commands: ReadonlyMap<string, string>;
}

const LINE = 110;
const SHOWN = 10;
const TAMPER = 'tamper:';
const COUNTS = ['injections', 'ok', 'violation', 'idle', 'effective'] as const;

/** What a sweep amounts to. What was not run tells nothing: a sweep that was not finished is inconclusive. */
export function sweepVerdict({swept, lost, interrupted}: SweepFacts): Verdict {
  if (swept.findings.length > 0) return 'violation';
  return swept.runs === 0 || lost.length > 0 || interrupted ? 'inconclusive' : 'ok';
}

/** The lines that say how a sweep went. All that came from the run is made printable. */
export function sweepLines(facts: SweepFacts, paint: Paint): string[] {
  const {swept, listed, elapsedMs} = facts;
  const seconds = Math.max(elapsedMs, 1) / 1_000;
  const verdict = sweepVerdict(facts);
  const left = listed - swept.injections;
  return [
    paint.bold(`${printable(facts.plan)}: ${counted(swept.injections, 'injection')}`),
    ...indent([
      ...(left > 0 ? [`${grouped(left)} of ${grouped(listed)} in the list were left out by choice`] : []),
      `${counted(swept.runs, 'run')} in ${duration(elapsedMs)} (${rough(swept.runs / seconds)}/s)`,
    ]),
    '',
    ...indent(hazardRows(swept)),
    ...section('findings', findingRows(facts), paint),
    ...section('idle: they never met what they were for', names(swept.idle), paint),
    ...section('lost with their worker', names(facts.lost), paint),
    '',
    ...indent(
      facts.blank > 0 ? [`${counted(facts.blank, 'tamper')} found nothing to change in the answer`] : [],
    ),
    `verdict: ${verdict === 'ok' ? paint.green(verdict) : paint.red(verdict)}${reason(facts, verdict)}`,
  ];
}

const section = (title: string, lines: readonly string[], paint: Paint): string[] =>
  lines.length === 0 ? [] : ['', paint.bold(title), ...indent(lines)];

function reason({swept, interrupted, lost}: SweepFacts, verdict: Verdict): string {
  if (verdict !== 'inconclusive') return '';
  if (swept.runs === 0) return ': nothing ran';
  return interrupted ? ': interrupted' : `: nothing is known of ${counted(lost.length, 'injection')}`;
}

/** A row a hazard, all tampers in one, and a last one with the sums. */
function hazardRows({hazards}: Swept): string[] {
  const ids = Object.keys(hazards).sort(compareText);
  const tampers = ids.filter(id => id.startsWith(TAMPER));
  const rows = ids
    .filter(id => !tampers.includes(id))
    .map(id => ({name: printable(id), count: addUp(hazards, [id])}));
  if (tampers.length > 0) {
    rows.push({name: `tamper (${counted(tampers.length, 'kind')})`, count: addUp(hazards, tampers)});
  }
  rows.push({name: 'all', count: addUp(hazards, ids)});
  const cells = rows.map(({name, count}) => [name, ...COUNTS.map(key => grouped(count[key]))]);
  const sides: Side[] = ['left', ...COUNTS.map((): Side => 'right')];
  return columns([['hazard', ...COUNTS], ...cells], sides);
}

type Counts = Record<(typeof COUNTS)[number], number>;

const addUp = (hazards: Readonly<Record<string, SweptHazard>>, ids: readonly string[]): Counts =>
  Object.fromEntries(
    COUNTS.map(key => [key, ids.reduce((sum, id) => sum + (hazards[id]?.[key] ?? 0), 0)]),
  ) as Counts;

function findingRows({swept, files}: SweepFacts): string[] {
  if (swept.findings.length === 0) return [];
  const rows = swept.findings.map(({count, signature, injection}) => [
    grouped(count),
    clip(printable(signature), LINE),
    clip(printable(injection.name), LINE),
    printable(files.get(signature) ?? ''),
  ]);
  return columns([['runs', 'signature', 'first injection', 'stored'], ...rows], ['right']);
}

function names(injections: readonly Injection[]): string[] {
  const shown = injections.slice(0, SHOWN).map(({id, name}) => clip(`${id} ${printable(name)}`, LINE));
  const more = injections.length - shown.length;
  return more > 0 ? [...shown, `and ${grouped(more)} more; --json has them all`] : shown;
}

/** The line that is redrawn while a sweep runs, at most `width` columns wide. */
export function sweepStatus(
  done: number,
  all: number,
  findings: number,
  elapsedMs: number,
  width: number,
): string {
  const speed = elapsedMs > 0 ? (done * 1_000) / elapsedMs : 0;
  const line = `${stopwatch(elapsedMs)}  injections ${grouped(done)}/${grouped(all)}  ${rough(speed)}/s  findings ${findings}`;
  return line.slice(0, Math.max(0, width));
}

/** What `--json` says of sweeps beyond the keys that every record has. */
export function sweepRecord(all: readonly SweepFacts[]): Readonly<Record<string, unknown>> {
  const total = (of: (facts: SweepFacts) => number): number => all.reduce((sum, facts) => sum + of(facts), 0);
  const told = (of: (facts: SweepFacts) => readonly Injection[]): unknown[] =>
    all.flatMap(facts => of(facts).map(({id, hazard, name}) => ({plan: facts.plan, id, hazard, name})));
  return {
    plans: all.map(({plan}) => plan),
    listed: total(({listed}) => listed),
    injections: total(({swept}) => swept.injections),
    hazards: joined(all.map(({swept}) => swept.hazards)),
    findings: all.flatMap(facts => facts.swept.findings.map(finding => findingRecord(finding, facts))),
    idle: told(({swept}) => swept.idle),
    lost: told(({lost}) => lost),
    blank: total(({blank}) => blank),
    interrupted: all.some(({interrupted}) => interrupted),
  };
}

function findingRecord(
  {signature, count, injection, violation}: Swept['findings'][number],
  {plan, files, commands}: SweepFacts,
): Readonly<Record<string, unknown>> {
  const {claim, sentence, message} = violation;
  return {
    signature,
    claim,
    sentence,
    message,
    count,
    plan,
    injection: injection.id,
    hazard: injection.hazard,
    name: injection.name,
    bundle: files.get(signature) ?? null,
    command: commands.get(signature) ?? null,
  };
}

function joined(records: readonly Swept['hazards'][]): Record<string, Counts> {
  const ids = [...new Set(records.flatMap(record => Object.keys(record)))].sort(compareText);
  const sum = (id: string): Counts =>
    Object.fromEntries(
      COUNTS.map(key => [key, records.reduce((total, record) => total + (record[id]?.[key] ?? 0), 0)]),
    ) as Counts;
  return Object.fromEntries(ids.map(id => [id, sum(id)]));
}
