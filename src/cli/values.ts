/** Reads the values of flags: texts, counts, durations, seeds. Each error names the flag and says what it takes. */
import {parseSeed} from '../sim/seed.ts';
import {UsageError} from '../sim/assert.ts';
import {printable} from '../report/printable.ts';
import type {Args} from './args.ts';
import type {Io} from './io.ts';
import {Misuse} from './misuse.ts';

const LONGEST_MS = 30 * 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = {ms: 1, s: 1_000, m: 60_000, h: 3_600_000};

export const has = (args: Args, flag: string): boolean => args.values[flag] !== undefined;

export function textOf(args: Args, flag: string): string | undefined {
  const value = args.values[flag];
  return typeof value === 'string' ? value : undefined;
}

/** A whole number of at least `min`. */
export function countOf(args: Args, flag: string, min: number): number | undefined {
  const text = textOf(args, flag);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value;
  throw new Misuse(
    `--${flag} takes a whole number of at least ${min}, got "${printable(text)}"`,
    `as in: --${flag} ${Math.max(min, 20)}`,
  );
}

/** A duration in ms, written with its unit: `500ms`, `60s`, `10m`, `2h`. */
export function durationOf(args: Args, flag: string): number | undefined {
  const text = textOf(args, flag);
  if (text === undefined) return undefined;
  const [, digits, unit] = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Math.round(Number(digits) * (UNIT_MS[unit ?? ''] ?? Number.NaN));
  if (ms >= 1 && ms <= LONGEST_MS) return ms;
  throw new Misuse(
    `--${flag} takes a duration of 1ms to 30 days with its unit (ms, s, m, h), got "${printable(text)}"`,
    `as in: --${flag} 60s`,
  );
}

/** A seed in its canonical form; `random`, or none at all, is drawn from the machine. */
export function seedOf(args: Args, flag: string, io: Io): string {
  const text = textOf(args, flag);
  if (text === undefined || text === 'random') return `0x${io.entropy()}`;
  try {
    return parseSeed(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new Misuse(
      `--${flag} takes a seed, got "${printable(text)}"`,
      'a seed is 0x and up to 16 hexadecimal digits, a decimal number below 2^64, a 40-digit commit, or random',
    );
  }
}
