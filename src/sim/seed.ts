/** Reads a seed as people write one, and gives it the one form that names a run: `0x` and 16 hexadecimal digits. */
import {UsageError} from './assert.ts';

const LARGEST = (1n << 64n) - 1n;
const COMMIT = /^[0-9a-f]{40}$/;
const HEXADECIMAL = /^0x[0-9a-f]{1,16}$/;
const DECIMAL = /^[0-9]{1,20}$/;

/**
 * The canonical form of a seed given as `0x9f3a…` (1 to 16 digits), as a decimal number below 2^64, or as the
 * 40 digits of a commit, of which the first 16 count. Upper case is the same as lower case.
 * Throws {@link UsageError} for anything else.
 */
export function parseSeed(text: string): string {
  const lower = text.toLowerCase();
  if (COMMIT.test(lower)) return `0x${lower.slice(0, 16)}`;
  if (HEXADECIMAL.test(lower)) return canonical(BigInt(lower));
  if (DECIMAL.test(lower) && BigInt(lower) <= LARGEST) return canonical(BigInt(lower));
  throw new UsageError(
    `not a seed: "${text}"; a seed is 0x and up to 16 hexadecimal digits, a decimal number below 2^64, or a 40-digit commit`,
  );
}

const canonical = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
