/** How one run went, in a few lines: its verdict, what it did and how long that took. */
import type {Outcome} from '../sim/outcome.ts';
import {counted, duration, grouped} from './amounts.ts';
import {columns} from './columns.ts';
import type {Paint} from './paint.ts';
import {compareText} from '../sim/json.ts';
import {printable} from './printable.ts';

/** The lines; `elapsedMs` is wall time. A violation itself is told by its failure text, not here. */
export function outcomeLines(outcome: Outcome, elapsedMs: number, paint: Paint): string[] {
  const verdict = outcome.verdict === 'ok' ? paint.green('ok') : paint.red('violation');
  return columns([
    ['verdict', verdict],
    ['digest', outcome.digest],
    ['work', `${counted(outcome.happenings, 'happening')}, ${counted(outcome.messages, 'message')}`],
    ['time', `${duration(outcome.virtualMs)} virtual in ${duration(elapsedMs)}`],
    ['struck', struck(outcome)],
    ['claims', claims(outcome)],
  ]);
}

/** The hazards that changed something, with how often. */
function struck(outcome: Outcome): string {
  const names = Object.keys(outcome.hazards).sort(compareText);
  const parts = names.flatMap(name => {
    const effective = outcome.hazards[name]?.effective ?? 0;
    return effective > 0 ? [`${printable(name)} ${grouped(effective)}`] : [];
  });
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function claims(outcome: Outcome): string {
  const counts = Object.values(outcome.claims);
  const armed = counts.filter(count => count.armed > 0).length;
  const checks = counts.reduce((sum, count) => sum + count.checked, 0);
  return `${grouped(checks)} checks; ${armed} of ${counted(counts.length, 'claim')} had something to judge`;
}
