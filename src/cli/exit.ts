/** Exit codes: what a script can tell from how the process ended. */
import type {Verdict} from '../report/verdict.ts';

export const EXIT = {
  ok: 0,
  violation: 1,
  usage: 2,
  nondeterminism: 20,
  inconclusive: 21,
  unreadable: 22,
  internal: 70,
} as const;

export const exitOf = (verdict: Verdict): number => EXIT[verdict];
