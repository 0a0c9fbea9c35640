/** How mutants are told on a terminal: a row as each is done, the line that is redrawn, and the summary. */
import {counted, duration, grouped} from './amounts.ts';
import {columns, indent} from './columns.ts';
import {isKilled, medianOf, seedsToKill, totalsOf, type MutantFacts, type MutantResult} from './mutants.ts';
import type {Paint} from './paint.ts';
import {printable, wrap} from './printable.ts';

/** The row of one mutant as soon as it is done; `idWidth` columns for its name. */
export function mutantRow(result: MutantResult, elapsedMs: number, idWidth: number, paint: Paint): string {
  const id = printable(result.id).padEnd(idWidth);
  if (isKilled(result)) {
    const {size, replays, minimal} = result;
    const each = result.campaigns.map(count => (count === null ? '-' : grouped(count))).join(' ');
    const parts = [
      counted(seedsToKill(result) ?? 0, 'seed'),
      ...(result.campaigns.length > 1 ? [`(${each})`] : []),
      `${printable(result.signature ?? '')},`,
      size === null ? 'not shrunk,' : `${counted(size.steps, 'step')}${minimal === true ? '' : ' or fewer'},`,
      duration(elapsedMs),
    ];
    const odd = replays === false ? paint.red('  DOES NOT REPLAY') : '';
    return `${paint.green('killed  ')}  ${id}  ${parts.join(' ')}${odd}`;
  }
  const colour = result.status === 'broken' ? paint.yellow : paint.red;
  return `${colour(result.status.toUpperCase().padEnd(8))}  ${id}  ${why(result)}, ${duration(elapsedMs)}`;
}

/** Why a mutant does not count as killed. */
function why({status, campaigns, lost, killedBy, trouble}: MutantResult): string {
  if (status === 'broken') return printable(trouble ?? '');
  const killed = campaigns.filter(count => count !== null).length;
  const tried = counted(campaigns.length, 'campaign');
  const told = killed === 0 ? `no violation in ${tried}` : `killed in only ${killed} of ${tried}`;
  const by = killedBy === null ? '' : ` (by ${printable(killedBy)})`;
  const losses = lost.map(({seed, how, detail}) => `${how} at seed ${seed ?? '?'}: ${printable(detail)}`);
  return [`${told}${by}`, ...losses.slice(0, 1)].join('; ');
}

/** What is at work, for the line that is redrawn. */
export interface AtWork {
  readonly id: string;
  /** From 0; null once its campaigns are over. */
  readonly campaign: number | null;
  /** Seeds that this campaign has done. */
  readonly seeds: number;
}

/** The status line while mutants are tried, at most `width` columns wide. */
export function mutantStatus(
  done: readonly MutantResult[],
  total: number,
  atWork: readonly AtWork[],
  width: number,
): string {
  const killed = done.filter(isKilled).length;
  const now = atWork.map(({id, campaign, seeds}) =>
    campaign === null ? `${printable(id)} shrinks` : `${printable(id)} ${campaign + 1}/${grouped(seeds)}`,
  );
  let line = `${grouped(done.length)} of ${grouped(total)}  killed ${grouped(killed)}  others ${grouped(done.length - killed)}`;
  for (const part of now) {
    if (line.length + part.length + 2 > width) break;
    line += `  ${part}`;
  }
  return line.slice(0, Math.max(0, width));
}

const LINE = 96;

/** The summary, survivors told loudly; `sentences` are those of the system's claims, by id. */
export function mutantLines(
  facts: MutantFacts,
  sentences: ReadonlyMap<string, string>,
  paint: Paint,
): string[] {
  const totals = totalsOf(facts);
  const survivors = facts.results.filter(result => !isKilled(result));
  const odd = facts.results.filter(({replays}) => replays === false);
  const unsound = facts.results.filter(({unmutated}) => unmutated !== null);
  return [
    paint.bold(
      `${printable(facts.system)}, variant ${printable(facts.variant)}: ${totals.killed} of ${counted(facts.total, 'mutant')} killed${totals.share}`,
    ),
    ...indent(
      columns([
        [
          'seeds to kill',
          `${totals.seeds} (of ${medianOf(facts)}, at most ${grouped(facts.seeds)} seeds each)`,
        ],
        ['steps', `${totals.steps}, of the minimal plans`],
        ['by the claim', `${totals.asNamed} of ${totals.killed} killed by the claim that they name`],
        ...(facts.results.length < facts.total
          ? [['not tried', grouped(facts.total - facts.results.length)]]
          : []),
      ]),
    ),
    ...survivors.flatMap(result => ['', ...survivorLines(result, sentences, paint)]),
    ...odd.map(({id}) =>
      paint.red(`${printable(id)}: its minimal plan gives another run in a fresh process`),
    ),
    ...unsound.map(({id, unmutated}) =>
      paint.red(`${printable(id)}: its seed ${unmutated ?? ''} also fails without the mutant`),
    ),
  ];
}

function survivorLines(result: MutantResult, sentences: ReadonlyMap<string, string>, paint: Paint): string[] {
  const {claim, status} = result;
  const field = (label: string, text: string): string[] =>
    wrap(printable(text), LINE, 4).map(
      (row, index) => `  ${paint.dim((index === 0 ? label : '').padEnd(8))}${row}`,
    );
  const title = status === 'broken' ? 'BROKEN, cannot be tried' : `${status.toUpperCase()}, no claim notices`;
  return [
    paint.red(paint.bold(`${title}: ${printable(result.id)}`)),
    ...field('breaks', result.note),
    ...field('claim', [claim, sentences.get(claim)].filter(part => part !== undefined).join(': ')),
    ...field('file', result.file),
    ...field('seen', why(result)),
  ];
}
