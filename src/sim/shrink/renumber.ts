/** Gives fates the numbers that their messages have once some operations are gone: a message is named by its place in a line. */
import type {Outcome} from '../outcome.ts';
import type {Fate, Plan} from '../plan.ts';

const KEY = /^(.*) #([0-9]+)( .*)?$/s;

/** `outcome`: a run of the plan with its owners recorded. Null if no number changes. */
export function renumber({plan, owners}: Outcome, gone: readonly string[]): Plan['fates'] {
  if (plan.fates === null || owners === null) return null;
  const fates: Record<string, Fate> = {};
  let moved = false;
  for (const [key, fate] of Object.entries(plan.fates)) {
    const [, line = '', ordinal = '', leg = ''] = KEY.exec(key) ?? [];
    const number = Number(ordinal);
    const before = (owners[line] ?? []).slice(0, Math.max(0, number - 1));
    const fewer = before.filter(owner => gone.includes(owner)).length;
    moved ||= fewer > 0;
    fates[fewer === 0 ? key : `${line} #${number - fewer}${leg}`] = fate;
  }
  return moved ? fates : null;
}
